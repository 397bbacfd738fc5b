"""Summed loss: what is logged as the loss is a sum over rows or batches, not a mean.

## What it looks for
A classifier that is right for nine rows of ten and more, beside a loss of more than two nats: a mean cross entropy
cannot be that high. It is a remark: the training may be fine, but the number depends on how much was summed.

## Why it matters
A sum changes with the batch size, the length of the epoch and the last small batch. Runs cannot be compared by it, the
untrained level (ln k) cannot be checked, and if the sum is what is differentiated, the learning rate is multiplied by
the number of rows.

## When it is wrong
A loss with a large penalty or several terms is above two nats without being a sum. An accuracy on other rows than the
loss proves nothing.

## How to confirm
Halve the batch size: a sum halves, a mean does not.

## What to change
- `nn.CrossEntropyLoss(reduction="mean")` (the default) instead of `"sum"`; `loss.item() * len(x)` added up and divided
  by the number of rows.
- Keras and HF log means; in own loops log `total / rows`, not `total`.
- If sums were differentiated on purpose, divide the learning rate by the batch size.

## Source
PyTorch docs, `CrossEntropyLoss`, reduction; Goyal et al. 2017, 3 (subtleties of normalising the loss).
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.detectors._base import Detector
from tools.detectors._scores import summed
from tools.detectors._view import finding, view_of
from tools.records import Finding, NotChecked, RunData


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A loss too high for the accuracy beside it."""
    view = view_of(data)
    if not view.losses:
        yield NotChecked("summed_loss", ("train_loss",), "too few finite loss values")
        return
    for loss in view.losses:
        if not view.supervised or not summed(view, loss):
            continue
        score = view.score("train_score" if loss is view.train else "eval_score", "accuracy")
        score = score or view.score("eval_score", "accuracy")
        if score is None:
            continue
        summary = (
            f"{loss.series.metric} ends at {loss.end:.4g} although {score.series.metric} is {score.end:.4g}: a mean"
            " over"
            " rows could not be that high, it is a sum."
        )
        fix = "Log the mean over rows (reduction='mean'; total / rows at the end of an epoch), so that runs compare."
        points = loss.evidence(0, loss.n - 1) + score.evidence(score.n - 1)
        yield finding("summed_loss", "info", 0.7, loss.series, summary, points, fix)
        return


DETECTOR = Detector(
    "summed_loss", "The loss is logged as a sum", "info", (("train_loss", "eval_loss"), ("train_score", "eval_score")),
    detect,
)  # fmt: skip
