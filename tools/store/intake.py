"""Taking paths in: what is new or has changed is read and committed batch by batch, what is gone leaves."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import duckdb

from tools.archives import sweep
from tools.discovery import RunFiles, discover
from tools.errors import ToolError
from tools.records import Run, Unreadable
from tools.stopping import go_on
from tools.store.catalogue import Catalogue
from tools.store.entries import Change, Entry, Failure, State, Visit
from tools.store.parts import Batch, Source
from tools.store.snapshot import digest, fingerprint, tree_fingerprint
from tools.trackers import is_address, spoken

UNPACKED = "unpacked"
"""Where in the store the content of archives lies."""
SMALL_BATCHES = 5
"""Each of so many is half of the one after it."""


@dataclass(frozen=True)
class Progress:
    """How far an ingest has come: bytes and runs (as files go; one file may hold several) out of what is to be read.

    No totals: it is still looking for logs, or unpacking.
    """

    bytes_done: int
    bytes_total: int
    runs_done: int
    runs_total: int
    name: str


@dataclass(frozen=True)
class Intake:
    """What the given paths hold now. `read` and `reused` count runs as files go; one file may hold several."""

    runs: tuple[Run, ...]
    unreadable: tuple[Unreadable, ...]
    read: int
    reused: int


@dataclass
class Reading:
    """One ingest on its way."""

    catalogue: Catalogue
    con: duckdb.DuckDBPyConnection
    root: Path
    order: tuple[str, ...]
    progress: Callable[[Progress], None]
    total_bytes: int = 0
    total_runs: int = 0
    done_bytes: int = 0
    done_runs: int = 0
    failures: dict[str, Failure] = field(default_factory=dict)
    batches: int = 0

    def read(self, sources: Sequence[Source]) -> list[Entry]:
        """Read all sources, committing whenever a batch is full. Returns the runs that are still to be committed."""
        self.total_bytes = sum(_size(log.path) for source in sources for log in source.files.logs)
        self.total_runs = len(sources)
        batch = self._next_batch()
        try:
            for source in sources:
                if batch.full:
                    self.catalogue.commit(Change(batch.close(), failures=self.failures, order=self.order))
                    batch = self._next_batch()
                self._read_one(batch, source)
            return batch.close()
        except BaseException:
            batch.discard()
            raise

    def _next_batch(self) -> Batch:
        """The first ones are small: who is waiting sees runs soon."""
        share = 2.0 ** min(0, self.batches - SMALL_BATCHES)
        self.batches += 1
        return Batch(self.root / "parts", self.con, share)

    def _read_one(self, batch: Batch, source: Source) -> None:
        def advance(size: int) -> None:
            self.done_bytes += size
            self._report(source)

        self._report(source)
        try:
            batch.read(source, advance)
        except ToolError as error:
            self._failed(source, str(error))
        except OSError as error:
            self._failed(source, error.strerror or type(error).__name__)
        self.done_runs += 1
        self._report(source)

    def _failed(self, source: Source, reason: str) -> None:
        path = source.files.called(source.files.logs[0].path)
        self.failures[source.id] = Failure(path, reason, source.fingerprint)

    def _report(self, source: Source) -> None:
        go_on()
        done, total = min(self.done_bytes, self.total_bytes), self.total_bytes
        self.progress(Progress(done, total, self.done_runs, self.total_runs, source.files.name))


def ingest(
    catalogue: Catalogue,
    con: duckdb.DuckDBPyConnection,
    root: Path,
    paths: Sequence[Path],
    progress: Callable[[Progress], None],
    followed: Collection[tuple[str, ...]] = (),
) -> Intake:
    """Bring the store up to date with what lies under the paths.

    followed: the logs of each run that somebody else reads while it grows; those that are known are not read again.
    """
    places = [path if is_address(path) else Path(os.path.abspath(path.expanduser())) for path in paths]
    # Only the server knows whether anything has changed there.
    trees = {spoken(place): uuid4().hex if is_address(place) else tree_fingerprint(place, root) for place in places}
    state = catalogue.state()
    if _unchanged(state, trees, root):
        return _intake(state, trees, read=0)

    def looking(name: str) -> None:
        go_on()
        progress(Progress(0, 0, 0, 0, name))

    found = discover(places, root / UNPACKED, looking)
    sources = [_source(files) for files in _in_order(found.runs, places) if not _belongs_to(root, files)]
    known = {entry.source: entry.fingerprint for entry in state.entries if _stands(root, entry)}
    known |= {source: failure.fingerprint for source, failure in state.failures.items()}
    standing = {entry.source for entry in state.entries if entry.logs in followed and _stands(root, entry)}
    stale = [source for source in sources if known.get(source.id) != source.fingerprint]
    changed = [source for source in stale if source.id not in standing]
    reading = Reading(catalogue, con, root, tuple(source.id for source in sources), progress)
    added = reading.read(changed)
    visits = {
        path: Visit(
            tree if changed == stale else "", tuple(one for one in found.unreadable if _under(one.path, [path]))
        )
        for path, tree in trees.items()
    }
    gone = _gone(state, sources, list(trees), followed)
    sweep(root / UNPACKED)
    state = catalogue.commit(Change(added, gone, reading.failures, reading.order, visits))
    return _intake(state, trees, read=len(changed))


def _unchanged(state: State, trees: dict[str, str], root: Path) -> bool:
    seen = all(path in state.visits and state.visits[path].tree == tree for path, tree in trees.items())
    return seen and all((root / "parts" / batch).is_dir() for batch in state.layout.batches)


def _stands(root: Path, entry: Entry) -> bool:
    return (root / "parts" / entry.batch).is_dir()


def _belongs_to(root: Path, files: RunFiles) -> bool:
    """Whether these are the store's own files, where it lies inside a folder of logs."""
    return _under(os.path.realpath(files.called(files.root)), [str(root)])


def _source(files: RunFiles) -> Source:
    logs = [files.called(log.path) for log in files.logs]
    beside = (path for log in files.logs for path in log.format.beside(log.path))
    inputs = dict.fromkeys(map(files.origin, (*(log.path for log in files.logs), *files.configs, *beside)))
    return Source(digest(sorted(logs)), digest([files.name, fingerprint(inputs)]), files)


def _in_order(runs: Iterable[RunFiles], places: Sequence[Path]) -> list[RunFiles]:
    """As the paths were given, and below each the way people count: run-2 before run-10."""

    def rank(files: RunFiles) -> tuple[int, list[tuple[int, str]], list[tuple[int, str]]]:
        path = files.called(files.logs[0].path)
        place = next((n for n, place in enumerate(places) if _under(path, [spoken(place)])), len(places))
        return place, _natural(files.called(files.root)), _natural(files.name)

    return sorted(runs, key=rank)


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,18})", text)]


def _gone(
    state: State, sources: Sequence[Source], paths: Sequence[str], followed: Collection[tuple[str, ...]]
) -> frozenset[str]:
    """Sources under the paths that are not there any more, or whose logs belong to another source now. A log that is
    followed may look like none: its head was cut off."""
    here = {source.id for source in sources}
    taken = {source.files.called(log.path) for source in sources for log in source.files.logs}
    gone = {
        entry.source
        for entry in state.entries
        if entry.source not in here
        and any(log in taken or (_under(log, paths) and entry.logs not in followed) for log in entry.logs)
    }
    gone |= {id for id, failure in state.failures.items() if id not in here and _under(failure.path, paths)}
    return frozenset(gone)


def _intake(state: State, trees: dict[str, str], read: int) -> Intake:
    paths = list(trees)
    entries = [entry for entry in state.entries if _under(entry.logs[0], paths)]
    failed = [Unreadable(one.path, one.reason) for one in state.failures.values() if _under(one.path, paths)]
    unreadable = [one for path in paths for one in state.visits[path].unreadable]
    runs = tuple(entry.as_run() for entry in entries)
    sources = len({entry.source for entry in entries}) + len(failed)
    return Intake(runs, (*unreadable, *failed), read, sources - read)


def _under(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith(place.rstrip("/") + "/") for place in places)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
