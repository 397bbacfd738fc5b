"""Loss spike: one jump of the loss that the run does not recover from.

## What it looks for
A step up, within a few points, that undoes at least a fifth of what had been learned, stands clear of the noise, shows
in the evaluation loss too where that is logged, and lasts for at least a tenth of the run. Spikes that are gone within
a few points are reported as a remark only.

## Why it matters
The weights were thrown out of the region they had found; what follows is a second training from a worse start, often
with dead units or stale optimizer moments, and rarely gets back in the time that is left.

## When it is wrong
A change of the objective (a new loss term, a harder curriculum, stronger augmentation) steps the loss up on purpose.
Where a logged setting (a stage, a sequence length, a weight of a term) changes at that very point, or the evaluation
does not see the jump, it is a remark only; log such settings.

## How to confirm
Look at the gradient norm and the batch at the onset. Restart from the checkpoint before it with the next batches
skipped: if it trains on calmly, a few batches were to blame; if it jumps again, the step size is.

## What to change
- Restart from a checkpoint about 100 steps before the jump and skip the batches around it.
- Clip the gradient norm at 1.0, lower the learning rate by 2 to 3, lower Adam's beta2 from 0.999 to 0.95.
- `torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)` and `AdamW(betas=(0.9, 0.95))`; Keras `AdamW(beta_2=0.95,
  clipnorm=1.0)`; HF `TrainingArguments(adam_beta2=0.95, max_grad_norm=1.0)`.

## Source
Chowdhery et al. 2022 (PaLM), 5.1: restarts with skipped batches; Takase et al. 2023, "Spike no more".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.amounts import counted
from tools.detectors._base import Detector
from tools.detectors._blowup import find_blowup
from tools.detectors._restart import clock_gap, repeated_positions, replays, told_of_resume
from tools.detectors._settings import setting_changed
from tools.detectors._spikes import UNDONE, Jump, jump, spikes
from tools.detectors._view import Trace, View, finding, trace_of, view_of, where
from tools.records import Finding, NotChecked, RunData, Severity

LEAP = 5.0
"""A gradient norm of five times its level belongs to a mishap."""
SURE = 20
"""In a curve of fewer points the loss of single batches may lie that far apart: something else must have seen it."""
FEW = 3
"""Up to three spikes that pass are a remark; more of them are `repeated_spikes`."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Lasting jumps that are no restart, and a remark on spikes that passed."""
    view = view_of(data)
    trace = view.train or view.eval
    if trace is None or trace.n < 8:
        yield NotChecked(
            "loss_spike", ("train_loss",), "fewer than 8 finite loss values: a jump cannot be told from the curve"
        )
        return
    if not view.supervised or find_blowup(data) is not None:
        return
    step = jump(trace, view)
    if step is not None and trace.n < SURE and not _seen_elsewhere(view, trace, step):
        return
    if step is not None and not is_restart(view, trace, step):
        yield _lasting(trace, step, view)
    elif step is None:
        yield from _passed(trace)


def is_restart(view: View, trace: Trace, step: Jump) -> bool:
    """Whether a jump is the seam of a restart: something says so, and the curve repeats itself or starts over."""
    told = bool(told_of_resume(view)) or clock_gap(trace, step.index) or repeated_positions(trace, step.index)
    return replays(trace, step) or told


def _lasting(trace: Trace, step: Jump, view: View) -> Finding:
    onset = float(trace.x[step.index])
    lr = view.peak_lr
    rate = "a third of the learning rate" if lr is None else f"learning rate {lr / 3:.2g} instead of {lr:g}"
    summary = (
        f"{trace.series.metric} jumps from {step.before:.4g} to {step.after:.4g} at {where(trace.series, onset)} and "
        + (
            f"needs {step.lasting:.0%} of the run to get back."
            if step.recovered
            else f"never gets back (ends at {trace.end:.4g})."
        )
    )
    fix = (
        f"Restart from the last checkpoint before {where(trace.series, onset)}, skip the batches around it, clip the"
        " gradient norm at"
        f" 1.0 and go on with {rate}."
    )
    change = setting_changed(view, trace, step.index)
    if change:
        summary = f"{summary} {change}: another objective or other data, not a mishap."
    severity = "info" if change else _severity(view, trace, step)
    confidence = 0.85 if _seen_elsewhere(view, trace, step) else 0.65
    return finding("loss_spike", severity, confidence, trace.series, summary, step.evidence, fix, onset)


def _severity(view: View, trace: Trace, step: Jump) -> Severity:
    """A training loss that came back may have met harder rows or a new objective, unless an evaluation jumped too."""
    if not step.recovered:
        return "critical"
    return "warning" if _judged_beside(view, trace) else "info"


def _judged_beside(view: View, trace: Trace) -> bool:
    return view.eval is not None and view.eval is not trace and view.eval.series.axis == trace.series.axis


def _seen_elsewhere(view: View, trace: Trace, step: Jump) -> bool:
    """Whether anything but this loss speaks of a mishap: an evaluation (it must have seen the jump), or gradients that
    leap and come down again, when those of a new objective stay."""
    if _judged_beside(view, trace):
        return True
    norm = trace_of(view.data.main("grad_norm"), 8)
    if norm is None or norm.series.axis != trace.series.axis:
        return False
    at = norm.index(float(trace.x[step.index]))
    near = float(norm.y[max(0, at - 2) : at + 3].max())
    return near > LEAP * float(np.median(norm.y[max(0, at - 20) : max(1, at - 2)])) and near > 2.0 * norm.end


def _passed(trace: Trace) -> Iterator[Finding]:
    found = spikes(trace)
    if not 1 <= len(found) <= FEW:
        return
    top = max(found, key=lambda s: s.value)
    onset = float(trace.x[found[0].index])
    summary = (
        f"{trace.series.metric} spikes {counted(len(found), 'time')}, at most to {top.value:.4g} from {top.base:.4g} at"
        f" {where(trace.series, float(trace.x[top.index]))}, and recovers."
    )
    points = trace.evidence(max(0, top.index - 1), top.index, min(trace.n - 1, top.index + 2))
    fix = "Nothing needs to change; gradient clipping at 1.0 would make such spikes smaller."
    yield finding("loss_spike", "info", 0.8, trace.series, summary, points, fix, onset)


DETECTOR = Detector(
    "loss_spike",
    "The loss jumps and stays up",
    "critical",
    (("train_loss", "eval_loss"),),
    detect,
    thresholds=(UNDONE,),
)
