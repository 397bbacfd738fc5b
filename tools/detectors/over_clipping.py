"""Over-clipping: nearly every step is clipped so hard that progress is slow.

## What it looks for
A configured clip value, gradient norms (before clipping) that exceed it at nine steps of ten or more, by a factor of
five in the median, and slow progress: less than half of the loss removed, or a loss that still falls at an even pace
at the end. A logged share of clipped steps of 95% counts in the same way. Adam divides the scale of the gradient out
again, so with adaptive optimizers it is reported only when nothing was learned.

## Why it matters
Every step has the same tiny length, whatever the gradient says; the effective learning rate is the rate times clip
over norm, often a hundredth of what was configured.

## When it is wrong
Clipping at 1.0 with norms of 2 to 4 is common in language models and does no harm; the factor of five leaves it alone.
A norm that is logged after clipping can never exceed the limit: then only its constancy can be seen.

## How to confirm
Log the norm before clipping (`clip_grad_norm_` returns it) and the share of clipped steps.

## What to change
- Set the limit to about the 90th percentile of the norm in the healthy part of a run, so that one step in ten is
  clipped.
- Or raise the learning rate by the factor that clipping takes away.
- PyTorch `norm = clip_grad_norm_(model.parameters(), 5.0)` (log what it returns); Keras `Adam(global_clipnorm=5.0)`;
  HF `TrainingArguments(max_grad_norm=5.0)`.

## Source
Pascanu et al. 2013, 3.2 (choose the threshold from the average norm); Zhang et al. 2020, "Why gradient clipping
accelerates training".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._pace import late_share
from tools.detectors._view import Trace, View, finding, trace_of, view_of
from tools.records import Finding, NotChecked, RunData

SHARE = Threshold(
    "over_clipping", "share", 0.9, 0.1, 1.0, "share",
    "at least this share of the steps is clipped",
    "clipping is meant for the exception (Pascanu et al. 2013)",
)  # fmt: skip
FACTOR = 5.0
LOGGED_SHARE = 0.95
SLOW = 0.5
EVEN = 0.4
SAME = 0.02
"""Norms within 2% of the limit were logged after clipping."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Clipping that holds the run back."""
    view = view_of(data)
    norm, rate, limit = trace_of(data.main("grad_norm"), 5), trace_of(data.main("clip_rate"), 5), view.config.clip
    if rate is None and (norm is None or limit is None):
        missing = ("grad_norm",) if norm is None else ("max_grad_norm",)
        yield NotChecked(
            "over_clipping",
            missing,
            "needs the clip value and gradient norms before clipping, or the share of clipped steps",
        )
        return
    if not view.losses or not _slow(view):
        return
    if norm is not None and limit is not None:
        share = _clipped(norm, limit)
        factor = float(np.median(norm.y)) / limit
        after = float(np.mean(np.abs(norm.y - limit) < SAME * limit)) >= SHARE.of(data)
        if share >= SHARE.of(data) and (factor >= FACTOR or after):
            yield _finding(view, norm, limit, share, factor)
            return
    if rate is not None and rate.end >= LOGGED_SHARE * (100.0 if float(rate.y.max()) > 1.5 else 1.0):
        yield _finding(view, rate, limit, rate.end if rate.end <= 1 else rate.end / 100, None)


def clipped(data: RunData) -> float | None:
    """The share of the steps that is clipped, by the norms; None where no clip value is known."""
    norm, limit = trace_of(data.main("grad_norm"), 5), view_of(data).config.clip
    return None if norm is None or limit is None else _clipped(norm, limit)


def _clipped(norm: Trace, limit: float) -> float:
    return float(np.mean(norm.y > limit * (1 - SAME)))


def _slow(view: View) -> bool:
    if view.config.adaptive:
        return view.stuck
    return max(t.gain for t in view.losses) < SLOW or all(late_share(t) >= EVEN for t in view.losses)


def _finding(view: View, trace: Trace, limit: float | None, share: float, factor: float | None) -> Finding:
    loss = view.losses[-1]
    by = "" if factor is None or factor < 1.1 else f", by a factor of {factor:.3g} in the median"
    at = "" if limit is None else f" at {limit:g}"
    summary = (
        f"{share:.0%} of the steps are clipped{at}{by}, and {loss.series.metric} only gets from {loss.start:.4g} to"
        f" {loss.end:.4g}."
    )
    target = float(f"{np.quantile(trace.y, 0.9):.2g}") if factor is not None and factor > 1.1 else None
    fix = (
        (
            f"Raise the clip value from {limit:g} to about {target:g} (the 90th percentile of the norm)"
            if target is not None and limit is not None
            else "Raise the clip value until one step in ten is clipped"
        )
        + ", or raise the learning rate by the factor that clipping takes away; log the norm that"
        " clip_grad_norm_ returns."
    )
    points = trace.evidence(0, trace.n // 2, trace.n - 1) + loss.evidence(0, loss.n - 1)
    return finding("over_clipping", "warning", 0.85, trace.series, summary, points, fix)


DETECTOR = Detector(
    "over_clipping",
    "Gradients are clipped all the time",
    "warning",
    (("grad_norm", "clip_rate"),),
    detect,
    thresholds=(SHARE,),
    measures={"share": clipped},
)
