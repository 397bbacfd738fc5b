"""Cases of the machine and the clock: ends, pauses, waiting, rhythms, seams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.tools.detectors.toy_training import series_run
from tools.records import Crash, CrashKind, LogLine, RunData, Status


def fall(n: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A plain healthy loss."""
    return 0.3 + 2 * np.exp(-np.arange(n) / (n / 6))


def ended(kind: CrashKind, text: str, status: Status = "crashed") -> RunData:
    """A run that ends in an error, as its reader tells it."""
    data = series_run({"train/loss": fall(60)}, {"max_steps": 500})
    return replace(data, run=replace(data.run, status=status, crash=Crash(kind, text, 812, "train.log")))


def survived() -> RunData:
    """A finished run that once spoke of an error."""
    data = series_run({"train/loss": fall(60)})
    line = LogLine(40, "RuntimeError: upload failed", "error", kind="error")
    return replace(data, run=replace(data.run, status="finished"), log_lines=(line,))


def clocked(pause: float, silence: float, status: Status) -> RunData:
    """A run with a second per step, a pause after step 30 and a silence before its end."""
    data = series_run({"train/loss": fall(60)})
    wall = 1.7e9 + np.arange(60.0) + np.where(np.arange(60) > 30, pause, 0.0)
    series = {name: replace(s, wall_time=wall) for name, s in data.series.items()}
    return replace(data, series=series, run=replace(data.run, status=status, ended_at=float(wall[-1] + silence)))


def waiting(share: float) -> RunData:
    """Steps of 200 ms of which a share is waiting for data."""
    noise = 1 + 0.1 * np.random.default_rng(0).normal(size=60)
    return series_run({"train/loss": fall(60), "data_time": 0.2 * share * noise, "step_time": np.full(60, 0.2)})


def rhythmic(every: int) -> RunData:
    """Step times with a slow step at one distance; at 0 they come by chance."""
    rng = np.random.default_rng(1)
    cost = 0.1 * np.exp(0.05 * rng.normal(size=200))
    cost[np.arange(7, 200, every) if every else rng.choice(200, 12, replace=False)] *= 6
    return series_run({"train/loss": fall(200), "step_time": cost})


def seam(back: int) -> RunData:
    """A log that goes back some steps after step 40 and goes on well."""
    data = series_run({"train/loss": fall(60)})
    step = np.concatenate([np.arange(40.0), np.arange(40 - back, 60.0 - back)])
    one = data.series["train/loss"]
    return replace(data, series={"train/loss": replace(one, step=step)})


MACHINE_CASES: dict[str, tuple[Callable[[], RunData], Callable[[], RunData]]] = {
    "data_loader_bound": (lambda: waiting(0.8), lambda: waiting(0.2)),
    "periodic_slow_steps": (lambda: rhythmic(25), lambda: rhythmic(0)),
    "resumed": (lambda: seam(12), lambda: seam(0)),
    "stall": (lambda: clocked(0, 7200, "crashed"), lambda: clocked(300, 5, "finished")),
}
