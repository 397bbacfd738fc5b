"""Plateau: the loss has stopped falling, and most of it is still there.

## What it looks for
A training loss that fell and then stayed within its noise for the last half of the run or more, at a level of more
than a fifth of its start. It is a remark, not a fault: a model that has reached the noise of its data looks the same.
Where the cause is known (decay too early, too high a rate, underfitting), that is reported and this is its effect.

## Why it matters
The second half of the run bought nothing. Either the run is done, and can be shorter, or something holds it, and more
of the same will not help.

## When it is wrong
Losses with a floor (label smoothing, entropy of the data, a Gaussian likelihood) rest high and are done. Some tasks
rest long and fall again.

## How to confirm
Lower the learning rate by 10 for the last tenth: a loss that drops at once was held by the noise of the steps. Compare
with a simple baseline on the same rows.

## What to change
- PyTorch `ReduceLROnPlateau(opt, factor=0.3, patience=5)` or a cosine decay; a larger model if training and
  evaluation agree.
- Stop where the plateau begins, if the level is as good as the task allows.
- Keras `ReduceLROnPlateau(factor=0.3, patience=5)`; HF `lr_scheduler_type="reduce_lr_on_plateau"` or `"cosine"`.

## Source
Goodfellow et al., Deep Learning (2016), 8.2 and 11.4; PyTorch docs, `ReduceLROnPlateau`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import TO_LEARN, Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._pace import early_decay
from tools.detectors._view import Trace, View, finding, view_of, where
from tools.records import Finding, NotChecked, RunData
from tools.stats import trend_z

LEFT = Threshold(
    "plateau", "left", 0.2, 0, 1, "share",
    "at least this share of the start is left",
    "a remark, not a fault",
)  # fmt: skip
"""More than a fifth of the start is left."""
FLAT_Z = 2.6
FLAT_SHARE = 0.03
"""Less than 3% of all improvement came in the second half."""
MIN_CURVE = 12


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A remark on a loss that rests."""
    view = view_of(data)
    trace = view.train
    if trace is None or trace.n < MIN_CURVE:
        yield NotChecked("plateau", ("train_loss",), f"fewer than {MIN_CURVE} finite training losses")
        return
    if find_blowup(data) is not None:
        return
    if not view.supervised or view.stuck or early_decay(view) is not None or float(trace.y.min()) < 0:
        return
    since = _flat_since(trace)
    if since is None or trace.end < LEFT.of(data) * trace.top or _still_falling(view, trace, since):
        return
    x = float(trace.x[since])
    summary = (
        f"{trace.series.metric} has stayed at {trace.end:.4g} since {where(trace.series, x)}, {since / trace.n:.0%}"
        " into the run"
        f" (start {trace.top:.4g})."
    )
    lr = view.peak_lr
    rate = f"from {lr:g} to {lr / 10:.2g}" if lr else "by 10"
    fix = (
        f"Lower the learning rate {rate} for the last tenth of the run: if the loss drops, add a decay; if it does"
        " not, the run is done"
        f" at {where(trace.series, x)}, or needs a larger model."
    )
    points = trace.evidence(0, since, (since + trace.n) // 2, trace.n - 1)
    yield finding("plateau", "info", 0.6, trace.series, summary, points, fix, x)


def _flat_since(trace: Trace) -> int | None:
    """Index from which the smoothed loss stays within its noise of the end level; None unless that is half of the
    run."""
    half = trace.y[trace.n // 2 :]
    fallen = trace.level(0.5, 0.6) - trace.end
    if abs(trend_z(half)) > FLAT_Z and fallen > FLAT_SHARE * max(trace.improvement, 1e-300):
        return None
    band = max(2.0 * trace.sigma, 2.0 * FLAT_SHARE * trace.improvement)
    away = np.flatnonzero(np.abs(trace.smooth - trace.end) > band)
    since = int(away[-1]) + 1 if len(away) else 1
    return since if since <= trace.n // 2 else None


def _still_falling(view: View, trace: Trace, since: int) -> bool:
    """A fall that the noise of single batches hides: in the evaluation up to the second half of the run, or in the
    trend of all points since both rest."""
    since = max(since, _evaluation_rests(view.eval, trace))
    if since > trace.n // 2:
        return True
    early = float(np.median(trace.y[since : since + max(3, (trace.n - since) // 3)]))
    return trend_z(trace.y[since:]) < -FLAT_Z and early - trace.end > FLAT_SHARE * trace.improvement


def _evaluation_rests(e: Trace | None, trace: Trace) -> int:
    """The index of the first training point after which the evaluation stays near its end; 0 where none tells."""
    if e is None or e.series.axis != trace.series.axis:
        return 0
    above = np.flatnonzero(e.smooth - e.end > max(FLAT_SHARE * e.improvement, 2.0 * e.sigma))
    return trace.index(float(e.x[above[-1]])) + 1 if len(above) else 0


DETECTOR = Detector(
    "plateau",
    "The loss rests on a plateau",
    "info",
    (("train_loss",),),
    detect,
    least_steps=TO_LEARN,
    thresholds=(LEFT,),
)
