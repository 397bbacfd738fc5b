"""One run as a watcher knows it, and what is to be said of it by itself."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from agent.phrases import one_line
from agent.watch.events import WatchEvent
from tools.amounts import counted
from tools.follow.runs import Followed
from tools.records import Diagnosis, Floats, Run, RunData, Unreadable
from tools.redaction import redacted

FEW = 3


@dataclass(eq=False)
class Watched:
    """One run as the watcher knows it."""

    run: Run
    source: Followed
    place: int = 0
    """Which of the runs of its logs it is."""
    data: RunData | None = None
    diagnosis: Diagnosis | None = None
    points: int = -1
    gap: float = 0.0
    """Seconds between two changes of its logs, smoothed."""
    last: float = 0.0
    silent: bool = False
    over: bool = False
    waits_since: float | None = None
    urgent: bool = False
    troubled: str = ""
    foreseen: int = 0
    hopeless: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether more is to be expected of it."""
        return not self.over and self.run.status not in ("finished", "crashed")

    @property
    def key(self) -> str:
        """What stands for it, however it is called once other runs lie beside it."""
        return key_of(self.source, self.place)


def key_of(source: Followed, place: int) -> str:
    """What stands for one of the runs of these logs."""
    return f"{source.logs[0]}#{place}"


def introduced(run: Run) -> str:
    """How far a run has come that is watched from now on."""
    step = f", at step {run.steps:,}" if run.steps is not None else ""
    return f"Watching it: {counted(run.points, 'value')} so far{step}."


def trouble(one: Unreadable) -> WatchEvent:
    """The event of a path that cannot be read."""
    return WatchEvent(
        "trouble", time.time(), path=one.path, finding="unreadable", summary=redacted(one_line(one.reason))
    )


def is_urgent(before: RunData | None, now: RunData) -> bool:
    """Whether what is new must be judged at once: values that are no numbers, jumps, errors."""
    if before is None or len(now.log_lines) != len(before.log_lines):
        return True
    return any(
        _jumps(series.value, len(before.series[name].value) if name in before.series else 0)
        for name, series in now.series.items()
    )


def _jumps(values: Floats, known: int) -> bool:
    new, old = values[known:], values[max(0, known - 50) : known]
    if not bool(np.isfinite(new).all()):
        return True
    old = old[np.isfinite(old)]
    return len(old) > FEW and len(new) > 0 and float(np.abs(new).max()) > 3 * float(np.abs(old).max())
