"""A batch of runs on its way into Parquet: points in bounded chunks, then roles and summaries, then one rename."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path, PurePath
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from tools.discovery import RunFiles, read_run_files
from tools.errors import ToolError
from tools.records import Floats, Part, Points
from tools.redaction import redacted
from tools.store.catalogue import remove
from tools.store.entries import Entry
from tools.store.naming import clean
from tools.store.summaries import Figures, write_series
from tools.store.tallies import Row, Tally, by_metric, roles_of, runs_of
from tools.store.views import PART_FILE, PARTS, POINTS_FILE, empty, quoted

CHUNK_POINTS = 1 << 19
BATCH_POINTS = 1 << 21
BATCH_RUNS = 1_000
SERIES_BITS = 23
PRESS: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": "512MB", "temp_directory": ""}
Columns = tuple[Floats, ...]
"""Step, epoch, wall time and value of points of one series."""
Pieces = Sequence[tuple[int, Sequence[Columns]]]
"""The number of each series with its points in the order of writing."""


@dataclass(frozen=True)
class Source:
    """Files that make up one run (or several in one file), as they were when we looked."""

    id: str
    fingerprint: str
    files: RunFiles


class Batch:
    """Runs that are written together. Nothing of it is seen until `close`, and then only through the catalogue.

    share: how much of what a batch may hold this one does.
    """

    def __init__(self, parts: Path, con: duckdb.DuckDBPyConnection, share: float = 1.0) -> None:
        self._share = share
        number = secrets.randbits(62 - SERIES_BITS)
        self.id = f"{number:010x}"
        self._first = number << SERIES_BITS
        self._con = con
        self._parts = parts
        self.folder = parts / f"{self.id}.tmp"
        self.folder.mkdir(parents=True)
        self._runs: list[tuple[Source, str, Tally]] = []
        self._series: list[tuple[int, str]] = []
        self._buffer: dict[int, list[Columns]] = {}
        self._writer = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None
        self._buffered = self._written = self._keys = self._files = 0
        self._figures = Figures()

    @property
    def full(self) -> bool:
        """Whether it is time to close this batch and begin another."""
        points = self._written + self._buffered
        return points >= BATCH_POINTS * self._share or len(self._runs) >= BATCH_RUNS * self._share

    def read(self, source: Source, progress: Callable[[int], None]) -> None:
        """Take in all runs of a source. ToolError when it holds none; what was taken in until then is never seen."""
        tallies: dict[str, Tally] = {}
        for part in read_run_files(source.files, progress):
            if part.run not in tallies:
                tallies[part.run] = Tally(self._new_key())
            self._take(tallies[part.run], part)
        if not tallies:
            raise ToolError("nothing in it could be read.")
        self._runs += [(source, sub, tally) for sub, tally in runs_of(tallies)]

    def _new_key(self) -> int:
        self._keys += 1
        return self._first + self._keys

    def _take(self, tally: Tally, part: Part) -> None:
        if isinstance(part, Points):
            self._take_points(tally, part)
        else:
            tally.take(part)

    def _take_points(self, tally: Tally, part: Points) -> None:
        if not len(part.value):
            return
        metric, *columns = by_metric(part)
        starts = np.flatnonzero(np.append(True, metric[1:] != metric[:-1]))
        for start, end in pairwise([*starts.tolist(), len(metric)]):
            series = self._series_of(tally, part.names[metric[start]])
            self._buffer.setdefault(series, []).append(tuple(column[start:end] for column in columns))
        tally.points += len(metric)
        self._buffered += len(metric)
        if self._buffered >= CHUNK_POINTS:
            self._flush()

    def _series_of(self, tally: Tally, name: str) -> int:
        if name not in tally.series:
            tally.series[name] = len(self._series)
            self._series.append((tally.key, name))
        return tally.series[name]

    def _flush(self) -> None:
        """Hand the buffered points to the thread that writes."""
        if not self._buffer:
            return
        pieces = sorted(self._buffer.items())
        self._buffer = {}
        self._written += self._buffered
        self._buffered = 0
        self._wait()
        self._writing = self._writer.submit(self._write_points, pieces, len(self._series), self._next_path("points"))

    def _write_points(self, pieces: Pieces, count: int, path: Path) -> None:
        """Write points of the first `count` series as one file, each series in one piece and in its order of writing,
        and take them into the figures."""
        lengths = [sum(len(value) for *_, value in parts) for _, parts in pieces]
        series = np.repeat(np.array([number for number, _ in pieces], dtype=np.int32), lengths)
        *parts, values = zip(*_flat(pieces), strict=True)
        step, epoch, wall = map(_joined, parts)
        value = np.concatenate(values)
        self._figures.make_room(count)
        chunk: dict[str, NDArray[Any]] = {"series": series, "value": value}
        chunk["seq"] = self._figures.add(series, step, epoch, wall, value)
        # Writing NULLs takes as long as writing numbers: a column of nothing else is left out.
        places = {"step": step, "epoch": epoch, "wall_time": wall}
        chunk |= {name: column for name, column in places.items() if np.isfinite(column).any()}
        known = "".join(f"{_known(name, chunk[name])} as {name}, " for name in places if name in chunk)
        if "wall_time" in chunk:
            chunk["wall_time"] = _timestamps(wall)
        select = (
            f"select {self._first}::bigint + series as series, seq, {known}"
            # DuckDB reads NaN in numpy columns as NULL.
            "coalesce(value, 'nan'::double) as value, false as repeated from chunk"
        )
        self._press.register("chunk", chunk)
        self._press.execute(f"copy ({select}) to {quoted(str(path))} ({POINTS_FILE})")
        self._press.unregister("chunk")

    @cached_property
    def _press(self) -> duckdb.DuckDBPyConnection:
        """A database that only writes points, on the thread that asks: another one reads the log meanwhile."""
        return duckdb.connect(config=PRESS)

    def _wait(self) -> None:
        """Until the points that are being written are in their file."""
        if self._writing is not None:
            self._writing.result()
            self._writing = None

    def _next_path(self, part: str) -> Path:
        self._files += 1
        return self.folder / f"{part}-{self._files:04}.parquet"

    def _copy(self, select: str, part: str) -> None:
        path = quoted(str(self._next_path(part)))
        self._con.execute(f"copy ({select}) to {path} ({PART_FILE})")

    def close(self) -> list[Entry]:
        """Write the rest, judge roles, summarise, and put the folder in its place. The runs, without id and number."""
        self._flush()
        if not self._runs:
            self.discard()
            return []
        # While the last points are being written.
        self._copy(f"from {empty(PARTS['points'])}", "points")
        self._write_rows("params", ((t.key, *row) for _, _, t in self._runs for row in t.params))
        self._write_rows("log_lines", ((t.key, *row) for _, _, t in self._runs for row in t.log_lines))
        self._write_rows("skipped", ((t.key, *row) for _, _, t in self._runs for row in t.skipped_rows))
        self._write_rows("names", self._named_series())
        self._wait()
        write_series(self._con, self.folder, self._first, self._figures)
        self.folder.rename(self._parts / self.id)
        self._end_writing()
        return [
            _entry(source, sub, tally, self.id, self._figures.extent(tally.series.values()))
            for source, sub, tally in self._runs
        ]

    def _named_series(self) -> Iterator[Row]:
        for _, _, tally in self._runs:
            roles = roles_of(tuple(tally.series))
            for (name, number), match in zip(tally.series.items(), roles, strict=True):
                meaning = (match.role, match.confidence, match.split, match.goal, match.family)
                yield self._first + number, tally.key, name, *meaning

    def _write_rows(self, part: str, rows: Iterable[Row]) -> None:
        columns = [column.split(" ") for column in {**PARTS, "names": NAMES}[part].split(", ")]
        values = list(zip(*rows, strict=True)) or [()] * len(columns)
        select = ", ".join(f"unnest(${n}::{kind}[]) as {name}" for n, (name, kind) in enumerate(columns, 1))
        self._con.execute(f"create or replace temp table rows as select {select}", [list(column) for column in values])
        self._copy("from rows", part)

    def _end_writing(self) -> None:
        self._writer.shutdown()
        if self._files:
            self._press.close()

    def discard(self) -> None:
        """Forget everything."""
        self._end_writing()
        if self.folder.is_dir():
            remove(self.folder)


def _flat(pieces: Pieces) -> Iterator[Columns]:
    for _, parts in pieces:
        yield from parts


def _joined(columns: Sequence[Floats]) -> Floats:
    """One column of many; where nothing is known in any, one that takes no memory."""
    if all(bool(np.isnan(column).all()) for column in columns):
        return np.broadcast_to(np.nan, sum(map(len, columns)))
    return np.concatenate(columns)


def _known(name: str, column: Floats) -> str:
    """An expression for a column that is NULL where it is not finite."""
    return name if bool(np.isfinite(column).all()) else f"case when isfinite({name}) then {name} end"


def _timestamps(wall: Floats) -> NDArray[np.datetime64]:
    """Seconds since 1970 as timestamps, NaT where they are not known."""
    known = np.isfinite(wall)
    times = np.full(len(wall), "NaT", dtype="datetime64[us]")
    times[known] = (wall[known] * 1e6).astype(np.int64).view("datetime64[us]")
    return times


NAMES = (
    "series BIGINT, key BIGINT, metric VARCHAR, role VARCHAR, role_confidence DOUBLE, split VARCHAR, goal VARCHAR, "
    "family VARCHAR"
)


Extent = tuple[int | None, float | None, float | None]


def _entry(source: Source, sub: str, tally: Tally, batch: str, extent: Extent) -> Entry:
    files, info = source.files, tally.info
    steps, first, last = extent
    # Discovery puts folders before names that repeat; here that happens only where the whole workspace needs it.
    own = files.name.rpartition("/")[2]
    name = info.name or (f"{own}/{sub}" if sub else own)
    place = files.called(_place(files, own))
    return Entry(
        key=tally.key,
        source=source.id,
        fingerprint=source.fingerprint,
        batch=batch,
        position=0,
        logs=tuple(files.called(log.path) for log in files.logs),
        run="",
        number=0,
        name=clean(redacted(name)),
        path=redacted(place),
        format="+".join(sorted({log.format.name for log in files.logs})),
        status=info.status or "unknown",
        project=clean(redacted(info.project or PurePath(place).parent.name)),
        started_at=min((t for t in (info.started_at, first) if t is not None), default=None),
        ended_at=max((t for t in (info.ended_at, last) if t is not None), default=None),
        steps=steps,
        points=tally.points,
        skipped_lines=tally.skipped,
        crash=info.crash,
        format_confidence=1.0 if info.confidence is None else info.confidence,
        reading=info.reading or "",
    )


def _place(files: RunFiles, name: str) -> Path:
    """The folder that carries the run's name, else its only log, else the folder in which its logs lie."""
    named = [folder for folder in (files.root, *files.root.parents[:2]) if folder.name == name]
    if named:
        return named[0]
    return files.logs[0].path if len(files.logs) == 1 else files.root
