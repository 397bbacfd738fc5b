"""What a reader yields: points, settings, telling lines, lines that could not be used."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tools.records.kinds import CrashKind, Floats, Scalar, Status


@dataclass(frozen=True)
class SkippedLine:
    """A line that a reader could not use: 1-based number, its text (at most 200 characters) and the reason in words."""

    line: int
    text: str
    reason: str
    run: str = ""


@dataclass(frozen=True)
class LogLine:
    """A line that is no metric but tells a story (warning, traceback, crash, note). `line` is 1-based within `file`.

    `kind` is set where the line says what went wrong: a line of an error that the run survived may have one too.
    """

    line: int
    text: str
    level: str = "info"
    file: str = ""
    run: str = ""
    kind: CrashKind | None = None


@dataclass(frozen=True)
class Crash:
    """What ended a run before its time: the line that says so first. `interrupted` is no fault of the run."""

    kind: CrashKind
    text: str
    line: int = 0
    file: str = ""


@dataclass(frozen=True)
class Points:
    """A batch of logged points of one run, long form, in the order of writing.

    `names` are the metric names as logged; `metric[i]` indexes into it. All arrays have the same length n.
    step, epoch: position in the log's own numbers, NaN where the log gives none. A step is an optimizer step, never
    an epoch.
    wall_time: seconds since 1970 UTC, NaN where unknown. value: as logged, NaN and infinities kept.
    """

    names: tuple[str, ...]
    metric: NDArray[np.int32]
    step: Floats
    epoch: Floats
    wall_time: Floats
    value: Floats
    run: str = ""

    def where(self, keep: NDArray[np.bool_]) -> Points:
        """Some of the points."""
        kept = {name: getattr(self, name)[keep] for name in ("metric", "step", "epoch", "wall_time", "value")}
        return replace(self, **kept)


@dataclass(frozen=True)
class Param:
    """One hyperparameter; nested keys joined by dots. `value` as the file gives it (numbers stay numbers)."""

    key: str
    value: Scalar
    run: str = ""


@dataclass(frozen=True)
class RunInfo:
    """What a log says about a run as a whole. Fields that are None say nothing and overwrite nothing."""

    run: str = ""
    name: str | None = None
    project: str | None = None
    status: Status | None = None
    started_at: float | None = None
    ended_at: float | None = None
    crash: Crash | None = None
    confidence: float | None = None
    reading: str | None = None
    """How sure a reader is of what it took (0 to 1), and why, in words."""


Part = Points | Param | LogLine | SkippedLine | RunInfo
"""What a reader yields, in any order, as often as it likes; `run` is "" for the only run of a file, else a key."""
