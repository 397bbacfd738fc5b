"""Settings that are logged as curves: a stage, a sequence length, the weight of a term."""

from __future__ import annotations

import numpy as np

from tools.detectors._view import Trace, View
from tools.records import Series

FEW_LEVELS = 8
"""A setting takes few values, and keeps each for long; what is measured takes many."""
LEAST_POINTS = 8
MEASURED = 0.5
"""A column that changes at more than half as many places as it has values is a measurement with few digits."""


def setting_changed(view: View, trace: Trace, index: int) -> str:
    """Which logged setting changes between this point of a curve and the one before, in words; "" where none does.

    Whatever has a role is measured, not set, and what is set back again and again is a counter.
    """
    before, after = float(trace.x[max(0, index - 1)]), float(trace.x[index])
    for series in view.data.series.values():
        if series.role is None and series.axis == trace.series.axis:
            change = _change(series, before, after)
            if change:
                return change
    return ""


def _change(series: Series, before: float, after: float) -> str:
    curve = series.curve.finite
    if len(curve.y) < LEAST_POINTS:
        return ""
    moves = np.flatnonzero(np.diff(curve.y))
    levels = len(np.unique(curve.y[np.append(moves, len(curve.y) - 1)])) if len(moves) < FEW_LEVELS else FEW_LEVELS
    if not len(moves) or levels > FEW_LEVELS or len(moves) >= FEW_LEVELS:
        return ""
    for k in moves.tolist():
        if curve.x[k] < after and curve.x[k + 1] > before and curve.x[k + 1] <= after + (after - before):
            return f"{series.metric} goes from {curve.y[k]:g} to {curve.y[k + 1]:g} there"
    return ""
