"""Bad resume: after a restart the loss steps up, because the wrong checkpoint or an incomplete one was loaded.

## What it looks for
A lasting step up of the loss at a seam: the config names a checkpoint to resume from, the log speaks of one, the clock
has a gap or steps repeat there, or the curve after the step runs through the same levels at the same pace as earlier
in the run, which is what training from an old checkpoint looks like.

## Why it matters
The work between the loaded checkpoint and the interruption is done twice. With lost optimizer state the run may never
get back to where it was; with the wrong weights the result is not what the log says it is.

## When it is wrong
Resuming with other data or another objective steps the loss up by design. Steps that repeat at the seam without a step
in the loss are an ordinary resume and not reported.

## How to confirm
Compare the step stored in the checkpoint with the step of the seam; evaluate the loaded weights before the first
update: the loss must equal the last one before the interruption.

## What to change
- Save and load everything: `{"model": model.state_dict(), "optimizer": opt.state_dict(), "scheduler":
  sched.state_dict(), "scaler": scaler.state_dict(), "step": step, "rng": torch.get_rng_state()}`.
- Load the newest checkpoint by step, not by name order ("epoch_9" sorts after "epoch_10"); HF:
  `trainer.train(resume_from_checkpoint=True)`.
- Load with `strict=True`, and fail when keys are missing.
- Keras `fit(..., callbacks=[BackupAndRestore("backup")])` restores weights, optimizer and epoch; `save_weights` alone
  does not.

## Source
PyTorch tutorial "Saving and loading a general checkpoint"; Hugging Face Trainer docs, resume_from_checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.detectors._base import Detector
from tools.detectors._blowup import find_blowup
from tools.detectors._restart import clock_gap, repeated_positions, replays, told_of_resume
from tools.detectors._spikes import Jump, jump
from tools.detectors._view import Trace, View, finding, view_of, where
from tools.detectors.loss_spike import is_restart
from tools.records import Finding, NotChecked, RunData

FRESH = 0.8
"""Fresh weights lose what untrained ones lose, give or take a fifth."""
CAUGHT_UP = 0.04
"""From there the way down takes a twenty-fifth of the run at least, or it was a spike."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Lasting jumps at a seam."""
    view = view_of(data)
    trace = view.train or view.eval
    if trace is None or trace.n < 8:
        yield NotChecked("bad_resume", ("train_loss",), "fewer than 8 finite loss values around a possible seam")
        return
    if not view.supervised or find_blowup(data) is not None:
        return
    step = jump(trace, view) or _begun_anew(trace, view)
    if step is None or not is_restart(view, trace, step):
        return
    onset = float(trace.x[step.index])
    told = told_of_resume(view)
    repeats = replays(trace, step)
    signs = _signs(trace, step.index, told, repeats)
    summary = (
        f"{trace.series.metric} steps up from {step.before:.4g} to {step.after:.4g} at {where(trace.series, onset)}"
        " and starts over:"
        f" {signs}."
    )
    fix = (
        f"Resume from the newest checkpoint before {where(trace.series, onset)}"
        f" ({told or 'check which file was loaded'}); save and load"
        " model, optimizer, scheduler, scaler and step together, e.g."
        ' torch.save({"model": ..., "optimizer": ..., "scheduler": ...,'
        ' "step": step}), and assert that the first loss after loading equals the last one before.'
    )
    confidence = 0.6 + 0.2 * repeats + 0.15 * bool(told)
    yield finding("bad_resume", "critical", confidence, trace.series, summary, step.evidence, fix, onset)


def _begun_anew(trace: Trace, view: View) -> Jump | None:
    """A jump up to where the run began that goes the whole way down again, however soon it has caught up."""
    step = jump(trace, view, CAUGHT_UP)
    return step if step and step.after > FRESH * trace.top and replays(trace, step) else None


def _signs(trace: Trace, index: int, told: str, repeats: bool) -> str:
    signs = [told] if told else []
    if repeats:
        signs.append("the curve repeats its own beginning from there")
    if clock_gap(trace, index):
        signs.append("the clock has a gap there")
    if repeated_positions(trace, index):
        signs.append("steps are logged twice around it")
    return ", ".join(signs)


DETECTOR = Detector(
    "bad_resume", "A resume lost the state of the run", "critical", (("train_loss", "eval_loss"),), detect
)
