"""Event files of a training that was taken up again below where it had been: what lies beyond is of no run.

A new file goes on from the step of a checkpoint. Points of the old file that the new one reaches are written again and
count as repeated; those it never reaches would continue the curve behind the new ones, with a seam between them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.discovery.files import LogFile
from tools.errors import ToolError
from tools.formats.tensorboard import FORMAT as EVENTS
from tools.records import Part, Points

Kept = NDArray[np.bool_]
Reader = Callable[[LogFile], Iterator[Part]]


@dataclasses.dataclass(frozen=True)
class _Stretch:
    """Where and when a file begins a metric, and the last step that it reaches."""

    first: float
    began: float
    reach: float


class Restarts:
    """Knows the later event files beside each one, and lets through what none of them has taken back."""

    def __init__(self, logs: Sequence[LogFile], read: Reader) -> None:
        self._read = read
        events = [log for log in logs if log.format.name == EVENTS.name]
        self._later = {
            log.path: [other for other in events[at + 1 :] if other.path.parent == log.path.parent]
            for at, log in enumerate(events)
        }
        self._known: dict[Path, dict[str, _Stretch]] = {}
        self._first: dict[tuple[Path, str], float] = {}

    def sift(self, log: LogFile, parts: Iterator[Part]) -> Iterator[Part]:
        """The parts of a log without the points that a later file has taken back and never reached."""
        later = [self._stretches(other) for other in self._later.get(log.path, ())]
        for part in parts:
            if not later or not isinstance(part, Points):
                yield part
                continue
            kept = self._kept(part, later, log.path.parent)
            if kept.all():
                yield part
            elif kept.any():
                yield part.where(kept)

    def _kept(self, points: Points, later: Sequence[dict[str, _Stretch]], folder: Path) -> Kept:
        kept = np.ones(len(points.value), dtype=np.bool_)
        for index, name in enumerate(points.names):
            here = points.metric == index
            steps = points.step[here]
            first = self._first.setdefault((folder, name), float(np.fmin.reduce(steps, initial=np.inf)))
            for one in (stretches[name] for stretches in later if name in stretches):
                # One that begins at the start or before is another run in the same folder, no restart of this one.
                if one.first > first:
                    kept[here] &= ~((steps > one.reach) & (points.wall_time[here] <= one.began))
        return kept

    def _stretches(self, log: LogFile) -> dict[str, _Stretch]:
        if log.path not in self._known:
            self._known[log.path] = dict(_measured(self._read(log)))
        return self._known[log.path]


def _measured(parts: Iterator[Part]) -> Iterator[tuple[str, _Stretch]]:
    found: dict[str, _Stretch] = {}
    try:
        for part in parts:
            if isinstance(part, Points):
                for index, name in enumerate(part.names):
                    here = part.metric == index
                    steps, wall = part.step[here], part.wall_time[here]
                    if len(steps):
                        old = found.get(name, _Stretch(float(steps[0]), float(wall[0]), -np.inf))
                        found[name] = dataclasses.replace(
                            old, reach=max(old.reach, float(np.fmax.reduce(steps, initial=-np.inf)))
                        )
    except (ToolError, OSError):
        # It is told where the file itself is read.
        pass
    yield from found.items()
