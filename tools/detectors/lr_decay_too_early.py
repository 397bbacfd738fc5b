"""Decay too early: improvement ends where the schedule has taken the learning rate away.

## What it looks for
A learning rate that is below 2% of its peak for good before half of the run is over (as logged; else as the config of
the schedule implies), and a loss that is flat from there on although it was still falling before.

## Why it matters
The remaining half of the run is spent without moving. Usually the schedule was written for another number of steps:
total steps counted per device, epochs taken for steps, milestones from a shorter recipe.

## When it is wrong
If the loss had levelled off before the rate fell, nothing is lost. Warm restarts bring the rate back and are not
reported.

## How to confirm
Restart from the checkpoint at the onset with the rate it had before: the loss falls again.

## What to change
- Tie the schedule to the run: PyTorch `CosineAnnealingLR(opt, T_max=total_steps)`,
  `total_steps = epochs * len(loader)`;
  nanoGPT `lr_decay_iters = max_iters`; milestones at 60% and 85% of the epochs with gamma 0.1.
- Keep a floor: `min_lr` at a tenth of the peak.
- HF takes the length of the schedule from `num_train_epochs` or `max_steps`: set it to what really runs; Keras
  `CosineDecay(1e-3, decay_steps=epochs * steps_per_epoch, alpha=0.1)`.

## Source
Loshchilov & Hutter 2017 (SGDR); Hoffmann et al. 2022 (Chinchilla), appendix B: a cosine longer or shorter than the run
costs loss.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._pace import Decay, early_decay
from tools.detectors._view import Trace, View, finding, view_of, where
from tools.records import Evidence, Finding, NotChecked, RunData, Series

FLAT = Threshold(
    "lr_decay_too_early", "after", 0.08, 0.001, 0.9, "share",
    "at most this share of all improvement came after the rate was gone",
    "a schedule that fits improves to its end",
)  # fmt: skip
"""Share of all improvement that came after the rate was gone."""
REMOVED = 0.9
"""With nine tenths of the loss removed there was little left to lose."""
SOON, PARTWAY, STRAIGHT = 0.15, 0.6, 0.5
"""A rate that is gone within the first 15% leaves a loss that creeps: its second half falls half as far as its first
or more, when a loss that converges levels off."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A rate that is gone too soon."""
    view = view_of(data)
    trace = view.eval if view.eval is not None and view.eval.n >= 6 else view.train
    if trace is None or trace.n < 6:
        yield NotChecked("lr_decay_too_early", ("train_loss",), "fewer than 6 finite loss values")
        return
    if view.lr is None and view.config.text("lr_scheduler", "scheduler", "sched", "lr_schedule") == "":
        yield NotChecked(
            "lr_decay_too_early", ("learning_rate",), "neither the learning rate nor its schedule is logged"
        )
        return
    decay = early_decay(view)
    if decay is None or not view.supervised or not _flat_after(view, decay):
        return
    onset = decay.x if decay.x is not None else float(trace.x[0] + decay.tenth * (trace.x[-1] - trace.x[0]))
    at = where(trace.series, onset)
    summary = (
        f"The learning rate falls {decay.text} within the first {decay.gone:.0%} of the run (a tenth of its peak at"
        f" {at}), and"
        f" {trace.series.metric} is flat from there on (ends at {trace.end:.4g})."
    )
    peak = view.peak_lr
    fix = (
        "Stretch the schedule to the length of the run (T_max or lr_decay_iters = total steps; milestones at 60% and"
        " 85%)" + (f" and keep a floor of {peak / 10:.2g}." if peak else " and keep a floor of a tenth of the peak.")
    )
    confidence = 0.9 if decay.x is not None and view.lr is not None else 0.7
    yield finding(
        "lr_decay_too_early", "critical", confidence, _axis(view, trace), summary, _points(view, trace), fix, onset
    )


def _axis(view: View, trace: Trace) -> Series:
    lr = view.data.main("learning_rate")
    return lr if view.lr is not None and lr is not None else trace.series


def _points(view: View, trace: Trace) -> tuple[Evidence, ...]:
    shown = trace.evidence(0, trace.n // 3, trace.n - 1)
    lr = view.lr
    if lr is None:
        return shown
    name = _axis(view, trace).metric
    low = int(np.flatnonzero(lr.y <= 0.1 * lr.y.max())[0]) if bool((lr.y <= 0.1 * lr.y.max()).any()) else 0
    return (
        tuple(
            Evidence(name, float(lr.x[i]), float(lr.y[i])) for i in sorted({int(np.argmax(lr.y)), low, len(lr.y) - 1})
        )
        + shown
    )


def _flat_after(view: View, decay: Decay) -> bool:
    """Hardly any improvement came after the rate was gone, and there was something left to gain."""
    for t in view.losses:
        k = min(int(decay.gone * (t.n - 1)) + 1, t.n - 1)
        total = max(view.way, 0.02 * t.scale)
        level = float(np.median(t.smooth[k : k + max(1, t.n // 10)]))
        if level - t.end > FLAT.of(view.data) * total + 3.0 * t.sigma * np.sqrt(2.0 / max(3, t.n // 10)):
            return _creeps(view, decay)
    gains = [(t.start - t.end) / t.scale for t in view.losses]
    return max(gains) < REMOVED


def _creeps(view: View, decay: Decay) -> bool:
    """Whether the losses only creep on in a straight line once the rate is gone, with most of them left."""
    if decay.gone > SOON or max(t.gain for t in view.losses) > PARTWAY:
        return False
    for t in view.losses:
        after = t.smooth[min(int(decay.gone * t.n) + 1 + t.n // 20, t.n - 1) :]
        first, second = (float(part[0] - part[-1]) for part in (after[: len(after) // 2 + 1], after[len(after) // 2 :]))
        if len(after) < 6 or second < STRAIGHT * first - 2.0 * t.blur:
            return False
    return True


DETECTOR = Detector(
    "lr_decay_too_early",
    "Learning rate decays too early",
    "critical",
    (("train_loss", "eval_loss"),),
    detect,
    thresholds=(FLAT,),
)
