"""What a metric can be at all: no accuracy above 1, no loss below 0 where none ever was."""

from __future__ import annotations

import math
from collections.abc import Sequence

SHARES = frozenset(
    {
        *("accuracy", "balanced_accuracy", "f1", "auc", "precision", "overlap", "success"),
        *("r2", "correlation", "error_rate"),
    }
)
"""Families of metrics that end at 1 (at 100 where they are logged in percent)."""
BELOW_ZERO = frozenset({"r2", "correlation", "log_likelihood"})


def ends_of(family: str, seen: Sequence[float]) -> tuple[float, float]:
    """The lowest and the highest value that a metric of a family can take, judging by the values seen of it."""
    top = max(seen, default=0.0)
    percent = family in SHARES - BELOW_ZERO and 1.0 < top <= 100.0
    high = math.inf if family not in SHARES else 100.0 if percent else 1.0 if top <= 1.0 else math.inf
    low = -math.inf if family in BELOW_ZERO or min(seen, default=0.0) < 0 else 0.0
    return low, high
