"""Sudden events in a loss: spikes that pass within a few points, and jumps to a higher level that last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.detectors._base import Threshold
from tools.detectors._once import once
from tools.detectors._view import Trace, View
from tools.records import Evidence, Floats
from tools.stats import events, noise, robust_scale, rolling_median, sample, trailing_median

MIN_CURVE = 20
"""Points a curve needs before a single high one can be called a spike."""
WARM = 0.05
"""The first 5% of a curve fall too fast to have a base line."""
SPIKE_SIGMA = 8.0
"""Robust z of a spike over its base line; Gaussian noise never gets there."""
SPIKE_TAIL = 4.0
"""... and four times the 90th percentile of all upward deviations: the noise of tiny batches has heavy tails."""
SPIKE_GAP = 4.0
"""Between the spikes and the top of the ordinary noise there is a gap; a heavy tail has none."""
SPIKE_BASE = 0.5
"""... and half of the level it rises from (of the range, where the loss is not positive)."""
SPIKE_GAIN = 0.2
"""... and a fifth of all improvement of the run: what is left of a memorised loss may jitter as it likes."""
UNDONE = Threshold(
    "loss_spike", "undone", 0.2, 0.02, 10.0, "share",
    "a jump that lasts undoes at least this share of what had been gained (`bad_resume` goes by it too)",
    "what a run gains in its first few per cent",
)  # fmt: skip
JUMP_RATIO = 0.35
"""... and lifts a positive loss by at least 35%."""
JUMP_SIGMA = 4.0
"""... and stands four point-to-point sigmas above the level before."""
LASTING = 0.1
"""A jump from which the loss is back within a tenth of the run is a spike that recovered."""


@dataclass(frozen=True)
class Spike:
    """A spike: the index of its top, its value, the base line under it."""

    index: int
    value: float
    base: float


@dataclass(frozen=True)
class Jump:
    """A lasting step up. `index` is the first point on the new level, `thin_index` the same place in the thinned curve;
    before/after are the levels around it."""

    index: int
    thin_index: int
    before: float
    after: float
    lasting: float
    recovered: bool
    evidence: tuple[Evidence, ...]


@once
def spikes(trace: Trace) -> list[Spike]:
    """The spikes of a curve, in order."""
    if trace.n < MIN_CURVE:
        return []
    base = trailing_median(trace.y, max(5, min(50, trace.n // 10)))
    up = trace.y - base
    up[: max(2, int(WARM * trace.n))] = 0.0
    tail = float(np.quantile(sample(np.maximum(up, 0.0)), 0.9))
    least = max(SPIKE_SIGMA * robust_scale(up), SPIKE_TAIL * tail, SPIKE_GAIN * trace.improvement, 1e-12 * trace.scale)
    limit = np.maximum(least, SPIKE_BASE * _size(trace, base))
    high = up > limit
    if not high.any() or float(np.median(up[high])) < SPIKE_GAP * float(
        np.quantile(sample(np.maximum(up[~high], 0.0)), 0.98)
    ):
        return []
    found = []
    for a, b in events(high, max(2, trace.n // 100)):
        top = a + int(np.argmax(trace.y[a : b + 1]))
        found.append(Spike(top, float(trace.y[top]), float(base[a])))
    return found


def _size(trace: Trace, base: Floats) -> Floats:
    positive = float(trace.y.min()) >= 0
    return np.abs(base) if positive else np.full(trace.n, trace.scale)


def jump(full: Trace, view: View, lasting_least: float = LASTING) -> Jump | None:
    """The largest lasting step up of a curve after its first tenth, or None. lasting_least: a share of the run."""
    trace = full.thin
    n = trace.n
    if n < 8:
        return None
    width = max(2 if n < 60 else 4, n // 25)
    past = trailing_median(trace.y, width)
    ahead = trailing_median(trace.y[::-1], width)[::-1]
    ahead = np.minimum(ahead, trace.y) if width < 4 else ahead
    step = ahead - past
    low, high = max(width, n // 10), n - 2
    if high <= low:
        return None
    i = low + int(np.argmax(step[low:high]))
    i = _sharpen(trace.y, i, width, float(past[i]), float(ahead[i]))
    near = trace.y[i : i + 2]
    before, after = float(past[i]), float(max(ahead[i], near.mean() if width < 4 else near.min()))
    floor = float(np.min(past[: i + 1]))
    if not _is_jump(trace, before, after, floor, UNDONE.of(view.data)) or not _abrupt(trace.y, i, width, before, after):
        return None
    regained = before + min(0.15 * (after - before), max(0.25 * (trace.top - before), 0.02 * trace.scale))
    back = np.flatnonzero(rolling_median(trace.y[i:], min(width, 5)) <= regained)
    lasting = (int(back[0]) if len(back) else n - i) / n
    if lasting < lasting_least or not _seen_by_eval(view, trace, i, before, after):
        return None
    at = i if full is trace else _sharpen(full.y, full.index(float(trace.x[i])), full.n // trace.n + 1, before, after)
    shown = full.evidence(max(0, at - 2), max(0, at - 1), at, min(full.n - 1, at + width), full.n - 1)
    return Jump(at, i, before, after, lasting, bool(len(back)), shown)


def _sharpen(y: Floats, i: int, width: int, before: float, after: float) -> int:
    """The first point of the new level near i."""
    half = before + 0.5 * (after - before)
    for k in range(max(1, i - width), min(len(y), i + width + 1)):
        if y[k] >= half and (k + 1 >= len(y) or y[k + 1] >= half or y[k] >= after):
            return k
    return i


def _is_jump(trace: Trace, before: float, after: float, floor: float, undone: float) -> bool:
    size = after - before
    gained = max(trace.start - floor, 0.0)
    positive = float(trace.y.min()) >= 0
    return (
        size > undone * max(gained, 0.05 * trace.scale)
        and size > JUMP_SIGMA * noise(trace.y)
        and (not positive or size > JUMP_RATIO * abs(before))
    )


def _abrupt(y: Floats, i: int, width: int, before: float, after: float) -> bool:
    """Most of the rise happens at one point, not over a climb as long as the window."""
    previous = float(np.median(y[max(0, i - min(width, 3)) : i]))
    return previous <= before + 0.4 * (after - before)


def _seen_by_eval(view: View, trace: Trace, i: int, before: float, after: float) -> bool:
    """The evaluation loss, where there is one on the same axis, rose as well."""
    other = view.eval
    if other is None or other.series is trace.series or other.series.axis != trace.series.axis or other.n < 6:
        return True
    often = trace.n >= 3 * other.n  # then an evaluation at the very step of the jump may have been made before it
    k = int(np.searchsorted(other.x, trace.x[i], side="right" if often else "left"))
    if k < 1 or k >= other.n:
        return True
    earlier = float(np.median(other.y[max(0, k - 3) : k]))
    later = float(np.max(other.y[k : k + 2]))
    by_then = float(np.median(trace.y[(trace.x >= trace.x[i]) & (trace.x <= other.x[k])][-3:]))
    highest = min(after, max(trace.top, before))
    rise = max(min(highest, by_then), before + 0.25 * (highest - before)) - before
    return later - earlier > max(0.15 * rise, 3.0 * other.sigma)
