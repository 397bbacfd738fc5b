"""Data-loader bound: the device waits for its next batch for most of each step.

## What it looks for
A logged time for fetching data beside the time of a step: half of the step or more in the median is waiting (a
remark); two thirds or more is a fault of the pipeline.

## Why it matters
A device that waits two thirds of the time trains at a third of its speed, and costs the same per hour.

## When it is wrong
Asynchronous devices: if the step is timed without a synchronisation, the compute of one step is booked on the data
time of the next. Some loggers count the data time within the step time, some beside it; both are read.

## How to confirm
Train on one batch again and again: if steps become much faster, it is the loader. `torch.profiler` with
`record_function("data")`.

## What to change
- `DataLoader(num_workers=8, pin_memory=True, prefetch_factor=4, persistent_workers=True)`; HF
  `dataloader_num_workers=8`.
- tf.data: `.map(f, num_parallel_calls=tf.data.AUTOTUNE).cache().prefetch(tf.data.AUTOTUNE)`; Keras
  `PyDataset(workers=8, use_multiprocessing=True)`.
- Decode, resize and tokenise once and store the result; shards of 100 MB (WebDataset, MDS) instead of many small
  files; copy remote data to local disk.

## Source
Mohan et al. 2021, "Analyzing and mitigating data stalls in DNN training"; PyTorch performance tuning guide; TensorFlow
guide, "Better performance with the tf.data API".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, finding, trace_of
from tools.records import Finding, NotChecked, RunData, Severity
from tools.roles import words_of

MIN_CURVE = 5
"""A share is no trend: five readings, means over an epoch as a rule, tell it."""
MOST = 0.66
HALF = Threshold(
    "data_loader_bound", "waiting", 0.5, 0.05, 0.99, "share",
    "at least this share of a step is waiting for data (a warning from 0.66 on)",
    "half of the device is idle",
)  # fmt: skip
MILLI = frozenset({"ms", "millis", "milliseconds"})


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Waiting as a share of the step."""
    wait, step = _times(data)
    if wait is None or step is None or wait.series.axis != step.series.axis:
        missing = "data_time" if wait is None else "step_time"
        yield NotChecked("data_loader_bound", (missing,), "log the time to fetch a batch and the time of a step")
        return
    share = _share(wait, step)
    if share is None or share < HALF.of(data):
        return
    severity: Severity = "warning" if share >= MOST else "info"
    summary = (
        f"{wait.series.metric} is {np.median(wait.y):.3g} of a {step.series.metric} of {np.median(step.y):.3g}:"
        f" {share:.0%} of the time the device waits for data."
    )
    fix = (
        f"Raise num_workers to 8 with prefetch_factor=4, pin_memory=True and persistent_workers=True (HF"
        f" dataloader_num_workers=8; tf.data prefetch(AUTOTUNE)); store decoded data: up to {1 / (1 - share):.1f} times"
        " faster."
    )
    points = wait.evidence(wait.n // 2, wait.n - 1) + step.evidence(step.n // 2, step.n - 1)
    yield finding("data_loader_bound", severity, 0.8, wait.series, summary, points, fix)


def waiting(data: RunData) -> float | None:
    """The share of a step that is waiting for data."""
    wait, step = _times(data)
    return None if wait is None or step is None else _share(wait, step)


def _times(data: RunData) -> tuple[Trace | None, Trace | None]:
    return trace_of(data.main("data_time"), MIN_CURVE), trace_of(data.main("step_time"), MIN_CURVE)


def _share(wait: Trace, step: Trace) -> float | None:
    """Median share of waiting in a step, the first tenth left out; None where the two cannot be set against each other.

    Some loggers count the waiting within the step, some beside it: where it exceeds the step it is beside it.
    """
    unit = _milli(wait) / _milli(step)
    skip = wait.n // 10
    steps = np.interp(wait.x[skip:], step.x, step.y)
    ratio = wait.y[skip:] * unit / np.maximum(steps, 1e-300)
    typical = float(np.median(ratio))
    if float(wait.y.min()) < 0 or float(step.y.min()) < 0 or not 0 < typical < 100:
        return None
    return typical if typical <= 1 else typical / (1 + typical)


def _milli(trace: Trace) -> float:
    return 1e-3 if MILLI & set(words_of(trace.series.metric)) else 1.0


DETECTOR = Detector(
    "data_loader_bound",
    "The device waits for data",
    "warning",
    (("data_time",), ("step_time",)),
    detect,
    thresholds=(HALF,),
    measures={"waiting": waiting},
)
