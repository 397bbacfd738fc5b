"""Several things of runs side by side: what was set, what came of it, how long it took, when it was."""

from __future__ import annotations

from dataclasses import replace

from agent.offline import sql
from agent.offline.case import Reading
from agent.offline.columns import EFFECTIVE_BATCH
from agent.offline.desk import Desk, Steps, goal_of, metric_or_default, rows_of
from agent.offline.facts import Facts
from agent.offline.figure_facts import SheetFacts
from agent.offline.figure_intents import Sheet
from agent.offline.resolving import resolve, said_of
from agent.offline.scalars import number
from agent.offline.subjects import measured, spot_of
from agent.offline.terms import Group, MetricAsk, Place, Subject, Unsaid
from agent.offline.texts import spot_text, value_text
from agent.offline.unlogged import not_logged
from tools.amounts import counted, lasting
from tools.records import Scalar

SPOTS = {"last": "final", "first": "first", "best": "best", "worst": "worst", "min": "lowest", "max": "highest"}
BATCH_FACTORS = (
    *("batch_size", "gradient_accumulation_steps", "accumulate_grad_batches", "grad_accum", "grad_accum_steps"),
    *("world_size", "num_gpus", "n_gpus", "n_gpu", "num_devices"),
)
Cell = tuple[Scalar, str]
"""What a cell is sorted by, and what it shows."""
Column = tuple[str, str, dict[str, Cell]]
"""The head, the metric or setting that is cited, and the cells by run."""


def sheet(intent: Sheet, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """A column for each thing that was asked for, the runs in the order that was asked for."""
    who = (Group("all"),) if intent.who in ((Unsaid(),), ()) else intent.who
    runs, trouble = yield from resolve(who, desk)
    if not runs:
        return (trouble,) if trouble else ()
    among = yield from said_of(who, desk)
    columns: list[Column] = []
    missed: list[Facts] = [trouble] if trouble else []
    for subject in intent.columns:
        column = yield from _column(subject, runs, desk)
        columns += [column] if column[2] else []
        if not column[2]:
            missed.append((yield from not_logged(subject.metric or MetricAsk(name_of(subject)), desk, runs)))
    if not columns:
        return tuple(missed)
    order = (yield from _order(intent, runs, desk)) if intent.first else runs
    told = tuple((run, tuple(column[2].get(run, (None, "–")) for column in columns)) for run in order)
    return (SheetFacts(intent, tuple((head, name) for head, name, _ in columns), told, among), *missed)


def name_of(subject: Subject) -> str:
    """What is measured, in words."""
    named = {"clock": "start and end time", "pace": f"time per {subject.unit or 'epoch'}"}
    return named.get(subject.kind) or subject.key.replace("_", " ") or subject.unit or "length"


def _order(intent: Sheet, runs: tuple[str, ...], desk: Desk) -> Steps[tuple[str, ...]]:
    """The runs sorted; those that have nothing to be sorted by come last."""
    by = intent.by or intent.columns[0]
    found = yield from measured(by, runs, desk)
    names, _ = metric_or_default(by.metric, desk) if by.kind == "metric" else ((), None)
    higher = by.kind != "metric" or not names or goal_of(names, desk) == "higher"
    good_first = -1.0 if higher else 1.0
    sign = {"high": -1.0, "low": 1.0, "best": good_first, "worst": -good_first}.get(intent.first, 1.0)
    if by.kind != "metric" and intent.first in ("best", "worst"):
        sign = -1.0 if intent.first == "worst" else 1.0
    found.sort(key=lambda r: sign * (r.value or 0.0))
    there = tuple(r.run for r in found)
    return (*there, *(run for run in runs if run not in there))


def _column(subject: Subject, runs: tuple[str, ...], desk: Desk) -> Steps[Column]:
    match subject.kind:
        case "setting":
            return (yield from _settings(subject, runs, desk))
        case "clock":
            return (yield from _clock(subject, runs, desk))
    if subject.kind == "peak":
        return (yield from _peak(subject, runs, desk))
    found = yield from measured(subject, runs, desk)
    name = found[0].metric if found else ""
    cells: dict[str, Cell] = {r.run: (r.value, _text(r, subject)) for r in found}
    return _head(subject, name), name if subject.kind == "metric" else "", cells


def _text(r: Reading, subject: Subject) -> str:
    if subject.kind == "length":
        return lasting(r.value or 0.0) if r.metric == "second" else counted(r.value or 0.0, r.metric)
    if subject.kind == "pace":
        return lasting(r.value or 0.0)
    return value_text(float(f"{r.value:.6g}") if r.value is not None else None)


def _head(subject: Subject, name: str) -> str:
    match subject.kind:
        case "length":
            return "time" if name == "second" else f"{name}s"
        case "pace":
            return name.replace("seconds", "time")
        case "gap":
            return name
    place = subject.place or Place("best")
    if place.spot == "at" and place.value is not None:
        return f"{name} at {place.unit or 'step'} {value_text(place.value)}"
    if place.spot == "share" and place.value is not None:
        return f"{name} after {place.value:.0%} of the run"
    return f"{SPOTS.get(place.spot, place.spot)} {name}"


def _peak(subject: Subject, runs: tuple[str, ...], desk: Desk) -> Steps[Column]:
    """The best value with where it was."""
    found = yield from measured(replace(subject, kind="metric", place=Place("best")), runs, desk)
    name = found[0].metric if found else ""
    cells: dict[str, Cell] = {r.run: (r.value, f"{value_text(r.value)}{spot_text(r)}") for r in found}
    return f"best {name}", name, cells


def _settings(subject: Subject, runs: tuple[str, ...], desk: Desk) -> Steps[Column]:
    if subject.key == EFFECTIVE_BATCH:
        return (yield from _effective_batch(runs, desk))
    keys = desk.known.param_keys(subject.key)
    if not keys:
        return subject.key.replace("_", " "), "", {}
    (outcome,) = yield (sql.settings(keys, runs),)
    cells: dict[str, Cell] = {}
    for row in rows_of(outcome):
        cells.setdefault(str(row["run"]), (row["value"], value_text(row["value"])))
    return keys[0], keys[0], cells


def _effective_batch(runs: tuple[str, ...], desk: Desk) -> Steps[Column]:
    """How many rows one update sees, as far as the configs tell."""
    keys = [key for name in BATCH_FACTORS for key in desk.known.param_keys(name)[:1]]
    if not desk.known.param_keys("batch_size"):
        return "effective batch", "", {}
    (outcome,) = yield (sql.product(keys, runs),)
    cells: dict[str, Cell] = {str(row["run"]): (row["value"], value_text(row["value"])) for row in rows_of(outcome)}
    return f"effective batch ({' x '.join(keys)})", "", cells


def _clock(subject: Subject, runs: tuple[str, ...], desk: Desk) -> Steps[Column]:
    """Times of logs that count from nought say nothing of the day."""
    place = subject.place or Place("first")
    if place.spot not in ("first", "last"):
        return (yield from _moment(subject, place, runs, desk))
    side = "ended" if subject.place is not None and subject.place.spot == "last" else "began"
    (outcome,) = yield (sql.clocks(runs),)
    cells: dict[str, Cell] = {
        str(row["run"]): (number(row[f"{side}_at"]), str(row[side]))
        for row in rows_of(outcome)
        if (number(row["began_at"]) or 0.0) > 1e8
    }
    return side, "", cells


def _moment(subject: Subject, place: Place, runs: tuple[str, ...], desk: Desk) -> Steps[Column]:
    """When by the clock, or how long after the start, a metric was at its best."""
    names, _ = metric_or_default(subject.metric, desk)
    if not names:
        return "at", "", {}
    (outcome,) = yield (sql.moments(names[:1], runs, spot_of(place, goal_of(names, desk))),)
    cells: dict[str, Cell] = {}
    for row in rows_of(outcome):
        after = number(row["seconds"])
        day = str(row["at"]) if str(row["at"]) > "1990" else ""
        since = f"{lasting(after)} after its start" if after is not None else ""
        cells[str(row["run"])] = (after, " , ".join(one for one in (day, since) if one).replace(" ,", ","))
    return "at the time", "", {run: cell for run, cell in cells.items() if cell[1]}
