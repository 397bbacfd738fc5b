"""Overfitting: the evaluation loss turns and rises while the training loss keeps falling.

## What it looks for
The minimum of the evaluation loss (of the negated accuracy, where no loss is logged), followed by a steady rise: at
least a tenth above the minimum at the end, sure by a rank test, while the training loss at the same positions went on
falling. The onset is where the rise leaves the floor.

## Why it matters
From the minimum on the model learns its training rows by heart. The checkpoint to keep is the one at the minimum, and
the time after it was spent on making the model worse.

## When it is wrong
Very small validation sets wander; a rise within their noise is not reported. Accuracy can go on rising while the loss
does: then only the confidence is off, and calibration (or label smoothing) is the cure. Label noise looks alike;
`label_noise` reports it when the log can tell.

## How to confirm
Evaluate the checkpoint of the minimum and the last one on other unseen rows. Train on half the rows: overfitting
starts earlier and is stronger.

## What to change
- Stop at the minimum: Keras `EarlyStopping(patience=5, restore_best_weights=True)`; HF `EarlyStoppingCallback(5)` with
  `load_best_model_at_end=True`; Lightning `EarlyStopping("val_loss", patience=5)`.
- Regularise: `weight_decay=0.01` to 0.1 with AdamW, `nn.Dropout(0.2)` to 0.5, augmentation, a smaller model.
- More rows are the best medicine.

## Source
Prechelt 1998, "Early stopping - but when?"; Goodfellow et al., Deep Learning (2016), 7.8.
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.detectors._base import Detector
from tools.detectors._generalise import RISE, Turn, evaluation_traces, find_turn, rise
from tools.detectors._view import View, finding, view_of, where
from tools.records import Evidence, Finding, NotChecked, RunData, Severity

MIN_EVALUATIONS = 5


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A turn of the evaluation curve."""
    view = view_of(data)
    trace = max(evaluation_traces(view), key=lambda t: t.n, default=None)
    if trace is None or trace.n < MIN_EVALUATIONS:
        reason = f"fewer than {MIN_EVALUATIONS} evaluations: evaluate at least once per epoch"
        yield NotChecked("overfitting", ("eval_loss",), reason)
        return
    turn = find_turn(view)
    if turn is None:
        return
    onset, begin = float(turn.trace.x[turn.at]), float(turn.trace.x[turn.onset])
    best, end = abs(turn.best), abs(turn.end)
    summary = (
        f"{turn.trace.series.metric} is best at {where(turn.trace.series, onset)} ({best:.4g}) and ends at {end:.4g}"
        f" ({_change(turn)}), while the training loss {_train(turn)}."
    )
    severity: Severity = "critical" if turn.best > 0 and turn.end > 1.3 * turn.best else "warning"
    points = evidence_of(turn, view)
    yield finding(
        "overfitting", severity, _confidence(turn), turn.trace.series, summary, points, _fix(view, turn), begin
    )


def evidence_of(turn: Turn, view: View) -> tuple[Evidence, ...]:
    """The turn as the log has it: evaluation at the first point, minimum and end, training loss at both."""
    shown = turn.trace.evidence(0, turn.at, turn.trace.n - 1)
    shown = (
        tuple(Evidence(e.metric, e.step, abs(e.value) if turn.best < 0 < -e.value else e.value) for e in shown)
        if (turn.trace is not view.eval)
        else shown
    )
    train = view.train
    if train is None:
        return shown
    same = train.series.axis == turn.trace.series.axis
    then = train.index(float(turn.trace.x[turn.at])) if same else int(turn.share * (train.n - 1))
    return shown + train.evidence(then, train.n - 1)


def _change(turn: Turn) -> str:
    if turn.best > 0:
        return f"{turn.end / turn.best - 1:+.0%} above the minimum"
    return f"{abs(turn.end - turn.best):.4g} worse"


def _train(turn: Turn) -> str:
    if turn.train_then is None or turn.train_end is None:
        return "is not logged"
    return f"went on from {turn.train_then:.4g} to {turn.train_end:.4g}"


def _confidence(turn: Turn) -> float:
    strong = turn.best > 0 and turn.end > 1.3 * turn.best
    return (0.95 if strong else 0.8) - (0.2 if turn.train_then is None else 0.0)


def _fix(view: View, turn: Turn) -> str:
    c = view.config
    change = []
    if c.dropout < 0.1:
        change.append("add dropout 0.2 to 0.5")
    if c.weight_decay < 0.01:
        change.append(f"raise weight decay from {c.weight_decay:g} to 0.01-0.1")
    change.append("add data or augmentation, or shrink the model")
    return (
        f"Keep the checkpoint of {where(turn.trace.series, float(turn.trace.x[turn.at]))} and stop there: early"
        " stopping on"
        f" {turn.trace.series.metric} with a patience of 5 evaluations. To get further, " + "; ".join(change) + "."
    )


DETECTOR = Detector(
    "overfitting",
    "Overfitting",
    "warning",
    (("eval_loss", "eval_score"),),
    detect,
    thresholds=(RISE,),
    measures={"rise": rise},
)
