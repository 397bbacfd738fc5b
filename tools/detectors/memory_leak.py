"""Memory leak: memory grows without end.

## What it looks for
A logged memory use that rises steadily through the whole run: at least 15% over its early level, rising at nearly
every look, and in the second half still at no less than a third of the pace of the first. Caches that fill up and
level off are not reported.

## Why it matters
The run dies when the machine is full, usually at night and before the checkpoint; long before that it may swap and
slow down.

## When it is wrong
Growing sequences, a replay buffer that is still filling, or data read into memory bit by bit grow by design, up to a
limit.

## How to confirm
Host: `tracemalloc` snapshots 100 steps apart, or `memray`. GPU: `torch.cuda.memory_summary()` at two steps. Run 200
steps with the suspect (logging, metrics) switched off.

## What to change
- Keep numbers, not graphs: `total += loss.item()` (or `loss.detach()`), never `total += loss`.
- Bound histories and buffers; close figures (`plt.close()`); `torch.no_grad()` around evaluation.
- Loader workers over Python lists copy pages on access: use numpy or Arrow arrays.
- HF `eval_accumulation_steps=16` (predictions leave the device in pieces) and `torch_empty_cache_steps=100`; Keras
  `keras.backend.clear_session()` between models, no tensors kept in callbacks.

## Source
PyTorch FAQ, "My model reports cuda runtime error(2): out of memory"; PyTorch issue 13246 (DataLoader and
copy-on-write).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, finding, trace_of
from tools.records import Finding, NotChecked, RunData
from tools.stats import blocks, trend_z

MIN_CURVE = 8
GROWTH = Threshold(
    "memory_leak", "growth", 0.15, 0.01, 100.0, "share",
    "memory grows by at least this share",
    "allocator caches and lazy imports stay below it after the first steps",
)  # fmt: skip
"""Over the level of the early run; allocator caches and lazy imports stay below that after the first steps."""
STILL_GROWING = 0.33
"""The second half grows at a third of the pace of the first or more."""
RISING = 0.8
"""Share of the block medians (up to 12) that are above the one before."""


def leak(trace: Trace, growth: float = GROWTH.default) -> float | None:
    """Growth of a leaking memory curve as a ratio to its early level, or None when it does not leak."""
    if trace.n < MIN_CURVE:
        return None
    start = 1 if trace.n < 40 else trace.n // 40
    x, y = blocks(trace.x[start:], trace.y[start:], 12)
    first, middle, last = float(y[0]), float(y[len(y) // 2]), float(y[-1])
    if first <= 0 or last - first < growth * first:
        return None
    rising = float(np.mean(np.diff(y) > 0))
    halves = (
        (last - middle) / max(float(x[-1] - x[len(y) // 2]), 1e-300),
        (middle - first) / max(float(x[len(y) // 2] - x[0]), 1e-300),
    )
    if rising < RISING or halves[0] < STILL_GROWING * halves[1] or trend_z(trace.y) < 3.0:
        return None
    return last / first


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Memory curves that rise through the whole run."""
    traces = [t for s in data.with_role("memory") if (t := trace_of(s, MIN_CURVE)) is not None]
    if not traces:
        yield NotChecked("memory_leak", ("memory",), f"fewer than {MIN_CURVE} memory readings")
        return
    for trace in traces:
        ratio = leak(trace, GROWTH.of(data))
        if ratio is None:
            continue
        per = (trace.end - float(trace.y[0])) / max(float(trace.x[-1] - trace.x[0]), 1e-300)
        summary = (
            f"{trace.series.metric} grows from {trace.y[0]:.4g} to {trace.y[-1]:.4g} ({ratio:.1f} times) without"
            " levelling off, about"
            f" {per:.3g} per {trace.series.axis}."
        )
        fix = (
            "Accumulate numbers, not graphs (loss.item() or loss.detach()), wrap evaluation in torch.no_grad(), bound"
            " lists, buffers and"
            " histories, and compare two tracemalloc snapshots 100 steps apart to find what grows."
        )
        points = trace.evidence(0, trace.n // 2, trace.n - 1)
        yield finding("memory_leak", "critical", 0.9, trace.series, summary, points, fix)
        return


def growth(data: RunData) -> float | None:
    """By what share the memory that leaks most has grown."""
    traces = [trace_of(s, MIN_CURVE) for s in data.with_role("memory")]
    ratios = [ratio for t in traces if t is not None and (ratio := leak(t, 0.0)) is not None]
    return max(ratios) - 1.0 if ratios else None


DETECTOR = Detector(
    "memory_leak",
    "Memory grows without end",
    "critical",
    (("memory",),),
    detect,
    thresholds=(GROWTH,),
    measures={"growth": growth},
)
