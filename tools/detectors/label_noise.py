"""Label noise: many training labels are wrong, and the model ends up learning them by heart.

## What it looks for
Two phases. First the evaluation is far better than the training fit on rows of the same kind (accuracy 10 points
higher, or a loss a quarter lower, without dropout to explain it), because the wrong training labels cannot be
predicted. Then the training loss falls on, the wrong labels are memorised, and the evaluation turns and gets clearly
worse.

## Why it matters
The model at the end believes the wrong labels. The evaluation at the turn is close to what clean labels would give, so
early stopping saves most of it, and cleaning the labels saves the rest.

## When it is wrong
Dropout, strong augmentation, mixup and label smoothing also hold the training fit below the evaluation, but then the
evaluation does not turn. When the validation labels are wrong too, the first phase does not show, and the run is
reported as `overfitting`.

## How to confirm
List the training rows with the highest loss at the turn (the best epoch) and read fifty of them by hand.

## What to change
- Keep the checkpoint of the turn; clean the rows found above (`cleanlab.filter.find_label_issues`).
- Train robustly: label smoothing 0.1, generalised cross entropy, co-teaching; drop the 10% of rows with the highest
  loss.
- `nn.CrossEntropyLoss(label_smoothing=0.1)`; Keras `CategoricalCrossentropy(label_smoothing=0.1)`; HF
  `TrainingArguments(label_smoothing_factor=0.1, load_best_model_at_end=True)`.

## Source
Zhang et al. 2017, "Understanding deep learning requires rethinking generalization"; Arpit et al. 2017, "A closer look
at memorization in deep networks".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._generalise import Pair, Turn, aligned, find_turn, held_up, pair
from tools.detectors._view import View, finding, view_of, where
from tools.detectors.lr_too_high import few_rows
from tools.detectors.overfitting import evidence_of
from tools.records import Evidence, Finding, NotChecked, RunData

SCORE_LEAD = Threshold(
    "label_noise", "lead", 0.08, 0.01, 0.9, "accuracy",
    "the evaluation accuracy leads that of the training rows by at least so much (twice that if once)",
    "lag of an epoch mean makes less",
)  # fmt: skip
"""Up to the turn, at two evaluations or more, the evaluation accuracy leads by 8 points the training accuracy of the
epoch that follows (which starts from the very same weights, so that lag cannot fake the lead) ..."""
ONCE = 2.0
"""One evaluation of many rows is enough where it leads by twice as much."""
LOSS_LEAD = 0.75
"""... or, without accuracies, the evaluation loss is below 75% of the training loss that follows."""
MEMORISED = 0.6
"""At the end the training loss is below 60% of the evaluation loss: the order of the two has turned round."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """The two phases of memorised noise."""
    view = view_of(data)
    both = pair(view)
    if both is None or both.eval.n < 8:
        yield NotChecked(
            "label_noise", ("train_loss", "eval_loss"), "needs training loss and at least 8 evaluation losses"
        )
        return
    turn = find_turn(view)
    if turn is None or held_up(view) or float(both.e.min()) <= 0:
        return
    if not both.train.end < MEMORISED * both.eval.end and not _turned_round(view, both):
        return
    lead = _score_lead(view, turn)
    until = max(1, int(turn.share * (both.eval.n - 1)) + 1)
    ahead = np.append(both.t[1:], both.t[-1])[:until]
    by_loss = int(np.sum(both.e[:until] < LOSS_LEAD * ahead)) >= min(2, until)
    if not (lead[0] if lead else by_loss):
        return
    onset, begin = float(turn.trace.x[turn.at]), float(turn.trace.x[turn.onset])
    shown = lead[1] if lead else f"loss {both.e[until - 1]:.4g} against {both.t[until - 1]:.4g}"
    summary = (
        f"At {where(both.eval.series, onset)} the evaluation is far better than the training fit ({shown}); then the"
        " training rows are"
        f" memorised ({both.train.series.metric} {both.train.end:.4g}) and {both.eval.series.metric} rises to"
        f" {turn.end:.4g}: wrong labels."
    )
    points = evidence_of(turn, view) + (lead[2] if lead else ())
    fix = (
        f"Keep the checkpoint of {where(both.eval.series, onset)}; read and clean the training rows with the highest"
        " loss there"
        " (cleanlab.filter.find_label_issues); retrain with label smoothing 0.1 and early stopping."
    )
    yield finding("label_noise", "critical", 0.8, both.eval.series, summary, points, fix, begin)


def _turned_round(view: View, both: Pair) -> bool:
    """Whether in the end more training rows are answered right than evaluation rows, with a lower loss."""
    train, evaluation = view.score("train_score", "accuracy"), view.score("eval_score", "accuracy")
    if train is None or evaluation is None or both.train.end >= both.eval.end:
        return False
    whole = 100.0 if float(evaluation.y.max()) > 1.5 else 1.0
    return train.end - evaluation.end >= 0.5 * SCORE_LEAD.of(view.data) * whole


def _score_lead(view: View, turn: Turn) -> tuple[bool, str, tuple[Evidence, ...]] | None:
    """Whether the evaluation accuracy led at the turn; None when accuracies are not logged for both."""
    train, evaluation = view.score("train_score", "accuracy"), view.score("eval_score", "accuracy")
    if train is None or evaluation is None or evaluation.n < 4 or train.n < 4:
        return None
    at = min(evaluation.index(float(turn.trace.x[turn.at])), evaluation.n - 1)
    t = aligned(train, evaluation)
    leads = evaluation.y[: at + 1] - np.append(t[1:], t[-1])[: at + 1]
    i = int(np.argmax(leads))
    whole = 100.0 if float(evaluation.y.max()) > 1.5 else 1.0
    same = train.series.axis == evaluation.series.axis
    k = train.index(float(evaluation.x[i])) if same else int(i / max(1, evaluation.n - 1) * (train.n - 1))
    points = evaluation.evidence(i, evaluation.n - 1) + train.evidence(k, train.n - 1)
    often = int(np.sum(leads >= SCORE_LEAD.of(view.data) * whole)) >= min(2, at + 1)
    enough = often or (float(leads[i]) >= ONCE * SCORE_LEAD.of(view.data) * whole and not few_rows(view))
    return enough, f"accuracy {evaluation.y[i]:.3g} against {t[min(i + 1, len(t) - 1)]:.3g}", points


DETECTOR = Detector(
    "label_noise",
    "Wrong labels are memorised",
    "critical",
    (("train_loss",), ("eval_loss",)),
    detect,
    thresholds=(SCORE_LEAD,),
)
