"""Evaluation in training mode: dropout or batch statistics are on while the model is evaluated.

## What it looks for
A gap that comes too early. From the first evaluations on, while the training loss is still in the middle of its fall and
nothing can have been memorised yet, the evaluation is clearly worse than the training fit of the same epoch, and it stays at
a high level without turning. Overfitting opens its gap late and then the evaluation rises; here the gap is there at once.

## Why it matters
The model is better than its validation says. Early stopping, learning-rate plateaus and model selection act on noise.

## When it is wrong
Validation rows of another kind than the training rows (other site, other period, other preprocessing) make the same early
gap; the fix below tells the two apart in a minute.

## How to confirm
Evaluate the last checkpoint on the *training* rows with the evaluation code: if that is far worse than the training loss, the
code is at fault, not the data. Evaluate twice: different results mean dropout is on; results that depend on the evaluation
batch size mean batch statistics are.

## What to change
- PyTorch: `model.eval()` and `torch.no_grad()` before, `model.train()` after evaluation. Keras: `model(x, training=False)`.
- Flax/JAX: `deterministic=True`, `use_running_average=True`.
- If the evaluation batch must be small, never let it feed batch-norm statistics.

## Source
PyTorch docs, `nn.Module.eval`; Ioffe & Szegedy 2015, "Batch normalization", 3.1 (inference uses population statistics).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector
from tools.detectors._generalise import Pair, aligned, pair
from tools.detectors._view import Trace, View, finding, view_of
from tools.records import Evidence, Finding, NotChecked, RunData

FITTED, LITTLE = 0.3, 0.6
"""Training removed 30 % of its loss or more, the evaluation at most 60 % of its own: a floor that no training lowers."""
EARLY = 4
"""The first evaluations, one to four, are too early for a gap by memorisation ..."""
EARLY_GAP = 1.25
"""... yet the evaluation loss is already a quarter above the training loss of the same epoch,"""
FINAL_GAP = 2.0
"""and twice as high at the end,"""
FLAT = 0.15
"""without having turned: it ends within 15 % of its minimum."""
SCORE_GAP = 0.08
"""Accuracy points by which the evaluation is behind from the second evaluation on."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A gap that is there at once and stays."""
    view = view_of(data)
    both = pair(view)
    if both is None or both.eval.n < 6:
        yield NotChecked("eval_mode_bug", ("train_loss", "eval_loss"), "needs training loss and at least 6 evaluation losses")
        return
    if not view.supervised or float(both.train.y.min()) < 0 or float(both.e.min()) < 0:
        return
    if both.train.gain < FITTED or both.eval.gain > LITTLE or not _at_once(both) or not _stays(both):
        return
    score = _score_gap(view)
    if score is not None and not score[0]:
        return
    yield _finding(view, both, score)


def _at_once(both: Pair) -> bool:
    """The gap is there in the first evaluations, before the training loss has used up its fall."""
    early = slice(0, min(EARLY, max(1, both.eval.n // 5)))
    midway = both.t[early] > both.train.best + 0.1 * both.train.improvement
    gap = both.e[early] > EARLY_GAP * both.t[early]
    return bool(np.any(midway & gap)) and float(np.mean(gap)) >= 0.5


def _stays(both: Pair) -> bool:
    last = slice(-max(2, both.eval.n // 4), None)
    ratio = float(np.median(both.e[last] / np.maximum(both.t[last], 1e-300)))
    return ratio >= FINAL_GAP and both.eval.end <= (1 + FLAT) * both.eval.best


def _score_gap(view: View) -> tuple[bool, Trace, Trace] | None:
    train, evaluation = view.score("train_score", "accuracy"), view.score("eval_score", "accuracy")
    if train is None or evaluation is None or evaluation.n < 4:
        return None
    whole = 100.0 if float(evaluation.y.max()) > 1.5 else 1.0
    gap = aligned(train, evaluation) - evaluation.y
    return float(np.median(gap[1 : max(4, evaluation.n // 3)])) >= SCORE_GAP * whole, train, evaluation


def _finding(view: View, both: Pair, score: tuple[bool, Trace, Trace] | None) -> Finding:
    c = view.config
    hints = []
    if c.normalisation:
        hints.append(f"normalisation {c.normalisation}")
    if c.dropout:
        hints.append(f"dropout {c.dropout:g}")
    if c.eval_batch_size and c.eval_batch_size <= 8:
        hints.append(f"evaluation batches of {c.eval_batch_size:g}")
    k = min(1, both.eval.n - 1)
    summary = (
        f"{both.eval.series.metric} is {both.e[k]:.4g} against {both.t[k]:.4g} in training at the second evaluation already, too early for"
        f" memorising, and stays high ({both.eval.end:.4g} against {both.train.end:.4g})"
        + (f"; the model has {', '.join(hints)}." if hints else ".")
    )
    fix = (
        "Call model.eval() and torch.no_grad() before the validation loop and model.train() after it (Keras: training=False); check by"
        " evaluating the training rows with the same code: it must give the training loss."
    )
    points: tuple[Evidence, ...] = both.eval.evidence(0, 1, -1) + both.train.evidence(0, both.train.n // 4, -1)
    if score is not None:
        points += score[2].evidence(1, -1) + score[1].evidence(score[1].n // 4, -1)
    confidence = 0.6 + 0.15 * bool(score) + 0.15 * bool(hints)
    return finding("eval_mode_bug", "critical", confidence, both.eval.series, summary, points, fix)


DETECTOR = Detector("eval_mode_bug", "Evaluated in training mode", "critical", (("train_loss",), ("eval_loss",)), detect)
