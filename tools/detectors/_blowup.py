"""Losses that blow up: found once, then told apart as divergence (it climbed) or sudden non-finite values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tools.detectors._base import Threshold
from tools.detectors._once import once
from tools.detectors._view import Trace, View, trace_of, view_of
from tools.records import Evidence, RunData, Series
from tools.stats import noise

LOSS_ROLES = (
    "train_loss", "eval_loss", "loss_component", "perplexity", "policy_loss", "value_loss", "generator_loss",
    "discriminator_loss", "kl",
)  # fmt: skip
LASTING_SHARE = 0.5
"""Non-finite values are the state of the run, not a blip, when at least half of the points from the first on are."""
CLIMB_SHARE = 0.25
"""A climb counts from the point after which the loss never again came within 25% of the final climb."""
SLOW = 0.05
"""Of a climb over orders of magnitude a quarter comes near its end only. One that takes a twentieth of the run to get
there counts from where the loss left its level instead: a quarter of its level at the start, clear of its noise."""
FAR_ABOVE = Threshold(
    "divergence", "above", 0.25, 0.05, 100.0, "share",
    "a finite loss ends this share of its start level above the start", "beyond the noise of a loss at its start",
)  # fmt: skip
"""A finite loss has diverged when it ends a quarter of its start level (or of its range) above the start, and stays
there."""
CLEAR_OF_NOISE = 4.0
"""... and at least four point-to-point sigmas,"""
ORDERS_ABOVE = 10.0
"""unless it ends ten times above its start, where the noise is that of the wreck itself (signed: a hundred)."""


@dataclass(frozen=True)
class Blowup:
    """How a run blew up. `onset` is where the climb begins, `first_bad` where values stop being finite (None: they
    never do)."""

    kind: Literal["divergence", "nan_loss"]
    series: Series
    onset: float
    first_bad: float | None
    best: float | None
    peak: float | None
    before: tuple[Evidence, ...]


def lasting_non_finite(series: Series) -> float | None:
    """Position of the first non-finite value of a series that stays non-finite, or None."""
    curve = series.curve
    bad = np.flatnonzero(~np.isfinite(curve.y))
    if not len(bad):
        return None
    first = int(bad[0])
    if bad[-1] == len(curve.y) - 1:
        good = np.flatnonzero(np.isfinite(curve.y))
        tail = int(good[-1]) + 1 if len(good) else 0
        if len(bad) >= LASTING_SHARE * (len(curve.y) - first):
            return float(curve.x[first])
        return float(curve.x[tail]) if len(curve.y) - tail >= 2 else None
    return float(curve.x[first]) if len(bad) >= LASTING_SHARE * (len(curve.y) - first) else None


@once
def find_blowup(data: RunData) -> Blowup | None:
    """The blow-up of a run, or None."""
    hits = [(x, s) for s in data.with_role(*LOSS_ROLES) if (x := lasting_non_finite(s)) is not None]
    if not hits:
        return _hidden(data) or _finite_divergence(data)
    first_bad, series = min(hits, key=lambda hit: (hit[1].axis != hits[0][1].axis, hit[0]))
    curve = series.curve
    keep = (curve.x < first_bad) & np.isfinite(curve.y)
    before = Trace(series, curve.x[keep], curve.y[keep])
    first = Evidence(series.metric, first_bad, float(curve.y[int(np.searchsorted(curve.x, first_bad))]))
    last = Evidence(series.metric, float(curve.x[-1]), float(curve.y[-1]))
    if before.n < MIN_HISTORY:
        points = (*before.evidence(*range(before.n)), first, *(() if len(curve.x) == 1 else (last,)))
        return Blowup("divergence", series, float(curve.x[0]), first_bad, None, None, points)
    climb = _climb(before)
    points = (*before.evidence(int(np.argmin(before.y)), -1), first)
    if climb is None:
        return Blowup("nan_loss", series, first_bad, first_bad, before.best, None, points)
    peak = float(before.y[climb:].max())
    points = (*before.evidence(int(np.argmin(before.y)), climb, -1), first)
    return Blowup("divergence", series, float(before.x[climb]), first_bad, before.best, peak, points)


def _hidden(data: RunData) -> Blowup | None:
    """Non-finite weights that the loss does not show: norms that stay non-finite, or zeros written for NaN."""
    for series in data.with_role("grad_norm", "layer_grad_norm", "weight_norm"):
        x, curve = lasting_non_finite(series), series.curve
        if (
            x is None
            or int(np.sum(~np.isfinite(curve.y[curve.x >= x]))) < MIN_HISTORY
            or bool(np.isfinite(curve.y[-1]))
        ):
            continue
        before = curve.x < x
        trace = Trace(series, curve.x[before & np.isfinite(curve.y)], curve.y[before & np.isfinite(curve.y)])
        if trace.n >= MIN_HISTORY:
            first = Evidence(series.metric, x, float(curve.y[int(np.searchsorted(curve.x, x))]))
            return Blowup("nan_loss", series, x, x, trace.best, None, (*trace.evidence(trace.best_at, -1), first))
    train = trace_of(data.main("train_loss"), ZERO_TAIL + MIN_HISTORY)
    return None if train is None else _zero_tail(train)


def _zero_tail(trace: Trace) -> Blowup | None:
    """Losses that are exactly zero from one point on to the end: what some loggers write for NaN."""
    nonzero = np.flatnonzero(trace.y != 0.0)
    if not len(nonzero) or trace.n - 1 - nonzero[-1] < ZERO_TAIL:
        return None
    first = int(nonzero[-1]) + 1
    before = Trace(trace.series, trace.x[:first], trace.y[:first])
    if before.n < MIN_HISTORY or before.end < SUDDEN * before.top:
        return None
    shown = (*before.evidence(before.best_at, -1), *trace.evidence(first))
    return Blowup("nan_loss", trace.series, float(trace.x[first]), float(trace.x[first]), before.best, None, shown)


ZERO_TAIL = 3
"""Three exact zeros in a row, up to the end ..."""
SUDDEN = 1e-3
"""... right after a loss that was still a thousandth of its start or more: no training gets to zero at once."""
MIN_HISTORY = 3
"""With fewer finite points before it, a blow-up was there from the start."""


def _climb(before: Trace) -> int | None:
    """Index at which the loss began to climb towards the end of the trace; None when it was still healthy there."""
    level = float(np.median(before.y[-min(3, max(1, before.n // 10)) :]))
    rise = level - before.best
    usual = max(before.start - before.best, 0.1 * before.scale)
    if rise < max(CLIMB_SHARE * usual, CLEAR_OF_NOISE * before.sigma):
        return None
    return _last_low(before, rise)


def _last_low(trace: Trace, rise: float) -> int:
    """Index of the point from which on the smoothed loss lies clearly above its best."""

    def after(height: float) -> int:
        return min(int(np.flatnonzero(trace.smooth <= trace.best + height)[-1]) + 1, trace.n - 1)

    late = after(CLIMB_SHARE * rise)
    clear = max(CLIMB_SHARE * trace.scale, CLEAR_OF_NOISE * noise(trace.y[:late]))
    early = after(min(CLIMB_SHARE * rise, clear))
    run = trace.series.curve.x
    slow = trace.x[late] - trace.x[early] >= SLOW * (run[-1] - run[0])
    return early if slow else late


def _finite_divergence(data: RunData) -> Blowup | None:
    view = view_of(data)
    trace = view.train
    if trace is None or trace.n < 2 * MIN_HISTORY or not view.supervised:
        return None
    level = abs(float(trace.y[0])) * (1 if float(trace.y.min()) >= 0 else ORDERS_ABOVE)
    orders = 0 < ORDERS_ABOVE * level < trace.end
    start = float(trace.y[0]) if orders else max(trace.start, float(trace.y[0]))
    excess = trace.end - start
    if not orders and excess < max(FAR_ABOVE.of(data) * trace.scale, CLEAR_OF_NOISE * trace.sigma):
        return None
    tail = trace.y[-max(2, trace.n // 10) :]
    floor = 0.5 * ORDERS_ABOVE * abs(start) if orders else start + 0.25 * min(excess, 4.0 * trace.scale)
    if float(np.quantile(tail, 0.1)) <= floor or not _eval_agrees(view, float(trace.y[0])):
        return None
    onset = _last_low(trace, trace.end - trace.best)
    points = trace.evidence(0, trace.best_at, onset, int(np.argmax(trace.y)), -1)
    return Blowup("divergence", trace.series, float(trace.x[onset]), None, trace.best, float(trace.y.max()), points)


def _eval_agrees(view: View, first: float) -> bool:
    """The evaluation loss, where there is one, is far up too: sorted rows lift only stretches of the training loss."""
    e = view.eval
    return e is None or e.n < MIN_HISTORY or e.end > e.start or e.end > ORDERS_ABOVE * abs(first)


def checkable(data: RunData) -> bool:
    """Whether any loss is logged that could have blown up."""
    return any(len(s.value) for s in data.with_role(*LOSS_ROLES)) and (
        trace_of(data.main(*LOSS_ROLES)) is not None
        or any(lasting_non_finite(s) is not None for s in data.with_role(*LOSS_ROLES))
    )
