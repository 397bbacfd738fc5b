"""Large tables through DuckDB: the same points as row by row, a hundred thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from tools.formats._base import Source
from tools.formats._collect import NAN
from tools.formats._numbers import EARLIEST_CLOCK
from tools.formats._runs import Rows, RunWriter
from tools.records import Floats, Points

VECTORS = 32
"""Vectors of 2048 rows that are fetched at once."""
ABSENT = -1.7976931348623157e308
"""Stands for an empty cell between DuckDB and numpy, where NaN is a value of its own; nobody logs the lowest double."""


@dataclass(frozen=True)
class Columns:
    """SQL expressions for the numbers of a table: one for each metric, and for the positions where there are any."""

    names: tuple[str, ...]
    metrics: tuple[str, ...]
    step: str | None
    epoch: str | None
    clock: str | None

    def select(self) -> str:
        """The list of a SELECT: positions first, then metrics; every column a double."""
        places = [self.step or "NULL", self.epoch or "NULL", self.clock or "NULL"]
        return ", ".join(f"coalesce(({one})::DOUBLE, {ABSENT!r}::DOUBLE)" for one in (*places, *self.metrics))


def quoted(name: str) -> str:
    """A name as SQL spells it."""
    return '"' + name.replace('"', '""') + '"'


def connect() -> duckdb.DuckDBPyConnection:
    """A database of its own for one file: two threads, bounded memory, the rows in their order."""
    settings = {"threads": 2, "memory_limit": "200MB", "preserve_insertion_order": True}
    return duckdb.connect(config={key: str(value) for key, value in settings.items()})


def stream(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    columns: Columns,
    table: str,
    arguments: Sequence[object],
    writer: RunWriter,
) -> Iterator[Points | NDArray[np.int64]]:
    """Points of the table's rows; between them, the numbers (from 0) of rows that held nothing at all."""
    result = connection.execute(f"SELECT {columns.select()} FROM {table}", arguments)
    size, total = source.path.stat().st_size, 0
    before = 0
    while True:
        frame = result.fetch_df_chunk(VECTORS)
        if not len(frame):
            break
        cells = frame.to_numpy(dtype=np.float64, copy=False)
        empty = np.flatnonzero((cells == ABSENT).all(axis=1))
        if len(empty):
            yield empty + before
        before += len(cells)
        yield from block(cells, columns.names, writer)
        share = min(size - total, len(cells) * 64)
        total += share
        source.progress(share)
    source.progress(size - total)


def block(cells: Floats, names: tuple[str, ...], writer: RunWriter) -> Iterator[Points]:
    """Points of rows whose first three columns are step, epoch and clock."""
    places = np.where(cells[:, :3] == ABSENT, np.nan, cells[:, :3])
    step, epoch, wall = places[:, 0], places[:, 1], seconds(places[:, 2])
    values = cells[:, 3:]
    yield from writer.rows(Rows(names, values, values != ABSENT, step, epoch, wall))


def seconds(clock: Floats) -> Floats:
    """Clock readings as seconds since 1970; milliseconds are recognised, durations are dropped."""
    clock = np.where(clock > EARLIEST_CLOCK * 1000, clock / 1000, clock)
    return np.where(clock > EARLIEST_CLOCK, clock, NAN)
