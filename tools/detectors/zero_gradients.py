"""Zero gradients: the gradient is exactly zero from one point on although the loss is not, or again and again.

## What it looks for
A gradient norm that was positive and is exactly 0 at the last tenth of the points or more, up to the end, while the
training loss keeps a hundredth of its start or more. A norm that is zero from the first step is `frozen_training`. Or
a norm and a loss that are both exactly 0 at a tenth of the points or more, scattered over a run whose other losses are
far from 0: those batches had no label to learn from.

## Why it matters
Not one weight moves any more. All units of a layer died, the loss left the range in which it has a slope (a saturated
sigmoid in half precision, a clamp, a hinge that is met by no row), or the gradients are thrown away before they are
used.

## When it is wrong
A logger that prints few digits shows 0 for a small norm. A model that fits every row of a hinge loss is done; then the
loss is zero too.

## How to confirm
`{n: p.grad.abs().max().item() for n, p in model.named_parameters()}` after one backward pass in float32.

## What to change
- Restart from a checkpoint before the onset with a tenth of the learning rate; LeakyReLU or GELU; no `clamp` on
  outputs.
- `binary_cross_entropy_with_logits` and `cross_entropy` on logits instead of a loss on saturated probabilities; Keras
  `from_logits=True`.
- In fp16 scale the loss (`torch.amp.GradScaler`) or use bf16: small gradients underflow to zero.
- HF `bf16=True`, or `fp16=True`, which scales the loss by itself.

## Source
Micikevicius et al. 2018, "Mixed precision training"; Lu et al. 2020, "Dying ReLU and initialization".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._view import Trace, finding, trace_of, view_of, where
from tools.records import Finding, NotChecked, RunData, Severity

MIN_CURVE = 10
LEAST = 4
SHARE = Threshold(
    "zero_gradients", "share", 0.1, 0.01, 1, "share",
    "the norm is exactly zero for at least this last share of the run",
    "a single empty batch is no fault",
)  # fmt: skip
LEFT = 0.01
OF_START = 0.1


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A norm that ends in zeros."""
    norm, loss = trace_of(data.main("grad_norm"), MIN_CURVE), view_of(data).train
    if norm is None:
        yield NotChecked("zero_gradients", ("grad_norm",), f"fewer than {MIN_CURVE} gradient norms")
        return
    moving = np.flatnonzero(norm.y != 0.0)
    if not len(moving):
        return
    if norm.n - 1 - int(moving[-1]) < max(LEAST, SHARE.of(data) * norm.n):
        yield from _now_and_then(norm, loss, max(LEAST, SHARE.of(data) * norm.n))
        return
    if loss is None or abs(loss.end) < LEFT * abs(loss.top):
        return
    onset = int(moving[-1]) + 1
    x = float(norm.x[onset])
    summary = (
        f"{norm.series.metric} is exactly 0 from {where(norm.series, x)} to the end ({norm.n - onset} points; just"
        " before"
        f" it was {norm.y[onset - 1]:.3g}) while {loss.series.metric} stays at {loss.end:.4g}: no weight moves any"
        " more."
    )
    fix = (
        f"Restart from a checkpoint before {where(norm.series, x)} with a tenth of the learning rate and LeakyReLU"
        " or GELU;"
        " compute the loss from logits (cross_entropy, from_logits=True), and in fp16 use a GradScaler or bf16."
    )
    points = norm.evidence(onset - 1, onset, norm.n - 1) + loss.evidence(loss.n - 1)
    known = find_blowup(data) is not None or bool(data.with_role("loss_scale", "skipped_steps"))
    severity: Severity = "info" if known else "warning"  # blow-ups and overflows have findings of their own
    yield finding("zero_gradients", severity, 0.85, norm.series, summary, points, fix, x)


def _now_and_then(norm: Trace, loss: Trace | None, least: float) -> Iterator[Finding]:
    """Steps without any gradient all over a run that learns: their batches had nothing to learn from."""
    if loss is None or not np.array_equal(loss.x, norm.x):
        return
    empty = np.flatnonzero((norm.y == 0.0) & (loss.y == 0.0))
    half = norm.n // 2
    others = loss.y[half:][loss.y[half:] != 0.0]
    if min(int((empty < half).sum()), int((empty >= half).sum())) < least / 2 or not len(others):
        return
    if float(np.median(others)) < OF_START * loss.top:  # all rows are fitted, and the hinge is met by most batches
        return
    share, first = len(empty) / norm.n, int(empty[0])
    summary = (
        f"{norm.series.metric} and {loss.series.metric} are exactly 0 at {len(empty)} of {norm.n} logged steps"
        f" ({share:.0%}), first at {where(norm.series, float(norm.x[first]))}: those batches had nothing to learn from."
    )
    fix = (
        "Count the labels of a batch that are not masked (-100, padding) and skip empty batches; average the loss over"
        " the labels that are left, and log the mean without the empty steps."
    )
    points = norm.evidence(first, int(empty[-1])) + loss.evidence(first, int(empty[-1]))
    yield finding("zero_gradients", "warning", 0.75, norm.series, summary, points, fix, float(norm.x[first]))


DETECTOR = Detector(
    "zero_gradients",
    "Gradients are exactly zero",
    "warning",
    (("grad_norm",), ("train_loss",)),
    detect,
    thresholds=(SHARE,),
)
