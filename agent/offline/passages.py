"""Investigations of what came before and after a point of a run, and of the gap between its two curves."""

from __future__ import annotations

from agent.offline import sql
from agent.offline.case import Reading
from agent.offline.cases import judge
from agent.offline.course_facts import AftermathFacts, GapFacts, Sides, UnmovedFacts
from agent.offline.course_intents import Aftermath, Gap
from agent.offline.desk import Desk, Steps, best_spot, goal_of, metric_or_default, one, readings
from agent.offline.facts import Facts
from agent.offline.intents import Health
from agent.offline.resolving import resolve
from agent.offline.terms import MetricAsk, Named, Place
from agent.offline.thread import call
from agent.offline.troubles import grave
from agent.offline.unlogged import not_logged
from tools.records import Finding
from tools.results import DiagnosedRun, LogExcerpt

MOST_RUNS = 3
NEAR = 0.06
"""A finding that begins within this share of a run from a point may have to do with it."""
JUST = 1e-6
"""After a point: so little behind it, as a share of its position, that no logged one lies between."""
LOWERED = 0.1
"""A rate below this share of its peak has been lowered."""
RATE = MetricAsk("learning rate", "learning_rate")


def aftermath(intent: Aftermath, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Both sides of the point, for the metric asked about or for what runs are judged by."""
    names, asked = metric_or_default(intent.metric, desk)
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    if not names:
        return ((yield from not_logged(asked, desk, runs)),)
    told: list[Facts] = []
    for run in runs[:MOST_RUNS]:
        told.extend((yield from _of_run(intent, run, names, desk)))
    return tuple(told)


def _of_run(intent: Aftermath, run: str, names: tuple[str, ...], desk: Desk) -> Steps[tuple[Facts, ...]]:
    diagnosed = yield from one(call("diagnose", run=run), DiagnosedRun)
    found = grave(diagnosed.diagnosis.findings) if diagnosed else []
    trouble = found[0] if intent.place.spot == "onset" and intent.place.of is None and found else None
    if intent.place.of is not None:
        place, rate = yield from _lowered(run, desk)
        if place is None:
            return (UnmovedFacts(run, rate),)
    elif intent.place.spot == "onset":
        if trouble is None:
            return (yield from judge(Health((Named(run),)), desk))
        place, rate = _onset(trouble), None
    else:
        place, rate = (yield from _where(intent.place, run, names, desk)), None
    sides = []
    for metric in _metrics(intent, run, names, desk):
        one_metric = yield from _sides(run, metric, place, desk)
        sides += [one_metric] if one_metric else []
    near = tuple(f for f in found if _is_near(f, place, sides)) if intent.asked == "" else ()
    story = (yield from one(call("read_log", run=run, limit=4), LogExcerpt)) if intent.asked == "" else None
    return (AftermathFacts(intent, run, tuple(sides), near, story, rate, trouble),)


def _metrics(intent: Aftermath, run: str, names: tuple[str, ...], desk: Desk) -> list[tuple[str, ...]]:
    """The metric asked about; else the main one of the run and its validation loss."""
    row = desk.row(run)
    main = (row.metric, *names) if row and row.metric and intent.metric is None else names
    loss = desk.known.metric_names(MetricAsk("val loss", "loss", "eval"))
    both = intent.metric is None and loss and not set(loss) & set(main)
    return [main, loss] if both else [main]


def _onset(finding: Finding) -> Place:
    if finding.onset_step is not None:
        return Place("at", "step", float(finding.onset_step))
    return Place("at", "epoch", float(finding.onset_epoch or 0.0))


def _where(place: Place, run: str, names: tuple[str, ...], desk: Desk) -> Steps[Place]:
    """A place as a number; the best value's where that is meant."""
    if place.spot == "at" and place.value is not None:
        return place
    spot = best_spot(goal_of(names, desk))
    (outcome,) = yield (sql.at_spots(names, [run], (spot,)),)
    return _at(next(iter(readings(outcome, spot, names)), None)) or place


def _at(reading: Reading | None) -> Place | None:
    if reading is None:
        return None
    unit, value = ("step", reading.step) if reading.step is not None else ("epoch", reading.epoch)
    return Place("at", "step" if unit == "step" else "epoch", value)


def _lowered(run: str, desk: Desk) -> Steps[tuple[Place | None, Reading | None]]:
    """Where the learning rate had fallen to a small part of its peak, and its value there."""
    rates = desk.known.metric_names(RATE)
    (outcome,) = yield (sql.at_spots(rates or ("",), [run], ("highest", "last")),)
    peak, last = (next(iter(readings(outcome, spot, rates)), None) for spot in ("highest", "last"))
    if peak is None or not peak.value or last is None or last.value is None or last.value > LOWERED * peak.value:
        return None, peak
    after = _at(peak)
    if after is None:
        return None, peak
    (found,) = yield (sql.first_after(rates, [run], after, "<=", LOWERED * peak.value),)
    rate = next(iter(readings(found, "value", rates)), None)
    return _at(rate), rate


def _sides(run: str, names: tuple[str, ...], place: Place, desk: Desk) -> Steps[Sides | None]:
    unit, value = place.unit or "step", place.value
    if value is None:
        return None
    behind = value + JUST * max(1.0, abs(value))
    at, before, after, ends = yield (
        sql.at_position(names, [run], unit, value),
        sql.stretch(names, [run], unit, None, value),
        sql.stretch(names, [run], unit, behind, None),
        sql.at_spots(names, [run], ("last",)),
    )
    goal = goal_of(names, desk)
    spot = best_spot(goal)
    there = next(iter(readings(at, "value", names)), None)
    first, best = (next(iter(readings(before, s, names)), None) for s in ("first", spot))
    last = next(iter(readings(ends, "last", names)), None)
    if there is None or first is None or best is None or last is None:
        return None
    return Sides(there.metric, goal, there, first, best, next(iter(readings(after, spot, names)), None), last)


def _is_near(finding: Finding, place: Place, sides: list[Sides]) -> bool:
    onset = finding.onset_step if place.unit == "step" else finding.onset_epoch
    if onset is None or place.value is None or not sides:
        return False
    end = sides[0].last.step if place.unit == "step" else sides[0].last.epoch
    return abs(onset - place.value) <= NEAR * (end or place.value)


def gap(intent: Gap, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Training beside validation, where validation was best and at the end."""
    train = desk.known.metric_names(MetricAsk(f"train {intent.quantity}", intent.quantity, "train"))
    val = desk.known.metric_names(MetricAsk(f"val {intent.quantity}", intent.quantity, "eval"))
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    if not train or not val:
        missing = MetricAsk(f"{'val' if train else 'train'} {intent.quantity}", intent.quantity, "eval")
        return ((yield from not_logged(missing, desk, runs)),)
    told: list[Facts] = []
    for run in runs[:MOST_RUNS]:
        facts = yield from _gap_of(intent, run, train, val, desk)
        told += [facts] if facts else []
    return tuple(told)


def _gap_of(intent: Gap, run: str, train: tuple[str, ...], val: tuple[str, ...], desk: Desk) -> Steps[GapFacts | None]:
    goal = goal_of(val, desk)
    spot = best_spot(goal)
    (outcome,) = yield (sql.at_spots([*train, *val], [run], (spot, "last")),)
    best = next(iter(readings(outcome, spot, val)), None)
    ends = [next(iter(readings(outcome, "last", names)), None) for names in (train, val)]
    place = _at(best)
    if best is None or place is None or place.value is None or ends[0] is None or ends[1] is None:
        return None
    (beside,) = yield (sql.at_position(train, [run], place.unit or "step", place.value),)
    trained = next(iter(readings(beside, "value", train)), None)
    return GapFacts(intent, run, goal, (trained, best), (ends[0], ends[1])) if trained else None
