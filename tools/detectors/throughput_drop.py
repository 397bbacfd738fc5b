"""Throughput drop: steps become much slower from some point on and stay slow.

## What it looks for
The time per step, from a logged throughput or step time, else from the clock of the log: one change point that splits
the run into a fast and a slow part, each of them steady, the slow part at least 1.8 times slower (3 times when only
the clock of the log is available) and lasting to the end.

## Why it matters
The rest of the run costs a multiple. The cause is usually outside of the model: another job on the machine, a full
disk cache, a data source that fell back to the network, thermal throttling, a memory leak that makes the machine swap.

## When it is wrong
Growing sequences, a larger batch, or an unfrozen backbone make steps slower on purpose. Single slow epochs
(evaluation, checkpoints) are not reported.

## How to confirm
Split the step into data time and compute time. `nvidia-smi dmon`, `iostat -x 5`, `top`: what else runs since the
onset?

## What to change
- Data-bound: more workers of the PyTorch `DataLoader` (`num_workers=8`, `prefetch_factor=4`,
  `persistent_workers=True`), local copies of remote data.
- Compute-bound: power and temperature limits, other processes on the device, logging or `.item()` calls in the loop.
- Restart from the last checkpoint on a free machine.
- HF `dataloader_num_workers=8, dataloader_prefetch_factor=4, dataloader_persistent_workers=True`; tf.data
  `.cache().prefetch(tf.data.AUTOTUNE)`.

## Source
PyTorch performance tuning guide; Mohan et al. 2021, "Analyzing and mitigating data stalls in DNN training".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._once import once
from tools.detectors._view import finding, where
from tools.records import Evidence, Finding, Floats, NotChecked, RunData, Series
from tools.roles import words_of
from tools.stats import blocks, rolling_median, split_point

BATCH_SIZE = re.compile(r"^(global |train )?(batch size|bsz|wpb|batch tokens)$")
SLOWER = Threshold(
    "throughput_drop", "slower", 1.8, 1.1, 100.0, "times",
    "steps take at least so many times as long",
    "more than a shared machine explains",
)  # fmt: skip
SLOWER_BY_CLOCK = Threshold(
    "throughput_drop", "slower_by_clock", 3.0, 1.1, 100.0, "times",
    "the same, where only the clock of the log tells the pace", "evaluations and checkpoints are in that clock",
)  # fmt: skip
"""The clock of a log also counts evaluations, checkpoints and queues, so it must show more."""
OTHER_UNIT = 100.0
"""A clock that runs a hundred times slower for good has changed its unit."""
SIDE = 3
"""Points on either side of the change."""
STEADY = 0.8
"""Share of the slow part that is clearly slow, and of the fast part that is clearly fast."""
WARM_UP = 20
"""The first twentieth is no measure: caches and replay buffers fill, logs are more frequent."""
MAX_POINTS = 4000


@dataclass(frozen=True)
class Pace:
    """Time per step at positions x, in any unit; `raw` are the logged values to cite at the same positions."""

    series: Series
    x: Floats
    cost: Floats
    raw: Floats
    by_clock: bool


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A lasting slow-down. Episodes grow longer as an agent learns, so the clock of an RL log proves nothing."""
    paces = [p for p in _paces(data) if len(p.cost) >= 2 * SIDE + 2]
    if not paces:
        yield NotChecked(
            "throughput_drop", ("throughput",), "log samples per second, the time per step, or wall-clock times"
        )
        return
    for pace in paces:
        found = _slow_down(pace, (SLOWER_BY_CLOCK if pace.by_clock else SLOWER).of(data))
        if found is not None:
            yield found
            return


@once
def _paces(data: RunData) -> tuple[Pace, ...]:
    """All that tells how fast the run is."""
    clock = () if data.with_role("reward", "episode_length") else _clock(data)
    return (*_measured(data), *clock)


def _measured(data: RunData) -> Iterator[Pace]:
    for series in data.with_role("throughput", "step_time", "time"):
        if series.split == "eval":
            continue
        curve = series.curve.finite
        y = curve.y
        monotone = len(y) > 2 and bool(np.mean(np.diff(y) >= 0) > 0.98)
        if len(y) < 3 or float(y.min()) < 0:
            continue
        size = _batch_growth(data, series)
        if series.role == "throughput":
            yield Pace(series, curve.x, 1.0 / np.maximum(y, float(np.median(y)) * 1e-6 + 1e-300), y, False)
        elif series.role == "step_time" or not monotone:
            yield Pace(series, curve.x, y / _interval(series, curve.x) / size(curve.x), y, False)
        else:
            yield Pace(series, curve.x[1:], np.diff(y) / np.diff(curve.x), y[1:], True)


def _interval(series: Series, x: Floats) -> Floats:
    """Steps that a time stands for: the distance of its points where the log calls it just "time" (the time since the
    last line), one where the name speaks of a step."""
    if series.role == "step_time" or len(x) < 2:
        return np.ones(len(x))
    gaps = np.diff(x)
    return np.append(gaps[0], gaps)


def _batch_growth(data: RunData, series: Series) -> Callable[[Floats], Floats]:
    """The logged batch size at any position relative to its first value: steps of more rows may take longer."""
    logged = _batch_size(data)
    curve = logged.curve.finite if logged is not None and logged.axis == series.axis else None
    if curve is None or not len(curve.y) or float(curve.y.min()) <= 0:
        return np.ones_like
    return lambda x: np.interp(x, curve.x, curve.y / curve.y[0])


@once
def _batch_size(data: RunData) -> Series | None:
    return next((s for s in data.series.values() if BATCH_SIZE.search(" ".join(words_of(s.metric)))), None)


def _clock(data: RunData) -> Iterator[Pace]:
    series = data.main("train_loss", "eval_loss", "reward")
    if series is None:
        return
    known = np.isfinite(series.wall_time) & np.isfinite(series.position)
    wall, x = series.wall_time[known], series.position[known]
    forward = np.append(False, (np.diff(wall) > 0) & (np.diff(x) > 0)) if len(x) > 1 else np.zeros(len(x), dtype=bool)
    if int(forward.sum()) < 20:
        return
    cost = (np.diff(wall, prepend=np.nan) / np.diff(x, prepend=np.nan))[forward]
    yield Pace(series, x[forward], cost, series.value[known][forward], True)


def slow_down(data: RunData, by_clock: bool) -> float | None:
    """How many times slower the slow part of a run is than the fast one, lasting or not."""
    paces = [p for p in _paces(data) if len(p.cost) >= 2 * SIDE + 2 and p.by_clock == by_clock]
    return max((_ratio(p) for p in paces), default=None)


def _ratio(pace: Pace) -> float:
    _, cost = blocks(pace.x, pace.cost, MAX_POINTS)
    k = split_point(rolling_median(np.log(np.maximum(cost, float(np.median(cost)) * 1e-6 + 1e-300)), 3))
    fast, slow = float(np.median(cost[:k])), float(np.median(cost[k:]))
    return slow / max(fast, 1e-300)


def _slow_down(pace: Pace, slower: float) -> Finding | None:
    x, cost = blocks(pace.x, pace.cost, MAX_POINTS)
    _, raw = blocks(pace.x, pace.raw, MAX_POINTS)
    level = rolling_median(np.log(np.maximum(cost, float(np.median(cost)) * 1e-6 + 1e-300)), 3)
    k = split_point(level)
    need = max(SIDE, len(cost) // 10) if pace.by_clock else SIDE
    if k < max(need, len(cost) // WARM_UP) or len(cost) - k < need:
        return None
    fast, slow = float(np.median(cost[:k])), float(np.median(cost[k:]))
    ratio = slow / max(fast, 1e-300)
    middle = np.sqrt(fast * slow)
    steady = min(float(np.mean(cost[k:] > middle)), float(np.mean(cost[:k] < middle)))
    if (
        ratio < slower
        or (pace.by_clock and ratio > OTHER_UNIT)
        or steady < STEADY
        or float(np.median(cost[-SIDE:])) < middle
    ):
        return None
    onset = float(x[k])
    name = pace.series.metric
    shown = tuple(Evidence(name, float(x[i]), float(raw[i])) for i in sorted({0, k - 1, k, len(x) - 1}))
    what = (
        f"the clock of the log shows {ratio:.1f} times more time per step"
        if pace.by_clock
        else (
            f"{name} goes from {np.median(raw[:k]):.4g} to {np.median(raw[k:]):.4g}, steps are {ratio:.1f} times slower"
        )
    )
    summary = f"From {where(pace.series, onset)} on {what}, and it stays so to the end."
    fix = (
        f"See what changed on the machine at {where(pace.series, onset)} (other jobs, disk or network cache,"
        " swapping, clocks): nvidia-smi"
        " dmon, iostat -x 5; log data time apart from compute time; if data-bound, raise num_workers to 8 with"
        " prefetch_factor=4."
    )
    return finding("throughput_drop", "warning", 0.7 if pace.by_clock else 0.9, pace.series, summary, shown, fix, onset)


DETECTOR = Detector(
    "throughput_drop",
    "Steps become much slower",
    "warning",
    (),
    detect,
    thresholds=(SLOWER, SLOWER_BY_CLOCK),
    measures={"slower": lambda data: slow_down(data, False), "slower_by_clock": lambda data: slow_down(data, True)},
)
