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
SPREAD = 5.0
"""Levels and highest values tell of one unit: the factor shows in both, up to so many times."""
NEAR = Threshold(
    "unit_change", "near", 1.3, 1.01, 3, "times",
    "the factor to the other runs is within so many times of that of a unit",
    "units lie further apart",
)  # fmt: skip


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Names that mean another unit elsewhere."""
    for name, series in data.series.items():
        if not _has_unit(series):
            continue
        others = _others(data, name)
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


def reads(data: RunData) -> object:
    """In which units the others log, and their values where those could be a thousandfold or a sixtieth of ours."""
    mine = data.beside.own.metrics.values() if data.beside else ()
    return [_read(m, _others(data, m.name), NEAR.of(data)) for m in mine if _has_unit(m)]


def _read(mine: MetricSummary, others: list[MetricSummary], near: float) -> object:
    units = sorted(map(str, _units(others))) if mine.family in SHARES else []
    told = (mine.name, units, len(others) < FEWEST)
    tops = [m.max for m in others]
    if len(units) == 1 and units != [str(_as_percent(mine.max))]:
        return told, tops
    theirs = _levels(others) if mine.role in MEASURES else []
    if not theirs or mine.min is None or mine.max is None or mine.max <= 0:
        return told
    level = float(np.median(theirs))
    low, high = mine.min / level, mine.max / level
    least, most = max(low, 1 / high, 1.0), max(high, 1 / low) if low > 0 else math.inf
    return (told, theirs, tops) if any(least <= f * near and f / near <= most for f in FACTORS) else told


def _has_unit(metric: Series | MetricSummary) -> bool:
    return metric.family in SHARES or metric.role in MEASURES


def _others(data: RunData, name: str) -> list[MetricSummary]:
    return [s.metrics[name] for s in data.siblings if name in s.metrics]


def _percent(series: Series, others: list[MetricSummary]) -> float | None:
    if series.family not in SHARES:
        return None
    mine = _as_percent(float(series.curve.finite.y.max()))
    return 100.0 if mine is not None and _units(others) == {not mine} else None


def _units(others: list[MetricSummary]) -> set[bool | None]:
    """Whether they log percent, of each of them."""
    return {_as_percent(m.max) for m in others if m.max is not None}


def _as_percent(top: float | None) -> bool | None:
    if top is None or top > 100.5:
        return None
    return top > 1.5


def _factor(series: Series, others: list[MetricSummary], near: float) -> float | None:
    if series.role not in MEASURES:
        return None
    mine = float(np.median(series.curve.finite.y))
    theirs = _levels(others)
    if mine <= 0 or not theirs:
        return None
    found = next((f for f in FACTORS if f / near <= _apart(mine, theirs) <= f * near), None)
    tops = [m.max for m in others if m.max is not None]
    return found if found and _apart(float(series.curve.finite.y.max()), tops) >= found / SPREAD else None


def _apart(mine: float, theirs: list[float]) -> float:
    """How many times the level of the others, or they of ours."""
    usual = float(np.median(theirs))
    return max(mine / usual, usual / mine) if usual > 0 else math.inf


def _levels(others: list[MetricSummary]) -> list[float]:
    """The level of each; none at all where they are few or do not agree."""
    found = [math.sqrt(m.min * m.max) for m in others if m.min is not None and m.max is not None and m.min > 0]
    return found if len(found) >= FEWEST and max(found) <= 5 * min(found) else []


DETECTOR = Detector("unit_change", "A metric changed its unit", "info", (), detect, thresholds=(NEAR,), reads=reads)
