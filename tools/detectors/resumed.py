"""Resumed: the run was interrupted and went on from a checkpoint; steps around the seam are in the log twice.

## What it looks for
Places where the log goes back to earlier steps, in the order of writing. It is a remark that tells where the seams are
and how many steps were done twice. A loss that steps up at a seam is `bad_resume`.

## Why it matters
The repeated steps were paid for twice, and averages over the log count them twice (runwhy keeps the later value).
Every seam is a place where state can get lost: the data order, the scheduler, the optimizer's moments.

## When it is wrong
Two runs that write into one file look like one that goes back. Loggers of several processes write the same steps.

## How to confirm
The log lines around the seam name the checkpoint that was loaded.

## What to change
- Save more often than the time you are ready to lose: HF `save_steps=500`, Lightning
  `ModelCheckpoint(train_time_interval=timedelta(minutes=30))`, Keras `BackupAndRestore("backup", save_freq=500)`.
- Save the sampler too (`torchdata.StatefulDataLoader`), so that no rows are seen twice or never.

## Source
PyTorch tutorial "Saving and loading a general checkpoint"; torchdata docs, `StatefulDataLoader`; Hugging Face Trainer
docs, checkpoints.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.amounts import counted
from tools.detectors._base import Detector
from tools.detectors._view import finding, where
from tools.records import Evidence, Finding, NotChecked, RunData, Series

MIN_CURVE = 8
MOST = 20
"""More seams than these are several writers in one file, not a run that was resumed."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Places where the log goes back."""
    series = data.main("train_loss", "eval_loss", "reward", "generator_loss")
    if series is None or len(series.value) < MIN_CURVE or series.axis == "row":
        yield NotChecked("resumed", ("step",), f"needs steps or epochs of at least {MIN_CURVE} points of a loss")
        return
    position = series.position[np.isfinite(series.position)]
    back = np.flatnonzero(np.diff(position[:-1]) < 0)  # one last row is a recap of the best one: nothing goes on there
    if not 1 <= len(back) <= MOST:
        return
    twice = int(len(position) - len(np.unique(position)))
    first = float(position[back[0] + 1])
    summary = (
        f"The log goes back {counted(len(back), 'time')}, first from {where(series, float(position[back[0]]))} to"
        f" {where(series, first)}; {twice} points of {series.metric} were logged twice, the later value counts."
    )
    fix = (
        "Save checkpoints more often (HF save_steps, Lightning train_time_interval), and save the state of the"
        " sampler and"
        " the scheduler with them."
    )
    points = _around(series, float(position[back[0]]), first)
    yield finding("resumed", "info", 0.85, series, summary, points, fix, first)


def _around(series: Series, before: float, after: float) -> tuple[Evidence, ...]:
    curve = series.curve
    at = sorted({int(np.searchsorted(curve.x, after)), int(np.searchsorted(curve.x, before))})
    return tuple(Evidence(series.metric, float(curve.x[i]), float(curve.y[i])) for i in at)


DETECTOR = Detector("resumed", "The run was resumed", "info", (("train_loss", "eval_loss", "reward"),), detect)
