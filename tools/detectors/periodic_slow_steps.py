"""Periodic slow steps: at regular distances a step takes several times its usual time.

## What it looks for
Step times (or throughputs) of two and a half times the usual cost or worse that come back at one distance, four times
or more, and cost a twentieth of the whole time together. It is a remark: evaluations and checkpoints look like this.

## Why it matters
What comes back can be moved, shortened or made rarer, and the gain is known beforehand.

## When it is wrong
An evaluation inside the timed step is wanted. Buckets of long sequences that come at regular distances are work, not
waste.

## How to confirm
Compare the distance with the settings: `save_steps`, `eval_steps`, the length of an epoch, the size of a shard;
garbage collection has a distance of its own.

## What to change
- Checkpoints: rarer (HF `save_steps=1000`) or asynchronous (`torch.distributed.checkpoint.async_save`).
- Epoch starts: `DataLoader(persistent_workers=True)`, prefetch the next shard.
- Garbage collection: `gc.freeze()` after set-up, or `gc.disable()` and `gc.collect()` every thousand steps.
- Keras `ModelCheckpoint(save_freq=5000)`, `fit(validation_freq=5)`.

## Source
PyTorch performance tuning guide; Jiang et al. 2024 (MegaScale), 5: stragglers and garbage collection.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, finding, trace_of
from tools.records import Finding, Floats, NotChecked, RunData
from tools.stats import events

MIN_CURVE = 40
SLOW = Threshold(
    "periodic_slow_steps", "slow", 2.5, 1.1, 1000, "times",
    "the slow steps take at least so many times the usual time",
    "above the jitter of a busy machine",
)  # fmt: skip
MANY = 4
REGULAR = 0.7
"""Share of the distances that are within one point (or a tenth) of the usual distance."""
COST = 0.05


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Slow steps with a rhythm."""
    trace = trace_of(data.main("step_time", "throughput"), MIN_CURVE)
    if trace is None:
        yield NotChecked("periodic_slow_steps", ("step_time",), f"fewer than {MIN_CURVE} step times")
        return
    if float(trace.y.min()) <= 0:
        return
    cost = trace.y if trace.series.role == "step_time" else 1.0 / trace.y
    usual = float(np.median(cost))
    tops = np.array([a + int(np.argmax(cost[a : b + 1])) for a, b in events(cost > SLOW.of(data) * usual, 1)])
    if len(tops) < MANY or not _regular(tops.astype(np.float64)):
        return
    lost = float(np.sum(np.maximum(cost - usual, 0.0)[cost > SLOW.of(data) * usual]) / np.sum(cost))
    if lost >= COST:
        yield _finding(trace, cost, tops, lost)


def _regular(tops: Floats) -> bool:
    distances = np.diff(tops)
    usual = float(np.median(distances))
    return usual >= 3 and float(np.mean(np.abs(distances - usual) <= max(1.0, 0.1 * usual))) >= REGULAR


def _finding(trace: Trace, cost: Floats, tops: np.ndarray[tuple[int], np.dtype[np.int64]], lost: float) -> Finding:
    distance = float(np.median(np.diff(trace.x[tops])))
    times = float(np.median(cost[tops])) / float(np.median(cost))
    summary = (
        f"Every {distance:g} {trace.series.axis}s {trace.series.metric} shows a step that takes {times:.1f} times the"
        f" usual time ({len(tops)} of them): {lost:.0%} of the time goes there."
    )
    fix = (
        f"See what happens every {distance:g} {trace.series.axis}s (save_steps, eval_steps, a new epoch, a new shard):"
        " make it rarer or asynchronous (persistent_workers=True, async checkpoints, gc.freeze())."
    )
    points = trace.evidence(*(int(i) for i in tops[:4]), int(tops[0]) + 1)
    return finding(
        "periodic_slow_steps", "info", 0.75, trace.series, summary, points, fix, float(trace.x[int(tops[0])])
    )


DETECTOR = Detector(
    "periodic_slow_steps",
    "Slow steps come back regularly",
    "info",
    (("step_time", "throughput"),),
    detect,
    thresholds=(SLOW,),
)
