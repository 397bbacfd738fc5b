"""A curve in one line of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tools.plots.look import spans_decades

BLOCKS = "▁▂▃▄▅▆▇█"
NOT_FINITE = "×"


def sparkline(values: Sequence[float], width: int = 24) -> str:
    """At most `width` block characters: the mean of each bucket, on a log scale where the values span decades.

    A bucket with a value that is not finite is shown as ×. No values: an empty string.
    """
    if not len(values):
        return ""
    y = np.asarray(values, dtype=np.float64)
    if spans_decades(y):
        y = np.where(np.isfinite(y), np.log10(np.where(np.isfinite(y), y, 1.0)), y)
    buckets = [float(b.mean()) if np.isfinite(b).all() else math.nan for b in np.array_split(y, min(width, len(y)))]
    finite = [b for b in buckets if math.isfinite(b)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    return "".join(_block(b, low, high) for b in buckets)


def _block(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return NOT_FINITE
    share = (value - low) / (high - low) if high > low else 0.5
    return BLOCKS[min(int(share * len(BLOCKS)), len(BLOCKS) - 1)]
