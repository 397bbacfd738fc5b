"""Not learning: the loss never leaves the level it started from.

## What it looks for
No loss ends 6% below its start, over the whole run. For a classifier of k classes the level is usually ln k (0.69 for
2, 2.30 for 10, 6.91 for 1,000) and the accuracy that of guessing. This is a symptom; where another detector finds the
cause (frozen weights, dead units, vanishing gradients, a wrong learning rate, a bad start), that comes first.

## Why it matters
The run is not training. Waiting longer has never helped such a curve.

## When it is wrong
Some tasks sit on a plateau for long and then fall (grokking, hard exploration, contrastive losses with large batches).
A pretrained model may start at its final level; where the config speaks of one nothing is reported. The loss of a
diffusion model's batches is flat and noisy soon after the start; below 0.7 (1 is knowing nothing) it is not judged.

## How to confirm
Overfit one batch of 16 rows with all augmentation and regularisation off. If that fails, the code is broken; if it
works, look at data, labels and learning rate.

## What to change
- Check in this order: labels match inputs, loss gets logits (no softmax twice), gradients are not None, the optimizer
  holds the parameters, learning rate (try times 10 and over 10), input scaling, initialisation.
- PyTorch `CrossEntropyLoss` takes logits and class indices, `BCEWithLogitsLoss` logits; Keras `from_logits=True` where
  the last layer has no softmax; HF needs a column called `labels`.

## Source
Karpathy 2019, "A recipe for training neural networks"; Goodfellow et al., Deep Learning (2016), 11.5.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import TO_LEARN, Detector
from tools.detectors._blowup import find_blowup
from tools.detectors._pace import SEARCH, tests_rates
from tools.detectors._view import STUCK, View, finding, view_of
from tools.records import Finding, NotChecked, RunData

NOISE = "how much noise each batch gets hides what a denoiser learns: evaluate with fixed noise and fixed timesteps"
MIN = 5
CLOSE = 0.03
MAX_CLASSES = 1000


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A loss that stays at its start."""
    view = view_of(data)
    if not view.losses or max(t.n for t in view.losses) < MIN:
        yield NotChecked("not_learning", ("train_loss",), f"fewer than {MIN} finite loss values")
        return
    if tests_rates(view):
        yield NotChecked("not_learning", ("train_loss",), SEARCH)
        return
    if view.hides_learning:
        yield NotChecked("not_learning", ("eval_loss",), NOISE)
        return
    if not view.stuck or find_blowup(data) is not None:
        return
    trace = view.losses[-1]
    prior = None if trace.series.family == "perplexity" else _prior(trace.end)
    at = f", the level of guessing among {prior} classes" if prior else ""
    summary = (
        f"{trace.series.metric} is at {trace.start:.4g} at the start and {trace.end:.4g} at the end{at}: less than"
        f" {STUCK.of(data):.0%} was"
        " learned in the whole run."
    )
    fix = (
        "Overfit one batch of 16 rows without regularisation. If that fails check labels, the loss's inputs (logits,"
        " not softmax),"
        f" gradients that are None, and the optimizer's parameters; if it works try the learning rate{_rates(view)}."
    )
    points = tuple(e for t in view.losses for e in t.evidence(0, t.n // 2, t.n - 1))
    yield finding("not_learning", "critical", 0.9, trace.series, summary, points, fix)


def _prior(level: float) -> int | None:
    """The number of classes whose uniform guess has this loss, or None."""
    if not 0.6 < level < np.log(MAX_CLASSES):
        return None
    k = round(float(np.exp(level)))
    return k if k >= 2 and abs(level - np.log(k)) < CLOSE * np.log(k) else None


def _rates(view: View) -> str:
    lr = view.peak_lr
    return f" ({10 * lr:g} and {lr / 10:g} instead of {lr:g})" if lr else " times 10 and over 10"


DETECTOR = Detector(
    "not_learning",
    "Nothing is learned",
    "critical",
    (("train_loss", "eval_loss"),),
    detect,
    essential=True,
    least_steps=TO_LEARN,
    thresholds=(STUCK,),
)
