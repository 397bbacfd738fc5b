"""Repeated spikes: jumps of the loss that pass, but come back again and again.

## What it looks for
Four or more short spikes (three in logs of fewer than 100 points) over a calm base line: each at least eight robust
sigmas and half the level high, well above the heavy tail of the ordinary noise, spread over a quarter of the run or
more.

## Why it matters
Each spike costs the steps it takes to recover, and one of them may be the one that does not. Something in the data or
the step size keeps producing them: a bad shard, outlier rows, a learning rate at the edge of stability.

## When it is wrong
Batch sizes of one to a few rows give a loss that is all spikes; that is `batch_too_small` and left alone here. A loss
logged from several tasks in turn can look spiky without being so. Rows or tasks that are added
in stages (a curriculum) jump and recover in the same way: those that begin where a logged stage does are not counted.

## How to confirm
List the batches at the spikes: the same files or rows point to the data; spikes at any batch, with a rising gradient
norm before them, point to the learning rate. Regular distances point to the loader or to an evaluation that leaves its
mark.

## What to change
- Clip the gradient norm at 1.0 and lower the learning rate by 2.
- Inspect the rows of those batches; filter or clip outliers; use a robust loss (Huber) for regression.
- Adam: beta2 0.95 to 0.99, epsilon 1e-6.
- PyTorch `clip_grad_norm_(model.parameters(), 1.0)`, `nn.HuberLoss(delta=1.0)`; Keras `Adam(clipnorm=1.0)`, `Huber()`;
  HF `TrainingArguments(max_grad_norm=1.0, adam_beta2=0.98)`.

## Source
Molybog et al. 2023, "A theory on Adam instability in large-scale machine learning"; Takase et al. 2023, "Spike no
more".
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.detectors._base import Detector, Threshold
from tools.detectors._settings import setting_changed
from tools.detectors._spikes import MIN_CURVE, Spike, spikes
from tools.detectors._view import Trace, View, finding, view_of, where
from tools.records import Finding, NotChecked, RunData

MANY = Threshold(
    "repeated_spikes", "times", 4, 2, 1000, "times",
    "the loss spikes at least so many times (one less is enough below 100 points)", "up to three are an episode",
)  # fmt: skip
SHORT = 100
RISING = 2
"""So many points before its top a spike may begin."""
SPREAD = 0.25
"""From the first to the last spike at least a quarter of the run: a single episode of trouble is no repetition."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Spikes that come back."""
    view = view_of(data)
    trace = view.train
    if trace is None or trace.n < MIN_CURVE:
        reason = f"fewer than {MIN_CURVE} training losses: log the loss of single steps, not epoch means"
        yield NotChecked("repeated_spikes", ("train_loss",), reason)
        return
    found = [one for one in spikes(trace) if not _staged(view, trace, one)] if view.supervised else []
    if len(found) < MANY.of(data) - (trace.n < SHORT):
        return
    first, last = trace.x[found[0].index], trace.x[found[-1].index]
    if last - first < SPREAD * (trace.x[-1] - trace.x[0]):
        return
    top = max(found, key=lambda s: s.value)
    lr = view.peak_lr
    summary = (
        f"{trace.series.metric} spikes {len(found)} times between {where(trace.series, float(first))} and"
        f" {where(trace.series, float(last))}, up to {top.value:.4g} from a level of {top.base:.4g}, and recovers"
        " each time."
    )
    fix = (
        "Clip the gradient norm at 1.0, look at the rows of the batches at the spikes (outliers, wrong labels, one"
        " bad shard)"
        + (f", and lower the learning rate from {lr:g} to {lr / 2:.2g}." if lr else ", and halve the learning rate.")
    )
    points = trace.evidence(*(s.index for s in found[:6]), top.index)
    yield finding("repeated_spikes", "warning", 0.85, trace.series, summary, points, fix, float(first))


def _staged(view: View, trace: Trace, spike: Spike) -> bool:
    """Whether a stage that is logged begins where the loss goes up: of a curriculum, of a longer sequence."""
    return any(setting_changed(view, trace, i) for i in range(max(1, spike.index - RISING), spike.index + 1))


def times(data: RunData) -> float | None:
    """How often the training loss spikes."""
    trace = view_of(data).train
    return None if trace is None else float(len(spikes(trace)))


DETECTOR = Detector(
    "repeated_spikes",
    "The loss spikes again and again",
    "warning",
    (("train_loss",),),
    detect,
    thresholds=(MANY,),
    measures={"times": times},
)
