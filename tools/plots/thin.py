"""Fewer points, same picture: a long curve keeps its spikes and the moment it turned NaN."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tools.records import Curve, Floats

KEPT_PER_BUCKET = 6


def thin(curve: Curve, limit: int) -> Curve:
    """The same curve with at most `limit` points (at least 12).

    M4 aggregation (Jugel et al., VLDB 2014): of each bucket of neighbours the first, last, lowest and highest point
    stay, here also the first and the last that is not finite.
    """
    n = len(curve.x)
    if n <= limit:
        return curve
    edges = np.linspace(0, n, max(2, limit // KEPT_PER_BUCKET) + 1).astype(np.int64)
    kept = np.unique(np.concatenate([_telling(curve.y, a, b) for a, b in pairwise(edges)]))
    return Curve(curve.x[kept], curve.y[kept])


def _telling(y: Floats, start: int, stop: int) -> NDArray[np.int64]:
    """Indices of the points of y[start:stop] that shape the drawn line."""
    finite = np.isfinite(y[start:stop])
    inside = np.flatnonzero(finite)
    outside = np.flatnonzero(~finite)
    picks = [0, stop - start - 1]
    if len(inside):
        values = y[start:stop][inside]
        picks += [int(inside[values.argmin()]), int(inside[values.argmax()])]
    if len(outside):
        picks += [int(outside[0]), int(outside[-1])]
    return np.array(picks, dtype=np.int64) + start
