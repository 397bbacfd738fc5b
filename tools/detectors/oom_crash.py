"""Out of memory: the run was killed because memory ran out.

## What it looks for
Words of an out-of-memory error in the log (CUDA out of memory, oom-kill, MemoryError, Killed), or a memory curve that
grew without end together with a log that stops before the planned number of steps or epochs.

## Why it matters
The run is incomplete, and it will die at the same place again.

## When it is wrong
A log that was copied while the run was still going stops early too; then the memory curve alone does not prove a
crash.

## How to confirm
`dmesg | grep -i oom`, `sacct -j JOB --format=State,MaxRSS`, exit code 137; `torch.cuda.memory_summary()` just before
the onset.

## What to change
- Growing memory: see `memory_leak`.
- Peak too high from the start: halve the batch and double `gradient_accumulation_steps`, bf16, activation
  checkpointing (PyTorch `torch.utils.checkpoint`, HF `model.gradient_checkpointing_enable()`), bucket by length,
  `PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True`.
- Save checkpoints more often and resume.
- HF `TrainingArguments(per_device_train_batch_size=4, gradient_accumulation_steps=8, gradient_checkpointing=True,
  bf16=True)`; Keras `keras.mixed_precision.set_global_policy("mixed_bfloat16")` and half the `batch_size`.

## Source
PyTorch docs, "CUDA semantics: memory management"; Linux kernel docs, the OOM killer.
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.detectors._base import Detector
from tools.detectors._ending import cut_short, ending, of_memory, quoted
from tools.detectors._view import Trace, finding, trace_of, view_of, where
from tools.detectors.memory_leak import leak
from tools.records import Evidence, Finding, NotChecked, RunData

SMALLER = "Halve the batch size and double gradient_accumulation_steps, use bf16 and gradient checkpointing"


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Deaths by memory."""
    view = view_of(data)
    traces = [t for s in data.with_role("memory") if (t := trace_of(s)) is not None]
    grown = next((t for t in traces if leak(t) is not None), None)
    end, cut = ending(data), cut_short(view)
    told = end is not None and of_memory(end, grown is not None)
    if not told and (grown is None or not cut or end is not None):
        return
    shown = (
        grown
        or (traces[0] if traces else None)
        or view.train
        or trace_of(data.main("eval_loss", "reward", "throughput"), 2)
    )
    if shown is None:
        if told and end is not None:
            summary = f"The run died of memory before its first logged value: {quoted(end)}."
            yield Finding("oom_crash", "critical", 0.95, "", summary, (), f"{SMALLER}.")
        return
    said = f'the log says "{end.text.strip()[:120]}"' if told and end is not None else f"the log stops early ({cut})"
    memory = (
        f"{shown.series.metric} reached {shown.y[-1]:.4g}"
        if shown in traces
        else f"the last point is {shown.series.metric}"
    )
    onset = float(shown.x[-1])
    summary = f"The run died of memory at {where(shown.series, onset)}: {said}; {memory}."
    fix = (
        "Stop the growth first (loss.item() instead of loss, torch.no_grad() in evaluation, bounded buffers)"
        if grown is not None
        else SMALLER
    ) + "; save a checkpoint more often than the time to the crash and resume from it."
    confidence = 0.95 if told else 0.75
    yield finding("oom_crash", "critical", confidence, shown.series, summary, _points(shown), fix, onset)


def _points(shown: Trace) -> tuple[Evidence, ...]:
    return shown.evidence(0, shown.n // 2, shown.n - 1)


DETECTOR = Detector("oom_crash", "Died of memory", "critical", (), detect)
