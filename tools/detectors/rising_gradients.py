"""Rising gradients: the gradient norm grows through the run until it is many times what it was.

## What it looks for
A gradient norm whose last tenth is ten times its level after the first tenth of the run, risen steadily, while the
loss has not blown up. It is a remark, and an early one: growing norms come before many a divergence.

## Why it matters
With a fixed learning rate larger gradients are larger steps. Under clipping they are smaller steps than they seem:
more and more of each gradient is cut.

## When it is wrong
A loss that becomes very small has a relative noise that grows; overfitted classifiers have rare rows with huge
gradients. Weight decay on layers before a normalisation shrinks their weights, and gradients grow in inverse
proportion.

## How to confirm
Log the norm per layer and the norm of the weights: one layer that leads points to its normalisation or its logits.

## What to change
- Clip at twice the usual norm: `clip_grad_norm_(model.parameters(), 1.0)`; HF `max_grad_norm=1.0`; Keras
  `clipnorm=1.0`.
- No weight decay on norms and biases; learning rate decay; z-loss 1e-4 or QK-norm where logits grow.

## Source
Wortsman et al. 2023, "Small-scale proxies for large-scale transformer training instabilities"; Xie et al. 2023, "On
the overlooked pitfalls of weight decay".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._view import finding, trace_of, view_of, where
from tools.records import Finding, NotChecked, RunData
from tools.stats import trend_z

MIN_CURVE = 30
TIMES = Threshold(
    "rising_gradients", "times", 10.0, 1.2, 1e+06, "times",
    "the gradient norm ends at so many times its early level",
    "an order of magnitude",
)  # fmt: skip
SURE_Z = 5.0


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A norm that grows and grows."""
    norm, view = trace_of(data.main("grad_norm"), MIN_CURVE), view_of(data)
    if norm is None:
        yield NotChecked("rising_gradients", ("grad_norm",), f"fewer than {MIN_CURVE} gradient norms")
        return
    early = norm.level(0.1, 0.25)
    if early <= 0 or norm.end < TIMES.of(data) * early or trend_z(norm.y[norm.n // 10 :]) < SURE_Z:
        return
    if find_blowup(data) is not None or not view.supervised:
        return
    onset = min(int(np.flatnonzero(norm.smooth <= 2.0 * early)[-1]) + 1, norm.n - 1)
    x = float(norm.x[onset])
    summary = (
        f"{norm.series.metric} grows from {early:.3g} to {norm.end:.3g}, {norm.end / early:.0f} times, twice its early"
        f" level from {where(norm.series, x)} on."
    )
    limit = float(f"{2 * early:.1g}")
    fix = (
        f"Clip the gradient norm at {limit:g}, decay the learning rate, take weight decay off norms and biases; log the"
        " norm per layer to see where it grows."
    )
    yield finding(
        "rising_gradients", "info", 0.65, norm.series, summary, norm.evidence(norm.n // 10, onset, -1), fix, x
    )


DETECTOR = Detector(
    "rising_gradients", "Gradients grow and grow", "info", (("grad_norm",),), detect, thresholds=(TIMES,)
)
