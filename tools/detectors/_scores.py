"""What accuracies say about the losses beside them."""

from __future__ import annotations

from tools.detectors._view import Trace, View

NATS_AT_MOST = ((0.9, 2.0), (0.6, 20.0))
"""The mean cross entropy of a classifier that is right nine times of ten stays below 1, overconfident or not; that of
one that is right six times of ten does not reach 20, for each of its errors would have to be off by e to the 50."""


def summed(view: View, loss: Trace) -> bool:
    """Whether a loss is a sum over rows or batches: the accuracy is high and the loss far above what a mean can be."""
    roles = ("train_score",) if loss is view.train else ("eval_score",)
    for role in (*roles, "eval_score"):
        score = view.score(role, "accuracy")
        if score is not None:
            whole = 100.0 if float(score.y.max()) > 1.5 else 1.0
            return any(score.end >= right * whole and loss.end > nats for right, nats in NATS_AT_MOST)
    return False
