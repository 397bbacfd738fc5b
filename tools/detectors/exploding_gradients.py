"""Exploding gradients: the gradient norm jumps by orders of magnitude and the run is damaged by it.

## What it looks for
Gradient norms at least ten times both their recent level and that of the first tenth of the run (a norm that only goes
back to where it was at the start is the mark of a restart), together with damage: a loss that ends above its start or
above what it had reached, or that jumps where the norm does. A norm that is large but steady, and single spikes that
clipping or luck absorbs, are not reported.

## Why it matters
One step along an exploded gradient undoes thousands of good ones. Recurrent nets and deep nets without normalisation
do it when a factor above 1 is multiplied over many layers or time steps.

## When it is wrong
Mixed precision with a loss scaler shows infinite norms on steps that are skipped; those are `fp16_overflow` when they
go on, and harmless when they are rare. The first few steps often have large norms in healthy runs.

## How to confirm
Plot the gradient norm on a log axis with the loss. Log the norm per layer: if it grows from layer to layer, the
weights or the activation multiply it; if one batch does it, look at the batch.

## What to change
- `torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)` before `optimizer.step()`; HF `max_grad_norm=1.0`; Keras
  `clipnorm=1.0`.
- Orthogonal recurrent weights with gain 1, LSTM/GRU or residual connections and LayerNorm instead of a plain deep
  stack.
- A third of the learning rate.

## Source
Pascanu, Mikolov, Bengio 2013, "On the difficulty of training recurrent neural networks".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._once import once
from tools.detectors._view import Trace, View, finding, trace_of, view_of, where
from tools.records import Evidence, Finding, Floats, NotChecked, RunData
from tools.stats import trailing_median

JUMP = Threshold(
    "exploding_gradients", "jump", 10.0, 2.0, 1e6, "times",
    "the gradient norm reaches so many times its usual level",
    "an order of magnitude",
)  # fmt: skip
JUMP_IN_BLOWUP = 5.0
"""Where the loss blows up anyway, five times the norm of the first tenth of the run tells that the gradients led."""
MANY = 3
"""So many jumps are a property of the run, whatever the loss does in between."""
DAMAGE = 0.15
"""The loss ends this share of its gain above its best: what was learned was lost again."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Jumps of the gradient norm that hurt."""
    view = view_of(data)
    norm = trace_of(data.main("grad_norm"), least=8)
    if norm is None:
        yield NotChecked(
            "exploding_gradients", ("grad_norm",), "fewer than 8 finite gradient norms; log the norm before clipping"
        )
        return
    usual, initial = _usual(norm), _initial(norm)
    jumps = np.flatnonzero(norm.y > JUMP.of(data) * np.maximum(usual, max(initial, 1e-300)))
    if not len(jumps) and find_blowup(data) is not None:
        jumps = np.flatnonzero(norm.y > JUMP_IN_BLOWUP * initial)
    jumps = jumps[jumps >= _settled(norm)]
    if not len(jumps) or not _damaged(view, norm, jumps, data):
        return
    first = int(jumps[0])
    top = int(np.argmax(norm.y))
    summary = (
        f"{norm.series.metric} leaves its level of {usual[first]:.3g} at {where(norm.series, float(norm.x[first]))}"
        f" ({norm.y[first]:.3g}) and reaches {norm.y[top]:.3g} at {where(norm.series, float(norm.x[top]))}; the loss"
        " is damaged."
    )
    points = norm.evidence(max(0, first - 1), first, top) + _loss_points(view, float(norm.x[first]), norm)
    clip = view.config.clip
    limit = max(float(f"{2 * float(usual[first]):.1g}"), 1e-6)
    fix = f"Clip the gradient norm at {limit:g}, about twice its usual level" + (
        f" (now {clip:g})" if clip else " (no clipping is configured)"
    )
    lr = view.lr_until(norm.series, float(norm.x[first]))
    fix += (
        f", and lower the learning rate from {lr:g} to {lr / 3:.2g}."
        if lr
        else ", and lower the learning rate by a factor of 3."
    )
    yield finding("exploding_gradients", "critical", 0.8, norm.series, summary, points, fix, float(norm.x[first]))


def jump(data: RunData) -> float | None:
    """How many times its usual level the gradient norm reaches at most."""
    norm = trace_of(data.main("grad_norm"), least=8)
    if norm is None:
        return None
    return float(np.max((norm.y / np.maximum(_usual(norm), max(_initial(norm), 1e-300)))[_settled(norm) :]))


def _settled(norm: Trace) -> int:
    """Index from which on a jump is no start-up."""
    return max(2, norm.n // 100)


@once
def _usual(norm: Trace) -> Floats:
    """The level of the norm before each point."""
    usual = trailing_median(norm.y, max(5, min(100, norm.n // 5)))
    usual[: min(5, norm.n)] = float(np.median(norm.y[: max(8, norm.n // 10)]))
    return usual


def _initial(norm: Trace) -> float:
    return float(np.median(norm.y[: max(4, norm.n // 10)]))


def _damaged(view: View, norm: Trace, jumps: np.ndarray[tuple[int], np.dtype[np.int64]], data: RunData) -> bool:
    if find_blowup(data) is not None:
        return True
    loss = view.train
    if not view.supervised:
        return False
    if loss is None:
        return len(jumps) >= MANY
    lost = loss.end - loss.best
    worse = lost > DAMAGE * max(loss.improvement, 0.05 * loss.scale) and lost > 3.0 * loss.sigma / np.sqrt(
        max(loss.n // 10, 3)
    )
    return bool(worse) and bool(len(jumps)) and loss.series.axis == norm.series.axis


def _loss_points(view: View, x: float, norm: Trace) -> tuple[Evidence, ...]:
    loss = view.train
    if loss is None or loss.series.axis != norm.series.axis:
        return ()
    i = loss.index(x)
    return loss.evidence(max(0, i - 1), i, loss.n - 1)


DETECTOR = Detector(
    "exploding_gradients",
    "Gradients explode",
    "critical",
    (("grad_norm",),),
    detect,
    thresholds=(JUMP,),
    measures={"jump": jump},
)
