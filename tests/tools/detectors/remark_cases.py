"""Cases of what is worth knowing of a run: its end, its evaluation, its schedule, how it stands among its twins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.tools.detectors.toy_training import series_run
from tools.records import Floats, MetricSummary, RunData, Scalar, Sibling

SETTINGS: dict[str, Scalar] = {"lr": 1e-3, "optimizer": "adam", "seed": 7}


def exponential(n: int, speed: float, floor: float = 0.3) -> Floats:
    """A loss that falls at a pace per run."""
    return floor + 2.0 * np.exp(-speed * np.arange(n) / n)


def shaken(size: float) -> RunData:
    """An evaluation with a swing of the given size."""
    swing = size * np.random.default_rng(2).normal(size=40)
    return series_run({"loss": exponential(40, 5), "val_loss": exponential(40, 5) + 0.05 + swing})


def beside(ratio: float) -> RunData:
    """An evaluation loss that is a multiple of the training loss."""
    return series_run({"loss": exponential(40, 5), "val_loss": ratio * exponential(40, 5)}, {"dropout": 0.3})


def disagreeing(rise: float) -> RunData:
    """An accuracy that rises to the end, over a loss that rises in the second half or not."""
    x = np.arange(40.0)
    loss = exponential(40, 8) + rise * np.maximum(x - 18, 0) / 20
    return series_run({"val_loss": loss, "val_accuracy": 0.5 + 0.01 * x})


def decayed(until: int) -> RunData:
    """A rate that is taken to zero by a given point of a hundred."""
    rate = 1e-3 * np.maximum(0.0, 1 - np.arange(100.0) / until)
    return series_run({"train/loss": exponential(100, 5), "lr": rate}, SETTINGS)


def scheduled(back: bool) -> RunData:
    """A decaying rate that jumps back up where steps are logged twice."""
    rate = np.concatenate([np.linspace(1.0, 0.1, 60), np.linspace(1.0 if back else 0.12, 0.5 if back else 0.01, 40)])
    data = series_run({"train/loss": exponential(100, 5), "lr": 1e-3 * rate}, SETTINGS)
    step = np.concatenate([np.arange(60.0), np.arange(55.0, 95.0)])
    return replace(data, series={name: replace(s, step=step) for name, s in data.series.items()})


def among(mine: float, others: tuple[float, ...], name: str = "val_loss", goal: str = "lower") -> RunData:
    """A run whose metric comes to a value, beside runs of the same settings with values of their own."""
    y = mine + (1 if goal == "lower" else -0.5) * mine * np.exp(-np.arange(30.0))
    data = series_run({name: y}, SETTINGS)
    role, family = data.series[name].role, data.series[name].family
    siblings = tuple(
        Sibling(f"run-{k}", f"run-{k}", SETTINGS | {"seed": k}, {name: summary(name, role, family, goal, value)})
        for k, value in enumerate(others)
    )
    return replace(data, siblings=siblings)


def summary(name: str, role: str | None, family: str, goal: str, best: float) -> MetricSummary:
    """A metric of thirty points whose best value is given."""
    low, high = (best, 2 * best) if goal == "lower" else (0.5 * best, best)
    return MetricSummary(
        name=name, role=role, axis="step", count=30, non_finite=0, first_step=0, last_step=29, first=low, last=high,
        min=low, min_step=29, max=high, max_step=29, goal="higher" if goal == "higher" else "lower", family=family,
    )  # fmt: skip


def taught(floor: float, rise: float = 0.0, settings: dict[str, Scalar] | None = None) -> RunData:
    """A run whose losses come to rest at a floor, beside three that differ in seed and labels and reach about 0.3."""
    x = np.arange(60.0)
    fall = np.exp(-x / 6)
    curves = {
        "loss": floor + (2.3 - floor) * fall,
        "val_loss": floor + 0.1 + (2.2 - floor) * fall + rise * np.maximum(x - 30, 0) / 30,
    }
    data = series_run(curves, SETTINGS | {"label_noise": 0.2})
    siblings = tuple(
        Sibling(f"run-{k}", f"run-{k}", SETTINGS | {"seed": k, "label_noise": 0.0} | (settings or {}), {
            name: replace(summary(name, data.series[name].role, "loss", "lower", low + 0.01 * k),
                          count=60, first=2.3, last=low + 0.02 * k)
            for name, low in (("loss", 0.3), ("val_loss", 0.4))
        })
        for k in range(3)
    )  # fmt: skip
    return replace(data, siblings=siblings)


REMARK_CASES: dict[str, tuple[Callable[[], RunData], Callable[[], RunData]]] = {
    "corrupted_labels": (lambda: taught(0.9, rise=0.6), lambda: taught(0.31, rise=0.05)),
    "eval_below_train": (lambda: beside(0.7), lambda: beside(1.05)),
    "generalization_gap": (
        lambda: series_run({"loss": exponential(40, 6, 0.05), "val_loss": exponential(40, 6, 0.5)}),
        lambda: series_run({"loss": exponential(40, 6, 0.4), "val_loss": exponential(40, 6, 0.5)}),
    ),
    "lr_schedule_ended": (lambda: decayed(70), lambda: decayed(98)),
    "lr_schedule_reset": (lambda: scheduled(back=True), lambda: scheduled(back=False)),
    "noisy_validation": (lambda: shaken(0.6), lambda: shaken(0.02)),
    "not_converged": (
        lambda: series_run({"loss": exponential(200, 1.2)}, SETTINGS),
        lambda: series_run({"loss": exponential(200, 9)}, SETTINGS),
    ),
    "score_against_loss": (lambda: disagreeing(0.5), lambda: disagreeing(0.0)),
    "seed_variance": (lambda: among(0.50, (0.52, 0.49)), lambda: among(0.50, (0.52,))),
    "unit_change": (
        lambda: among(91.0, (0.90, 0.92, 0.89), "val_acc", "higher"),
        lambda: among(0.91, (0.90, 0.92, 0.89), "val_acc", "higher"),
    ),
    "worse_than_twins": (lambda: among(0.90, (0.50, 0.52, 0.49)), lambda: among(0.54, (0.50, 0.52, 0.49))),
}
