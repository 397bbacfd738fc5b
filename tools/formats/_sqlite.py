"""SQLite databases that trackers keep: opened for reading only, nothing is written beside them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tools.errors import ToolError
from tools.formats._base import Probe, Source
from tools.formats._collect import Collector
from tools.records import Part, Points, SkippedLine

MAGIC = b"SQLite format 3\0"
MOST_STEPS = 2_000_000_000
"""Instructions of SQLite's machine after which a query is given up: a hostile schema must not hang a reader."""
EACH = 1_000_000
ERRORS = (sqlite3.Error, OverflowError, UnicodeDecodeError)
"""The last one is how a complaint about damaged names arrives."""


def has_tables(probe: Probe, *tables: str) -> bool:
    """Whether the file is a database with these tables. The names may stand anywhere in it, so that it is opened."""
    if not probe.head.startswith(MAGIC):
        return False
    try:
        with _connection(probe.path) as connection:
            return set(tables) <= _tables(connection)
    except ERRORS:
        return False


@contextmanager
def database(source: Source, *tables: str) -> Iterator[sqlite3.Connection]:
    """The database of a log. ToolError when it is none, lacks these tables or is damaged."""
    try:
        with _connection(source.path) as connection:
            if not set(tables) <= _tables(connection):
                raise ToolError(f"{source.path} has no tables named {', '.join(tables)}.")
            yield connection
    except ERRORS as error:
        raise ToolError(f"{source.path} cannot be read as a database: {error}.") from error
    source.progress(source.path.stat().st_size)


@contextmanager
def _connection(path: Path) -> Iterator[sqlite3.Connection]:
    # Without a journal beside it nobody is writing, and SQLite need not create its own files there.
    still = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro{still}", uri=True)
    try:
        connection.text_factory = lambda data: data.decode(errors="replace")
        connection.execute("PRAGMA trusted_schema=OFF")
        left = iter(range(MOST_STEPS // EACH))
        connection.set_progress_handler(lambda: int(next(left, None) is None), EACH)
        yield connection
    finally:
        connection.close()


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def journal(path: Path) -> Sequence[Path]:
    """Where a database that is being written keeps what is new."""
    return (path.with_name(f"{path.name}-wal"),)


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """The names of a table's columns."""
    return {str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")}


def run_keys(names: Mapping[str, str]) -> dict[str, str]:
    """A key for each run by its id: the name, and for names that come again the name with the beginning of the id."""
    times: dict[str, int] = {}
    for name in names.values():
        times[name] = times.get(name, 0) + 1
    return {
        one: (name if times[name] == 1 else f"{name} ({one[:8]})") if name else one[:12] for one, name in names.items()
    }


class Collectors:
    """Points of several runs that come mixed; handed out in the order of the runs as far as they are known before."""

    def __init__(self, runs: Iterable[str] = ()) -> None:
        self._by_run = {run: Collector(run) for run in runs}

    def of(self, run: str) -> Collector:
        """The collector of a run."""
        return self._by_run.setdefault(run, Collector(run))

    def rest(self) -> Iterator[Points]:
        """What is left of all runs."""
        for collector in self._by_run.values():
            yield from collector.rest()


def until_damage(source: Source, parts: Iterator[Part]) -> Iterator[Part]:
    """The parts up to where the database is damaged, and a note about it. ToolError when that is before the first."""
    found = False
    try:
        for part in parts:
            found = True
            yield part
    except ToolError as error:
        if not found:
            raise
        yield SkippedLine(0, "", error.message)
        return
    if not found:
        raise ToolError(f"{source.path} holds no runs yet.")
