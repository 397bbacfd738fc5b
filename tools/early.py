"""Early warnings of a run that is still training: not wrong yet, but on its way there. They are no verdicts.

Two remarks of the detectors count as such (gradients that rise, a loss that creeps up), and one thing is looked for
here: the last points of the loss leave the band in which it moved until then.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tools.records import Evidence, Finding, Floats, RunData, Series

REMARKS = frozenset({"rising_gradients", "upward_drift"})
AT_THE_END = frozenset(
    {
        *("not_converged", "underfitting", "lr_schedule_ended", "late_stopping"),
        *("worse_than_twins", "corrupted_labels", "seed_variance"),
    }
)
"""What only a run that is over shows, or one that is held against others that are."""
HISTORY, LATEST = 40, 5
"""Points of which the band is made, and points that must all lie above it."""
BAND = 6.0
"""Robust standard deviations from the trend. Five in a row above six do not come by chance."""
LEAVES = "leaving_trend"


def early_warnings(data: RunData, remarks: Iterable[Finding]) -> tuple[Finding, ...]:
    """What may become a fault; `remarks` are the findings of a diagnosis."""
    series = data.main("train_loss", "eval_loss")
    own = None if series is None else _leaves_trend(series)
    return (*(f for f in remarks if f.id in REMARKS), *([own] if own else []))


def _leaves_trend(series: Series) -> Finding | None:
    curve = series.turned.curve.finite if series.goal == "higher" else series.curve.finite
    x, y = curve.x[-HISTORY - LATEST :], curve.y[-HISTORY - LATEST :]
    if len(y) < HISTORY + LATEST:
        return None
    level, slope, spread = _band(x[:HISTORY], y[:HISTORY])
    above = y[HISTORY:] - (level + min(slope, 0.0) * (x[HISTORY:] - x[HISTORY - 1]))
    if spread <= 0 or float(above.min()) < BAND * spread:
        return None
    at = int(x[HISTORY]) if series.axis == "step" else None
    epoch = float(x[HISTORY]) if series.axis == "epoch" else series.epoch_at(float(x[HISTORY]))
    summary = (
        f"The last {LATEST} values of {series.metric} lie {above.min() / spread:.0f} standard deviations or more above"
        f" its trend: {y[-1]:.4g} where {level:.4g} was to be expected."
    )
    evidence = tuple(Evidence(series.metric, float(x[one]), float(y[one])) for one in (HISTORY - 1, HISTORY, -1))
    fix = "Nothing is wrong yet. Look at the run soon; if it goes on, lower the learning rate or clip gradients."
    return Finding(LEAVES, "info", 0.6, series.metric, summary, evidence, fix, at, epoch)


def _band(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Level at the end, slope, and robust spread around them: medians of the halves, so that no outlier bends them."""
    half = len(y) // 2
    left, right = (float(np.median(y[:half])), float(np.median(y[half:])))
    middle = [float(np.median(x[:half])), float(np.median(x[half:]))]
    slope = (right - left) / (middle[1] - middle[0])
    rest = y - (right + slope * (x - middle[1]))
    spread = 1.4826 * float(np.median(np.abs(rest - np.median(rest))))
    return right + min(slope, 0.0) * float(x[-1] - middle[1]), slope, spread
