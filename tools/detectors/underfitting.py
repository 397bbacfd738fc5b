"""Underfitting: training and evaluation are both flat, and both far above what the task allows.

## What it looks for
A loss that has stopped falling for half of the run or more, on training and evaluation rows alike (no gap to speak
of), with most of it left, and a setting that holds the model down: strong weight decay, dropout of a half or more, a
very small model. Without such a setting it is reported when the loss fell back to where it started. Low confidence
where only the curve speaks. Label smoothing keeps any loss up, and a model that gets 85% of the rows right is held
down by little: then more of the loss has to be left.

## Why it matters
More data and more epochs will not help; the model cannot, or is not allowed to, fit the task.

## When it is wrong
A plateau at the level of the noise in the data looks the same. Compare with a simple baseline (a linear model, boosted
trees).

## How to confirm
Try to overfit 50 rows with all regularisation off: a model that cannot do that is too small, broken, or trained
wrongly.

## What to change
- Weight decay 1e-4 (SGD) or 0.01 (AdamW), dropout 0 to 0.2.
- Twice the width or two more layers; more features; train until the training loss is flat.
- PyTorch `AdamW(params, lr=1e-3, weight_decay=0.01)`, `nn.Dropout(0.1)`; Keras `AdamW(weight_decay=0.01)`,
  `Dropout(0.1)`; HF `TrainingArguments(weight_decay=0.01)` and `attention_dropout=0.1` in the model's config.

## Source
Goodfellow et al., Deep Learning (2016), 5.2 and 11.4; Karpathy 2019, "A recipe for training neural networks" (overfit
one batch).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import TO_LEARN, Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._generalise import aligned
from tools.detectors._pace import early_decay, late_share, step_size
from tools.detectors._view import Trace, View, finding, view_of
from tools.records import Evidence, Finding, NotChecked, RunData
from tools.stats import trend_z

FLAT_Z = 2.6
FLAT_SHARE = 0.05
"""Less than 5% of all improvement came in the second half."""
LEVELLING = 0.5
"""Under a known constraint also: the last quarter at less than half of the mean pace."""
MOST_LEFT = Threshold(
    "underfitting", "left", 0.5, 0.05, 1, "share",
    "at least this share of the first loss is left",
    "half of the loss",
)  # fmt: skip
GAP = 0.25
"""Evaluation and training loss lie within 25% of each other."""
DECAY_PLAIN, DECAY_ADAMW = 0.02, 0.5
"""Coupled L2 above 0.02 pulls weights to zero as fast as data pushes them; AdamW multiplies by the rate first, so
0.5."""
HEAVY_DROPOUT = 0.6
DROWNED, LEFT, BEHIND, MOST_DROWNED = 0.7, 0.4, 1.25, 0.7
"""With a dropout of 0.7 or more a training loss that keeps 40% of its start and ends a quarter above the evaluation
(or keeps 70%) is held up by the dropout: three of four units of every layer are missing when the model learns."""
TINY_WIDTH = 3
MOSTLY_RIGHT = 0.85
"""Share of the unseen rows; what is left of the loss may then be what no model can learn."""
SMOOTHING = 0.05
"""With this much label smoothing a perfect model still keeps a tenth of its first loss or more."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Flat, without a gap, with most of the loss left."""
    view = view_of(data)
    trace = view.train or view.eval
    if trace is None or trace.n < 8:
        yield NotChecked("underfitting", ("train_loss",), "fewer than 8 finite loss values")
        return
    if not view.supervised or find_blowup(data) is not None or early_decay(view) is not None:
        return
    drowned = _drowned(view)
    if drowned is not None:
        yield drowned
        return
    size = step_size(view)
    held = held_down(view)
    resting = all(_flat(t) or (held and late_share(t) < LEVELLING) for t in view.losses)
    if size.high or (size.tiny and view.stuck) or not resting or _gap(view):
        return
    left = min((t.end / t.top if float(t.y.min()) > 0 else 0.0) for t in view.losses)
    enough = MOST_LEFT.of(data) * (1.0 if _has_a_floor(view) else 0.5)
    if not (held and left > enough) and not (view.stuck and left > MOST_LEFT.of(data)):
        return
    yield _finding(view, held)


def _drowned(view: View) -> Finding | None:
    """A training loss that stays far above the evaluation because most units are dropped."""
    t, e, rate = view.train, view.eval, view.config.dropout
    if t is None or e is None or rate < DROWNED or float(min(t.y.min(), e.y.min())) <= 0:
        return None
    if t.end < LEFT * t.top or (t.end < BEHIND * e.end and t.end < MOST_DROWNED * t.top):
        return None
    summary = (
        f"{t.series.metric} only gets from {t.top:.4g} to {t.end:.4g}, {t.end / e.end:.1f} times {e.series.metric}"
        f" ({e.end:.4g}): dropout {rate:g} leaves too little of the network to learn with."
    )
    fix = (
        f"Lower dropout from {rate:g} to 0.1-0.3 and train on; if a gap opens then, use weight decay 0.01-0.1 instead."
    )
    points = t.evidence(0, t.n // 2, t.n - 1) + e.evidence(0, e.n - 1)
    return finding("underfitting", "warning", 0.65, t.series, summary, points, fix)


def held_down(view: View) -> str:
    """The setting that keeps the model from fitting, as "key value"; "" when none is known."""
    c = view.config
    limit = DECAY_ADAMW if "adamw" in c.optimizer else DECAY_PLAIN
    if c.weight_decay >= limit:
        return f"weight decay {c.weight_decay:g}"
    if c.dropout >= HEAVY_DROPOUT:
        return f"dropout {c.dropout:g}"
    if c.hidden_layers and 0 < min(c.hidden_layers) <= TINY_WIDTH:
        return f"a layer of {min(c.hidden_layers):g} units"
    return ""


def _has_a_floor(view: View) -> bool:
    """Whether a good part of the loss may be out of reach for any model."""
    smoothing = view.config.number("label_smoothing", "smoothing", "label_smoothing_factor") or 0.0
    score = view.score("eval_score", "accuracy")
    right = 0.0 if score is None else score.end / (100.0 if float(score.y.max()) > 1.5 else 1.0)
    return smoothing >= SMOOTHING or right >= MOSTLY_RIGHT


def _flat(trace: Trace) -> bool:
    half = trace.y[trace.n // 2 :]
    late = float(np.median(trace.smooth[trace.n // 2 : trace.n // 2 + max(1, trace.n // 10)])) - trace.end
    return abs(trend_z(half)) < FLAT_Z or late < FLAT_SHARE * max(trace.improvement, 0.02 * trace.scale)


def _gap(view: View) -> bool:
    if view.train is None or view.eval is None:
        return False
    t, e = aligned(view.train, view.eval)[-1], view.eval.end
    return bool(abs(e - t) > GAP * max(abs(e), abs(float(t)), 1e-300))


def _finding(view: View, held: str) -> Finding:
    losses = view.losses
    levels = " and ".join(f"{t.series.metric} at {t.end:.4g} (start {t.top:.4g})" for t in losses)
    why = (
        f"; the config has {held}"
        if held
        else "; what was learned at first was lost again"
        if _lost(losses[-1])
        else ""
    )
    summary = f"Flat for half of the run: {levels}{why}."
    points: tuple[Evidence, ...] = tuple(e for t in losses for e in t.evidence(0, t.n // 2, t.n - 1))
    change = {
        "weight": "Lower weight decay to 1e-4 (SGD, Adam) or 0.01 (AdamW)",
        "dropout": "Lower dropout to 0.1",
        "a": "Widen every layer to 64 units or more",
    }.get(held.split(" ")[0], "Take regularisation off, double the width, and check that 50 rows can be overfitted")
    fix = f"{change}; then train until the training loss is flat again."
    return finding("underfitting", "warning", 0.8 if held else 0.45, losses[0].series, summary, points, fix)


def _lost(trace: Trace) -> bool:
    return trace.end - trace.best > 3.0 * trace.sigma and trace.best_at < trace.n // 2


DETECTOR = Detector(
    "underfitting",
    "Underfitting",
    "warning",
    (("train_loss", "eval_loss"),),
    detect,
    least_steps=TO_LEARN,
    thresholds=(MOST_LEFT,),
)
