"""Score against loss: the accuracy and the loss of the evaluation move in opposite directions.

## What it looks for
Over the second half of the run, both surely by a rank test: an accuracy that falls by two points or more while the
loss falls too, or an accuracy that rises while the loss rises by a twentieth or more. It is a remark that says which
of the two to trust for what.

## Why it matters
A loss that rises under a rising accuracy is overconfidence: the answers get better, the probabilities worse. A loss
that falls under a falling accuracy learns something else than the answer: a part of the loss that does not count, a
majority class, the easy rows.

## When it is wrong
A metric on other rows than the loss (another split, a subset) may go its own way.

## How to confirm
A reliability diagram of the last checkpoint; the loss per class and per term.

## What to change
- Overconfidence: temperature scaling on the validation rows, `label_smoothing=0.1`, weight decay, earlier stopping if
  probabilities matter; if only the answer counts, choose checkpoints by accuracy (HF
  `metric_for_best_model="accuracy"`).
- The other way round: log the terms of the loss apart, weigh them anew, weigh rare classes
  (`nn.CrossEntropyLoss(weight=w)`, Keras `class_weight`).

## Source
Guo et al. 2017, "On calibration of modern neural networks"; Mukhoti et al. 2020, "Calibrating deep neural networks
using focal loss".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, finding, view_of
from tools.records import Finding, NotChecked, RunData
from tools.stats import trend_z

MIN_CURVE = 12
SURE_Z = 2.6
POINTS = 0.02
SHARE = Threshold(
    "score_against_loss", "share", 0.05, 0.005, 10, "share",
    "in the second half the loss moves by at least this share the wrong way",
    "a remark, not a fault",
)  # fmt: skip


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Two measures that disagree."""
    view = view_of(data)
    loss, score = view.eval, view.score("eval_score", "accuracy", "balanced_accuracy", "f1")
    if loss is None or score is None or min(loss.n, score.n) < MIN_CURVE:
        reason = f"needs evaluation loss and accuracy, {MIN_CURVE} values of each"
        yield NotChecked("score_against_loss", ("eval_loss", "eval_score"), reason)
        return
    whole = 100.0 if float(score.y.max()) > 1.5 else 1.0
    by_loss = _move(
        loss, SHARE.of(data) * max(abs(loss.best) if float(loss.y.min()) > 0 else float(np.ptp(loss.smooth)), 1e-300)
    )
    by_score = _move(score, POINTS * whole)
    if by_loss != 0 and by_loss == by_score and loss.series.axis == score.series.axis:
        yield _finding(loss, score, by_loss)


def _move(trace: Trace, least: float) -> int:
    """Direction in which the second half moved surely and by enough: 1 up, -1 down, 0 neither."""
    half = trace.y[trace.n // 2 :]
    change = trace.end - trace.level(0.45, 0.6)
    return int(np.sign(change)) if abs(change) >= least and abs(trend_z(half)) >= SURE_Z else 0


def _finding(loss: Trace, score: Trace, direction: int) -> Finding:
    then = (loss.level(0.45, 0.6), score.level(0.45, 0.6))
    verb, meaning = (
        ("rise", "the answers get better, the probabilities overconfident")
        if direction > 0
        else ("fall", "the loss improves in something else than the answers")
    )
    summary = (
        f"In the second half {loss.series.metric} ({then[0]:.4g} to {loss.end:.4g}) and {score.series.metric}"
        f" ({then[1]:.4g} to {score.end:.4g}) both {verb}: {meaning}."
    )
    fix = (
        "Calibrate (temperature scaling, label_smoothing=0.1) and choose checkpoints by accuracy if only the answer"
        " counts."
        if direction > 0
        else "Log the terms of the loss and the accuracy per class; weigh rare classes and the terms that count."
    )
    points = loss.evidence(loss.n // 2, loss.n - 1) + score.evidence(score.n // 2, score.n - 1)
    return finding("score_against_loss", "info", 0.7, score.series, summary, points, fix)


DETECTOR = Detector(
    "score_against_loss",
    "Accuracy and loss disagree",
    "info",
    (("eval_loss",), ("eval_score",)),
    detect,
    thresholds=(SHARE,),
)
