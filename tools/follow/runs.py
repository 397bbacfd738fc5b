"""All runs below some paths while they are written: which have news, which have appeared, which are gone.

Looking is polling: network file systems tell nobody of changes. A look costs one `stat` for each log. Names of new
files are looked for less often in large trees, and runs are sorted out anew only when there are some.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tools.discovery import RunFiles, discover
from tools.discovery.folders import is_artefact
from tools.discovery.rotated import is_past, without_past
from tools.follow.live import FollowedRun, Live
from tools.formats import HEAD_BYTES
from tools.records import Run, Unreadable
from tools.store import Store

RESTS, SORTING_RESTS = 20.0, 8.0
"""Names are not looked for, and runs not sorted out, again for so many times as long as that took."""

Stamp = tuple[int, int, int]


def stamp_of(path: Path | os.DirEntry[str]) -> Stamp | None:
    """Inode, size and time of change; None where there is no file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


@dataclass(eq=False)
class Followed:
    """The logs of a run, or of several in one file. `runs`: as the store knows them."""

    files: RunFiles
    stamps: dict[Path, Stamp | None]
    runs: tuple[Run, ...] = ()
    run: FollowedRun | None = None
    lives: list[Live] = field(default_factory=list)
    changed_at: float = 0.0
    """When a log was last written to, in seconds since 1970."""

    @property
    def logs(self) -> tuple[str, ...]:
        """What the store calls them by, without those that are the rotated past of another."""
        return without_past([self.files.called(log.path) for log in self.files.logs])

    @property
    def missing(self) -> bool:
        """Whether none of its logs is there any more."""
        return all(stamp is None for stamp in self.stamps.values())


@dataclass(frozen=True)
class Look:
    """What a look has shown. news: logs that have changed. appeared: those that were not there before."""

    news: tuple[Followed, ...] = ()
    appeared: tuple[Followed, ...] = ()
    gone: tuple[Followed, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


class RunsBelow:
    """The runs below paths, held in step with a store that knows their names, numbers and siblings.

    To be used from one thread. The store is opened and filled by whoever calls.
    """

    def __init__(self, store: Store, paths: Sequence[Path], clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._paths = [Path(os.path.abspath(path.expanduser())) for path in paths]
        self._clock = clock
        self._names: dict[Path, int] = {}
        self._names_at = self._sorted_at = -1e9
        self._followed: dict[tuple[str, ...], Followed] = {}
        self._due = True

    @property
    def all(self) -> tuple[Followed, ...]:
        """Everything that is followed."""
        return tuple(self._followed.values())

    def look(self) -> Look:
        """What has changed since the last look. The first one finds everything, and reads nothing."""
        look = self._sorted_out() if self._is_due() else Look()
        news = [one for one in self._followed.values() if one not in look.appeared and self._has_news(one)]
        return replace(look, news=tuple(news))

    def read(self, one: Followed) -> bool:
        """Bring `lives` up to date; whether anything is new. The first time all of the logs is read. ToolError where
        nothing can be."""
        if one.run is None:
            one.run = FollowedRun(one.files, self._clock)
        if not one.run.look():
            return False
        one.lives = one.run.so_far(self._store.given)
        if len(one.lives) != len(one.runs):
            self.settle(one)
        return True

    def settle(self, *over: Followed) -> None:
        """Let the store read these anew: they have ended, or another run has begun in the same file."""
        ended = {one.logs for one in over}
        self._store.ingest(self._paths, followed=self._stored(self._followed.keys() - ended))
        self._name()

    def _has_news(self, one: Followed) -> bool:
        now = {path: stamp_of(path) for path in one.stamps}
        changed, one.stamps = now != one.stamps, now
        if changed:
            one.changed_at = time.time()
        return changed or (one.run is not None and one.run.is_unsettled)

    def _is_due(self) -> bool:
        now = self._clock()
        if now >= self._names_at:
            names = dict(_names(self._paths))
            self._names_at = now + RESTS * (self._clock() - now)
            self._due = self._due or self._tell(names)
            self._names = names
        return self._due and now >= self._sorted_at

    def _tell(self, names: dict[Path, int]) -> bool:
        """Whether files have come or gone that may be logs, or short ones have changed that were none."""
        logs = {log.path for one in self._followed.values() for log in one.files.logs}
        if {path for path in names.keys() ^ self._names.keys() if path in logs or not is_past(path, logs)}:
            return True
        others = (path for path in names.keys() & self._names.keys() if path not in logs)
        return any(0 < names[path] < HEAD_BYTES and names[path] != self._names[path] for path in others)

    def _sorted_out(self) -> Look:
        """All runs as they are now. Where the store cannot take them in everything stays as it was for now."""
        start = self._clock()
        try:
            found = discover(self._paths, self._store.root / "unpacked")
            before = self._followed
            logs = {log.path for one in before.values() for log in one.files.logs}
            sources = [
                Followed(files, {log.path: stamp_of(log.path) for log in files.logs})
                for files in self._kept(found.runs, logs)
            ]
            now = {one.logs: before.get(one.logs, one) for one in sources} | _headless(before, sources)
            if before:
                self._store.ingest(self._paths, followed=self._stored(now.keys() & before.keys()))
        finally:
            self._sorted_at = self._clock() + SORTING_RESTS * (self._clock() - start)
        self._followed, self._due = now, False
        self._name()
        appeared = [one for logs, one in now.items() if logs not in before]
        for one in appeared:
            one.changed_at = max((stamp[2] / 1e9 for stamp in one.stamps.values() if stamp), default=0.0)
        gone = [one for logs, one in before.items() if logs not in now]
        return Look((), tuple(appeared), tuple(gone), found.unreadable)

    def _kept(self, runs: Iterable[RunFiles], logs: set[Path]) -> Iterator[RunFiles]:
        """The runs, without those that are nothing but the rotated past of a log that is followed."""
        for files in runs:
            kept = tuple(log for log in files.logs if log.path in logs or not is_past(log.path, logs))
            if kept:
                yield replace(files, logs=kept)

    def _stored(self, followed: Collection[tuple[str, ...]]) -> frozenset[tuple[str, ...]]:
        """The logs of these as the store has them, what was rotated meanwhile included."""
        known = (self._store.logs(run.run) for run in self._store.runs())
        return frozenset(logs for logs in known if without_past(logs) in followed)

    def _name(self) -> None:
        known: dict[tuple[str, ...], list[Run]] = {}
        for run in self._store.runs():
            known.setdefault(without_past(self._store.logs(run.run)), []).append(run)
        for logs, one in self._followed.items():
            one.runs = tuple(known.get(logs, ()))


def _headless(before: dict[tuple[str, ...], Followed], now: Iterable[Followed]) -> dict[tuple[str, ...], Followed]:
    """Logs that are followed, are there, and look like none by now: a table of which the rotation has left the end."""
    found = {path for one in now for path in one.stamps}
    return {
        logs: one for logs, one in before.items() if found.isdisjoint(one.stamps) and any(map(stamp_of, one.stamps))
    }


def _names(paths: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """All files below the paths that may be logs, with the size of those in the folders that were named."""
    waiting = list(paths)
    seen: set[str] = set()
    while waiting:
        folder = waiting.pop()
        try:
            real = os.path.realpath(folder)
            if real in seen:
                continue
            seen.add(real)
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir():
                        waiting.append(Path(entry.path))
                    elif not is_artefact(entry.name) and (stamp := stamp_of(entry)):
                        yield Path(entry.path), stamp[1]
        except NotADirectoryError:
            yield folder, (stamp_of(folder) or (0, 0, 0))[1]
        except OSError:
            continue
