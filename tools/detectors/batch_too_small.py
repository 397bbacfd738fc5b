"""Batch too small: the noise from step to step keeps the run above what a normal batch reaches.

## What it looks for
A batch of one or two rows (where the config tells), or step losses whose upper tail towers over their median, together
with an evaluation that does not settle: it swings by an eighth of all improvement, ends well above its best, or hardly
improved.

## Why it matters
The gradient of one row points anywhere; at a constant learning rate the weights wander around the minimum at a
distance set by rate over batch size, and evaluation depends on which rows came last.

## When it is wrong
Batches of four to sixteen rows are noisy but fine with a decaying learning rate; as long as the evaluation settles
nothing is reported. Models that are trained on single long sequences have many targets per row.

## How to confirm
Accumulate gradients over 16 or 32 rows for a few hundred steps: the loss falls below the present level at once.

## What to change
- `batch_size=32` or more; where memory is short `gradient_accumulation_steps=16` (HF), or in PyTorch
  `optimizer.step()` every 16 batches.
- Keep the small batch, but divide the learning rate by 4 to 10 and decay it to zero.
- Batch norm needs 16 rows or more: use group or layer norm below.
- Keras `fit(batch_size=32)`, or `SGD(gradient_accumulation_steps=16)`.

## Source
Smith et al. 2018, "Don't decay the learning rate, increase the batch size"; McCandlish et al. 2018, "An empirical
model of large-batch training" (gradient noise scale).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._generalise import find_turn
from tools.detectors._view import Trace, View, finding, view_of
from tools.records import Finding, NotChecked, RunData
from tools.stats import sample

TINY = Threshold(
    "batch_too_small", "rows", 2, 1, 64, "rows",
    "a configured batch of at most so many rows is suspected",
    "Masters & Luschi 2018: batches from 2 to 4 rows on can be used",
)  # fmt: skip
TAIL = 8.0
"""90th percentile over the median of the step losses in the second half, when the batch size is not known."""
TAIL_KNOWN = 4.0
ROUGH = 0.1
"""Point-to-point noise of the step losses as a share of all improvement (or a tail as above), with a known tiny
batch."""
SWING = 0.12
ABOVE_BEST = 0.2
"""The evaluation ends this share of all improvement above its best."""
LITTLE = 0.5
STILL = 0.05


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Noise that keeps the run from settling."""
    view = view_of(data)
    trace, batch = view.train, view.config.batch_size
    if trace is None or trace.n < 30:
        yield NotChecked(
            "batch_too_small", ("train_loss",), "fewer than 30 training losses: log the loss of single steps"
        )
        return
    if not view.supervised or find_blowup(data) is not None or (batch is not None and batch > TINY.of(data)):
        return
    late = sample(trace.y[trace.n // 2 :])
    tail = float(np.quantile(late, 0.9)) / max(float(np.median(late)), 1e-300) if float(late.min()) >= 0 else 0.0
    rough = trace.sigma > ROUGH * max(trace.improvement, 1e-300)
    towering = float(late.min()) >= 0 and float(late.mean()) > TAIL_KNOWN * max(float(np.median(late)), 1e-300)
    noisy = (tail >= TAIL_KNOWN or towering or rough or view.stuck) if batch is not None else tail >= TAIL
    if not noisy or not _unsettled(view, trace):
        return
    e = view.eval
    size = f"batches of {batch:g}" if batch is not None else "a batch size that is not logged"
    seen = (
        f"; {e.series.metric} wanders between {e.y[e.n // 3 :].min():.3g} and {e.y[e.n // 3 :].max():.3g}"
        if e is not None
        else ""
    )
    summary = (
        f"With {size} {trace.series.metric} jumps from step to step (median {np.median(late):.3g}, one in ten above"
        f" {np.quantile(late, 0.9):.3g}){seen}."
    )
    lr = view.peak_lr
    fix = "Use batches of 32 (or accumulate gradients over 32 rows: gradient_accumulation_steps=32)" + (
        f", or lower the learning rate from {lr:g} to {lr / 8:.2g} and decay it to zero."
        if lr
        else ", or lower the learning rate by 8."
    )
    top = trace.n // 2 + int(np.argmax(trace.y[trace.n // 2 :]))
    points = trace.evidence(trace.n // 2, top, -1) + (() if e is None else e.evidence(e.best_at, -1))
    yield finding("batch_too_small", "warning", 0.85 if batch is not None else 0.6, trace.series, summary, points, fix)


def _never_fell(trace: Trace) -> bool:
    """Whether the step losses have stood still since the first quarter, with most of the start left."""
    quarter, end = trace.level(0.25, 0.5), trace.level(0.75, 1.0)
    first = min(trace.level(0.0, 0.02), float(np.median(trace.y[:3])))
    return end > LITTLE * first and quarter - end < STILL * trace.scale


def _unsettled(view: View, trace: Trace) -> bool:
    e = view.eval
    if view.config.batch_size is not None and _never_fell(trace):
        return True
    if e is None or e.n < 4:
        first, last = float(trace.y[: max(3, trace.n // 20)].mean()), float(trace.y[-max(3, trace.n // 5) :].mean())
        return last > LITTLE * first
    if find_turn(view) is not None and e.sigma < SWING * max(e.improvement, 1e-300):
        return False
    span = max(e.improvement, 0.05 * e.scale)
    start = min(e.start, trace.start)  # the first evaluation may already be that of a wreck
    little = start - e.best < LITTLE / 2 * e.scale
    return e.sigma > SWING * span or e.end - float(e.y.min()) > ABOVE_BEST * span or little


DETECTOR = Detector("batch_too_small", "Batch too small", "warning", (("train_loss",),), detect, thresholds=(TINY,))
