"""What a trial would reach: a Gaussian process over the runs of a sweep, in the units of the search space."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tools.possible import ends_of
from tools.records import Floats, Scalar
from tools.sweeps.members import Knob, Sweep

NINETY = 1.645
"""Standard deviations on either side of the mean that hold 90% of a normal distribution."""
FAR_OUT = 3.0
"""Outcomes worse than the median by more than this many times the spread of the better half are drawn in to there."""


def outlook(sweep: Sweep, knobs: Sequence[Knob], trials: Sequence[Mapping[str, Scalar]]) -> list[tuple[float, float]]:
    """The 90% interval of the outcome of each trial; needs scikit-learn."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
    from threadpoolctl import threadpool_limits

    told = sweep.telling
    x = np.column_stack([_column(knob, knob.values) for knob in knobs])[told]
    new = np.column_stack([_column(knob, [trial[knob.key] for trial in trials]) for knob in knobs])
    kernel = ConstantKernel(1.0, (0.1, 10.0)) * Matern(np.full(x.shape[1], 0.5), (0.05, 20.0), nu=2.5) + WhiteKernel(
        0.05, (1e-3, 1.0)
    )
    model = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0, n_restarts_optimizer=2)
    # Threads of the linear algebra would wait for each other longer than such small matrices take.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # a length scale at its bound is no news
        model.fit(x, drawn_in(sweep)[told])
        mean, sigma = model.predict(new, return_std=True)
    low, high = _within_reason(mean - NINETY * sigma, mean + NINETY * sigma, sweep)
    return [(float(f"{a:.4g}"), float(f"{b:.4g}")) for a, b in zip(low, high, strict=True)]


def drawn_in(sweep: Sweep) -> Floats:
    """The outcomes; a run that blew up is bad, but how bad says nothing about the others."""
    sign = 1.0 if sweep.goal == "lower" else -1.0
    cost = sign * sweep.outcomes
    middle = float(np.median(cost))
    spread = middle - float(cost.min())
    bounded: Floats = sign * np.minimum(cost, middle + FAR_OUT * spread)
    return bounded


def _column(knob: Knob, values: Sequence[Scalar]) -> NDArray[np.float64]:
    """One column between 0 and 1 for a number, one for each value of a choice."""
    if not knob.is_numeric:
        kinds = sorted({str(value) for value in knob.values})
        return np.array([[float(str(value) == kind) for kind in kinds] for value in values])
    numbers = np.array(values, dtype=np.float64)
    scale = np.log10 if knob.is_log else np.asarray
    low, high = float(scale(knob.numbers.min())), float(scale(knob.numbers.max()))
    return ((scale(numbers) - low) / (high - low))[:, None]


def _within_reason(low: Floats, high: Floats, sweep: Sweep) -> tuple[Floats, Floats]:
    """Nothing that the metric cannot be, and no surer a gain than the runs show.

    The best run is no further ahead of the middle one than a trial may get ahead of it, and no trial surely beats it.
    """
    sign = 1.0 if sweep.goal == "lower" else -1.0
    cost = np.sort(sign * drawn_in(sweep))
    best, middle = float(cost[0]), float(np.median(cost))
    ends = ends_of(sweep.family, sweep.outcomes.tolist())
    good, bad = (low, high) if sweep.goal == "lower" else (-high, -low)
    good, bad = np.maximum(good, best - (middle - best)), np.maximum(bad, best)
    told = (good, bad) if sweep.goal == "lower" else (-bad, -good)
    return np.clip(told[0], *ends), np.clip(told[1], *ends)
