"""Class collapse: the model always answers the majority class, and the accuracy hides it.

## What it looks for
A plain accuracy that looks fine and does not move, beside a balanced accuracy, macro F1 or F1 that sits where a
constant answer puts it: balanced accuracy at 1/k, macro F1 at (2a / (1 + a)) / k for k classes and a majority share of
a, F1 of the rare class at 0.

## Why it matters
On unbalanced data a constant answer has the accuracy of the majority share. The model has learned nothing about the
classes anyone cares about.

## When it is wrong
In the first evaluations of a healthy run the rare class is often ignored; only the state at the end counts.

## How to confirm
`numpy.bincount(predictions)` on the validation set: one column. Print the confusion matrix.

## What to change
- Weight the loss by inverse class frequency: `nn.CrossEntropyLoss(weight=counts.sum() / (k * counts))`; Keras
  `class_weight=...`.
- Sample evenly: `WeightedRandomSampler(1 / counts[labels], len(labels))`; or focal loss with gamma 2.
- Start the output bias at the log odds of the classes, move the decision threshold, report balanced accuracy.
- HF: the weighted loss in `Trainer.compute_loss`, checkpoints by `metric_for_best_model="f1"`.

## Source
Johnson & Khoshgoftaar 2019, "Survey on deep learning with class imbalance"; Lin et al. 2017 (focal loss), 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, finding, view_of
from tools.records import Finding, Floats, NotChecked, RunData
from tools.stats import trend_z

CLOSE = Threshold(
    "class_collapse", "close", 0.03, 0.001, 0.3, "share",
    "the score lies within this share of that of a constant answer",
    "rounding and a stray hit",
)  # fmt: skip
"""Relative distance to the value of a constant answer that rounding and a stray hit explain."""
HIGH, NO_BETTER = 0.8, 0.55
"""An accuracy above 80% with a balanced accuracy or macro F1 of 0.55 or less: what stray hits on the rare class
leave."""
STILL = 0.7
"""Share of the evaluations, the last ones, at which the score did not move."""
MAX_CLASSES = 100


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A balanced score at the level of a constant answer."""
    view = view_of(data)
    fair = view.score("eval_score", "balanced_accuracy", "f1")
    accuracy = view.score("eval_score", "accuracy")
    if fair is None or fair.n < 3:
        yield NotChecked("class_collapse", ("eval_score",), "log balanced accuracy or macro-F1 beside the accuracy")
        return
    whole = 100.0 if max(float(fair.y.max()), 0.0) > 1.5 else 1.0
    level = fair.end / whole
    share = None if accuracy is None else accuracy.end / (100.0 if float(accuracy.y.max()) > 1.5 else 1.0)
    last = fair.y[-max(2, int(STILL * fair.n)) :] / whole
    still = float(np.max(np.abs(last - level))) <= CLOSE.of(data) * max(level, 0.1)
    constant = (
        still and _constant_answer(level, share, CLOSE.of(data)) and not (share is not None and share < level + 0.1)
    )
    if not constant and not _nearly(last, share):
        return
    yield _finding(fair, accuracy, level)


def _constant_answer(level: float, share: float | None, close: float) -> bool:
    """Whether a score equals that of a constant answer for some number of classes."""
    if level <= 0.01:
        return True
    for k in range(2, MAX_CLASSES + 1):
        expected = [1.0 / k] if share is None else [1.0 / k, 2 * share / (1 + share) / k]
        if any(abs(level - value) <= close * value for value in expected):
            return True
    return False


def _nearly(last: Floats, share: float | None) -> bool:
    """A high accuracy beside a fair score that is no better than for two classes answered as one, and does not rise."""
    if share is None or share < HIGH:
        return False
    return float(np.median(last)) <= NO_BETTER and trend_z(last[len(last) // 2 :]) < 2.0


def _finding(fair: Trace, accuracy: Trace | None, level: float) -> Finding:
    plain = "" if accuracy is None else f" while {accuracy.series.metric} looks fine at {accuracy.end:.3g}"
    summary = (
        f"{fair.series.metric} sits at {fair.end:.3g}, the value of always giving one answer,{plain}: the rare"
        " classes are ignored."
    )
    points = fair.evidence(0, fair.n // 2, -1) + (() if accuracy is None else accuracy.evidence(accuracy.n // 2, -1))
    fix = (
        "Weight the loss by inverse class frequency (nn.CrossEntropyLoss(weight=counts.sum() / (k * counts)), Keras"
        " class_weight) or"
        " sample the classes evenly (WeightedRandomSampler), and select checkpoints by balanced accuracy instead of"
        " accuracy."
    )
    confidence = 0.9 if accuracy is not None or level <= 0.01 else 0.7
    return finding("class_collapse", "critical", confidence, fair.series, summary, points, fix)


DETECTOR = Detector(
    "class_collapse",
    "Only the majority class is predicted",
    "critical",
    (("eval_score",),),
    detect,
    thresholds=(CLOSE,),
)
