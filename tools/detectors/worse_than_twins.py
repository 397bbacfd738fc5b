"""Worse than its twins: runs of the same settings reached clearly more than this one.

## What it looks for
At least three runs of the project with the same settings (the seed, names and places may differ), whose best values
lie close together, and a run whose best value is worse than all of them by more than four times their spread and a
tenth.

## Why it matters
Seeds do not do that. Something else was different: data that was read wrongly or mislabelled, a part of it missing,
code of another day, a broken device, a checkpoint that was not the one meant. A run alone cannot show it; its loss
looks like that of a harder task.

## When it is wrong
Small data and reinforcement learning spread widely between seeds, and now and then one seed fails for no other reason.
A run that was stopped early is worse for that; such runs are left out.

## How to confirm
Start it again with the seed of a good twin. Hash the data files of both; compare `git log`, `pip freeze` and the first
loss at step 0, which must agree for the same seed.

## What to change
- `sha256sum` of the data and `git rev-parse HEAD` into the config of every run; HF `TrainingArguments(seed=...,
  data_seed=...)`, PyTorch Lightning `seed_everything(1, workers=True)`, Keras `keras.utils.set_random_seed(1)`.
- Train on a clean copy of the data; look at the rows with the highest loss (`cleanlab.filter.find_label_issues`).

## Source
Bouthillier et al. 2021, "Accounting for variance in machine learning benchmarks"; Northcutt et al. 2021, "Pervasive
label errors in test sets".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector
from tools.detectors._siblings import (
    BEHIND,
    as_long,
    best_value,
    best_values,
    falls_out,
    headline,
    read_of_kin,
    twins,
)
from tools.detectors._view import Trace, finding, trace_of
from tools.records import Finding, Floats, NotChecked, RunData

FEWEST = 3
UNIT = 5.0
"""A run that is worse begins where its twins began; one whose start and best are both this many times theirs, alike, is
logged in another unit (a sum, percent)."""
ALIKE = 1.6


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A run that falls out of its group."""
    series, same = headline(data), twins(data)
    if series is None or not same:
        return
    others = best_values(series.metric, series.goal, same)
    mine, trace = best_value(series), trace_of(series, 2)
    if mine is None or trace is None or len(others) < FEWEST or not as_long(trace, same):
        return
    values = np.array(list(others.values()))
    if not falls_out(mine[1], values, series.goal, BEHIND.of(data)) or _in_another_unit(trace, mine[1], data, values):
        return
    listed = ", ".join(f"{name} {value:.4g}" for name, value in list(others.items())[:4])
    summary = (
        f"The best {series.metric} is {mine[1]:.4g}; {len(others)} runs with the same settings reached {listed}"
        f" (median {np.median(values):.4g}): more than seeds explain."
    )
    fix = (
        "Compare what the settings do not show: hashes of the data files, commit, package versions, device, and the"
        " loss"
        " at step 0 under one seed; look at the training rows with the highest loss."
    )
    points = trace.evidence(0, mine[0], trace.n - 1)
    yield finding("worse_than_twins", "warning", 0.7, series, summary, points, fix)


def _in_another_unit(trace: Trace, best: float, data: RunData, others: Floats) -> bool:
    metrics = (sibling.metrics.get(trace.series.metric) for sibling in twins(data))
    starts = [m.first for m in metrics if m is not None and m.first]
    theirs = float(np.median(others))
    if not starts or not theirs or not best or not trace.y[0]:
        return False
    start, end = float(trace.y[0]) / float(np.median(starts)), best / theirs
    return start > 0 < end and abs(np.log(start)) > np.log(UNIT) and 1 / ALIKE < start / end < ALIKE


DETECTOR = Detector(
    *("worse_than_twins", "Worse than runs of the same settings", "warning", (), detect),
    thresholds=(BEHIND,),
    reads=read_of_kin,
)
