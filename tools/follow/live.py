"""What the logs of a run that is being written say so far, as judges take it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from tools.discovery import RunFiles, read_run_files
from tools.discovery.files import LogFile
from tools.discovery.rotated import is_past
from tools.errors import ToolError
from tools.follow.follower import Follower
from tools.follow.gathered import column
from tools.records import Axis, Floats, LogLine, Part, Points, Run, RunData, Scalar, Series, SkippedLine
from tools.roles import Given
from tools.store.reading import scalar_of
from tools.store.tallies import Tally, by_metric, roles_of, runs_of

Columns = tuple[Floats, ...]


@dataclass(frozen=True)
class Live:
    """One run of the logs that are followed, as far as it has come. sub: its key within them."""

    sub: str
    tally: Tally
    series: Mapping[str, Series]

    @property
    def params(self) -> dict[str, Scalar]:
        """Its hyperparameters; the first that was given counts."""
        found: dict[str, Scalar] = {}
        for key, value, kind, _ in self.tally.params:
            found.setdefault(key, scalar_of(value, kind))
        return found

    @property
    def log_lines(self) -> tuple[LogLine, ...]:
        """The lines that tell a story."""
        rows = ((line, text, level, file, "", kind) for line, level, text, file, kind in self.tally.log_lines)
        return tuple(LogLine(*row) for row in rows)

    @property
    def skipped(self) -> tuple[SkippedLine, ...]:
        """The lines that could not be used."""
        return tuple(SkippedLine(*row) for row in self.tally.skipped_rows)

    def over(self, outline: RunData) -> RunData:
        """The run as the store outlines it, with what is in its logs now."""
        return replace(
            outline,
            run=self._as_run(outline.run),
            series=self.series,
            params=self.params or outline.params,
            log_lines=self.log_lines,
            beside=None,
        )

    def _as_run(self, run: Run) -> Run:
        info, tally = self.tally.info, self.tally
        steps, first, last = self._extent
        return replace(
            run,
            status=info.status or "unknown",
            started_at=min((t for t in (info.started_at, first) if t is not None), default=None),
            ended_at=max((t for t in (info.ended_at, last) if t is not None), default=None),
            steps=None if steps is None else int(steps),
            points=tally.points,
            skipped_lines=tally.skipped,
            crash=info.crash,
            format_confidence=1.0 if info.confidence is None else info.confidence,
            reading=info.reading or "",
        )

    @property
    def _extent(self) -> tuple[float | None, float | None, float | None]:
        """The last step, the first and the last time."""
        steps = [s.step for s in self.series.values()]
        walls = [s.wall_time for s in self.series.values()]
        return _reduced(np.fmax, steps), _reduced(np.fmin, walls), _reduced(np.fmax, walls)


def _reduced(way: np.ufunc, columns: list[Floats]) -> float | None:
    best = way.reduce([way.reduce(one, initial=np.nan) for one in columns], initial=np.nan)
    return float(best) if np.isfinite(best) else None


class FollowedRun:
    """The logs of a run (or of several that lie in one file), each followed."""

    def __init__(self, files: RunFiles, clock: Callable[[], float] = time.monotonic) -> None:
        self.files = files
        self._followers = {log.path: Follower(log, clock) for log in files.logs}
        self._past = frozenset(path for path in self._followers if is_past(path, self._followers))
        """What was rotated before: read once, since what comes to lie under these names later is known already."""
        self._growing = list(self._followers.values())

    def look(self) -> bool:
        """Read what is new; whether anything is."""
        news = [follower.look() for follower in self._growing]
        self._growing = [follower for path, follower in self._followers.items() if path not in self._past]
        return any(news)

    @property
    def followers(self) -> tuple[Follower, ...]:
        """The logs, in the order of the files."""
        return tuple(self._followers.values())

    @property
    def is_unsettled(self) -> bool:
        """Whether a log waits to be read to its end."""
        return any(follower.unsettled for follower in self._growing)

    @property
    def is_rotated(self) -> bool:
        """Whether more was read than what lies on disk."""
        return any(follower.is_rotated for follower in self._followers.values())

    def so_far(self, given: Given) -> list[Live]:
        """The runs as far as they have come. ToolError where nothing can be read, or nothing is there yet."""
        logs = tuple(follower.log for follower in self._followers.values())
        return live_runs(read_run_files(replace(self.files, logs=logs), reader=self._parts), given)

    def _parts(self, log: LogFile) -> Iterator[Part]:
        yield from self._followers[log.path].parts()


def live_runs(parts: Iterable[Part], given: Given) -> list[Live]:
    """The runs that these parts are of. ToolError where there is none."""
    tallies: dict[str, Tally] = {}
    pieces: dict[str, dict[str, list[Columns]]] = {}
    for part in parts:
        tally = tallies.setdefault(part.run, Tally(0))
        if isinstance(part, Points):
            tally.points += len(part.value)
            _share_out(part, pieces.setdefault(part.run, {}))
        else:
            tally.take(part)
    if not tallies:
        raise ToolError("nothing in it could be read.")
    return [Live(sub, tally, _series(pieces.get(sub, {}), given)) for sub, tally in runs_of(tallies)]


def _share_out(part: Points, pieces: dict[str, list[Columns]]) -> None:
    if not len(part.value):
        return
    metric, *columns = by_metric(part)
    starts = np.flatnonzero(np.append(True, metric[1:] != metric[:-1]))
    for start, end in pairwise([*starts.tolist(), len(metric)]):
        of = pieces.setdefault(part.names[metric[start]], [])
        of.append(tuple(one[start:end] for one in columns))


def _series(pieces: Mapping[str, list[Columns]], given: Given) -> dict[str, Series]:
    """The series in the order in which they were first logged, with what their names mean."""
    matches = dict(zip(pieces, roles_of(tuple(pieces)), strict=True))
    named = given.named(matches)
    found: dict[str, Series] = {}
    for name, of in pieces.items():
        *places, values = zip(*of, strict=True)
        step, epoch, wall = map(column, places)
        match = named[name]
        found[name] = Series(
            *(name, match.role, _axis(step, epoch), step, epoch, wall, np.concatenate(values)),
            *(match.confidence, match.split, match.goal, match.family),
        )
    return found


def _axis(step: Floats, epoch: Floats) -> Axis:
    if bool(np.isfinite(step).any()):
        return "step"
    return "epoch" if bool(np.isfinite(epoch).any()) else "row"
