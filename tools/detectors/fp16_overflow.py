"""Loss-scale collapse: in fp16 the loss scale falls and falls, and steps are skipped again and again.

## What it looks for
A loss scale that in the last third of the run still falls by a factor of 16 or more, or that ended below 1, or skipped
steps that make up a tenth or more of the second half. The few halvings by which a scaler finds its level at the start,
and a drop now and then that is won back, are how it is meant to work.

## Why it matters
Every halving is a step whose gradients were infinite and thrown away. A scale below 1 means that the gradients
overflow even when shrunk: the run stands still, or its small gradients vanish.

## When it is wrong
With `init_scale` set far too high the first dozens of steps are skipped; that ends by itself.

## How to confirm
Log the loss scale, the number of skipped steps and the largest activation per layer; run a few hundred steps in
float32 or bf16 from the same checkpoint: if the trouble is gone, it was the number format.

## What to change
- `torch.autocast("cuda", dtype=torch.bfloat16)` without a scaler; HF `bf16=True`.
- Where only fp16 is to be had: keep softmax, norms, losses and large sums in float32, unscale before clipping
  (`scaler.unscale_(opt)`), lower the learning rate by 3, `init_scale=2**14`, `growth_interval=2000`.
- Keras `keras.mixed_precision.set_global_policy("mixed_bfloat16")`, or `LossScaleOptimizer(optimizer,
  initial_scale=2**14)`.

## Source
Micikevicius et al. 2018, "Mixed precision training"; PyTorch docs, `torch.amp.GradScaler`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, View, finding, trace_of, view_of, where
from tools.records import Finding, NotChecked, RunData
from tools.stats import rolling_median

STILL_FALLING = 16.0
"""Factor lost in the last third: four halvings without recovery, when a healthy scaler holds its level."""
COLLAPSED = 1.0
"""A scale below 1 shrinks the loss instead of lifting it: the scaler has run out of room."""
SKIPPED = Threshold(
    "fp16_overflow", "skipped", 0.1, 0.005, 1, "share",
    "at least this share of the later steps is skipped",
    "a healthy scaler skips one in its growth interval of 2,000 (PyTorch GradScaler)",
)  # fmt: skip
"""Share of skipped steps in the second half; a healthy scaler skips one step in a few hundred."""
MOST = 0.5
"""Beside a loss scale that holds its level only skips at every other reading are out of the ordinary."""
EPOCH_STEPS = 30
"""Steps in an epoch where nothing tells: few, so that a run which skips step after step is still found."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Scales that collapse and steps that are skipped."""
    view = view_of(data)
    scale = trace_of(data.main("loss_scale"), 6)
    skipped = trace_of(data.main("skipped_steps"), 6)
    if scale is None and skipped is None:
        yield NotChecked("fp16_overflow", ("loss_scale",), "fewer than 6 values of the loss scale or of skipped steps")
        return
    found = (_by_scale(scale, view) if scale is not None else None) or (
        _by_skips(skipped, view) if skipped is not None else None
    )
    if found is not None:
        yield found


def _by_scale(trace: Trace, view: View) -> Finding | None:
    y = np.maximum(trace.y, 1e-300)
    third = y[-max(3, trace.n // 3) :]
    falling = float(third[0] / third[-1])
    fell = float(y.max() / y[-1])
    if not (falling >= STILL_FALLING or (y[-1] < COLLAPSED and fell >= STILL_FALLING)):
        return None
    onset = _onset(trace)
    summary = (
        f"{trace.series.metric} falls from {trace.y[max(0, onset - 1)]:g} at"
        f" {where(trace.series, float(trace.x[max(0, onset - 1)]))} to"
        f" {trace.y[-1]:.3g} at {where(trace.series, float(trace.x[-1]))}, {np.log2(fell):.0f} halvings: gradients"
        " overflow again and again."
    )
    points = trace.evidence(0, max(0, onset - 1), onset, trace.n - 1)
    return finding("fp16_overflow", "critical", 0.95, trace.series, summary, points, _fix(view), float(trace.x[onset]))


def _onset(trace: Trace) -> int:
    """First index of the final fall: after it the scale never again stood a factor of two above its later level."""
    log = np.log2(np.maximum(trace.y, 1e-300))
    later_top = np.maximum.accumulate(log[::-1])[::-1]
    final = np.flatnonzero(later_top[1:] < log[:-1] - 0.5) + 1
    level = float(log[: max(3, trace.n // 10)].min())
    below = final[log[final] < level - 0.5] if float(log[-1]) < level - 1 else final
    return int(below[0]) if len(below) else int(final[0]) if len(final) else trace.n - 1


def _by_skips(trace: Trace, view: View) -> Finding | None:
    y = trace.y
    cumulative = bool(np.all(np.diff(y) >= 0)) and float(y[-1]) > 1.0
    half = trace.n // 2
    share = float(y[-1] - y[half]) / _steps_between(trace, view, half) if cumulative else float(np.mean(y[half:] > 0))
    scale = trace_of(view.data.main("loss_scale"), 6)
    holds = scale is not None and scale.end >= max(0.5 * float(np.median(scale.y)), COLLAPSED)
    if share < (MOST if holds else SKIPPED.of(view.data)):
        return None
    per_point = np.diff(y, prepend=y[0]) > 0 if cumulative else y > 0
    rate = (
        rolling_median(per_point.astype(np.float64), max(5, trace.n // 20))
        if trace.n >= 20
        else per_point.astype(np.float64)
    )
    high = np.flatnonzero(rate > 0)
    onset = int(high[0]) if len(high) else int(np.flatnonzero(per_point)[0])
    summary = (
        f"{trace.series.metric} shows {share:.0%} of the steps of the second half skipped, from"
        f" {where(trace.series, float(trace.x[onset]))} on."
    )
    points = trace.evidence(half, onset, trace.n - 1)
    return finding("fp16_overflow", "critical", 0.85, trace.series, summary, points, _fix(view), float(trace.x[onset]))


def _steps_between(trace: Trace, view: View, first: int) -> float:
    """Optimizer steps from one point to the last; a log by epoch needs the sizes of epoch and batch, or the curve of
    the training loss, to tell."""
    span = max(float(trace.x[-1] - trace.x[first]), 1.0)
    if trace.series.axis == "step":
        return span
    rows, batch = view.config.train_rows, view.config.batch_size
    if rows and batch:
        return span * max(1.0, rows / batch)
    last = trace.series.step_at(float(trace.x[-1]))
    if last:
        return float(last) * (trace.n - first) / trace.n
    return span * EPOCH_STEPS


def _fix(view: View) -> str:
    lr = view.peak_lr
    return (
        "Train in bf16 (torch.autocast(dtype=torch.bfloat16), HF bf16=True) without a scaler; where only fp16 is to"
        " be had, keep norms,"
        " softmax and losses in float32, clip after scaler.unscale_(optimizer)"
        + (f" and lower the learning rate from {lr:g} to {lr / 3:.2g}." if lr else " and lower the learning rate by 3.")
    )


DETECTOR = Detector(
    "fp16_overflow",
    "Loss scale collapses",
    "critical",
    (("loss_scale", "skipped_steps"),),
    detect,
    thresholds=(SKIPPED,),
)
