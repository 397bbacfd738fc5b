"""Frozen training: the weights do not move at all.

## What it looks for
Evaluations that repeat the same number, digit by digit, from the first to the last; a weight norm that never changes;
a gradient norm of exactly zero; or a learning rate of zero throughout. Evaluations that freeze only after the learning
rate has decayed are `lr_decay_too_early`.

## Why it matters
Nothing is being trained: the run is a very slow way of evaluating the initial weights.

## When it is wrong
A log that prints few digits can repeat a number while the weights creep; a metric that counts (accuracy on few rows)
repeats anyway and is not used.

## How to confirm
Sum of all parameters before and after one step: equal. `[n for n, p in model.named_parameters() if p.grad is None]`.

## What to change
- Give the optimizer the parameters that are trained: create it after the model is moved, wrapped or its head replaced.
- `requires_grad_(True)` on what should learn; no `torch.no_grad()`, `.detach()` or `.item()` between model and loss.
- Call `optimizer.step()` (with accumulation: also reached at least once), and not on another instance of the model.
- Keras: after `layer.trainable = True` compile again; HF with PEFT: `model.print_trainable_parameters()` must not show
  0.

## Source
PyTorch docs, "Autograd mechanics"; Karpathy 2019, "A recipe for training neural networks".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector
from tools.detectors._pace import early_decay, step_size
from tools.detectors._view import Trace, View, finding, trace_of, view_of
from tools.records import Finding, NotChecked, RunData

SAME = 1e-7
"""Relative spread below which numbers are the same but for float32 rounding."""
MIN_VALUES = 3
LEARNED = 0.2
"""A training loss that lost a fifth was taught something."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Numbers that never change."""
    view = view_of(data)
    watched = [t for t in (view.eval, trace_of(data.main("weight_norm"), MIN_VALUES)) if t is not None]
    norms = trace_of(data.main("grad_norm"), 6)
    if not watched and norms is None and view.lr is None and not _repeats(view.train):
        missing = ("eval_loss", "weight_norm")
        yield NotChecked(
            "frozen_training",
            missing,
            "needs 3 evaluations on fixed rows, weight norms, gradient norms or learning rates",
        )
        return
    if not view.supervised or (early_decay(view) is not None and not _zero_rate(view)):
        return
    proof = [t for t in watched if t.n >= MIN_VALUES and _same(t)]
    moves = any(not _same(t) for t in watched)
    if not proof and norms is not None and bool(np.all(norms.y == 0)):
        proof = [norms]
    if not proof and _repeats(view.train) and view.train is not None:
        proof = [view.train]
    if not proof and _zero_rate(view):
        proof = list(view.losses[:1])
    if not proof or moves:
        return
    yield _finding(view, proof)


def _same(trace: Trace) -> bool:
    spread = float(trace.y.max() - trace.y.min())
    return spread <= SAME * max(abs(float(trace.y[0])), 1e-300)


def _repeats(trace: Trace | None) -> bool:
    return trace is not None and trace.n >= 2 * MIN_VALUES and _same(trace)


def _zero_rate(view: View) -> bool:
    return (
        not view.config.learning_rate
        and view.lr is not None
        and len(view.lr.y) >= MIN_VALUES
        and bool(np.all(view.lr.y == 0))
    )


def _still(view: View, proof: list[Trace]) -> str:
    """Which weights do not move: a training loss that fell was not computed with those that are evaluated."""
    t = view.train
    if t is None or t in proof or t.gain < LEARNED or t.start - t.end < 3.0 * t.blur:
        rate = _tiny_rate(view)
        creeps = f", or too little for the digits that are logged: the learning rate is {rate:g}" if rate else ""
        return f"the weights do not move{creeps}"
    return (
        f"the evaluated weights do not move, although {t.series.metric} falls from {t.start:.4g} to {t.end:.4g}: they"
        " are a copy that is never updated (an average, a wrapped or compiled model), or the evaluation is cached"
    )


def _tiny_rate(view: View) -> float | None:
    """A known rate that is so small that a model which is trained with it looks frozen."""
    return view.peak_lr if view.peak_lr and step_size(view).tiny else None


def _finding(view: View, proof: list[Trace]) -> Finding:
    shown = " and ".join(f"{t.series.metric} is {t.y[0]:.6g} at all {t.n} readings" for t in proof)
    rate = " The learning rate is 0." if _zero_rate(view) else ""
    summary = f"{shown[0].upper()}{shown[1:]}: {_still(view, proof)}.{rate}"
    points = tuple(e for t in proof for e in t.evidence(0, t.n // 2, t.n - 1))
    tiny = _tiny_rate(view)
    faster = f"Raise the learning rate from {tiny:g} to {100 * tiny:g}. If nothing moves then: " if tiny else ""
    fix = faster + (
        "Check that the optimizer holds the parameters that are trained (create it after the model is moved or its"
        " head replaced), that"
        " requires_grad is True, that loss.backward() and optimizer.step() are reached and that nothing is detached"
        " between model and loss."
    )
    return finding(
        "frozen_training", "critical", 0.97 if len(proof) > 1 else 0.9, proof[0].series, summary, points, fix
    )


DETECTOR = Detector(
    "frozen_training", "The weights do not move", "critical", (("train_loss", "eval_loss", "weight_norm"),), detect
)
