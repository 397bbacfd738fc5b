"""Non-finite loss: NaN or infinity appears suddenly in a run that was healthy until then.

## What it looks for
Values of any loss that turn NaN or infinite and stay so, while the loss just before was near its best level; norms of
weights or gradients that do so; losses of exactly zero up to the end, which some loggers write for NaN; a loss that
stops being logged while the metrics beside it go on, as when NaN is filtered out. Single non-finite training losses
that the run survived are a warning. Gradient norms of skipped mixed-precision steps are not reported.

## Why it matters
One NaN in the weights makes every later step NaN. The loss before it gives no warning, so the cause is a single
operation or a single batch, not the learning rate.

## When it is wrong
Some loggers write NaN for "not measured"; values before the first finite one are left out for that reason.

## How to confirm
Run the batch of the onset again with `torch.autograd.set_detect_anomaly(True)` or
`tf.debugging.enable_check_numerics()`; check the inputs of that batch with `torch.isfinite(x).all()`.

## What to change
- Guard the operation: `torch.log(x.clamp_min(1e-8))`, `x / (norm + 1e-6)`, `logsumexp` instead of
  `log(exp(...).sum())`.
- Reject bad rows when loading, or skip a step whose loss is not finite: `if not torch.isfinite(loss):
  optimizer.zero_grad(); continue`.
- With fp16 use `torch.amp.GradScaler`, or bf16.
- Stop at once: Keras `TerminateOnNaN()`, Lightning `Trainer(detect_anomaly=True)`; HF `logging_nan_inf_filter=False`,
  so that NaN is logged at all.

## Source
PyTorch docs, "Anomaly detection" and "Automatic mixed precision"; Google Deep Learning Tuning Playbook (2023),
"instabilities".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector
from tools.detectors._blowup import LOSS_ROLES, Blowup, checkable, find_blowup
from tools.detectors._view import finding, where
from tools.records import Evidence, Finding, NotChecked, RunData

MIN_FINITE = 3
TOGETHER = 8
"""So often two metrics must have been logged at one place before one of them is missed beside the other."""
MORE, MORE_SHARE, BESIDE = 5, 0.1, 0.8
"""Up to its end the loss stood beside the other metric at four of five points; then five and a tenth came without."""
LEAP = 100.0
"""A part of the loss that is a hundred times what it ever was did not fail in one operation: it exploded."""
EXPLODING = (
    "Lower the learning rate by 10 or lengthen the warm-up, clip gradients (clip_grad_norm_ at 1), and look at the"
    " batch of the onset for wrong targets."
)
FIX = (
    "Find the operation: rerun from the last checkpoint before the onset with"
    " torch.autograd.set_detect_anomaly(True); clamp"
    " logarithms and divisors (x.clamp_min(1e-8)), check that batch for NaN or extreme rows, and skip steps whose"
    " loss is not finite."
)


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Sudden non-finite values; those that follow a climb are `divergence`."""
    if not checkable(data):
        yield NotChecked("nan_loss", ("train_loss",), "fewer than 4 finite values of any loss")
        return
    blowup = find_blowup(data)
    if blowup is not None and blowup.kind == "nan_loss":
        state = "not finite" if blowup.before[-1].value != 0 else "exactly 0 (which stands for NaN)"
        said = f"{blowup.series.metric} is {state} from {where(blowup.series, blowup.onset)} on; "
        before = f"{blowup.before[-2].value:.4g} (the best before: {blowup.best:.4g})"
        leap = _exploding(data, blowup)
        how = f"{leap[0]}, after a point of {before}" if leap else f"just before it was healthy, at {before}"
        points, fix = (blowup.before + leap[1], EXPLODING) if leap else (blowup.before, FIX)
        yield finding("nan_loss", "critical", 0.95, blowup.series, f"{said}{how}.", points, fix, blowup.onset)
    elif blowup is None:
        yield from _passing(data)
        yield from _unlogged(data)


def _exploding(data: RunData, blowup: Blowup) -> tuple[str, tuple[Evidence, ...]] | None:
    """A part of the loss that is finite in the first bad row, and far above all that it was before."""
    for part in data.with_role("loss_component"):
        curve = part.curve
        at, before = np.flatnonzero(curve.x == blowup.onset), curve.y[curve.x < blowup.onset]
        if part.axis != blowup.series.axis or not len(at) or len(before) < MIN_FINITE:
            continue
        value, highest = float(curve.y[at[0]]), float(np.nanmax(np.abs(before)))
        if np.isfinite(value) and value > LEAP * highest > 0:
            last = Evidence(part.metric, float(curve.x[at[0] - 1]), float(curve.y[at[0] - 1]))
            text = f"{part.metric} explodes in the same row, to {value:.4g} (never above {highest:.4g} before)"
            return text, (last, Evidence(part.metric, blowup.onset, value))
    return None


def _passing(data: RunData) -> Iterator[Finding]:
    """Single non-finite training losses that the run survived. Those before the first finite one mean "not
    measured"."""
    series = data.main("train_loss")
    if series is None:
        return
    curve = series.curve
    good = np.flatnonzero(np.isfinite(curve.y))
    bad = np.flatnonzero(~np.isfinite(curve.y))
    bad = bad[bad > good[0]] if len(good) >= MIN_FINITE else bad[:0]
    if not len(bad):
        return
    first = int(bad[0])
    before, after = int(good[good < first][-1]), good[good > first]
    shown = [before, first, *(after[:1].tolist())]
    points = tuple(Evidence(series.metric, float(curve.x[i]), float(curve.y[i])) for i in shown)
    summary = (
        f"{series.metric} is not finite at {where(series, float(curve.x[first]))} ({len(bad)} of {len(curve.y)}"
        " points in all) and"
        f" finite again after that; it was {curve.y[before]:.4g} just before."
    )
    yield finding("nan_loss", "warning", 0.75, series, summary, points, FIX, float(curve.x[first]))


def _unlogged(data: RunData) -> Iterator[Finding]:
    """A training loss that stops being logged while what was logged beside it goes on: NaN that a logger filtered."""
    loss = data.main("train_loss")
    others = data.with_role("learning_rate", "grad_norm", "loss_scale", "step_time", "throughput")
    if loss is None or len(loss.curve.x) < MIN_FINITE:
        return
    x, end = loss.curve.x, float(loss.curve.x[-1])
    for other in others:
        at = other.curve.x
        before = at[at <= end]
        more = len(at) - len(before)
        if other.axis != loss.axis or more < max(MORE, MORE_SHARE * len(at)) or len(before) < TOGETHER:
            continue
        if float(np.isin(before, x).mean()) >= BESIDE:
            i = len(before)
            summary = (
                f"{loss.metric} is not logged after {where(loss, end)} while {other.metric} goes on for {more} points,"
                f" to {where(other, float(at[-1]))}: values that are not finite were probably left out of the log."
            )
            points = tuple(Evidence(loss.metric, float(x[k]), float(loss.curve.y[k])) for k in (-2, -1))
            points += tuple(Evidence(other.metric, float(at[k]), float(other.curve.y[k])) for k in (i, -1))
            yield finding("nan_loss", "warning", 0.6, loss, summary, points, FIX, float(at[i]))
            return


DETECTOR = Detector("nan_loss", "The loss turns NaN", "critical", (LOSS_ROLES,), detect, essential=True)
