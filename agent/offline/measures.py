"""Investigations of numbers: best runs, values, when a bound was passed, lengths, trends, charts."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from agent.offline import sql
from agent.offline.case import Reading
from agent.offline.cases import MOST_RUNS, telling_metrics
from agent.offline.desk import Desk, Row, Steps, best_spot, goal_of, metric_or_default, ranked_by, readings, rows_of
from agent.offline.facts import (
    DurationFacts,
    Extent,
    Facts,
    LoggedFacts,
    PlotFacts,
    ReachFacts,
    TrendFacts,
    ValueFacts,
)
from agent.offline.intents import Best, Duration, Logged, PlotAsk, Reach, Trend, Value
from agent.offline.known import KnownMetric, squeezed
from agent.offline.resolving import resolve
from agent.offline.scalars import number
from agent.offline.selection import select_runs
from agent.offline.subjects import how_far, reading_at, spot_of
from agent.offline.sweep_facts import BestFacts
from agent.offline.terms import Group, MetricAsk, Place, Unsaid, Who
from agent.offline.thread import call
from agent.offline.troubles import canonical, grave
from agent.offline.unlogged import logged_by, not_logged
from tools.records import Finding
from tools.results import DiagnosedRun, Plot

RUN_TIMES = ("trainruntime", "totaltrainingtime")
RATE_SETTINGS = ("learning_rate", "warmup", "schedule")


def best(intent: Best, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Rank the runs on the metric."""
    names, asked = metric_or_default(intent.metric, desk)
    runs, trouble = yield from resolve(intent.who, desk, intent.metric)
    if not names:
        return ((yield from not_logged(asked, desk, runs)),)
    goal = goal_of(names, desk)
    goal, order = _direction(intent, goal)
    gravest = intent.order == "worst" and intent.metric is None and any(c.which == "broken" for c in intent.conditions)
    taken = "last" if gravest else _spot(intent, names, desk)
    spot = best_spot(goal) if taken == "best" else taken
    if intent.place and intent.place.value is not None:
        call, column = reading_at(names, runs, intent.place, goal)
        (outcome,) = yield (call,)
        at = ranked_by(readings(outcome, column, names), goal, order)
        told = BestFacts(intent, names[0], goal, tuple(at), desk.rows, desk.total, intent.metric is None)
        return (*((trouble,) if trouble else ()), told)
    ascending = (goal == "lower") == (order == "best")
    (outcome,) = yield (sql.at_spots(names, runs, (spot,), f"{spot} {'asc' if ascending else 'desc'} nulls last"),)
    found = ranked_by(readings(outcome, spot, names), goal, order)
    among: list[str] = []
    for condition in intent.conditions:
        chosen = yield from select_runs(condition, desk)
        found = [r for r in found if r.run in chosen.runs]
        among.append(chosen.said)
    if gravest:  # of broken runs the worst are those with the gravest fault, then those that ended worst
        found.sort(key=lambda r: _gravity(r.run, desk))
    facts: list[Facts] = [trouble] if trouble else []
    told = BestFacts(intent, names[0], goal, tuple(found), desk.rows, desk.total, intent.metric is None)
    return (*facts, replace(told, among=" and ".join(among), spot=taken))


def _gravity(run: str, desk: Desk) -> int:
    """Critical faults before others."""
    found = desk.headline(run)
    return 0 if found and found.severity == "critical" else 1


def _spot(intent: Best, names: tuple[str, ...], desk: Desk) -> Literal["best", "last", "mean"]:
    """A speed is that of the whole run, not of its best moment."""
    paced = any(m.name == names[0] and m.role in ("throughput", "step_time", "data_time") for m in desk.known.metrics)
    return "mean" if paced and intent.spot == "best" and not intent.extreme else intent.spot


def _direction(intent: Best, goal: str) -> tuple[str, str]:
    """ "highest loss" asks for the top of the numbers, whatever is good."""
    if intent.extreme == "max":
        return "higher", "best"
    if intent.extreme == "min":
        return "lower", "best"
    return goal, intent.order


def value(intent: Value, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """A metric of given runs at a place; at the moment of failure the diagnosis says where that is."""
    names, asked = metric_or_default(intent.metric, desk)
    runs, trouble = yield from resolve(everyone(intent.who), desk)
    found: list[Facts] = [trouble] if trouble else []
    place = intent.place or Place("last")
    if not runs:
        return tuple(found)
    if place.spot in ("onset", "before"):
        for run in runs[:MOST_RUNS]:
            found.extend((yield from _at_onset(run, asked, names, place, desk)))
        return tuple(found)
    if not names:
        return (*found, (yield from not_logged(asked, desk, runs)))
    if asked.split == "test" and not any(m.split == "test" for m in desk.known.metrics if m.name in names):
        found.append((yield from not_logged(asked, desk, runs)))  # what was held out is told beside, by its name
    if place.of is not None:
        for run in runs[:MOST_RUNS]:
            spot = yield from _moment(run, place, desk)
            found.append((yield from _at_place((run,), asked, names, spot, goal_of(names, desk))))
        return tuple(found)
    facts = yield from _at_place(runs, asked, names, place, goal_of(names, desk))
    if isinstance(facts, ValueFacts) and any(m.name == names[0] and _is_judged(m) for m in desk.known.metrics):
        facts = replace(facts, goal=goal_of(names, desk))
    beside = (yield from _loss_beside(names, runs, place, desk)) if intent.metric is None else ()
    return (*found, facts, *beside)


def _loss_beside(names: tuple[str, ...], runs: tuple[str, ...], place: Place, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Where the validation loss was best, beside another metric: the two often differ, and nobody said which counts."""
    loss = MetricAsk("val loss", "loss", "eval")
    others = desk.known.metric_names(loss)
    if place.spot != "best" or not others or set(others) & set(names) or len(runs) > MOST_RUNS:
        return ()
    return ((yield from _at_place(runs, loss, others, place, goal_of(others, desk))),)


def _moment(run: str, place: Place, desk: Desk) -> Steps[Place]:
    """Where another metric of a run was at its best, as a number on the axis."""
    names = desk.known.metric_names(place.of) if place.of else ()
    spot = spot_of(place, goal_of(names, desk)) if names else "last"
    (outcome,) = yield (sql.at_spots(names or ("",), [run], (spot,)),)
    at = next(iter(readings(outcome, spot, names)), None)
    if at is None:
        return Place("last")
    beside = MetricAsk(at.metric)
    return Place("at", "step", at.step, beside) if at.step is not None else Place("at", "epoch", at.epoch, beside)


def everyone(who: Who) -> Who:
    """All runs where none was named."""
    return (Group("all"),) if who in ((Unsaid(),), ()) else who


def _at_place(runs: tuple[str, ...], asked: MetricAsk, names: tuple[str, ...], place: Place, goal: str) -> Steps[Facts]:
    call, column = reading_at(names, runs, place, goal)
    (outcome,) = yield (call,)
    found = readings(outcome, column, names)
    there = {r.run for r in found}
    return ValueFacts(asked, place, tuple(found), unfound=tuple(run for run in runs if run not in there))


def _at_onset(run: str, asked: MetricAsk, names: tuple[str, ...], place: Place, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """The value when things went wrong. A learning rate that was not logged is read from the config."""
    (diagnosed,) = yield (call("diagnose", run=run),)
    if not isinstance(diagnosed, DiagnosedRun):
        return ()
    found = grave(diagnosed.diagnosis.findings)
    if not found:
        return (ValueFacts(asked, place, (), healthy=(run,)),)
    told = RATE_SETTINGS if asked.quantity == "learning_rate" else ()
    settings = tuple((run, key, value) for key, value in diagnosed.params.items() if canonical(key) in told)
    read = (yield from _read_at_onset(run, names, found, place)) if names else []
    if not read and not settings:
        return ((yield from not_logged(asked, desk, (run,))),)
    return (ValueFacts(asked, place, tuple(read), settings, found[0].id),)


def _read_at_onset(run: str, names: tuple[str, ...], found: list[Finding], place: Place) -> Steps[list[Reading]]:
    """At the first onset that any finding names, or right before it, else at the first point."""
    places = ((unit, at) for f in found for unit, at in (("step", f.onset_step), ("epoch", f.onset_epoch)))
    unit, position = next(((unit, at) for unit, at in places if at is not None), ("step", 0.0))
    before = place.spot == "before"
    at = (
        sql.before(names, run, unit, float(position))
        if before
        else sql.at_position(names, [run], unit, float(position))
    )
    (outcome,) = yield (at,)
    read = readings(outcome, "value", names)
    if not read:
        (outcome,) = yield (sql.at_spots(names, [run], ("first",)),)
        read = readings(outcome, "first", names)
    return read


def reach(intent: Reach, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """When a metric first passed a bound; runs that never did, with how close they came."""
    names, asked = metric_or_default(intent.metric, desk)
    runs, trouble = yield from resolve(everyone(intent.who), desk)
    if not names:
        return ((yield from not_logged(asked, desk, runs)),)
    how, bound = yield from how_far(intent.bound, names, runs, desk)
    spot = "lowest" if how.startswith("<") else "highest"
    reached, ends = yield (sql.first_reach(names, runs, how, bound), sql.at_spots(names, runs, (spot,)))
    got = readings(reached, "value", names)
    there = {r.run for r in got}
    never = tuple(r for r in readings(ends, spot, names) if r.run not in there)
    facts: list[Facts] = [trouble] if trouble else []
    if runs:
        facts.append(ReachFacts(intent, names[0], how, bound, tuple(got), never))
    return tuple(facts)


def duration(intent: Duration, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """How far runs went."""
    runs, trouble = yield from resolve(everyone(intent.who), desk)
    facts: list[Facts] = [trouble] if trouble else []
    if runs:
        (outcome,) = yield (sql.extents(runs),)
        extents = [_extent(row, desk) for row in rows_of(outcome)]
        if not any(e.seconds for e in extents):
            extents = yield from _timed(extents, runs, desk)
        if intent.each and not any(e.per_step or e.per_epoch for e in extents):
            paced = MetricAsk(f"{intent.unit or 'epoch'} time", "step_time")
            if desk.known.metric_names(paced):  # no times beside the rows, but the pace itself was logged
                return (*facts, *(yield from value(Value(intent.who, paced, Place("mean")), desk)))
        facts.append(DurationFacts(intent.unit or "", tuple(extents), intent.each))
    return tuple(facts)


def _timed(extents: list[Extent], runs: tuple[str, ...], desk: Desk) -> Steps[list[Extent]]:
    """Without times beside the rows, the time that a trainer logged for the whole run."""
    names = tuple(m.name for m in desk.known.metrics if squeezed(m.name).endswith(RUN_TIMES))
    if not names:
        return extents
    (outcome,) = yield (sql.at_spots(names, runs, ("last",)),)
    took = {r.run: r.value for r in readings(outcome, "last", names)}
    return [replace(e, seconds=took.get(e.run)) for e in extents]


def _extent(row: Row, desk: Desk) -> Extent:
    run = str(row["run"])
    known = desk.row(run)
    return Extent(
        run,
        number(row.get("last_step")),
        number(row.get("first_epoch")),
        number(row.get("last_epoch")),
        number(row.get("epochs")),
        number(row.get("seconds")),
        known.run.status if known else "",
        number(row.get("epoch_seconds")),
        number(row.get("step_seconds")),
    )


def trend(intent: Trend, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """First finite, best and last value: is it still moving?"""
    names, asked = metric_or_default(intent.metric, desk)
    runs, trouble = yield from resolve(everyone(intent.who), desk)
    if not names:
        return ((yield from not_logged(asked, desk, runs)),)
    facts: list[Facts] = [trouble] if trouble else []
    if runs:
        goal = goal_of(names, desk)
        columns = (best_spot(goal), "last", "begun", best_spot("higher" if goal == "lower" else "lower"))
        (outcome,) = yield (sql.at_spots(names, runs, columns),)
        best, last, first, worst = (tuple(readings(outcome, spot, names)) for spot in columns)
        judged = any(m.name == names[0] and _is_judged(m) for m in desk.known.metrics)
        facts.append(TrendFacts(intent, names[0], goal, best, last, first, worst, judged))
    return tuple(facts)


def _is_judged(metric: KnownMetric) -> bool:
    """Whether one direction is better: of a loss or a score, not of a rate or of memory."""
    return metric.role is not None and metric.role.endswith(("loss", "score", "reward", "perplexity"))


MOST_DRAWN = 12
"""More curves than this cannot be told apart in one chart."""


def plot(intent: PlotAsk, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Draw; without a metric the one of the finding, else the headline metric."""
    runs, trouble = yield from resolve(everyone(intent.who), desk)
    facts: list[Facts] = [trouble] if trouble else []
    if not runs:
        return tuple(facts)
    names: list[str] = []
    for asked in intent.metrics:
        found = desk.known.metric_names(asked)
        if not found:
            facts.append((yield from not_logged(asked, desk, runs)))
        names.extend(found[:1])
    if not names and intent.metrics:
        return tuple(facts)
    if not names:
        names = telling_metrics(desk.headline(runs[0]) if len(runs) == 1 else None, desk)
    if len(runs) > MOST_DRAWN:  # those that have a curve to draw come first
        (there,) = yield (sql.at_spots(names, (), ("last",)),)
        having = {str(row["run"]) for row in rows_of(there)}
        runs = tuple(sorted(runs, key=lambda run: run not in having))
    arguments = {"log_scale": True} if intent.log_scale else {}
    (drawn,) = yield (
        call("plot_metric", metrics=list(dict.fromkeys(names)), runs=list(runs[:MOST_DRAWN]), **arguments),
    )
    if isinstance(drawn, Plot):
        left = len(runs) > MOST_DRAWN
        facts.append(PlotFacts(drawn.metrics, drawn.runs, drawn.notes, _ends(drawn), left))
    return tuple(facts)


def _ends(drawn: Plot) -> tuple[Reading, ...]:
    ends = []
    for line in drawn.spec.lines[:6]:
        if line.y:
            step, epoch = (None, line.x[-1]) if drawn.spec.x_label == "epoch" else (line.x[-1], None)
            ends.append(Reading(line.run, line.metric or line.label, line.y[-1], step, epoch))
    return tuple(ends)


def logged(intent: Logged, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """The metrics and settings there are, of the runs spoken of where any are."""
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    metrics = yield from logged_by(runs, desk)
    keys = desk.known.params
    if runs:
        (outcome,) = yield (sql.params_of(runs),)
        own = {str(row["key"]) for row in rows_of(outcome)}
        keys = tuple(key for key in keys if key in own)
    return (LoggedFacts(intent, metrics, keys, len(runs) or desk.total, runs),)
