"""Parquet tables, read by DuckDB: a row a step, or a row a point (metric, step, value), of one run or of several.

Neptune's exporter writes the second kind (from its documentation, not from a real export).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from tools.errors import ToolError
from tools.formats._axes import axes_of
from tools.formats._base import Format, Probe, Source
from tools.formats._bulk import VECTORS, Columns, connect, quoted, seconds, stream
from tools.formats._runs import RunWriter
from tools.records import Part, Points, SkippedLine

if TYPE_CHECKING:
    import pandas as pd

MAGIC = b"PAR1"
RUNS = ("run", "run_name", "run_id", "run_uuid", "trial", "trial_id", "experiment")
METRICS = ("metric", "metric_name", "attribute_path", "key", "tag", "variable", "name")
VALUES = ("value", "float_value", "metric_value")
_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINY", "USMALL", "UINT", "UBIG", "UHUGE")
_REAL = ("FLOAT", "DOUBLE", "DECIMAL", "REAL")
_TABLE = "read_parquet(?)"


@dataclass(frozen=True)
class _Layout:
    """SQL expressions for what the columns are; "NULL" where there is none. `wide`: columns that are metrics."""

    run: str
    metric: str
    value: str
    step: str
    epoch: str
    clock: str
    wide: tuple[str, ...]


def sniff(probe: Probe) -> float:
    """The four letters it opens with."""
    return 0.99 if probe.head.startswith(MAGIC) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """All points, row group by row group."""
    found = False
    try:
        with connect() as connection:
            for part in _parts(connection, source):
                found = True
                yield part
    except (duckdb.Error, ValueError, OverflowError) as error:
        reason = str(error).partition("\n")[0]
        if not found:
            raise ToolError(f"{source.path} cannot be read as Parquet: {reason}") from error
        yield SkippedLine(0, "", f"the table is damaged here: {reason}")
    if not found:
        raise ToolError(f"{source.path} has no columns of numbers.")


def _parts(connection: duckdb.DuckDBPyConnection, source: Source) -> Iterator[Part]:
    place = _exactly(str(source.path))
    described = connection.execute(f"DESCRIBE SELECT * FROM {_TABLE}", [place]).fetchall()
    kinds = {str(row[0]): str(row[1]) for row in described}
    layout = _layout(kinds)
    if layout.metric == "NULL" and not layout.wide:
        return
    if layout.metric == "NULL" and layout.run == "NULL":
        places = (None if one == "NULL" else one for one in (layout.step, layout.epoch, layout.clock))
        columns = Columns(layout.wide, tuple(map(quoted, layout.wide)), *places)
        writer = RunWriter()
        for part in stream(connection, source, columns, _TABLE, [place], writer):
            if isinstance(part, Points):
                yield part
        yield from writer.rest()
    else:
        yield from _long(connection, source, layout, place)


def _exactly(path: str) -> str:
    """The path as a pattern that only it matches."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)


def _layout(kinds: Mapping[str, str]) -> _Layout:
    axes = axes_of(kinds)

    def first(names: tuple[str, ...]) -> str | None:
        by_name = {name.lower(): name for name in kinds}
        return next((by_name[name] for name in names if name in by_name), None)

    run, value = first(RUNS), first(VALUES)
    metric = first(tuple(name for name in METRICS if kinds.get(name) == "VARCHAR")) if value else None
    taken = {axes.step or axes.epoch, run}
    numbers = tuple(name for name, kind in kinds.items() if _is_number(kind) and name not in taken)
    return _Layout(
        "NULL" if run is None else f"{quoted(run)}::VARCHAR",
        "NULL" if metric is None else quoted(metric),
        "NULL" if value is None else quoted(value),
        _place(axes.step, kinds),
        _place(axes.epoch, kinds),
        _place(axes.clock, kinds),
        () if metric is not None else numbers,
    )


def _is_number(kind: str) -> bool:
    return kind.startswith((*_NUMERIC, *_REAL)) and not kind.endswith("]")


def _place(name: str | None, kinds: Mapping[str, str]) -> str:
    if name is None:
        return "NULL"
    if kinds[name].startswith(("TIMESTAMP", "DATE")):
        return f"epoch({quoted(name)})"
    return quoted(name) if _is_number(kinds[name]) else "NULL"


def _long(connection: duckdb.DuckDBPyConnection, source: Source, layout: _Layout, place: str) -> Iterator[Points]:
    positions = f"{layout.step}::DOUBLE AS __step, {layout.epoch}::DOUBLE AS __epoch, {layout.clock}::DOUBLE AS __clock"
    if layout.wide:
        columns = ", ".join(f"{quoted(name)}::DOUBLE AS {quoted(name)}" for name in layout.wide)
        inner = f"SELECT {layout.run} AS __run, {positions}, {columns} FROM {_TABLE}"
        on = ", ".join(map(quoted, layout.wide))
        query = f"FROM (UNPIVOT ({inner}) ON {on} INTO NAME __metric VALUE __value)"
    else:
        query = (
            f"SELECT {layout.run} AS __run, {positions}, {layout.metric} AS __metric, "
            f"{layout.value}::DOUBLE AS __value FROM {_TABLE} "
            f"WHERE {layout.value} IS NOT NULL AND {layout.metric} IS NOT NULL"
        )
    result = connection.execute(query, [place])
    while len(frame := result.fetch_df_chunk(VECTORS)):
        yield from _grouped(frame)
    source.progress(source.path.stat().st_size)


def _grouped(frame: pd.DataFrame) -> Iterator[Points]:
    numbers = {
        key: frame[key].to_numpy(dtype=np.float64, na_value=np.nan)
        for key in ("__step", "__epoch", "__clock", "__value")
    }
    for run, rows in frame.groupby(frame["__run"].fillna(""), sort=False).indices.items():
        names, codes = np.unique(frame["__metric"].to_numpy(dtype=str)[rows], return_inverse=True)
        step, epoch, clock, value = (column[rows] for column in numbers.values())
        yield Points(tuple(map(str, names)), codes.astype(np.int32), step, epoch, seconds(clock), value, str(run))


FORMAT = Format("parquet", "Parquet tables", "pandas, Polars, DuckDB, Neptune's exporter", sniff, parse)
