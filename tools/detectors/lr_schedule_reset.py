"""Schedule reset: the learning rate jumps back up in the middle of a run.

## What it looks for
A learning rate that had decayed to a third of its peak or less and then rises threefold or more from one point to the
next, once or twice. Where the log shows a restart there (steps that repeat, a pause, words of a resume) the scheduler
was not restored: a fault. Elsewhere it is a remark. Regular restarts and cycles that the config names are left alone.

## Why it matters
A scheduler that starts over throws a settled model about with its peak rate, loses what the decay had gained, and will
not reach the end of its decay before the run does.

## When it is wrong
A second phase of training with a schedule of its own (fine-tuning after pretraining, a longer context) starts over on
purpose.

## How to confirm
Compare `scheduler.last_epoch` after loading with the step of the checkpoint.

## What to change
- Save and load it: `torch.save({"scheduler": scheduler.state_dict(), ...})`, `scheduler.load_state_dict(...)`; HF
  `trainer.train(resume_from_checkpoint=True)` does; Lightning `trainer.fit(model, ckpt_path="last")`.
- Or set it from the step: `LambdaLR(opt, lambda s: rate(s + start_step))`; Keras schedules follow
  `optimizer.iterations`, which a fresh optimizer sets to 0.

## Source
PyTorch tutorial "Saving and loading a general checkpoint"; Loshchilov & Hutter 2017 (SGDR).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._restart import clock_gap, repeated_positions, told_of_resume
from tools.detectors._spikes import jump
from tools.detectors._view import Trace, View, finding, trace_of, view_of, where
from tools.records import Finding, NotChecked, RunData, Severity
from tools.stats import events

MIN_CURVE = 12
DECAYED = 0.34
UP = Threshold(
    "lr_schedule_reset", "up", 3.0, 1.1, 1e+06, "times",
    "the learning rate jumps up to at least so many times",
    "a lost scheduler goes back to its peak",
)  # fmt: skip
MOST = 2
PLANNED = re.compile(r"restart|cycl|sgdr|warm|1cycle|one.?cycle|plateau")


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A rate that starts over."""
    view = view_of(data)
    rate = trace_of(data.main("learning_rate"), MIN_CURVE)
    if rate is None:
        yield NotChecked("lr_schedule_reset", ("learning_rate",), f"fewer than {MIN_CURVE} learning rates")
        return
    schedule = view.config.text(
        "lr_scheduler", "scheduler", "sched", "lr_schedule", "lr_scheduler_type", "schedule", "lr_decay_style"
    )
    if PLANNED.search(schedule):
        return
    peak = np.maximum.accumulate(rate.y)[:-1]
    before, after = rate.y[:-1], rate.y[1:]
    up = (before <= DECAYED * peak) & (after >= UP.of(data) * before) & (before > 0)
    up[: rate.n // 10] = up[rate.n - 2 :] = False
    jumps = events(up, max(5, rate.n // 20))  # around a seam the steps of both attempts may alternate
    if 1 <= len(jumps) <= MOST:
        yield _finding(view, rate, jumps[0][0] + 1)


def _finding(view: View, rate: Trace, at: int) -> Finding:
    x = float(rate.x[at])
    seam = _seam(view, x)
    damaged = view.train is not None and jump(view.train, view) is not None
    severity: Severity = "warning" if seam and not damaged else "info"
    summary = (
        f"{rate.series.metric} jumps from {rate.y[at - 1]:.3g} back to {rate.y[at]:.3g} at {where(rate.series, x)}"
        + (f", where {seam}: the scheduler was not restored." if seam else ": the schedule starts over.")
    )
    fix = (
        "Save and load scheduler.state_dict() with the model (HF resume_from_checkpoint=True, Lightning ckpt_path), and"
        f" assert after loading that the learning rate is {rate.y[at - 1]:.3g}, not {rate.y[at]:.3g}."
    )
    points = rate.evidence(int(np.argmax(rate.y[:at])), at - 1, at, rate.n - 1)
    return finding("lr_schedule_reset", severity, 0.75, rate.series, summary, points, fix, x)


def _seam(view: View, x: float) -> str:
    """What speaks of a restart at a position, in words; "" when nothing does."""
    trace = view.train or view.eval
    if trace is None or trace.n < MIN_CURVE:
        return ""
    i = trace.index(x)
    if repeated_positions(trace, i):
        return "steps are logged twice"
    if clock_gap(trace, i):
        return "the clock has a gap"
    told = told_of_resume(view)
    return told if told.startswith("the log") else ""


DETECTOR = Detector(
    "lr_schedule_reset", "The schedule starts over", "warning", (("learning_rate",),), detect, thresholds=(UP,)
)
