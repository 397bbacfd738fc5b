"""Smoothed log: the loss was averaged over many steps before it was written, which hides spikes and delays onsets.

## What it looks for
A name that speaks of an average (smooth, ema, running), and changes from point to point that are not taken back: in a
raw loss of single batches a rise is mostly followed by a fall (neighbouring changes correlate at -0.5), in a moving
average they do not (0 or a little below). It is a remark.

## Why it matters
A spike of a tenth of the window's length shows with a tenth of its height, NaN that the average leaves out never
shows, and everything seems to begin later than it did. Detectors of spikes and of step-to-step noise have little to
see.

## When it is wrong
Training on all rows at once has no noise; such curves are too smooth to be judged and left alone.

## How to confirm
Look for `ema`, `smooth`, `running` in the logging code; fastai and many progress bars print 0.98 averages.

## What to change
- Log `loss.item()` of single steps (every tenth is enough) beside the average; log the maximum of the window too.
- HF `logging_steps=10, logging_nan_inf_filter=False`; Lightning `self.log("loss", loss, on_step=True, on_epoch=True)`;
  Keras prints the running mean of the epoch: log in `on_train_batch_end`.

## Source
fastai docs, `AvgSmoothLoss`; Hugging Face docs, `logging_nan_inf_filter`; Keras docs, callbacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, finding, view_of
from tools.records import Finding, NotChecked, RunData
from tools.roles import words_of

MIN_CURVE = 300
KEPT = Threshold(
    "smoothed_log", "kept", -0.2, -0.5, 1, "correlation",
    "neighbouring changes of the loss correlate by at least this",
    "changes of raw losses correlate by -0.5",
)  # fmt: skip
"""An average with weight b has a correlation of (b - 1) / 2; for 150 raw changes -0.2 is four sigmas from -0.5."""
NAMED = re.compile(r"\b(smooth\w*|ema|running|moving|smoothloss)\b")
MOST = 20_000
VISIBLE = 1e-4
"""Noise below a ten-thousandth of all improvement is rounding."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Changes that are not taken back."""
    trace = view_of(data).train
    if trace is None or trace.n < MIN_CURVE:
        yield NotChecked("smoothed_log", ("train_loss",), f"fewer than {MIN_CURVE} training losses")
        return
    kept = _correlation(trace)
    if kept is None or kept < KEPT.of(data) or not NAMED.search(" ".join(words_of(trace.series.metric))):
        return
    summary = (
        f"Neighbouring changes of {trace.series.metric} hardly take each other back (correlation {kept:.2f}, -0.5 in"
        " raw"
        " losses): it is an average over several points, in which a single spike shows with a part of its height."
    )
    fix = "Log the loss of single steps beside the average (HF logging_nan_inf_filter=False; Lightning on_step=True)."
    yield finding("smoothed_log", "info", 0.6, trace.series, summary, trace.evidence(0, trace.n // 2, -1), fix)


def _correlation(trace: Trace) -> float | None:
    """Correlation of neighbouring changes in the second half; None for a curve without noise."""
    changes = np.diff(trace.y[trace.n // 2 :][:MOST])
    spread = float(np.std(changes))
    if spread <= VISIBLE * max(trace.improvement, 1e-300):
        return None
    centred = changes - changes.mean()
    return float(np.mean(centred[1:] * centred[:-1]) / max(float(np.mean(centred**2)), 1e-300))


DETECTOR = Detector(
    "smoothed_log", "The logged loss is an average", "info", (("train_loss",),), detect, thresholds=(KEPT,)
)
