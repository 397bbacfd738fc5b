"""Missing warm-up: a high learning rate from the first step does damage that a ramp of the same rate avoids.

## What it looks for
A learning rate that starts at its peak (first logged value at 90% of the peak or more, or warm-up set to zero), a
schedule that lowers it later, and a loss that stops improving within the first 15% of the run, or that jumps far
above its start within the first tenth. When the rate never comes down, `lr_too_high` is reported instead.

## Why it matters
In the first steps gradients are large and Adam's second moments are estimates from a handful of batches. Steps of full
size push attention and normalisation layers into saturation, from where the later, smaller rates do not bring them
back.

## When it is wrong
Small networks with moderate rates need no warm-up and show no damage; nothing is reported without damage.

## How to confirm
Run 300 steps twice, with 0 and with 100 steps of warm-up, everything else equal.

## What to change
- HF `warmup_ratio=0.05`; PyTorch `SequentialLR(opt, [LinearLR(opt, 0.01, 1.0, 200), CosineAnnealingLR(opt, total -
  200)], [200])`; Keras `CosineDecay(..., warmup_target=lr, warmup_steps=200)`.
- Pre-norm instead of post-norm transformer blocks need less of it; RAdam, or beta2 = 0.95.

## Source
Goyal et al. 2017, "Accurate, large minibatch SGD"; Liu et al. 2020 (RAdam); Xiong et al. 2020, "On layer normalization
in the transformer architecture".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._pace import after_share, early_decay, step_size
from tools.detectors._view import Trace, View, finding, view_of, where
from tools.records import Finding, NotChecked, RunData

AT_PEAK = 0.9
COMES_DOWN = 0.5
EARLY = 0.15
STALLED = 0.08
FIRST = 0.1
ABOVE = Threshold(
    "missing_warmup", "leap", 1.5, 1.05, 100, "times",
    "the loss leaps to at least so many times its start in the first tenth",
    "a ramp of the same rate shows no leap",
)  # fmt: skip
"""The loss jumps to half again its start within the first tenth of the run ..."""
LOST = 0.6
"""... and the run keeps less than 60% of its loss removed."""
SET_BACK, UNDONE = 1.15, 1.03
"""Without a leap above the start: the loss rises by this factor above what it had reached in that first tenth, and
never comes nearer to it again than this."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Early damage under a rate without a ramp."""
    view = view_of(data)
    trace = view.train or view.eval
    if trace is None or trace.n < 10:
        yield NotChecked("missing_warmup", ("train_loss",), "fewer than 10 finite loss values")
        return
    if view.lr is None and view.config.warmup is None:
        yield NotChecked("missing_warmup", ("learning_rate",), "neither the learning rate nor the warm-up is logged")
        return
    if (
        not view.supervised
        or find_blowup(data) is not None
        or not _no_ramp(view)
        or not _comes_down(view)
        or early_decay(view) is not None
    ):
        return
    damage = _damage(view, trace)
    if damage is None:
        return
    text, index = damage
    size = step_size(view)
    summary = f"{text}; the learning rate ({size.text or 'not logged'}) starts at its peak without a warm-up."
    total = view.config.total_steps
    ramp = max(100, int(0.05 * total)) if total else 200
    fix = (
        f"Ramp the learning rate up over the first {ramp} steps (HF warmup_steps={ramp}; torch LinearLR(opt, 0.01,"
        f" 1.0, {ramp}) before the"
        f" decay)" + (f" and lower the peak from {view.peak_lr:g} to {view.peak_lr / 4:.2g}." if view.peak_lr else ".")
    )
    points = trace.evidence(0, index, trace.n // 2, trace.n - 1)
    yield finding(
        "missing_warmup", "critical", 0.75, trace.series, summary, points, fix, float(trace.x[min(index, trace.n - 1)])
    )


def _no_ramp(view: View) -> bool:
    if view.lr is not None and len(view.lr.y) >= 4:
        return float(view.lr.y[0]) >= AT_PEAK * float(view.lr.y.max())
    return not view.config.warmup


def _comes_down(view: View) -> bool:
    if view.lr is not None and len(view.lr.y) >= 4:
        return float(view.lr.y[-1]) < COMES_DOWN * float(view.lr.y.max())
    schedule = view.config.text(
        "lr_scheduler", "scheduler", "sched", "lr_schedule", "lr_scheduler_type", "schedule", "lr_decay_style"
    )
    return any(word in schedule for word in ("cos", "linear", "exp", "inv", "poly", "noam"))


def _damage(view: View, trace: Trace) -> tuple[str, int] | None:
    name, first = trace.series.metric, max(3, int(FIRST * trace.n))
    top = int(np.argmax(trace.y[:first]))
    if step_size(view).high and trace.gain < LOST and after_share(view, EARLY) < STALLED:
        return (
            f"{name} stops improving in the first {EARLY:.0%} of the run, at {trace.end:.4g} from {trace.start:.4g}",
            _settled(trace),
        )
    leap = float(trace.smooth[:first].max())
    usual = max(float(trace.y[0]), float(np.median(trace.y[: max(1, first // 4)])))
    if (
        top > 0
        and (step_size(view).high or not step_size(view).known)
        and leap > ABOVE.of(view.data) * usual > 0
        and leap - usual > 6.0 * trace.sigma
        and trace.gain < LOST
    ):
        return (
            f"{name} leaps from {trace.y[0]:.4g} to {trace.y[top]:.4g} at {where(trace.series, float(trace.x[top]))}",
            top,
        )
    return _set_back(view, trace, first)


def _set_back(view: View, trace: Trace, first: int) -> tuple[str, int] | None:
    """What had been learned in the first tenth is lost there and never learned again."""
    best = int(np.argmin(trace.smooth[:first]))
    top = best + int(np.argmax(trace.smooth[best : 2 * first]))
    reached, low = float(trace.smooth[best]), float(trace.smooth[top:].min())
    if reached <= 0 or trace.gain >= LOST or after_share(view, EARLY) >= STALLED:
        return None
    if float(trace.smooth[top]) < SET_BACK * reached or low < max(UNDONE * reached, reached + 6.0 * trace.sigma):
        return None
    return (
        f"{trace.series.metric} is thrown back from {reached:.4g} to {trace.smooth[top]:.4g} at"
        f" {where(trace.series, float(trace.x[top]))} and never comes below {low:.4g} again",
        best,
    )


def _settled(trace: Trace) -> int:
    """Index at which the loss had done 90% of its fall."""
    low = np.flatnonzero(trace.smooth <= trace.end + 0.1 * max(trace.start - trace.end, 0.0))
    return int(low[0]) if len(low) else 0


DETECTOR = Detector(
    "missing_warmup", "Warm-up is missing", "critical", (("train_loss", "eval_loss"),), detect, thresholds=(ABOVE,)
)
