"""Forgetting: fine-tuning makes a pretrained model worse than it was at its first evaluation.

## What it looks for
Fine-tuning (the settings name a pretrained or base model, LoRA, an adapter, or a classifier was mostly right before its
first step) in which every later evaluation is far
worse than the first: a loss at least a fifth above it, beyond the noise. It is a fault where the training loss has not
gained a tenth either; where it falls and the first evaluation was made before training, it is a remark.

## Why it matters
Steps that are too large wipe out the pretrained weights within a few hundred updates, and a small data set cannot bring
them back. The model that was loaded is better than the one that is saved.

## When it is wrong
An evaluation on general text is expected to suffer somewhat when a model is taught a narrow task. A first evaluation on
other rows than the later ones means nothing. One to three epochs in which the evaluation rises while the training loss
falls are overfitting, not forgetting, and are not told here.

## How to confirm
Evaluate the untouched base model on the same rows. Fine-tune 200 steps with a tenth of the rate.

## What to change
- Learning rate over 10: usual are 1e-5 to 5e-5 for all weights, 1e-4 to 3e-4 for LoRA, with warm-up over 6% of steps.
- HF `TrainingArguments(learning_rate=2e-5, warmup_ratio=0.06, load_best_model_at_end=True)`; PyTorch: freeze the lower
  layers (`p.requires_grad_(False)`) or give them a tenth of the rate; Keras `base.trainable = False` first, then
  `optimizer.learning_rate = 1e-5`.
- Mix 5 to 10% of general data into the batches; LoRA instead of all weights.

## Source
Howard and Ruder 2018 (ULMFiT); Mosbach et al. 2021, "On the stability of fine-tuning BERT"; Kirkpatrick et al. 2017,
"Overcoming catastrophic forgetting in neural networks".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._view import Trace, View, finding, view_of, where
from tools.records import Finding, NotChecked, RunData, Severity
from tools.stats import noise

FEWEST = 4
MOST = 0.5
WORSE = Threshold(
    "forgetting", "worse", 0.2, 0.01, 100, "share",
    "no later evaluation loss comes within this share of the first one",
    "seeds of a fine-tuning make small differences",
)  # fmt: skip
"""A fifth of the first loss; where a loss is below zero, half of all that it varies."""
SPREADS = 4.0
GAINED = 0.1
"""A training loss that gained a tenth has learned something."""
BEFORE = 0.03
"""An evaluation in the first 3% of the run was made of the model as it was loaded."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A first evaluation that is never reached again."""
    view = view_of(data)
    trace = view.eval
    if trace is None or trace.n < FEWEST:
        yield NotChecked("forgetting", ("eval_loss",), f"fewer than {FEWEST} evaluations")
        return
    first, best = float(trace.y[0]), float(trace.y[1:].min())
    rise = best - first
    least = WORSE.of(data) * first if first > 0 else MOST * trace.scale
    if rise < max(least, SPREADS * noise(trace.y[1:])) or find_blowup(data) is not None:
        return
    untouched = _untouched(view, trace)
    learned = view.train is not None and _learned(view.train, first if untouched else np.inf)
    if not learned or untouched:
        yield _finding(view, trace, learned)


def _learned(train: Trace, loaded: float) -> bool:
    """Whether the training loss fell below what the model as it was loaded had, not only from what the first steps made
    of it."""
    start = min(train.start, max(float(train.y[0]), loaded))
    return start - train.end >= max(GAINED * train.scale, 2.0 * train.blur)


def _untouched(view: View, trace: Trace) -> bool:
    """Whether the first evaluation was made before training had begun."""
    longest = view.train if view.train is not None and view.train.series.axis == trace.series.axis else trace
    start, end = min(0.0, float(longest.x[0])), float(max(longest.x[-1], trace.x[-1]))
    return float(trace.x[0]) - start <= BEFORE * (end - start)


def _finding(view: View, trace: Trace, learned: bool) -> Finding:
    at = 1 + int(np.argmin(trace.y[1:]))
    t = view.train
    severity: Severity = "info" if learned or t is None else "warning"
    train = "" if t is None else f", and {t.series.metric} ends at {t.end:.4g} (start {t.start:.4g})"
    summary = (
        f"{trace.series.metric} of the pretrained model was {trace.y[0]:.4g} at the first evaluation and"
        f" {trace.y[at]:.4g} at the best later one ({where(trace.series, float(trace.x[at]))})"
        f"{train}: fine-tuning destroys what it knew."
    )
    lr = view.peak_lr
    rate = f"from {lr:g} to {lr / 10:g}" if lr else "to a tenth (1e-5 to 5e-5 for all weights, 1e-4 with LoRA)"
    fix = (
        f"Go back to the pretrained weights, lower the learning rate {rate}, warm up over 6% of the steps, keep the"
        " checkpoint of the best evaluation, the first one included."
    )
    points = trace.evidence(0, at, trace.n - 1)
    return finding("forgetting", severity, 0.7, trace.series, summary, points, fix, float(trace.x[1]))


DETECTOR = Detector(
    "forgetting",
    "Fine-tuning makes the model worse",
    "warning",
    (("eval_loss",),),
    detect,
    domain="fine-tuning",
    thresholds=(WORSE,),
)
