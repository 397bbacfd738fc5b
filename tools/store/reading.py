"""From parts back to records: everything of one run, or a little of many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np

from tools.records import Axis, Floats, LogLine, MetricSummary, Scalar, Series, SkippedLine
from tools.roles import Given, RoleMatch
from tools.store.entries import Entry
from tools.store.views import Layout

Params = Mapping[str, Scalar]
MEANING = "role, role_confidence, split, goal, family"
"""The columns of a RoleMatch, in the order of its fields."""
PLACES = {"step": "step", "epoch": "epoch", "wall_time": "epoch(wall_time)"}
"""Where a point stands. Most logs have one of them, and fetching a column takes longer than counting what is in it."""


def read_series(
    con: duckdb.DuckDBPyConnection, layout: Layout, entries: Sequence[Entry], given: Given
) -> dict[int, dict[str, Series]]:
    """All points of runs of one batch, by run key and metric, in the order of writing."""
    batch = [entries[0].batch]
    metrics = con.execute(
        f"select key, series, metric, axis, {MEANING} from {layout.select('series', batch)} "
        "semi join (select unnest(?::bigint[]) as key) using (key) order by series",
        [_keys(entries)],
    ).fetchall()
    found: dict[int, dict[str, Series]] = {entry.key: {} for entry in entries}
    if not metrics:
        return found
    curves = _curves(con, layout.select("points", batch), [number for _, number, *_ in metrics])
    matches: dict[int, dict[str, RoleMatch]] = {entry.key: {} for entry in entries}
    for key, _, metric, _, *meaning in metrics:
        matches[key][metric] = RoleMatch(*meaning)
    named = {key: given.named(one) for key, one in matches.items()}
    for key, number, metric, axis, *_ in metrics:
        found[key][metric] = _series(metric, named[key][metric], axis, curves[number])
    return found


def _curves(con: duckdb.DuckDBPyConnection, points: str, numbers: Sequence[int]) -> dict[int, list[Floats]]:
    """Step, epoch, wall time and value of these series, which are sorted. A series has one piece in each file, and the
    files stand in the order of writing, as do the points in a piece."""
    some = f"from {points} where series between {numbers[0]} and {numbers[-1]} and series in ({_listed(numbers)})"
    (held,) = con.execute(f"select count(step), count(epoch), count(wall_time) {some}").fetchall()
    asked = {name: what for (name, what), count in zip(PLACES.items(), held, strict=True) if count}
    chosen = "".join(f"coalesce({what}, 'nan'::double) as {name}, " for name, what in asked.items())
    columns = con.execute(f"select series, {chosen}value {some}").fetchnumpy()
    series = np.asarray(columns["series"])
    nothing = np.full(len(series), np.nan)
    curves = [np.asarray(columns.get(name, nothing), dtype=np.float64) for name in (*PLACES, "value")]
    cuts = [0, *(np.flatnonzero(np.diff(series)) + 1).tolist(), len(series)] if len(series) else []
    pieces: dict[int, list[slice]] = {number: [] for number in numbers}
    for start, end in pairwise(cuts):
        pieces[int(series[start])].append(slice(start, end))
    return {number: [_joined(curve, of) for curve in curves] for number, of in pieces.items()}


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _joined(curve: Floats, pieces: Sequence[slice]) -> Floats:
    return curve[pieces[0]] if len(pieces) == 1 else np.concatenate([curve[:0], *(curve[piece] for piece in pieces)])


def _series(metric: str, match: RoleMatch, axis: Axis, curve: Sequence[Floats]) -> Series:
    step, epoch, wall, value = curve
    return Series(
        metric, match.role, axis, step, epoch, wall, value, match.confidence, match.split, match.goal, match.family
    )


def read_summaries(
    con: duckdb.DuckDBPyConnection, layout: Layout, entries: Sequence[Entry], given: Given
) -> dict[int, tuple[MetricSummary, ...]]:
    """Every metric of these runs in one line, by run key."""
    rows = con.execute(
        f"select key, {MEANING}, metric, axis, count, non_finite, first_step, last_step, first, last, "
        f"min, min_step, max, max_step from {layout.select('series', _batches(entries))} "
        "semi join (select unnest(?::bigint[]) as key) using (key) order by series",
        [_keys(entries)],
    ).fetchall()
    found: dict[int, dict[str, tuple[RoleMatch, Sequence[Any]]]] = {entry.key: {} for entry in entries}
    for key, role, confidence, split, goal, family, metric, *figures in rows:
        found[key][metric] = RoleMatch(role, confidence, split, goal, family), figures
    return {key: _summaries(metrics, given) for key, metrics in found.items()}


def _summaries(metrics: Mapping[str, tuple[RoleMatch, Sequence[Any]]], given: Given) -> tuple[MetricSummary, ...]:
    named = given.named({metric: match for metric, (match, _) in metrics.items()})
    lines = (
        (metric, match.role, *metrics[metric][1], match.confidence, match.split, match.goal, match.family)
        for metric, match in named.items()
    )
    return tuple(MetricSummary(*line) for line in lines)


def read_params(con: duckdb.DuckDBPyConnection, layout: Layout, entries: Sequence[Entry]) -> dict[int, Params]:
    """The hyperparameters of these runs, by run key; the first that was given counts."""
    rows = con.execute(
        f"select key, name, value, kind from {layout.select('params', _batches(entries))} "
        "semi join (select unnest(?::bigint[]) as key) using (key)",
        [_keys(entries)],
    ).fetchall()
    found: dict[int, dict[str, Scalar]] = defaultdict(dict)
    for key, name, value, kind in rows:
        found[key].setdefault(name, scalar_of(value, kind))
    return {entry.key: found[entry.key] for entry in entries}


def scalar_of(value: str | None, kind: str) -> Scalar:
    """A setting as it was given, from its text and the name of its type."""
    if value is None or kind == "NoneType":
        return None
    if kind == "bool":
        return value == "True"
    if kind == "int":
        return int(value)
    return float(value) if kind == "float" else value


def read_log_lines(
    con: duckdb.DuckDBPyConnection, layout: Layout, entries: Sequence[Entry]
) -> dict[int, tuple[LogLine, ...]]:
    """The lines of runs' logs that tell a story, in their order, by run key."""
    rows = con.execute(
        f"select key, line, text, level, file, '', kind from {layout.select('log_lines', _batches(entries))} "
        "semi join (select unnest(?::bigint[]) as key) using (key)",
        [_keys(entries)],
    ).fetchall()
    found: dict[int, list[LogLine]] = {entry.key: [] for entry in entries}
    for key, *line in rows:
        found[key].append(LogLine(*line))
    return {key: tuple(lines) for key, lines in found.items()}


def read_skipped(con: duckdb.DuckDBPyConnection, layout: Layout, entry: Entry) -> tuple[SkippedLine, ...]:
    """The lines of a run's logs that its reader could not use."""
    rows = con.execute(
        f"select line, text, reason from {layout.select('skipped', [entry.batch])} where key = ?", [entry.key]
    ).fetchall()
    return tuple(SkippedLine(*row) for row in rows)


def _batches(entries: Iterable[Entry]) -> list[str]:
    return sorted({entry.batch for entry in entries})


def _keys(entries: Iterable[Entry]) -> list[int]:
    return [entry.key for entry in entries]
