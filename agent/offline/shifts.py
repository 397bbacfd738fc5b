"""The investigation of how a logged setting was changed in the course of runs."""

from __future__ import annotations

from agent.offline import sql
from agent.offline.case import Reading
from agent.offline.course_facts import Shift, ShiftsFacts
from agent.offline.course_intents import Shifts
from agent.offline.desk import Desk, Steps, readings, rows_of
from agent.offline.facts import Facts
from agent.offline.resolving import resolve
from agent.offline.scalars import number
from agent.offline.unlogged import not_logged
from tools.records import Scalar

MOST_RUNS = 4


def shifts(intent: Shifts, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Each change of each run, the first ones where it changes all the time."""
    names = desk.known.metric_names(intent.metric)
    runs, trouble = yield from resolve(intent.who, desk, intent.metric)
    if trouble:
        return (trouble,)
    if not names:
        return ((yield from not_logged(intent.metric, desk, runs)),)
    told: list[Facts] = []
    for run in runs[:MOST_RUNS]:
        changed, ends = yield (sql.shifts(names, [run]), sql.at_spots(names, [run], ("first", "highest", "last")))
        rows = rows_of(changed)
        spots = [next(iter(readings(ends, spot, names)), None) for spot in ("first", "highest", "last")]
        first, highest, last = spots
        if first is None or highest is None or last is None:
            return ((yield from not_logged(intent.metric, desk, runs)),)
        found = tuple(_shift(row) for row in rows if row["metric"] == first.metric)
        changes = int(number(rows[0]["changes"]) or 0) if found else 0
        told.append(ShiftsFacts(intent, run, first.metric, changes, found, first, highest, last))
    return tuple(told)


def _shift(row: dict[str, Scalar]) -> Shift:
    after = Reading(
        str(row["run"]), str(row["metric"]), number(row["value"]), number(row["step"]), number(row["epoch"])
    )
    return Shift(number(row["before"]) or 0.0, after)
