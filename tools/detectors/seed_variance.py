"""Seed variance: how far runs of the same settings lie apart, and which differences therefore mean nothing.

## What it looks for
At least two other runs of the project with the same settings (the seed, names and places may differ). Their best
values and this run's give the spread; a remark.

## Why it matters
A change that gains less than about twice the spread of seeds has not been shown to gain anything. Choosing the best of
many seeds overstates a method.

## When it is wrong
Runs that differ in something that no setting records (data, code, machine) are counted as seeds.

## How to confirm
Five seeds for both variants, and a rank test or a bootstrap of the difference.

## What to change
- Report mean and spread of three to five seeds; compare variants on the same seeds.
- `torch.manual_seed(s)`, `keras.utils.set_random_seed(s)`, HF `TrainingArguments(seed=s)`; larger evaluation sets make
  the spread smaller.

## Source
Bouthillier et al. 2021, "Accounting for variance in machine learning benchmarks"; Henderson et al. 2018; Agarwal et
al. 2021 (rliable).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector
from tools.detectors._siblings import best_value, best_values, headline, read_of_kin, twins
from tools.detectors._view import finding, trace_of
from tools.records import Finding, NotChecked, RunData

FEWEST = 2


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """The spread among runs of the same settings."""
    series = headline(data)
    others = {} if series is None else best_values(series.metric, series.goal, twins(data))
    if series is None or len(others) < FEWEST:
        return
    mine, trace = best_value(series), trace_of(series, 2)
    if mine is None or trace is None:
        return
    values = np.array([mine[1], *others.values()])
    spread = float(np.std(values, ddof=1))
    summary = (
        f"{len(values)} runs of these settings reach a best {series.metric} of {values.min():.4g} to {values.max():.4g}"
        f" (standard deviation {spread:.2g}): differences below {2 * spread:.2g} between settings mean little."
    )
    fix = f"Compare settings by the mean of several seeds, and count a difference only beyond {2 * spread:.2g}."
    yield finding("seed_variance", "info", 0.8, series, summary, trace.evidence(0, mine[0]), fix)


DETECTOR = Detector("seed_variance", "How far seeds lie apart", "info", (), detect, reads=read_of_kin)
