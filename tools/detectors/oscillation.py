"""Oscillation: the loss swings up and down in a slow rhythm instead of settling.

## What it looks for
A periodic part of the training loss (autocorrelation of 0.5 and more at one lag and again at twice the lag) whose
swing is a tenth of all improvement or more, in the second half of the run. Where the rhythm is that of the epochs
`unshuffled_data` reports it, and a learning rate that swings in the same rhythm explains it. It is a remark.

## Why it matters
The run circles around a minimum that a smaller step, or less momentum, would let it reach. Which checkpoint is good
depends on the phase.

## When it is wrong
Cyclic learning rates, tasks or data sources in turn, and day and night in streamed data swing on purpose.

## How to confirm
Lower the learning rate by 3: a swing that comes from the step size shrinks at once.

## What to change
- Learning rate over 3, momentum 0.8 instead of 0.9 (Adam `betas=(0.8, 0.99)`), decay to zero at the end.
- Average the weights: `torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.999))`; Keras
  `optimizer(use_ema=True, ema_momentum=0.99)`.
- HF `TrainingArguments(adam_beta1=0.8, lr_scheduler_type="cosine")`.

## Source
Goh 2017, "Why momentum really works"; Cohen et al. 2021, "Gradient descent on neural networks typically occurs at the
edge of stability"; Izmailov et al. 2018 (SWA).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors import unshuffled_data
from tools.detectors._base import Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._view import Trace, View, finding, view_of
from tools.records import Finding, Floats, NotChecked, RunData
from tools.stats import autocorrelation, rolling_median

MIN_CURVE = 60
PEAK, SECOND, VALLEY = 0.5, 0.3, -0.2
SWING = Threshold(
    "oscillation", "swing", 0.1, 0.005, 10, "share",
    "the rhythm swings by at least this share of all improvement",
    "a remark, not a fault",
)  # fmt: skip
FEWEST_TURNS = 4
SHORTEST = 6


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A slow rhythm in the second half."""
    view = view_of(data)
    trace = None if view.train is None else view.train.thin
    if trace is None or trace.n < MIN_CURVE:
        yield NotChecked("oscillation", ("train_loss",), f"fewer than {MIN_CURVE} training losses")
        return
    if not view.supervised or find_blowup(data) is not None:
        return
    y = trace.y[trace.n // 2 :]
    rest = y - rolling_median(y, max(5, len(y) // 2) | 1)
    lag = _rhythm(rest)
    swing = float(np.quantile(rest, 0.95) - np.quantile(rest, 0.05))
    if lag is None or swing < SWING.of(data) * max(trace.improvement, 1e-300) or _explained(view, data):
        return
    length = float(np.median(np.diff(trace.x))) * lag
    top = trace.n // 2 + int(np.argmax(rest[: 2 * lag]))
    summary = (
        f"{trace.series.metric} swings by {swing:.3g} ({swing / max(trace.improvement, 1e-300):.0%} of all improvement)"
        f" every {length:g} {trace.series.axis}s in the second half of the run."
    )
    lr = view.peak_lr
    rate = f"from {lr:g} to {lr / 3:.2g}" if lr else "by 3"
    fix = (
        f"Lower the learning rate {rate} and decay it to 0, lower momentum to 0.8, or average the weights (EMA 0.999)."
    )
    points = _raw(view, trace, top, min(top + lag // 2, trace.n - 1), min(top + lag, trace.n - 1))
    yield finding("oscillation", "info", 0.6, trace.series, summary, points, fix)


def _rhythm(rest: Floats) -> int | None:
    r = autocorrelation(rest)
    longest = len(rest) // FEWEST_TURNS
    down = np.flatnonzero(r[:longest] < VALLEY)
    if not len(down) or longest <= SHORTEST:
        return None
    lag = int(down[0]) + int(np.argmax(r[down[0] : longest]))
    return lag if lag >= SHORTEST and r[lag] >= PEAK and r[min(2 * lag, len(r) - 1)] >= SECOND else None


def _explained(view: View, data: RunData) -> bool:
    """Whether the order of the rows or a cyclic learning rate makes the rhythm."""
    lr = view.lr
    cyclic = (
        lr is not None and int(np.sum(np.diff(np.sign(np.diff(lr.y[np.append(True, np.diff(lr.y) != 0)]))) != 0)) >= 3
    )
    return cyclic or any(isinstance(f, Finding) for f in unshuffled_data.detect(data))


def _raw(view: View, thin: Trace, *indices: int) -> tuple:  # type: ignore[type-arg]
    full = view.train
    return () if full is None else full.evidence(*(full.index(float(thin.x[i])) for i in indices))


DETECTOR = Detector(
    "oscillation", "The loss swings in a slow rhythm", "info", (("train_loss",),), detect, thresholds=(SWING,)
)
