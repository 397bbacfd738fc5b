"""What a question measures of each run, as one reading per run: a metric, a setting, a length, a moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from agent.offline import sql
from agent.offline.case import Reading
from agent.offline.desk import Desk, Row, Steps, best_spot, goal_of, metric_or_default, readings, rows_of
from agent.offline.scalars import number
from agent.offline.terms import Bound, Place, Subject
from agent.offline.thread import Call
from agent.offline.troubles import FAMILIES


def measured(subject: Subject, runs: Sequence[str], desk: Desk) -> Steps[list[Reading]]:
    """One finite reading for each of the runs that has one; none where nothing of the kind was logged."""
    if not runs:
        return []
    if subject.kind == "change":
        return [amount for amount, _, _ in (yield from changes(subject, runs, desk))]
    if subject.kind == "gap":
        return (yield from _gaps(subject, runs, desk))
    if subject.kind == "peak":
        return (yield from _peaks(subject, runs, desk))
    call = (yield from _reach(subject, runs, desk)) if subject.kind == "reach" else _call(subject, runs, desk)
    if call is None:
        return []
    (outcome,) = yield (call[0],)
    if subject.kind in ("metric", "reach"):
        found = readings(outcome, call[1], desk.known.metric_names(subject.metric) if subject.metric else ())
    else:
        found = [reading for row in rows_of(outcome) if (reading := _reading(row, subject))]
    return [r for r in found if r.value is not None and math.isfinite(r.value)]


def changes(subject: Subject, runs: Sequence[str], desk: Desk) -> Steps[list[tuple[Reading, Reading, Reading]]]:
    """How far the metric of each run moved, in the way that is asked for, with the values it moved from and to."""
    names, _ = metric_or_default(subject.metric, desk)
    if not names or not runs:
        return []
    best = best_spot(goal_of(names, desk))
    begin, end = {"moved": ("first", "last"), "gained": ("first", best), "lost": (best, "last")}[subject.way]
    (outcome,) = yield (sql.at_spots(names, runs, ("first", "last", best)),)
    begun = {r.run: r for r in readings(outcome, begin, names) if r.value is not None and math.isfinite(r.value)}
    ended = [r for r in readings(outcome, end, names) if r.value is not None and math.isfinite(r.value)]
    return [_moved(begun[r.run], r) for r in ended if r.run in begun]


def _gaps(subject: Subject, runs: Sequence[str], desk: Desk) -> Steps[list[Reading]]:
    """How far two metrics of each run are apart."""
    left, right = (desk.known.metric_names(ask) if ask else () for ask in (subject.metric, subject.other))
    if not left or not right:
        return []
    spot = spot_of(subject.place or Place("last"), goal_of(left, desk))
    (outcome,) = yield (sql.gaps(left[:1], right[:1], runs, spot),)
    return [
        Reading(str(row["run"]), f"gap between {row['metric']} and {row['other']}", apart)
        for row in rows_of(outcome)
        if (apart := number(row["apart"])) is not None and math.isfinite(apart)
    ]


def _peaks(subject: Subject, runs: Sequence[str], desk: Desk) -> Steps[list[Reading]]:
    """When the metric of each run was best: in epochs where it has them, else in steps."""
    best = yield from measured(replace(subject, kind="metric", place=Place("best")), runs, desk)
    told = [(r, r.epoch if r.epoch is not None and subject.unit != "step" else r.step) for r in best]
    return [
        replace(r, metric="epoch" if at == r.epoch and subject.unit != "step" else "step", value=at)
        for r, at in told
        if at is not None
    ]


def _moved(begin: Reading, end: Reading) -> tuple[Reading, Reading, Reading]:
    return replace(end, value=abs((end.value or 0.0) - (begin.value or 0.0))), begin, end


def _call(subject: Subject, runs: Sequence[str], desk: Desk) -> tuple[Call, str] | None:
    """The query, and the column that holds the value."""
    match subject.kind:
        case "setting":
            keys = desk.known.param_keys(subject.key)
            return (sql.settings(keys, runs), "value") if keys else None
        case "length" | "pace":
            return sql.extents(runs), ""
        case "clock":
            return sql.clocks(runs), ""
        case "onset":
            return sql.found_in_runs(FAMILIES.get(subject.aspect, ()) or _everything()), ""
    names, _ = metric_or_default(subject.metric, desk)
    if not names:
        return None
    return reading_at(names, runs, subject.place or Place("best"), goal_of(names, desk))


def reading_at(names: Sequence[str], runs: Sequence[str], place: Place, goal: str) -> tuple[Call, str]:
    """The query for a metric at a place, and the column that holds the value."""
    if place.spot == "share" and place.value is not None:
        return sql.at_share(names, runs, place.value), "value"
    if place.spot == "at" and place.value is not None and place.unit is None:
        return sql.at_number(names, runs, place.value), "value"
    if place.spot == "at" and place.value is not None:
        return sql.at_position(names, runs, place.unit or "step", place.value), "value"
    spot = spot_of(place, goal)
    return sql.at_spots(names, runs, (spot,)), spot


def _reach(subject: Subject, runs: Sequence[str], desk: Desk) -> Steps[tuple[Call, str] | None]:
    names, _ = metric_or_default(subject.metric, desk)
    if not names or subject.bound is None:
        return None
    how, value = yield from how_far(subject.bound, names, runs, desk)
    return sql.first_reach(names, runs, how, value), "value"


def _everything() -> set[str]:
    return {finding for family in FAMILIES.values() for finding in family}


def spot_of(place: Place, goal: str) -> str:
    """The column of `sql.at_spots` that a place stands for."""
    low = best_spot(goal) if place.spot == "best" else best_spot("higher" if goal == "lower" else "lower")
    return {"min": "lowest", "max": "highest", "best": low, "worst": low, "onset": "last"}.get(place.spot, place.spot)


def scaled(bound: Bound, found: Sequence[Reading]) -> float:
    """ "90%" of a score between 0 and 1 is 0.9; so is a bare 90."""
    finite = [abs(r.value) for r in found if r.value is not None and math.isfinite(r.value)]
    fraction = bool(finite) and max(finite) <= 1.0
    return bound.value / 100 if fraction and (bound.percent or 1.5 < bound.value <= 100) else bound.value


def how_far(bound: Bound, names: Sequence[str], runs: Sequence[str], desk: Desk) -> Steps[tuple[str, float]]:
    """The comparison that a bound asks for, and its value in the unit that the metric is logged in."""
    goal = goal_of(names, desk)
    how = bound.how if bound.how in (">", ">=", "<", "<=") else ("<=" if goal == "lower" else ">=")
    (ends,) = yield (sql.at_spots(names, runs, ("highest",)),)
    return how, scaled(bound, readings(ends, "highest", names))


def _reading(row: Row, subject: Subject) -> Reading | None:
    run = str(row["run"])
    if subject.kind == "setting":
        value = number(row.get("number")) if row.get("number") is not None else number(row["value"])
        return Reading(run, str(row["key"]), value)
    if subject.kind == "onset":
        step, epoch = number(row.get("onset_step")), number(row.get("onset_epoch"))
        return Reading(run, str(row["finding"]), epoch if epoch is not None else step, step, epoch)
    if subject.kind == "clock":
        ends = subject.place is not None and subject.place.spot == "last"
        return Reading(run, "ended" if ends else "began", number(row.get("ended_at" if ends else "began_at")))
    if subject.kind == "pace":
        unit = subject.unit if subject.unit in ("step", "epoch") else "epoch"
        return Reading(run, f"seconds per {unit}", number(row.get(f"{unit}_seconds")))
    return _length(run, row, subject)


def _length(run: str, row: Row, subject: Subject) -> Reading:
    """In the unit asked for, else in time, else in epochs, else in steps."""
    step, epoch, epochs, seconds = (number(row.get(name)) for name in ("last_step", "last_epoch", "epochs", "seconds"))
    if subject.unit == "time" or (subject.unit is None and seconds):
        return Reading(run, "second", seconds)
    if subject.unit == "step" or epoch is None:
        return Reading(run, "step", step)
    return Reading(run, "epoch", epochs if epoch == int(epoch) and epochs is not None else epoch)
