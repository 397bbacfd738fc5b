"""Not converged: the loss was still falling when the run ended.

## What it looks for
A loss (the evaluation's, where there is one) whose last fifth brought a tenth of all improvement or more, falling
surely (rank test), while the learning rate was not yet gone. It is a remark: the run was sound, only short.

## Why it matters
The result is that of the budget, not of the method. Comparisons with runs that were trained to the end are unfair, and
the cheapest gain is to go on.

## When it is wrong
A schedule that decays to zero makes the loss fall to the very end by design; going on would need a new schedule.
Language models are never done.

## How to confirm
Go on for a fifth of the steps from the last checkpoint; the fall goes on or fades out.

## What to change
- More epochs, with the schedule stretched to the new length: HF `num_train_epochs`,
  PyTorch `CosineAnnealingLR(opt, T_max=new_total)`, Keras `epochs=` with `EarlyStopping(patience=5)` as the real limit.
- If the pace is the problem (`lr_too_low`), a larger learning rate gets there in the same time.

## Source
Hoffmann et al. 2022 (Chinchilla); Google Deep Learning Tuning Playbook (2023), "Deciding how long to train".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.amounts import counted
from tools.detectors._base import TO_LEARN, Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._view import Trace, View, finding, view_of, where
from tools.records import Finding, NotChecked, RunData
from tools.stats import trend_z

MIN_CURVE = 10
SHARE = Threshold(
    "not_converged", "share", 0.1, 0.005, 0.9, "share",
    "the last fifth of the run brought at least this share of all improvement",
    "half of what an even pace brings",
)  # fmt: skip
SURE_Z = -2.2
"""Five falls in a row: of fewer than 18 evaluations the last third has no more."""
GONE = 0.05
"""Below a twentieth of its peak the learning rate moves little: that fall is the schedule's last breath."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A fall that had not ended."""
    view = view_of(data)
    trace = view.eval if view.eval is not None and view.eval.n >= MIN_CURVE else view.train
    if trace is None or trace.n < MIN_CURVE:
        yield NotChecked("not_converged", ("train_loss",), f"fewer than {MIN_CURVE} finite loss values")
        return
    if not view.supervised or view.stuck or find_blowup(data) is not None or _spent(view):
        return
    before = trace.level(0.75, 0.85)
    fall = before - float(np.median(trace.y[-max(2, trace.n // 20) :]))
    if trace.improvement <= 0 or fall < max(
        SHARE.of(data) * trace.improvement, 2.0 * trace.sigma / np.sqrt(trace.n / 10)
    ):
        return
    if trend_z(trace.y[-max(5, trace.n // 3) :]) <= SURE_Z:
        yield _finding(trace, fall)


def _spent(view: View) -> bool:
    """Whether the schedule had taken the learning rate away by the end."""
    return view.lr is not None and float(view.lr.y[-1]) < GONE * float(view.lr.y.max())


def _finding(trace: Trace, fall: float) -> Finding:
    last = float(trace.x[-1])
    summary = (
        f"{trace.series.metric} was still falling at the end ({where(trace.series, last)}, {trace.end:.4g}): the last"
        f" fifth of the run brought {fall / trace.improvement:.0%} of all improvement."
    )
    fix = (
        f"Train on from the last checkpoint, to about {counted(1.5 * last, trace.series.axis)}, with the schedule"
        " stretched to"
        " that length and early stopping as the limit."
    )
    points = trace.evidence(0, int(0.8 * trace.n), trace.n - 1)
    return finding("not_converged", "info", 0.65, trace.series, summary, points, fix)


DETECTOR = Detector(
    "not_converged",
    "Still improving at the end",
    "info",
    (("train_loss", "eval_loss"),),
    detect,
    least_steps=TO_LEARN,
    thresholds=(SHARE,),
)
