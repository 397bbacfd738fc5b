"""Zero gradients: from one point on the gradient is exactly zero although the loss is not.

## What it looks for
A gradient norm that was positive and is exactly 0 at the last tenth of the points or more, up to the end, while the
training loss keeps a hundredth of its start or more. A norm that is zero from the first step is `frozen_training`.

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
from tools.detectors._view import finding, trace_of, view_of, where
from tools.records import Finding, NotChecked, RunData, Severity

MIN_CURVE = 10
LEAST = 4
SHARE = Threshold(
    "zero_gradients", "share", 0.1, 0.01, 1, "share",
    "the norm is exactly zero for at least this last share of the run",
    "a single empty batch is no fault",
)  # fmt: skip
LEFT = 0.01


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A norm that ends in zeros."""
    norm, loss = trace_of(data.main("grad_norm"), MIN_CURVE), view_of(data).train
    if norm is None:
        yield NotChecked("zero_gradients", ("grad_norm",), f"fewer than {MIN_CURVE} gradient norms")
        return
    moving = np.flatnonzero(norm.y != 0.0)
    if not len(moving) or norm.n - 1 - int(moving[-1]) < max(LEAST, SHARE.of(data) * norm.n):
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


DETECTOR = Detector(
    "zero_gradients",
    "Gradients are exactly zero",
    "warning",
    (("grad_norm",), ("train_loss",)),
    detect,
    thresholds=(SHARE,),
)
