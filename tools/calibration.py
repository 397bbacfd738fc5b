"""How often a finding of a given stated confidence is right: a small monotone map, measured on runs with known faults.

The knots lie in calibration.json next door; `python -m evals.calibration` measures them anew.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np

KNOTS = Path(__file__).with_suffix(".json")


@cache
def _knots() -> tuple[tuple[float, ...], tuple[float, ...]]:
    stated, right = zip(*json.loads(KNOTS.read_text(encoding="utf-8"))["knots"], strict=True)
    return stated, right


def calibrated(stated: float) -> float:
    """The share of findings that are right among those whose detector states this confidence, two decimals."""
    return round(float(np.interp(stated, *_knots())), 2)
