"""Learning rate too low: the loss is still on its way down when the run ends, because each step is far too small.

## What it looks for
A loss that falls steadily, has removed little of itself (less than a third), is not flat at the end, and a learning
rate far below what is usual for the optimizer. Where no rate is known: a loss that has hardly moved and yet falls from
evaluation to evaluation in a nearly straight line, or one that has done less than 40% of its way at an even pace. And a
loss that is still falling when another run of the project, set alike but for a rate of three times or more (and no less
weight decay), came far lower in the same time; a remark where it still made 40% of that one's way.

## Why it matters
The run would need many times its length. The same budget with a larger rate reaches what this one never will.

## When it is wrong
Fine-tuning a pretrained model works with rates of 1e-5; there the loss falls fast at first and levels off, which is
not reported. A run that was stopped early by hand looks slow too.

## How to confirm
200 steps each with the rate times 3, 10, 30: take the largest one whose loss falls fastest without breaking.

## What to change
- Multiply the rate by 10 to 100 (usual: Adam 3e-4 to 3e-3, SGD with momentum 0.01 to 0.1).
- Check that the schedule does not scale it down (warm-up longer than the run, a multiplier applied twice).
- Lightning `Tuner(trainer).lr_find(model)` draws the sweep; PyTorch `opt.param_groups[0]["lr"] *= 10`; Keras
  `model.optimizer.learning_rate = 1e-3`; HF `TrainingArguments(learning_rate=1e-3)`.

## Source
Bengio 2012, "Practical recommendations", 3.1; Smith 2017, "Cyclical learning rates" (range test).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import TO_LEARN, Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._pace import StepSize, after_share, early_decay, falling, late_share, step_size
from tools.detectors._rates import FAR_BEHIND, Faster, faster_twin, read_of_rates
from tools.detectors._view import STUCK, Trace, View, finding, view_of
from tools.records import Finding, NotChecked, RunData, Severity

LITTLE = Threshold(
    "lr_too_low", "removed", 0.35, 0.01, 0.95, "share",
    "with a tiny rate, less than this share of the loss was removed",
    "about a third of the loss, where a sane rate removes most of it",
)  # fmt: skip
"""Share of the loss removed, with a tiny rate."""
HALF, UNDIMINISHED = 0.6, 0.4
"""With a tiny rate also: less than 60% removed, and the last quarter at 40% of the mean pace or more."""
PARTWAY = 0.4
STRAIGHT = 0.45
"""Pace of the last quarter over the mean pace."""
EARLY, SPREAD_OUT = 0.3, 0.25
"""A quarter of all improvement, or more, came after the first 30% of the run: fine-tuning at such rates is done by
then."""
ENOUGH = 20
"""Fewer points at an even pace, of a rate that nobody logs, belong to a run that was short rather than slow."""
MONOTONE = 0.9
"""Share of evaluations that are below the one before."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Slow and steady decline."""
    view = view_of(data)
    trace = view.eval if view.eval is not None and view.eval.n >= 6 else view.train
    if trace is None or trace.n < 6:
        yield NotChecked("lr_too_low", ("train_loss", "learning_rate"), "fewer than 6 finite loss values")
        return
    if not view.supervised or find_blowup(data) is not None or early_decay(view) is not None:
        return
    size = step_size(view)
    faster = faster_twin(view, trace)
    severity: Severity = "warning"
    sign = None if faster is None else (_behind(trace, faster), 0.8)
    if faster is None or faster.share >= FAR_BEHIND:
        fresh = not (view.config.pretrained and not size.tiny) and not view.good_already
        # A model that was good before has most of its way behind it.
        plain = _symptom(view, trace, size) if fresh else None
        severity = "warning" if plain else "info"
        sign = plain or sign
    if sign is None:
        return
    text, confidence = sign
    rate = f"; the learning rate is {size.text}" if size.known else "; the learning rate is not logged"
    fix = _fix(view, None if faster is None else faster.rate)
    points = trace.evidence(0, trace.n // 2, trace.n - 1)
    yield finding("lr_too_low", severity, confidence, trace.series, text + rate + ".", points, fix)


def _behind(trace: Trace, faster: Faster) -> str:
    way = f"{trace.series.metric} is still falling at {trace.end:.4g}, from {trace.start:.4g}"
    alike = f"with a rate of {faster.rate:g}, as much weight decay or more and else the same settings"
    return f"{way}; {faster.name}, {alike}, got to {faster.last:.4g} in the same time"


def _fix(view: View, shown: float | None) -> str:
    """shown: the rate with which another run got further."""
    lr = view.peak_lr
    if not lr:
        return (
            "Raise the learning rate by 10 (try 3, 10 and 30 times for 200 steps each, keep the fastest), and log it."
        )
    if shown is not None:
        return f"Raise the learning rate from {lr:g} to {shown:g}, with which the other run came further."
    return (
        f"Raise the learning rate from {lr:g} to {_target(view, lr):.2g} (try 3, 10 and 30 times for 200 steps each"
        " and keep the fastest)."
    )


def _symptom(view: View, trace: Trace, size: StepSize) -> tuple[str, float] | None:
    if size.high or view.hides_learning:
        return None
    removed = (trace.start - trace.end) / trace.scale
    name, way = trace.series.metric, f"from {trace.start:.4g} to {trace.end:.4g}"
    moving = falling(trace) and after_share(view, EARLY) >= SPREAD_OUT
    if size.tiny and removed < LITTLE.of(view.data) and (moving or removed < STUCK.of(view.data)):
        creeps = f"{name} creeps {way}, after {EARLY:.0%} of the run most of the way was still to go"
        return (creeps, 0.85) if moving else (f"{name} hardly moves in the whole run ({way})", 0.6)
    if size.tiny and removed < HALF and all(falling(t) and late_share(t) >= UNDIMINISHED for t in view.losses):
        return f"{name} falls {way} at a pace that hardly slackens to the end", 0.75
    if removed < STUCK.of(view.data) and _straight_down(trace):
        return f"{name} has hardly moved ({way}) but goes down at every evaluation", 0.6
    slow = [t for t in view.losses if t.n >= 8] if max(t.n for t in view.losses) >= ENOUGH else []
    if (
        slow
        and not size.known
        and removed < PARTWAY
        and all(falling(t) and _even(t) for t in slow)
        and late_share(trace) >= STRAIGHT
    ):
        return f"{name} falls at an even pace {way} and is not done", 0.55
    return None


def _even(trace: Trace) -> bool:
    """Half of the way, or more, came after the first 30% of the run; what learns quickly has most of it behind it."""
    k = int(EARLY * trace.n)
    early = float(np.median(trace.smooth[k : k + max(1, trace.n // 20)]))
    return early - trace.end >= 0.5 * (trace.top - trace.end)


def _straight_down(trace: Trace) -> bool:
    down = float(np.mean(np.diff(trace.y) < 0))
    return trace.n >= 6 and down >= MONOTONE and late_share(trace) >= STRAIGHT


def _target(view: View, lr: float) -> float:
    usual = 1e-3 if view.config.adaptive else 0.1 * (1.0 - view.config.momentum)
    return max(10 * lr, min(usual, 100 * lr))


DETECTOR = Detector(
    "lr_too_low",
    "Learning rate too low",
    "warning",
    (("train_loss", "eval_loss"),),
    detect,
    least_steps=TO_LEARN,
    thresholds=(LITTLE,),
    reads=read_of_rates,
)
