"""Validation leakage: validation rows were trained on, so that the evaluation is too good to be true.

## What it looks for
Memorisation without its price. The training loss has fallen to half a percent of its start, a level that is reached
only by knowing the rows by heart, and the evaluation loss lies on top of it (within a third) all through the last half
of the run, with a perfect accuracy where one is logged. On unseen rows the two curves part at such levels even on easy
tasks.

## Why it matters
The reported score is the training score. Model selection, early stopping and every comparison made with it are void.

## When it is wrong
A task without any noise (modular arithmetic after grokking, synthetic data without label noise) can be solved exactly
on unseen rows too. Where the log tells epochs, a loss that was down before the third is not reported: new rows taught
it.

## How to confirm
Intersect the two sets by a hash of the rows: `len(set(map(hash_row, train)) & set(map(hash_row, val)))`. Look for
duplicates made before the split, groups (patients, documents, users) on both sides, and features computed on all rows
together.

## What to change
- Split first, by group and by time, then augment, oversample and fit scalers on the training part only:
  `sklearn.model_selection.GroupShuffleSplit`, `TimeSeriesSplit`.
- Deduplicate before the split, and report the score on a fresh test set.
- HF: remove texts that come twice (`ds.unique("text")` counts them), then `ds.train_test_split(test_size=0.1,
  seed=0)`; Keras: `Normalization().adapt` and `TextVectorization.adapt` on the training rows only.
- PyTorch: `Subset(dataset, rows)` with the rows of that split, transforms that learn nothing from the other part.

## Source
Kaufman et al. 2012, "Leakage in data mining"; Kapoor & Narayanan 2023, "Leakage and the reproducibility crisis".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._generalise import Pair, pair
from tools.detectors._view import Trace, View, finding, view_of
from tools.records import Finding, NotChecked, RunData, Severity

MEMORISED = Threshold(
    "val_leakage", "memorised", 0.006, 1e-06, 0.5, "share",
    "both losses end below this share of the first",
    "far under what noise in real rows leaves",
)  # fmt: skip
"""Share of its start that the training loss must fall below: far under what noise in real data leaves."""
MEMORISED_PERFECTLY = 0.02
"""... or 2%, where every validation row is right and 30 evaluations or more show the two falling side by side for
long."""
MANY_EVALUATIONS = 30
HALFWAY = 0.1
"""All through the second half the training loss is below a tenth of its start already."""
BY_HEART = 3.0
"""Epochs that a row must come up at least before it can be known by heart."""
AT_ONCE = 0.02
"""Share of the run, where no epochs are known."""
BAND = (0.7, 1.25)
"""Evaluation over training loss; on the same rows the evaluation, made after the updates, is equal or slightly
lower."""
PERFECT, EVERY_ROW = 0.995, 0.9999
"""Accuracy of the evaluation, where logged."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Evaluation on top of a memorised training set."""
    view = view_of(data)
    both = pair(view)
    if both is None or both.eval.n < 6:
        yield NotChecked(
            "val_leakage", ("train_loss", "eval_loss"), "needs training loss and at least 6 evaluation losses"
        )
        return
    if float(both.train.y.min()) < 0 or float(both.e.min()) < 0 or not view.supervised:
        return
    half = slice(both.eval.n // 2, None)
    if float(np.median(both.t[half])) > HALFWAY * both.train.top:
        return
    ratio = float(np.median(both.e[half] / np.maximum(both.t[half], 1e-300)))
    perfect = _perfect(view, PERFECT)
    deep = MEMORISED_PERFECTLY if _perfect(view, EVERY_ROW) and both.eval.n >= MANY_EVALUATIONS else MEMORISED.of(data)
    known_by_heart = max(both.train.end, both.eval.end) < deep * both.train.top
    if _easy(both.train, view):
        return
    if not known_by_heart or not BAND[0] <= ratio <= BAND[1] or perfect is False:
        return
    yield _finding(both, ratio, view)


def _easy(train: Trace, view: View) -> bool:
    """Whether the loss was down before any row had come up often: what is solved on new rows is no memory of them."""
    low = np.flatnonzero(train.smooth <= HALFWAY * train.top)
    if not len(low):
        return False
    x, c = float(train.x[low[0]]), view.config
    epoch = x if train.series.axis == "epoch" else train.series.epoch_at(x)
    if epoch is None and c.train_rows and c.batch_size and train.series.axis == "step":
        epoch = x * c.batch_size / c.train_rows
    if epoch is None:  # rows known by heart came up often, so that so early a fall would need a very long run
        return int(low[0]) < AT_ONCE * train.n
    return epoch < BY_HEART


def _perfect(view: View, least: float) -> bool | None:
    """Whether the evaluation score is perfect all through the second half; None when no score is logged."""
    score = view.score("eval_score", "accuracy", "f1", "auc", "r2")
    if score is None:
        return None
    whole = 100.0 if float(score.y.max()) > 1.5 else 1.0
    return float(np.median(score.y[score.n // 2 :])) >= least * whole


def _finding(both: Pair, ratio: float, view: View) -> Finding:
    score = view.score("eval_score", "accuracy", "f1", "auc", "r2")
    accuracy = "" if score is None else f" ({score.series.metric} {score.end:.4g})"
    rows = view.config.train_rows
    summary = (
        f"{both.eval.series.metric} falls to {both.eval.end:.3g}{accuracy} and lies on {both.train.series.metric}"
        f" ({both.train.end:.3g},"
        f" ratio {ratio:.2f}) although the training rows are known by heart: "
    )
    fix = (
        "Hash the rows of both sets and intersect them"
        + (f" ({rows:g} training rows)" if rows else "")
        + "; deduplicate, split by group before any augmentation or scaling, and judge the model on rows that"
        " are surely new."
    )
    points = both.train.evidence(0, both.train.n // 2, -1) + both.eval.evidence(0, both.eval.n // 2, -1)
    points += () if score is None else score.evidence(score.n // 2, -1)
    sure = score is not None or view.config.cross_entropy_named
    severity: Severity = "critical" if sure else "info"  # a regression without noise is solved on unseen rows too
    summary += (
        "the validation rows were trained on." if sure else "no noise in the task, or rows that are in both sets."
    )
    return finding("val_leakage", severity, 0.85 if sure else 0.5, both.eval.series, summary, points, fix)


DETECTOR = Detector(
    "val_leakage",
    "Validation rows leaked into training",
    "critical",
    (("train_loss",), ("eval_loss",)),
    detect,
    thresholds=(MEMORISED,),
)
