"""Stall: the clock of the log stood still, far beyond the usual time of a step.

## What it looks for
A pause between two logged points of fifty times the usual pace and at least a minute; a remark, because a pause that
ended is often a queue, a restart or a laptop that slept. A fault it is where the run never came back: the last point
was written long before the run was killed.

## Why it matters
The machine is paid for while it waits. A job that hangs does not fail, so nothing restarts it, and it is found in the
morning.

## When it is wrong
Long evaluations, checkpoints to slow storage and compilation of new shapes are pauses with a purpose; they come back
at regular distances, and those are left to `periodic_slow_steps`. Interrupted and resumed runs pause by nature.

## How to confirm
While it hangs: `py-spy dump --pid PID` for every rank, `nvidia-smi` (100% and no memory traffic is a collective that
waits).

## What to change
- Let it fail instead: `init_process_group(timeout=timedelta(minutes=10))`, `TORCH_NCCL_ASYNC_ERROR_HANDLING=1`,
  `DataLoader(timeout=120)`.
- A watchdog in the job script that kills the job when its log is older than ten steps; checkpoints by time.
- Equal numbers of batches on all ranks (`Join`, `drop_last=True`), no collective inside `if rank == 0`.
- HF `TrainingArguments(ddp_timeout=600)`; Keras `BackupAndRestore("backup")`, so that a killed run goes on.

## Source
PyTorch docs, "Distributed communication package: debugging"; NCCL docs, "Troubleshooting"; Keras docs,
`BackupAndRestore`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import finding, where
from tools.records import Evidence, Finding, Floats, NotChecked, RunData, Series

LEAST = 60.0
TIMES = Threshold(
    "stall", "times", 50.0, 2, 1e+06, "times",
    "the clock stands still for so many usual intervals",
    "evaluations and checkpoints are shorter",
)  # fmt: skip
"""Fifty usual intervals and a minute."""
HUNG = 1800.0
"""Half an hour between the last point and the end of a run that did not finish."""
MIN_CURVE = 12
MANY = 3
"""More pauses than these are a rhythm, not an event."""
WRITTEN_LATE = 0.5
"""Where half of the points share their time with the one before, the clock is that of a buffer, not of the steps."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Pauses within the log and silence at its end."""
    series = data.main("train_loss", "eval_loss", "reward", "policy_loss", "generator_loss")
    clock = None if series is None else _clock(series)
    if series is None or clock is None:
        yield NotChecked("stall", ("time",), f"needs wall-clock times of at least {MIN_CURVE} points")
        return
    x, wall = clock
    gaps = np.diff(wall)
    usual = float(np.median(gaps))
    limit = max(TIMES.of(data) * usual, LEAST)
    silence = None if data.run.ended_at is None else data.run.ended_at - float(wall[-1])
    if silence is not None and silence > max(limit, HUNG) and data.run.status in ("crashed", "running"):
        yield _hung(series, x, silence, usual)
        return
    long = np.flatnonzero(gaps > limit)
    if 1 <= len(long) <= MANY:
        yield _paused(series, (x, wall), int(long[np.argmax(gaps[long])]), usual)


def _clock(series: Series) -> tuple[Floats, Floats] | None:
    """Positions and times of the points in the order of writing; None where the clock tells nothing."""
    known = np.isfinite(series.wall_time) & np.isfinite(series.position)
    x, wall = series.position[known], series.wall_time[known]
    if len(wall) < MIN_CURVE or float(np.median(np.diff(wall))) <= 0 or float(np.diff(wall).min()) < 0:
        return None
    return (x, wall) if float(np.mean(np.diff(wall) == 0)) < WRITTEN_LATE else None


def _paused(series: Series, clock: tuple[Floats, Floats], i: int, usual: float) -> Finding:
    x, wall = clock
    pause, whole = float(wall[i + 1] - wall[i]), float(wall[-1] - wall[0])
    summary = (
        f"The clock stands still for {_time(pause)} between {where(series, float(x[i]))} and"
        f" {where(series, float(x[i + 1]))}, {pause / whole:.0%} of the whole time; the usual interval is"
        f" {_time(usual)}."
    )
    fix = (
        f"See what happened at {where(series, float(x[i]))} (queue, restart, evaluation, storage); if nothing was"
        " planned,"
        " set DataLoader(timeout=120) and a process-group timeout of 10 minutes so that a hang fails and is restarted."
    )
    return finding("stall", "info", 0.7, series, summary, _points(series, x, i, i + 1), fix, float(x[i]))


def _hung(series: Series, x: Floats, silence: float, usual: float) -> Finding:
    n = len(x)
    summary = (
        f"The last point is {where(series, float(x[-1]))}; the run went on for another {_time(silence)} without a word"
        f" (usual interval {_time(usual)}) and did not finish: it hung."
    )
    fix = (
        "Resume from the last checkpoint with timeouts that make a hang fail: init_process_group(timeout="
        "timedelta(minutes=10)), DataLoader(timeout=120); when it happens again, py-spy dump --pid PID on every rank."
    )
    return finding("stall", "warning", 0.75, series, summary, _points(series, x, n - 2, n - 1), fix, float(x[-1]))


def _points(series: Series, x: Floats, *indices: int) -> tuple[Evidence, ...]:
    """The points as the curve has them: of a repeated position only the value written last can be queried again."""
    curve = series.curve
    at = [int(np.searchsorted(curve.x, x[i])) for i in indices]
    return tuple(Evidence(series.metric, float(curve.x[i]), float(curve.y[i])) for i in at)


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"


DETECTOR = Detector("stall", "The run stood still", "warning", (), detect, thresholds=(TIMES,))
