"""Divergence: the loss blows up and does not come back.

## What it looks for
A loss that climbs away from its best level until it is NaN or infinite, or that ends at least a quarter of its start
level above where it started and stays there. The onset is where the climb begins, not where the first NaN is printed;
non-finite values are searched in every loss that is logged, and the earliest one counts.

## Why it matters
Nothing after the onset is training. The last good weights are from before it, and every later step is wasted.

## When it is wrong
A loss whose definition changes on the way (a KL weight that is annealed up, a curriculum, a task added) can rise
without anything being broken. Losses of GANs and of reinforcement learning are left out, because they rise in healthy
runs too.

## How to confirm
Plot the loss with the gradient norm and the learning rate around the onset. If the gradient norm jumps first, the step
size is to blame; if it is calm, look for a bad batch or an overflow. Restart from the last checkpoint before the onset
with a third of the learning rate.

## What to change
- Lower the learning rate by 3 to 10, and ramp it up: `torch.optim.lr_scheduler.LinearLR(opt, 0.01, 1.0,
  total_iters=200)`.
- Clip: `torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)`; Keras `optimizer(clipnorm=1.0)`; HF
  `max_grad_norm=1.0`.
- In mixed precision try bf16, or keep softmax, norms and losses in float32.

## Source
Goodfellow, Bengio, Courville, Deep Learning (2016), 8.2.4 and 11.4; Chowdhery et al. 2022 (PaLM), 5.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.detectors._base import Detector
from tools.detectors._blowup import FAR_ABOVE, LOSS_ROLES, Blowup, checkable, find_blowup
from tools.detectors._pace import SEARCH, tests_rates
from tools.detectors._view import finding, view_of, where
from tools.records import Finding, NotChecked, RunData


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Blow-ups that climbed; sudden NaN is `nan_loss`."""
    if not checkable(data):
        yield NotChecked("divergence", ("train_loss",), "fewer than 4 finite values of any loss")
        return
    if tests_rates(view_of(data)):
        yield NotChecked("divergence", ("train_loss",), SEARCH)
        return
    blowup = find_blowup(data)
    if blowup is not None and blowup.kind == "divergence":
        confidence = 0.97 if blowup.first_bad is not None else 0.85
        yield finding(
            "divergence",
            "critical",
            confidence,
            blowup.series,
            _summary(blowup),
            blowup.before,
            _fix(data, blowup),
            blowup.onset,
        )


def _summary(b: Blowup) -> str:
    name, onset = b.series.metric, where(b.series, b.onset)
    if b.best is None:
        at = where(b.series, b.first_bad or b.onset)
        return f"{name} is not finite from {at} on: the run blew up in its first steps."
    end = "" if b.first_bad is None else f" and is not finite from {where(b.series, b.first_bad)} on"
    peak = "" if b.peak is None else f", up to {b.peak:.4g}"
    return f"{name} climbs from {onset} on{peak} (best before: {b.best:.4g}){end}; it never comes back."


RAN_AWAY = 10.0
"""A rate that begins at what it was set to and grows to ten times that is a fault of the schedule."""


def _fix(data: RunData, b: Blowup) -> str:
    view = view_of(data)
    lr, told = view.lr_until(b.series, b.onset), view.config.learning_rate
    if lr is None:
        return "Restart from a checkpoint before the onset with a tenth of the learning rate, a warm-up and clipping."
    if told and view.lr is not None and float(view.lr.y[0]) < 2.0 * told < RAN_AWAY * told < lr:
        return (
            f"Mend the schedule: the learning rate is set to {told:g} and had grown to {lr:.3g} by then. Hold it at"
            f" {told:g} or below, and restart from a checkpoint before the onset."
        )
    return (
        f"Lower the learning rate from {lr:g} to {lr / 10:.2g} (at most {lr / 3:.2g}), warm it up over the first 200"
        " steps or 2% of"
        " the run, clip the gradient norm at 1.0, and restart from a checkpoint before the onset."
    )


DETECTOR = Detector(
    "divergence", "The loss diverges", "critical", (LOSS_ROLES,), detect, essential=True, thresholds=(FAR_ABOVE,)
)
