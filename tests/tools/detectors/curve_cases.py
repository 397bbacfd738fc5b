"""Cases of how a loss or a gradient moves, and of how a logger hides it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.tools.detectors.toy_training import series_run
from tools.records import Floats, RunData, Scalar

RNG = np.random.default_rng
EPOCHS: dict[str, Scalar] = {"n_train": 640_000, "batch_size": 32}
"""Epochs longer than the log: no rhythm is theirs."""


def learned(n: int, noise: float = 0.05) -> Floats:
    """A healthy noisy loss."""
    return (0.3 + 2 * np.exp(-6 * np.arange(n) / n)) * (1 + noise * RNG(0).normal(size=n))


def averaged(weight: float) -> RunData:
    """A noisy loss, written as a moving average where the weight is above 0."""
    y = learned(600, 0.2)
    for i in range(1, len(y)):
        y[i] = weight * y[i - 1] + (1 - weight) * y[i]
    return series_run({"train/smooth_loss": y})


def drifting(rise: float) -> RunData:
    """A loss that creeps up in its second half."""
    return series_run({"train/loss": learned(300) + rise * np.maximum(np.arange(300) - 150, 0) / 150})


def swinging(size: float) -> RunData:
    """A loss with a slow wave in it."""
    return series_run({"train/loss": learned(400) + size * np.sin(np.arange(400) / 6)}, EPOCHS)


def counted(rows: float) -> RunData:
    """A good classifier whose loss is summed over that many rows."""
    x = np.arange(30.0)
    return series_run({"loss": rows * (0.1 + 2.2 * np.exp(-x / 4)), "accuracy": 0.97 - 0.87 * np.exp(-x / 4)})


def gradients(growth: float, zeros: int = 0) -> RunData:
    """Gradient norms that grow by a factor through the run, and end in zeros."""
    norm = growth ** (np.arange(200) / 200) * np.exp(0.2 * RNG(1).normal(size=200))
    norm[len(norm) - zeros :] = 0.0
    return series_run({"train/loss": learned(200), "grad_norm": norm})


CURVE_CASES: dict[str, tuple[Callable[[], RunData], Callable[[], RunData]]] = {
    "oscillation": (lambda: swinging(0.5), lambda: swinging(0.0)),
    "rising_gradients": (lambda: gradients(60.0), lambda: gradients(3.0)),
    "smoothed_log": (lambda: averaged(0.95), lambda: averaged(0.0)),
    "summed_loss": (lambda: counted(128), lambda: counted(1)),
    "upward_drift": (lambda: drifting(0.6), lambda: drifting(0.0)),
    "zero_gradients": (lambda: gradients(1.0, zeros=60), lambda: gradients(1.0)),
}
