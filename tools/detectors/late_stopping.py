"""Late stopping: the best evaluation was in the first third, and most of the run was wasted.

## What it looks for
An evaluation loss that turned and rose (as in `overfitting`) with its minimum in the first third of the evaluations.

## Why it matters
Two thirds or more of the compute made the model worse; and if the last checkpoint is the one that was kept, the run's
result is not the run's best.

## When it is wrong
A run that is trained far past its minimum on purpose (grokking, double descent) looks like this until it comes back.

## How to confirm
Compare the checkpoint of the minimum with the last one on unseen rows.

## What to change
- Early stopping with a patience of 5 evaluations or a tenth of the run, restoring the best weights.
- Plan fewer epochs, and let the learning rate decay end there.
- Keras `EarlyStopping(patience=5, restore_best_weights=True)`; HF `EarlyStoppingCallback(early_stopping_patience=5)`
  with `load_best_model_at_end=True, metric_for_best_model="eval_loss"`; Lightning `EarlyStopping("val_loss",
  patience=5)` and `ModelCheckpoint(monitor="val_loss")`.

## Source
Prechelt 1998, "Early stopping - but when?"; Nakkiran et al. 2019, "Deep double descent".
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.amounts import counted
from tools.detectors._base import Detector, Threshold
from tools.detectors._generalise import evaluation_traces, find_turn
from tools.detectors._view import finding, view_of, where
from tools.detectors.overfitting import MIN_EVALUATIONS, evidence_of
from tools.records import Finding, NotChecked, RunData

EARLY = Threshold(
    "late_stopping", "early", 1 / 3, 0.02, 0.9, "share",
    "the best point lies within this share of the run",
    "the definition of the label: best point in the first third",
)  # fmt: skip
"""The definition: best point in the first third."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A turn in the first third of the run."""
    view = view_of(data)
    trace = max(evaluation_traces(view), key=lambda t: t.n, default=None)
    if trace is None or trace.n < 2 * MIN_EVALUATIONS:
        reason = f"fewer than {2 * MIN_EVALUATIONS} evaluations cannot show how much of the run was wasted"
        yield NotChecked("late_stopping", ("eval_loss",), reason)
        return
    turn = find_turn(view)
    if turn is None or turn.share > EARLY.of(data):
        return
    onset, begin = float(turn.trace.x[turn.at]), float(turn.trace.x[turn.onset])
    place = where(turn.trace.series, onset)
    summary = (
        f"The best {turn.trace.series.metric} ({abs(turn.best):.4g}) is at {place}, {turn.share:.0%} into the run;"
        " the remaining"
        f" {1 - turn.share:.0%} only made it worse (ends at {abs(turn.end):.4g})."
    )
    fix = (
        f"Stop at {place}: early stopping with a patience of 5 evaluations and restored best weights, or plan"
        f" {counted(2 * onset, turn.trace.series.axis)}."
    )
    yield finding("late_stopping", "warning", 0.85, turn.trace.series, summary, evidence_of(turn, view), fix, begin)


DETECTOR = Detector(
    "late_stopping",
    "Trained far past the best point",
    "warning",
    (("eval_loss", "eval_score"),),
    detect,
    thresholds=(EARLY,),
)
