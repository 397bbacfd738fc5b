"""Schedule ended: the learning rate was gone before the run was.

## What it looks for
A learning rate that falls to a hundredth of its peak or less for good in the second half of the run, with a tenth of
the run or more still to come. It is a remark; a rate that is gone in the first half and leaves a loss that had not
settled is `lr_decay_too_early`.

## Why it matters
The steps after it move nothing. They cost as much as the others.

## When it is wrong
A short tail at a tiny rate, to let averages of the weights or batch statistics settle, is wanted.

## How to confirm
Compare the loss at the end of the schedule with that at the end of the run: equal within the noise.

## What to change
- Tie the schedule to the run: PyTorch `CosineAnnealingLR(opt, T_max=total_steps)`; Keras `CosineDecay(lr,
  decay_steps=epochs * steps_per_epoch)`; HF computes it from `max_steps` or `num_train_epochs`.
- Or stop where it ends; with gradient accumulation or several devices count optimizer steps, not batches.

## Source
Loshchilov & Hutter 2017 (SGDR); Hoffmann et al. 2022 (Chinchilla), appendix B.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.amounts import counted
from tools.detectors._base import Detector, Threshold
from tools.detectors._view import finding, trace_of, where
from tools.records import Finding, NotChecked, RunData

MIN_CURVE = 20
GONE = 0.01
SECOND_HALF = 0.5
LEFT = Threshold(
    "lr_schedule_ended", "left", 0.1, 0.01, 0.5, "share",
    "at least this share of the run is left when the rate is gone",
    "a remark, not a fault",
)  # fmt: skip


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A rate that is gone with much of the run to come."""
    rate = trace_of(data.main("learning_rate"), MIN_CURVE)
    if rate is None:
        yield NotChecked("lr_schedule_ended", ("learning_rate",), f"fewer than {MIN_CURVE} learning rates")
        return
    peak = float(rate.y.max())
    alive = np.flatnonzero(rate.y > GONE * peak)
    if peak <= 0 or not len(alive) or int(alive[-1]) >= rate.n - 2:
        return
    onset = int(alive[-1]) + 1
    left = float(rate.x[-1] - rate.x[onset]) / max(float(rate.x[-1] - rate.x[0]), 1e-300)
    if not LEFT.of(data) <= left <= SECOND_HALF:
        return
    x = float(rate.x[onset])
    summary = (
        f"{rate.series.metric} is at {rate.y[onset]:.2g} from {where(rate.series, x)} on (peak {peak:.3g}): the last"
        f" {left:.0%} of the run moved hardly anything."
    )
    fix = (
        f"Stretch the schedule to {counted(rate.x[-1], rate.series.axis)} (T_max, decay_steps), or stop at"
        f" {where(rate.series, x)}."
    )
    points = rate.evidence(int(np.argmax(rate.y)), onset, rate.n - 1)
    yield finding("lr_schedule_ended", "info", 0.8, rate.series, summary, points, fix, x)


DETECTOR = Detector(
    "lr_schedule_ended", "The schedule ended before the run", "info", (("learning_rate",),), detect, thresholds=(LEFT,)
)
