"""Unit change: a metric of this run is in another unit than under the same name in the other runs.

## What it looks for
Scores that are shares of one here and percent in most runs of the project (or the other way round), and times, memory
or throughput whose level differs by a factor near 1,000 (1,024) or 60 from all other runs. It is a remark.

## Why it matters
Every comparison, average and plot over the runs is wrong by that factor, and a threshold (early stopping, best
checkpoint) set for one unit fails in the other.

## When it is wrong
A model a thousand times larger is a thousand times slower without any change of unit.

## How to confirm
Print the metric once by hand; look at what changed in the logging code between the runs.

## What to change
- One unit per name, written into the name: `val/acc_percent`, `step_ms`, `mem_gb`.
- torchmetrics and Keras give shares of one; timm and fairseq print percent: convert at the place of logging.
- PyTorch: torchmetrics as they are; HF: `compute_metrics` returns shares, `{"accuracy": 0.91}`.

## Source
Sculley et al. 2015, "Hidden technical debt in machine learning systems"; torchmetrics docs, `Accuracy`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import finding, trace_of
from tools.records import Finding, MetricSummary, NotChecked, RunData, Series

FEWEST = 2
SHARES = frozenset({"accuracy", "balanced_accuracy", "f1", "precision", "auc", "overlap", "error_rate"})
MEASURES = ("step_time", "data_time", "throughput", "memory")
FACTORS = (1000.0, 1024.0, 60.0)
NEAR = Threshold(
    "unit_change", "near", 1.3, 1.01, 3, "times",
    "the factor to the other runs is within so many times of that of a unit",
    "units lie further apart",
)  # fmt: skip


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Names that mean another unit elsewhere."""
    for name, series in data.series.items():
        if series.family not in SHARES and series.role not in MEASURES:
            continue
        others = [s.metrics[name] for s in data.siblings if name in s.metrics]
        trace = trace_of(series, 2)
        if trace is None or len(others) < FEWEST:
            continue
        factor = _percent(series, others) or _factor(series, others, NEAR.of(data))
        if factor is None:
            continue
        theirs = float(np.median([m.max for m in others if m.max is not None]))
        summary = (
            f"{name} goes up to {trace.y.max():.4g} here and to {theirs:.4g} in the other runs: another unit, off by a"
            f" factor of {factor:g}."
        )
        fix = (
            f"Log {name} in one unit in all runs, write the unit into its name, and scale this run's values to compare."
        )
        points = trace.evidence(int(np.argmax(trace.y)), int(np.argmin(trace.y)), trace.n - 1)
        yield finding("unit_change", "info", 0.7, series, summary, points, fix)
        return


def _percent(series: Series, others: list[MetricSummary]) -> float | None:
    if series.family not in SHARES:
        return None
    mine = _as_percent(float(series.curve.finite.y.max()))
    theirs = {_as_percent(m.max) for m in others if m.max is not None}
    return 100.0 if len(theirs) == 1 and mine is not None and theirs == {not mine} else None


def _as_percent(top: float | None) -> bool | None:
    if top is None or top > 100.5:
        return None
    return top > 1.5


def _factor(series: Series, others: list[MetricSummary], near: float) -> float | None:
    if series.role not in MEASURES:
        return None
    mine = float(np.median(series.curve.finite.y))
    theirs = [math.sqrt(m.min * m.max) for m in others if m.min is not None and m.max is not None and m.min > 0]
    if mine <= 0 or len(theirs) < FEWEST or max(theirs) > 5 * min(theirs):
        return None
    ratio = max(mine / float(np.median(theirs)), float(np.median(theirs)) / mine)
    return next((f for f in FACTORS if f / near <= ratio <= f * near), None)


DETECTOR = Detector("unit_change", "A metric changed its unit", "info", (), detect, thresholds=(NEAR,))
