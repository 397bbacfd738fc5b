"""Statistics that training curves can bear: robust against outliers, free of units, vectorised for millions of points.

Every function takes one-dimensional float64 arrays without NaN (use `Curve.finite`) and returns plain floats or arrays.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tools.records import Floats

MAD_TO_SIGMA = 1.4826
"""Makes the median absolute deviation estimate sigma for Gaussian data (Rousseeuw & Croux 1993)."""
ROLLING_BUDGET = 20_000_000
"""Elements a rolling median may touch; longer curves are thinned to block medians first."""
MAX_BLOCKS = 20_000
"""Blocks of a trailing median on long curves."""
SAMPLE_POINTS = 200_000
"""Quantiles of more points than these are taken of evenly spaced ones: their error is below 0.3% of a sigma."""
SHORT_ROW = 256
VALUES_AT_ONCE = 1 << 16
"""Overlapping windows are copied before they are ordered: so many at a time stay in the processor's cache."""
PAIRS_POINTS = 300
"""The pairwise trend test (Mann-Kendall) works on at most this many block medians: 45,000 pairs."""


def robust_scale(y: Floats) -> float:
    """Sigma of the bulk of y, in the unit of y: 1.4826 x median absolute deviation. 0 for fewer than two points."""
    if len(y) < 2:
        return 0.0
    y = sample(y)
    return MAD_TO_SIGMA * median(np.abs(y - median(y)))


def median(y: Floats) -> float:
    """The median of at least one value; what `np.median` says, without asking first what it was given."""
    half = len(y) // 2
    if len(y) % 2:
        return float(np.partition(y, half)[half])
    low, high = np.partition(y, (half - 1, half))[half - 1 : half + 1]
    return float((low + high) / 2.0)


def medians(rows: NDArray[np.float64]) -> Floats:
    """The median of each row. Short rows are sorted, which is done many numbers at a time."""
    count, width = rows.shape
    at_once = max(1, VALUES_AT_ONCE // width)
    if count > at_once:
        return np.concatenate([medians(rows[start : start + at_once]) for start in range(0, count, at_once)])
    half = width // 2
    if width == 3 and not bool(np.isnan(rows).any()):
        low, high = np.minimum(rows[:, 0], rows[:, 1]), np.maximum(rows[:, 0], rows[:, 1])
        return np.maximum(low, np.minimum(high, rows[:, 2]))
    if width <= SHORT_ROW:
        ordered = np.sort(rows, axis=1)
    else:
        ordered = np.partition(rows, half if width % 2 else (half - 1, half), axis=1)
    middle: Floats = ordered[:, half] if width % 2 else (ordered[:, half - 1] + ordered[:, half]) / 2.0
    return middle


def sample(y: Floats) -> Floats:
    """Evenly spaced values of y, at most twice SAMPLE_POINTS; y itself when it is short."""
    return y[:: max(1, len(y) // SAMPLE_POINTS)]


FEW = 12
"""Halves of fewer points than this tell no noise each."""
CAUTIOUS = 0.8
"""So much of the standard deviation, which a single jump raises, is taken for noise."""


def noise(y: Floats) -> float:
    """Point-to-point sigma with the trend taken out: robust scale of the first differences over sqrt(2) (von Neumann
    1941)."""
    if len(y) < 3:
        return 0.0
    d = sample(np.diff(y))
    return float(MAD_TO_SIGMA * median(np.abs(d - median(d))) / np.sqrt(2.0))


def smallest_change(y: Floats, parts: int = 10) -> float:
    """The smallest lasting change that y can show, in its unit: three standard errors of the difference between two
    parts (tenths) of its points, by the noise of its calmer half."""
    half = len(y) // 2
    sigma = min(noise(y[:half]), noise(y[half:])) if len(y) >= FEW else _noise_of_few(y)
    return float(3.0 * sigma * np.sqrt(2.0 / max(1, len(y) // parts)))


def _noise_of_few(y: Floats) -> float:
    """The noise of a short curve, by its later two thirds: a median of two or three differences may come out as nothing
    by chance, their standard deviation hardly."""
    if len(y) < FEW // 2:
        return noise(y)
    late = y[len(y) // 3 :]
    spread = float(np.std(np.diff(late), ddof=1)) / np.sqrt(2.0)
    return float(max(noise(late), CAUTIOUS * spread))


def blocks(x: Floats, y: Floats, count: int) -> tuple[Floats, Floats]:
    """At most `count` block medians of (x, y), in order; the curve itself when it is short enough."""
    n = len(y)
    if n <= count:
        return x, y
    size = -(-n // count)
    whole = (n // size) * size
    bx, by = medians(x[:whole].reshape(-1, size)), medians(y[:whole].reshape(-1, size))
    if whole < n:
        bx, by = np.append(bx, median(x[whole:])), np.append(by, median(y[whole:]))
    return bx, by


def rolling_median(y: Floats, window: int) -> Floats:
    """Centred median over `window` points (made odd), same length as y; the ends use the points there are.

    Above ROLLING_BUDGET the medians are taken over blocks and interpolated: the cost stays linear.
    """
    n = len(y)
    window = min(window | 1, n if n % 2 else n - 1)
    if window < 3:
        return y
    if n * window > ROLLING_BUDGET:
        x, coarse = blocks(np.arange(n, dtype=np.float64), y, max(16, 4 * n // window))
        return np.interp(np.arange(n), x, rolling_median(coarse, 5))
    half = window // 2
    padded = np.concatenate([y[half:0:-1], y, y[-2 : -half - 2 : -1]])
    return medians(sliding_window_view(padded, window))


def trailing_median(y: Floats, window: int) -> Floats:
    """Median of the `window` points before each point (the point itself left out); fewer at the start, y[0] for the
    first."""
    n = len(y)
    window = max(1, min(window, n - 1))
    if n < 2:
        return y
    if n * window > ROLLING_BUDGET:
        size = max(1, window // 8, n // MAX_BLOCKS)
        _, coarse = blocks(y, y, -(-n // size))
        return np.repeat(trailing_median(coarse, max(2, min(8, window // size))), size)[:n]
    padded = np.concatenate([np.full(window, y[0]), y[:-1]])
    return medians(sliding_window_view(padded, window))


def trend_z(y: Floats) -> float:
    """Mann-Kendall z: how sure it is that y rises (> 0) or falls (< 0), whatever its shape (Kendall 1975). 0 below 4
    points."""
    _, y = blocks(np.arange(len(y), dtype=np.float64), y, PAIRS_POINTS)
    n = len(y)
    if n < 4:
        return 0.0
    later = _later(n)
    s = float(np.count_nonzero((y > y[:, None]) & later) - np.count_nonzero((y < y[:, None]) & later))
    sigma = np.sqrt(n * (n - 1) * (2 * n + 5) / 18.0)
    return float((s - np.sign(s)) / sigma)


@lru_cache(maxsize=32)
def _later(n: int) -> NDArray[np.bool_]:
    """[i, j]: whether j comes after i."""
    return np.triu(np.ones((n, n), dtype=np.bool_), 1)


def split_point(y: Floats) -> int:
    """The index k that best cuts y into two levels y[:k], y[k:] (least squares); both sides hold at least one point."""
    n = len(y)
    if n < 2:
        return 0
    k = np.arange(1, n)
    total = np.cumsum(y - y.mean())
    gain = total[:-1] ** 2 / (k * (n - k))
    return int(np.argmax(gain)) + 1


def autocorrelation(y: Floats) -> Floats:
    """Autocorrelation of y at lags 0 .. n-1 (biased estimate, by FFT); all zeros for a constant."""
    n = len(y)
    if n < 2:
        return np.zeros(n)
    spectrum = np.fft.rfft(y - y.mean(), 2 * n)
    raw = np.fft.irfft(spectrum * np.conj(spectrum))[:n]
    return raw / raw[0] if raw[0] > 0 else np.zeros(n)


def events(mask: np.ndarray[tuple[int], np.dtype[np.bool_]], gap: int) -> list[tuple[int, int]]:
    """True indices gathered into (first, last) events; hits at most `gap` apart belong together."""
    hits = np.flatnonzero(mask)
    if not len(hits):
        return []
    cuts = np.flatnonzero(np.diff(hits) > gap)
    starts = hits[np.append(0, cuts + 1)]
    ends = hits[np.append(cuts, len(hits) - 1)]
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]
