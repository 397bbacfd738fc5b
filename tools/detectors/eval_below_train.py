"""Evaluation below training: the evaluation loss is lower than the training loss, and why that may be.

## What it looks for
An evaluation loss below nine tenths of the training loss at four evaluations of five. The config tells the harmless
reasons apart: dropout, augmentation, mixup and label smoothing hold the training loss up; an epoch mean lags half an
epoch behind. Without any of them the rows themselves are suspicious. It is a remark; a memorised training set with the
evaluation on top of it is `val_leakage`.

## Why it matters
Usually nothing is wrong. But an evaluation set that is easier than the training set, or that overlaps with it,
promises a result that new rows will not keep.

## When it is wrong
Sums against means, a regulariser that only the training loss contains, class weights: then the two are not the same
measure.

## How to confirm
Evaluate the training rows with the evaluation code: with dropout off their loss must be at or below that of the
evaluation. Hash the rows of both sets and intersect them.

## What to change
- Nothing, if dropout or augmentation explain it.
- Otherwise split again: `train_test_split(stratify=y, random_state=0)`, `GroupShuffleSplit` by patient, user or
  document; remove duplicates first.
- HF `ds.train_test_split(test_size=0.1, stratify_by_column="label", seed=0)`; Keras `validation_data=` of your own
  split instead of `validation_split`, which takes the last rows as they come.
- PyTorch `random_split(dataset, [0.9, 0.1], generator=torch.Generator().manual_seed(0))`, after removing duplicates.

## Source
Srivastava et al. 2014 (dropout); Kapoor & Narayanan 2023, "Leakage and the reproducibility crisis".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._generalise import Pair, held_up, pair
from tools.detectors._view import View, finding, view_of
from tools.records import Finding, NotChecked, RunData

MIN_EVALUATIONS = 6
MOSTLY = 0.8
BELOW = Threshold(
    "eval_below_train", "below", 0.9, 0.1, 1, "share",
    "the evaluation loss is below this share of the training loss at four of five evaluations",
    "a mean over the epoch lags a little",
)  # fmt: skip


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """An evaluation that is better than the training."""
    view = view_of(data)
    both = pair(view)
    if both is None or both.eval.n < MIN_EVALUATIONS:
        yield NotChecked("eval_below_train", ("train_loss", "eval_loss"), "needs both losses, at least 6 evaluations")
        return
    if not view.supervised or float(both.t.min()) <= 0 or float(both.e.min()) < 0:
        return
    if float(np.mean(both.e < BELOW.of(data) * both.t)) >= MOSTLY:
        yield _finding(both, _reason(view, both))


def _reason(view: View, both: Pair) -> str:
    """What holds the training loss up, in words; "" when nothing is known to."""
    setting = held_up(view)
    if setting:
        return f"{setting} makes the rows harder in training only"
    if both.train.n <= 1.5 * both.eval.n:
        return "the training loss is the mean of an epoch in which the model was still worse"
    return ""


def _finding(both: Pair, reason: str) -> Finding:
    ratio = float(np.median(both.e / both.t))
    summary = (
        f"{both.eval.series.metric} is {ratio:.2f} times {both.train.series.metric} in the median"
        f" ({both.eval.end:.4g} against {both.train.end:.4g} at the end): "
        + (f"{reason}." if reason else "nothing in the config explains it; the evaluation rows are easier or known.")
    )
    fix = (
        "Nothing needs to change; evaluate the training rows in evaluation mode to compare."
        if reason
        else "Hash the rows of both sets and intersect them, split again by group, and compare on rows that are new."
    )
    points = both.train.evidence(0, both.train.n - 1) + both.eval.evidence(0, both.eval.n - 1)
    return finding("eval_below_train", "info", 0.7 if reason else 0.5, both.eval.series, summary, points, fix)


DETECTOR = Detector(
    "eval_below_train",
    "Evaluation is better than training",
    "info",
    (("train_loss",), ("eval_loss",)),
    detect,
    thresholds=(BELOW,),
)
