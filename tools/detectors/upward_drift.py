"""Upward drift: the training loss creeps up through the second half of the run.

## What it looks for
A training loss whose second half rises steadily (rank test) by a tenth of all improvement or more and well clear of
its noise, without a jump and without blowing up. It is a remark, since data that gets harder looks the same.

## Why it matters
A loss that is minimised should not rise for long. A slow rise is often the beginning of a divergence: a rate at the
edge of stability, weights or logits that grow without bound, statistics of the optimizer that went stale.

## When it is wrong
Curricula, annealed loss terms, stronger augmentation, a stream whose later data is harder. Rewards and adversarial
losses are not judged.

## How to confirm
Evaluate two checkpoints on the same fixed rows. Plot the norm of the weights and of the gradients beside the loss.

## What to change
- Lower the learning rate by 3 from the turn on, or decay it: PyTorch `CosineAnnealingLR(opt, T_max=total_steps)`; HF
  `lr_scheduler_type="cosine"`; Keras `CosineDecay`.
- Weight decay 0.01 to 0.1 (AdamW), z-loss 1e-4 for logits that grow, beta2 0.95, gradient clip 1.0.

## Source
Wortsman et al. 2023, "Small-scale proxies for large-scale transformer training instabilities"; Chowdhery et al. 2022
(PaLM), z-loss.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._spikes import jump
from tools.detectors._view import finding, view_of, where
from tools.records import Finding, NotChecked, RunData
from tools.stats import trend_z

MIN_CURVE = 40
SURE_Z = 5.0
SHARE = Threshold(
    "upward_drift", "share", 0.1, 0.005, 10, "share",
    "the loss creeps up by at least this share of all improvement",
    "a remark, not a fault",
)  # fmt: skip
CLEAR = 3.0


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A slow rise without a jump."""
    view = view_of(data)
    trace = view.train
    if trace is None or trace.n < MIN_CURVE:
        yield NotChecked("upward_drift", ("train_loss",), f"fewer than {MIN_CURVE} training losses")
        return
    low = trace.level(0.45, 0.55)
    rise = trace.end - low
    clear = CLEAR * trace.sigma / np.sqrt(max(1, trace.n // 10))
    if (
        not view.supervised
        or "vae" in view.domains
        or rise < max(SHARE.of(data) * trace.improvement, 0.02 * trace.scale, clear)
    ):
        return
    if trend_z(trace.y[trace.n // 2 :]) < SURE_Z or find_blowup(data) is not None or jump(trace, view) is not None:
        return
    floor = np.flatnonzero(trace.smooth <= trace.best + 0.1 * (trace.end - trace.best))
    onset = int(floor[-1])
    x = float(trace.x[onset])
    summary = (
        f"{trace.series.metric} creeps up from {trace.smooth[onset]:.4g} at {where(trace.series, x)} to"
        f" {trace.end:.4g},"
        f" {rise / max(trace.improvement, 1e-300):.0%} of all that had been gained."
    )
    lr = view.peak_lr
    rate = f"from {lr:g} to {lr / 3:.2g}" if lr else "by 3"
    fix = (
        f"Lower the learning rate {rate} from {where(trace.series, x)} on, clip the gradient norm at 1.0, weight"
        " decay 0.01"
        " to 0.1; if the data gets harder on purpose, judge by an evaluation on fixed rows."
    )
    points = trace.evidence(0, onset, (onset + trace.n) // 2, trace.n - 1)
    yield finding("upward_drift", "info", 0.6, trace.series, summary, points, fix, x)


DETECTOR = Detector("upward_drift", "The loss creeps up", "info", (("train_loss",),), detect, thresholds=(SHARE,))
