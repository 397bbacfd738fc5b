"""Unshuffled data: the training loss repeats with the period of an epoch.

## What it looks for
A peak in the autocorrelation of the detrended training loss, at a lag of several points and again at twice that lag.
With rows in a fixed order every epoch meets the same easy and hard stretches at the same place; with shuffling the
correlation from one epoch to the next is near zero. Where the log tells the length of an epoch, the peak must fit it;
where only every few steps are logged, the same batches may be logged again after several epochs only.

## Why it matters
Sorted rows (by class, by date, by source) make each batch one-sided: the model chases the class of the moment,
batch-norm statistics swing, and the last rows of an epoch count most.

## When it is wrong
A loss logged from several loaders in turn also repeats. Curriculum training is ordered on purpose. What makes one wave
per period only (a learning rate that cycles unseen, a displayed running mean that is set back every epoch) is not
reported, so that rows sorted into two kinds are found only where the log tells the length of an epoch.

## How to confirm
Print the labels of the first three batches of two epochs: identical, or all of one class, is the proof.

## What to change
- `DataLoader(dataset, shuffle=True)`; with your own sampler call `sampler.set_epoch(epoch)` every epoch (distributed
  training repeats its order without it).
- tf.data: `dataset.shuffle(buffer_size=len(rows), reshuffle_each_iteration=True)` before `batch`.
- Streaming: shuffle the shards, then keep a large shuffle buffer.
- HF: the Trainer shuffles by itself; a stream needs `ds.shuffle(seed=0, buffer_size=10_000)`.

## Source
Bengio 2012, "Practical recommendations for gradient-based training of deep architectures", 3.1; PyTorch docs,
`DistributedSampler`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._once import once
from tools.detectors._view import Trace, View, finding, view_of, where
from tools.records import Finding, Floats, NotChecked, RunData
from tools.stats import autocorrelation, medians, rolling_median

MIN_CURVE = 30
PEAK = Threshold(
    "unshuffled_data", "echo", 0.6, 0.2, 0.99, "correlation",
    "the loss correlates by at least this with itself an epoch later",
    "shuffled rows leave next to none",
)  # fmt: skip
"""Autocorrelation at the period; shuffled runs stay below 0.2."""
SECOND = 0.4
"""... and at twice the period."""
VALLEY = 0.25
"""Between 0 and the period the correlation must fall this far below the peak: a period, not a slow wave."""
CHANCE = 4.0
"""Standard errors of a correlation over so few pairs of points as short logs have."""
SHORTEST = 4
FIT = 0.12
"""Relative distance of the peak to the length of an epoch, where the log tells it."""
FEW_ROUNDS, MANY_FIT = 2, 0.6
"""After more epochs than that a period must fit their end to so many points."""
ONE_WAVE = 1.4
"""The way of a smoothed period over that of one rise and one fall; rows in order make 1.9 and more."""
ROUNDS = (1, 2, 3, 4)
"""What repeats after one round repeats after several."""
STARTS_OVER = 0.8
"""Share of all rises of a period that comes at one point: a running mean that is set back there."""
WRECKED = 100.0
"""A loss a hundred times above its start is a wreck, whatever the order of the rows."""
MAX_POINTS = 200_000
"""The transform is taken over the first 200,000 points; more periods than that prove nothing further."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A loss that repeats."""
    view = view_of(data)
    trace = view.train
    if trace is None or trace.n < MIN_CURVE or _one_per_epoch(trace):
        reason = f"fewer than {MIN_CURVE} training losses: log the loss of single steps over two epochs or more"
        yield NotChecked("unshuffled_data", ("train_loss",), reason)
        return
    trace = _sound_part(trace, data)
    if not view.supervised or trace.n < MIN_CURVE:
        return
    lag = _period(trace, view)
    if lag is None:
        return
    residual = _residual(trace)
    strength = float(autocorrelation(residual)[lag])
    length = _spacing(trace) * lag
    top = int(np.argmax(residual[: 2 * lag]))
    points = trace.evidence(top, *(i for i in (top + lag, top + 2 * lag) if i < trace.n), (top + lag // 2) % trace.n)
    epoch = _epoch_length(trace, view)
    rounds = round(lag / epoch) if epoch else 1
    after = f", after {rounds} epochs the same batches are logged again" if rounds > FEW_ROUNDS else ""
    summary = (
        f"{trace.series.metric} repeats every {length:g} {trace.series.axis}s (autocorrelation {strength:.2f}{after}),"
        " the same highs at"
        f" {where(trace.series, float(trace.x[top]))} and one period later: the rows come in the same order every"
        " epoch."
    )
    fix = (
        "Shuffle every epoch: DataLoader(..., shuffle=True), or sampler.set_epoch(epoch) with a distributed sampler, or"
        " dataset.shuffle(len(rows), reshuffle_each_iteration=True); check that batches mix the classes."
    )
    confidence = min(0.95, 0.55 + 0.4 * strength)
    yield finding("unshuffled_data", "critical", confidence, trace.series, summary, points, fix)


def _sound_part(trace: Trace, data: RunData) -> Trace:
    """The curve up to where the loss blows up: a wreck has no rhythm, and what came before may have had one."""
    blowup = find_blowup(data)
    if blowup is None or (blowup.first_bad is None and trace.end <= WRECKED * trace.top):
        return trace
    keep = trace.x < blowup.onset if blowup.series.axis == trace.series.axis else np.zeros(trace.n, bool)
    return Trace(trace.series, trace.x[keep], trace.y[keep])


def _one_per_epoch(trace: Trace) -> bool:
    """Whether the points are epoch means, which hide what happens within an epoch."""
    epoch = trace.series.epoch
    known = epoch[np.isfinite(epoch)]
    return trace.series.axis != "step" and (not len(known) or bool(np.all(known == np.round(known))))


@once
def _residual(trace: Trace) -> Floats:
    """The loss around its slow trend, with the size of the swings evened out over the run."""
    y = trace.y[:MAX_POINTS]
    wide = max(9, len(y) // 4)
    base = rolling_median(y, wide)
    residual = y - base
    size = rolling_median(np.abs(residual), wide)
    residual = residual / np.maximum(size, max(float(np.median(size)) * 0.05, 1e-9 * trace.scale))
    return np.clip(residual, -4.0, 4.0)[max(2, len(y) // 20) :]


def _period(trace: Trace, view: View) -> int | None:
    correlation = autocorrelation(_residual(trace))
    n = len(correlation)
    unbiased = correlation * n / np.maximum(n - np.arange(n), 1)
    last = int(n / 2.2)
    if last <= SHORTEST + 1:
        return None
    known, cycle = _epoch_length(trace, view), _rate_cycle(trace, view)
    inner = unbiased[SHORTEST:last]
    by_chance = CHANCE / np.sqrt(n - np.arange(SHORTEST, last))
    peaks = np.flatnonzero(
        (inner >= np.maximum(PEAK.of(view.data), by_chance))
        & (inner >= unbiased[SHORTEST - 1 : last - 1])
        & (inner >= unbiased[SHORTEST + 1 : last + 1])
    )
    for lag in (peaks[np.argsort(-inner[peaks])] + SHORTEST).tolist():
        if known is not None and not _fits(lag, known, trace):
            continue
        if cycle is not None and abs(lag - cycle) <= max(1.0, FIT * cycle):
            continue
        around = unbiased[max(0, 2 * lag - 2) : 2 * lag + 3]
        if float(unbiased[1:lag].min()) <= unbiased[lag] - VALLEY and len(around) and float(around.max()) >= SECOND:
            parts = [part for part in (round(lag / m) for m in ROUNDS) if part >= SHORTEST and unbiased[part] >= SECOND]
            if not any(_no_order(_residual(trace), part, known is not None) for part in parts):
                return int(lag)
    return None


def _no_order(residual: Floats, lag: int, sure: bool) -> bool:
    """Whether a period shows one wave only: a rate that cycles unseen, or a running mean that starts over with every
    epoch and then falls. Rows in a fixed order show more, unless there are two kinds of them; then the period must be
    that of an epoch for `sure`."""
    rounds = len(residual) // lag
    profile = medians(np.ascontiguousarray(residual[: rounds * lag].reshape(rounds, lag).T))
    width = max(1, lag // 10)
    smooth = np.convolve(np.concatenate([profile[-width:], profile, profile[:width]]), np.ones(width) / width, "same")
    smooth = smooth[width : width + lag]
    ways = np.diff(smooth, append=smooth[0])
    if float(np.abs(ways).sum()) >= ONE_WAVE * 2.0 * float(np.ptp(smooth)):
        return False
    rises = np.maximum(np.diff(profile, append=profile[0]), 0.0)
    return not sure or float(rises.max()) >= STARTS_OVER * float(rises.sum())


def _fits(lag: int, epoch: float, trace: Trace) -> bool:
    """Whether a lag is one epoch, or two where an epoch is no whole number of points. Where not every step is logged
    the same batches may come to be logged again after several epochs only."""
    rounds = max(1, round(lag / epoch))
    if rounds <= FEW_ROUNDS:
        return abs(lag - rounds * epoch) <= max(1.0, FIT * epoch)
    return trace.series.axis == "step" and _spacing(trace) > 1.0 and abs(lag - rounds * epoch) <= MANY_FIT


def _spacing(trace: Trace) -> float:
    return float(np.median(np.diff(trace.x)))


def _rate_cycle(trace: Trace, view: View) -> float | None:
    """Logged points between two lows of the learning rate, which the loss follows; None when the rate does not come
    back."""
    lr, logged = view.lr, view.data.main("learning_rate")
    if lr is None or logged is None or logged.axis != trace.series.axis:
        return None
    moves = np.flatnonzero(np.diff(lr.y))
    up = np.diff(lr.y)[moves] > 0
    lows = lr.x[moves[1:][up[1:] & ~up[:-1]]]
    return float(np.median(np.diff(lows)) / np.median(np.diff(trace.x))) if len(lows) >= 2 else None


def _epoch_length(trace: Trace, view: View) -> float | None:
    """Logged points per epoch, from the epoch column, else from rows and batch size; None when unknown."""
    epoch = trace.series.epoch
    spacing = _spacing(trace)
    known = epoch[np.isfinite(epoch)]
    if len(known) == len(epoch) and len(known) > 2 and float(known[-1] - known[0]) >= 1.5:
        return float(len(known) / (known[-1] - known[0] + (1.0 if bool(np.all(known == np.round(known))) else 0.0)))
    rows, batch = view.config.train_rows, view.config.batch_size
    if rows and batch and trace.series.axis == "step" and spacing > 0 and rows / batch / spacing >= SHORTEST:
        return rows / batch / spacing
    return None


DETECTOR = Detector(
    "unshuffled_data", "Training rows are not shuffled", "critical", (("train_loss",),), detect, thresholds=(PEAK,)
)
