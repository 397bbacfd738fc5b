"""The bootstrap over runs: how far a figure moves when other runs of the same kind had been made (Efron 1979)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from tools.records import Floats

INTERVAL = (5.0, 95.0)
"""Percentiles of a 90% interval."""
RESAMPLES = 300
SEED = 20240229
Indices = NDArray[np.int64]


def resamples(n: int, count: int = RESAMPLES) -> Iterator[Indices]:
    """Indices of n runs drawn with replacement; the same ones each time."""
    rng = np.random.default_rng(SEED)
    for _ in range(count):
        yield rng.integers(0, n, n)


def interval(values: Floats) -> tuple[float, float]:
    """The 90% interval of resampled figures."""
    low, high = np.percentile(values, INTERVAL)
    return float(low), float(high)


def bootstrapped(n: int, figure: Callable[[Indices], float | None]) -> tuple[float, float] | None:
    """The interval of a figure over n runs; None where most resamples give none."""
    found = [value for chosen in resamples(n) if (value := figure(chosen)) is not None]
    return interval(np.array(found)) if len(found) > RESAMPLES // 2 else None
