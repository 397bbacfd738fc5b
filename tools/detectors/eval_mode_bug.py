"""Evaluation in training mode: dropout or batch statistics are on while the model is evaluated.

## What it looks for
A gap that comes too early. From the first evaluations on, while the training loss is still in the middle of its fall
and nothing can have been memorised yet, the evaluation is clearly worse than the training fit of the same epoch, and
it stays at a high level without turning. Overfitting opens its gap late and then the evaluation rises; here the gap is
there at once.

## Why it matters
The model is better than its validation says. Early stopping, learning-rate plateaus and model selection act on noise.

## When it is wrong
Validation rows of another kind than the training rows (other site, other period, other preprocessing) make the same
early gap; the fix below tells the two apart in a minute.

## How to confirm
Evaluate the last checkpoint on the *training* rows with the evaluation code: if that is far worse than the training
loss, the code is at fault, not the data. Evaluate twice: different results mean dropout is on; results that depend on
the evaluation batch size mean batch statistics are.

## What to change
- PyTorch: `model.eval()` and `torch.no_grad()` before, `model.train()` after evaluation. Keras: `model(x,
  training=False)`.
- Flax/JAX: `deterministic=True`, `use_running_average=True`.
- If the evaluation batch must be small, never let it feed batch-norm statistics.
- HF: `trainer.evaluate()` switches by itself; your own loops and metrics need `model.eval()`.

## Source
PyTorch docs, `nn.Module.eval`; Ioffe & Szegedy 2015, "Batch normalization", 3.1 (inference uses population
statistics).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._generalise import Pair, aligned, pair
from tools.detectors._view import Trace, View, finding, view_of
from tools.records import Evidence, Finding, Floats, NotChecked, RunData
from tools.stats import noise

FITTED, LITTLE, LITTLE_UNHINTED = 0.3, 0.6, 0.35
"""Training removed 30% of its loss or more, the evaluation at most 60% of its own (35% without a hint):
a floor that no training lowers."""
FIRST_GAP, FIRST_GAP_HINTED = 1.3, 1.1
"""Evaluation over training loss at the first evaluation, no later than the second epoch. The rows of the first epoch
are seen
for the first time, so the training loss there is an honest estimate of unseen rows, and the two should agree. The
lower value
holds where the config has dropout, batch norm or tiny evaluation batches."""
EARLY = 4
EARLY_GAP, EARLY_GAP_HINTED = 1.6, 1.2
"""The median gap of the first four evaluations,"""
FINAL_GAP = Threshold(
    "eval_mode_bug", "gap", 1.4, 1.05, 100, "times",
    "the evaluation loss ends at least so many times above the training loss",
    "what dropout and batch norm add in training mode",
)  # fmt: skip
"""and at the end."""
TURNED = 0.15
"""A rise from the minimum by this share is overfitting, unless the config tells of dropout, batch norm or tiny
batches."""
TINY_EVAL_BATCH = 8
ROUGH = 0.04
"""Evaluation-to-evaluation noise, as a share of the level, under dropout,"""
NO_LEAD = 0.92
"""where the evaluation does not even lead the training loss, which is measured with the dropout on."""
DROPOUT = 0.25
SCORE_GAP, SCORE_GAP_UNHINTED = 0.08, 0.2
"""Accuracy by which the evaluation is behind in the median of the first four; without a hint in the config it must be
logged."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A gap that is there at once and stays."""
    view = view_of(data)
    both = pair(view)
    if both is None or both.eval.n < 6:
        yield NotChecked(
            "eval_mode_bug", ("train_loss", "eval_loss"), "needs training loss and at least 6 evaluation losses"
        )
        return
    if not view.supervised or find_blowup(data) is not None or float(both.train.y.min()) < 0 or float(both.e.min()) < 0:
        return
    score = _score_gap(view)
    if not hints(view) and (score is None or not score[0]):
        return
    fitted = both.train.gain >= FITTED and both.eval.gain <= (LITTLE if hints(view) else LITTLE_UNHINTED)
    if (fitted and _at_once(view, both) and (score is None or score[0])) or _rough_under_dropout(view, both):
        yield _finding(view, both, score)


def _at_once(view: View, both: Pair) -> bool:
    """The gap is there at the first evaluation, before anything can have been memorised, and it stays."""
    first = both.eval.series.epoch_at(float(both.eval.x[0]))
    if (first is None and not hints(view)) or (first is not None and first > 2.0):
        return False
    training = np.maximum(_honest(both), 1e-300)
    ratio = both.e / training
    known = hints(view)
    early = float(np.median(ratio[: min(EARLY, both.eval.n)]))
    last = float(np.median(ratio[-max(2, both.eval.n // 4) :]))
    turned = both.eval.end > (1 + TURNED) * both.eval.best and not known
    first_limit, early_limit = (FIRST_GAP_HINTED, EARLY_GAP_HINTED) if known else (FIRST_GAP, EARLY_GAP)
    gap = bool(ratio[0] >= first_limit) and early >= early_limit and last >= FINAL_GAP.of(view.data)
    return gap and not turned


def _honest(both: Pair) -> Floats:
    """Training loss at the evaluations. An epoch mean lags half an epoch behind, so it is moved half-way to the next
    one."""
    if both.train.n > 1.5 * both.eval.n:
        return both.t
    ahead = np.append(both.t[1:], both.t[-1])
    return np.asarray(np.sqrt(np.maximum(both.t * ahead, 0.0)), dtype=np.float64)


def _rough_under_dropout(view: View, both: Pair) -> bool:
    """With dropout switched off the evaluation is smooth and better than the training loss; here it is neither."""
    if view.config.dropout < DROPOUT or both.eval.n < 8:
        return False
    half, early = both.eval.n // 2, max(3, both.eval.n // 5)
    ratio = both.e / np.maximum(both.t, 1e-300)
    lead = min(float(np.median(ratio[:early])), float(np.median(ratio[:half])))
    return lead >= NO_LEAD and noise(both.e[half:]) >= ROUGH * abs(both.eval.end)


def _score_gap(view: View) -> tuple[bool, Trace, Trace] | None:
    train, evaluation = view.score("train_score", "accuracy"), view.score("eval_score", "accuracy")
    if train is None or evaluation is None or evaluation.n < 4:
        return None
    whole = 100.0 if float(evaluation.y.max()) > 1.5 else 1.0
    gap = aligned(train, evaluation) - evaluation.y
    least = SCORE_GAP if hints(view) else SCORE_GAP_UNHINTED
    return float(np.median(gap[:4])) >= least * whole, train, evaluation


def hints(view: View) -> str:
    """Settings that make training and evaluation mode differ, as a phrase; "" when none is known."""
    c = view.config
    tiny = c.eval_batch_size is None or c.eval_batch_size <= TINY_EVAL_BATCH
    known = [f"normalisation {c.normalisation}"] if c.normalisation and tiny else []
    known += [f"dropout {c.dropout:g}"] if c.dropout else []
    if c.eval_batch_size and c.eval_batch_size <= TINY_EVAL_BATCH:
        known.append(f"evaluation batches of {c.eval_batch_size:g}")
    return ", ".join(known)


def _finding(view: View, both: Pair, score: tuple[bool, Trace, Trace] | None) -> Finding:
    known = hints(view)
    k = min(1, both.eval.n - 1)
    summary = (
        f"{both.eval.series.metric} is {both.e[k]:.4g} against {both.t[k]:.4g} in training at the second evaluation"
        " already, too early for"
        f" memorising, and stays high ({both.eval.end:.4g} against {both.train.end:.4g})"
        + (f"; the model has {known}." if known else ".")
    )
    fix = (
        "Call model.eval() and torch.no_grad() before the validation loop and model.train() after it (Keras:"
        " training=False); check by"
        " evaluating the training rows with the same code: it must give the training loss."
    )
    points: tuple[Evidence, ...] = both.eval.evidence(0, 1, -1) + both.train.evidence(0, both.train.n // 4, -1)
    if score is not None:
        points += score[2].evidence(1, -1) + score[1].evidence(score[1].n // 4, -1)
    confidence = 0.6 + 0.15 * bool(score) + 0.15 * bool(known)
    return finding("eval_mode_bug", "critical", confidence, both.eval.series, summary, points, fix)


DETECTOR = Detector(
    "eval_mode_bug",
    "Evaluated in training mode",
    "critical",
    (("train_loss",), ("eval_loss",)),
    detect,
    thresholds=(FINAL_GAP,),
)
