"""Generalisation gap: the model is much better on its training rows than on others, without getting worse on those.

## What it looks for
An evaluation loss of one and a half times the training loss or more at the end, apart by a tenth of all improvement
(a thirtieth where it is three times as high), where the evaluation has not turned (that is `overfitting`). It is a
remark.

## Why it matters
The gap is what more rows, augmentation or regularisation can win; a larger model or longer training wins little of it.

## When it is wrong
Training and evaluation rows of different kinds have a gap from the first step on. Where the training loss is nearly
zero any gap is large in proportion.

## How to confirm
Train on half of the rows: if the gap grows much, more rows will shrink it.

## What to change
- More rows or augmentation: torchvision `RandAugment()`, Keras `RandomFlip`, `RandomRotation(0.1)`; mixup 0.2.
- Weight decay 0.01 to 0.1 with AdamW (HF `TrainingArguments(weight_decay=0.1)`), dropout 0.1 to 0.3, label smoothing
  0.1.
- Fewer parameters only if these do not help.

## Source
Goodfellow et al., Deep Learning (2016), 5.2 and 7; Zhang et al. 2017, "Understanding deep learning requires rethinking
generalization".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._generalise import Pair, find_turn, pair
from tools.detectors._view import Trace, finding, view_of, where
from tools.records import Finding, NotChecked, RunData

MIN_EVALUATIONS = 5
SHARE = 0.1
FAR, FAR_SHARE, CLEAR_OF_NOISE = 3.0, 0.03, 4.0
"""... or three times apart and clear of the noise: a first epoch far above all others makes the way long."""
RISEN = 0.02
"""So far above its lowest value nobody says that a loss has not turned."""
RATIO = Threshold(
    "generalization_gap", "ratio", 1.5, 1.05, 1000, "times",
    "the evaluation loss ends at least so many times above the training loss",
    "a remark, not a fault",
)  # fmt: skip


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A gap that stays."""
    view = view_of(data)
    both = pair(view)
    if both is None or both.eval.n < MIN_EVALUATIONS:
        yield NotChecked("generalization_gap", ("train_loss", "eval_loss"), "needs both losses, at least 5 evaluations")
        return
    if not view.supervised or find_blowup(data) is not None or find_turn(view) is not None:
        return
    t, e = both.train.end, both.eval.end
    if float(min(both.train.y.min(), both.e.min())) <= 0 or e < RATIO.of(data) * t or not _apart(both, view.way):
        return
    lowest = int(np.argmin(both.e))
    summary = (
        f"{both.eval.series.metric} ends at {e:.4g}, {e / t:.1f} times {both.train.series.metric} ({t:.4g}), and"
        f" {_course(both.eval, lowest)}: more rows or regularisation have something to win."
    )
    fix = (
        "Add rows or augmentation, weight decay 0.01 to 0.1, dropout 0.1 to 0.3 or label smoothing 0.1; watch"
        " whether the"
        " evaluation improves, not whether the gap shrinks."
    )
    points = both.train.evidence(0, both.train.n - 1) + both.eval.evidence(0, lowest, both.eval.n - 1)
    yield finding("generalization_gap", "info", 0.65, both.eval.series, summary, points, fix)


def _course(trace: Trace, lowest: int) -> str:
    """Whether it rests near its lowest value; a rise that chance may explain is no turn, but it is told."""
    best = float(trace.y[lowest])
    if trace.end <= (1.0 + RISEN) * best:
        return "has not turned"
    at = where(trace.series, float(trace.x[lowest]))
    return f"is {trace.end / best - 1.0:.0%} above its lowest ({best:.4g} at {at})"


def _apart(both: Pair, way: float) -> bool:
    t, e = both.train.end, both.eval.end
    clear = e - t > CLEAR_OF_NOISE * max(both.train.sigma, both.eval.sigma)
    return e - t >= (FAR_SHARE if e >= FAR * t and clear else SHARE) * way


DETECTOR = Detector(
    "generalization_gap",
    "Better on training rows than on others",
    "info",
    (("train_loss",), ("eval_loss",)),
    detect,
    thresholds=(RATIO,),
)
