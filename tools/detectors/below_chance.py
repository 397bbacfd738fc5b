"""Below chance: the validation accuracy is worse than guessing while training goes well; labels are shifted or mapped
wrongly.

## What it looks for
A training fit that is good (accuracy above 60%, or a loss below half its start) beside a validation accuracy that
ends well below that of guessing. The number of classes is read from the config, or from the training loss at the
start, which is ln k for an untrained classifier of k classes. Where the log begins later (epoch means, a first
accuracy far above 1 / k) only accuracies below 6% count that are no better than at the first evaluation.

## Why it matters
A model that is reliably wrong knows the answer: the mapping between classes and indices differs between the two sets.
Its validation numbers say nothing about the model.

## When it is wrong
With very few validation rows of one class, an accuracy below chance can be luck; then it is not steady over the run.

## How to confirm
Print ten validation rows with their label index, label name and prediction. A confusion matrix with one dominant cell
per row off the diagonal shows the permutation.

## What to change
- Build the class-to-index map once, from the training set, and save it with the model: `classes =
  sorted(set(train_labels)); index = {c: i for i, c in enumerate(classes)}`.
- `ImageFolder` sorts folder names per split: a missing class folder shifts all indices after it.
- Never fit `LabelEncoder` again on validation labels.
- HF `ds.cast_column("label", ClassLabel(names=classes))` on both splits; Keras `image_dataset_from_directory(...,
  class_names=classes)` for both.
- PyTorch: `assert train_set.class_to_idx == val_set.class_to_idx`.

## Source
Google, Rules of Machine Learning (rule 32, training-serving skew); torchvision docs, `ImageFolder.find_classes`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, View, finding, view_of
from tools.records import Finding, NotChecked, RunData

BELOW = Threshold(
    "below_chance", "below", 0.6, 0.05, 1, "share",
    "the accuracy ends below this share of chance",
    "chance itself is met by luck",
)  # fmt: skip
"""The validation accuracy ends below 60% of chance ..."""
FIT = 0.6
"""... while the training accuracy is above 60%, or"""
FALL = 0.5
"""the training loss has lost half of its start."""
UNTRAINED = 0.15
"""A first training accuracy of more than 15 points above chance is not that of an untrained model: then the first loss
does not tell the number of classes."""
RARE = 0.1
"""Chance that is assumed where the number of classes cannot be told: fewer than ten are taken for ten."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Reliably wrong on validation."""
    view = view_of(data)
    accuracy = view.score("eval_score", "accuracy")
    if accuracy is None or accuracy.n < 3:
        yield NotChecked("below_chance", ("eval_score",), "needs a validation accuracy, at least 3 values")
        return
    whole = 100.0 if float(accuracy.y.max()) > 1.5 else 1.0
    chance, sure = _chance(view, whole)
    if chance is None or not _fits(view, whole) or not (sure or _gets_worse(view, accuracy)):
        return
    last = accuracy.y[-max(2, accuracy.n // 3) :] / whole
    if float(np.median(last)) >= BELOW.of(data) * chance or float(last.max()) >= chance:
        return
    train = view.score("train_score", "accuracy")
    fit = f"training accuracy is {train.end:.3g}" if train else "the training loss falls"
    summary = (
        f"{accuracy.series.metric} ends at {accuracy.end:.3g}, below the {chance * whole:.3g} of guessing, while"
        f" {fit}: the validation"
        " labels are shifted or mapped differently."
    )
    points = accuracy.evidence(0, accuracy.n // 2, -1) + (
        train.evidence(-1) if train else view.train.evidence(0, -1) if view.train else ()
    )
    fix = (
        "Build one class-to-index map from the training labels, save it, and use it for validation too; print ten"
        " validation rows with"
        " label index, label name and prediction, and compare the class order of both loaders."
    )
    yield finding("below_chance", "critical", 0.9, accuracy.series, summary, points, fix)


def _chance(view: View, whole: float) -> tuple[float | None, bool]:
    """Accuracy of guessing among equally likely classes, and whether the log really tells it: by the config, or by the
    loss of a model that is untrained. A later loss is lower than ln k and makes chance look higher than it is."""
    classes = view.config.classes
    if classes and classes >= 2:
        return 1.0 / classes, True
    train = view.score("train_score", "accuracy")
    first = None if train is None else train.start / whole
    for loss in (view.train, view.eval):
        if loss is not None and 0.4 < loss.start < 14.0:
            chance = min(0.5, 1.0 / max(2.0, round(float(np.exp(loss.start)))))
            fresh = _by_step(view) if first is None else first <= chance + UNTRAINED
            return (chance, True) if fresh else (min(chance, RARE), False)
    return (None, False) if first is None else (min(0.5, max(first, 1e-3), RARE), False)


def _by_step(view: View) -> bool:
    """Whether the training loss is logged within the epochs, so that its first value is that of an untrained model."""
    return view.train is not None and (view.eval is None or view.train.n >= 3 * view.eval.n)


def _gets_worse(view: View, accuracy: Trace) -> bool:
    """Training took the evaluation further from the truth: no more right answers than at first, and a higher loss."""
    e = view.eval
    return accuracy.end <= float(accuracy.y[0]) and (e is None or e.end > e.start)


def _fits(view: View, whole: float) -> bool:
    train = view.score("train_score", "accuracy")
    if train is not None:
        return train.end / whole >= FIT
    loss: Trace | None = view.train
    return loss is not None and loss.end < FALL * loss.start


DETECTOR = Detector(
    "below_chance",
    "Validation accuracy below chance",
    "critical",
    (("eval_score",), ("train_loss", "train_score")),
    detect,
    thresholds=(BELOW,),
)
