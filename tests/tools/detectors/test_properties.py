"""What holds for any run: the unit of the loss does not matter, healthy runs stay silent, good news changes no past."""

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.detectors.cases import CASES, PLAIN, SGD, falling, trained
from tests.tools.detectors.toy_training import Recipe, series_run
from tools.diagnosis import diagnose
from tools.records import RunData, Series

SCALABLE = (
    "divergence", "loss_spike", "repeated_spikes", "bad_resume", "overfitting", "late_stopping", "nan_loss",
    "exploding_gradients", "unshuffled_data", "lr_decay_too_early", "eval_mode_bug", "frozen_training", "val_leakage",
)  # fmt: skip
"""Faults of which the proof is free of units; losses of classifiers have one (nats), and some detectors use it."""
HEALTHY = {
    "adam": PLAIN,
    "sgd": replace(SGD, rows=1200, epochs=8),
    "epoch means": replace(PLAIN, epoch_means=True),
    "dropout": replace(PLAIN, dropout=0.4),
    "small noisy batches": replace(SGD, batch=6, lr=0.004, schedule="cosine", epochs=5),
    "warm restarts": replace(PLAIN, schedule="restarts", decay_steps=80),
    "step decay": replace(PLAIN, schedule="steps"),
    "label smoothing": replace(PLAIN, smoothing=0.15),
    "tiny validation set": replace(PLAIN, eval_rows=24),
    "regression": replace(PLAIN, regression=True),
    "noisy regression": replace(PLAIN, regression=True, target_noise=1.5, epochs=8, hidden=(32,), rows=800),
    "losses of 1e10": replace(PLAIN, regression=True, target_scale=1e5, lr=0.02, epochs=30),
    "batch norm": replace(PLAIN, batch_norm=True),
    "hard classes": replace(PLAIN, overlap=5.0, rows=1000, epochs=8, hidden=(32,), lr=1e-3),
    "clipping at times": replace(SGD, clip=1.5, rows=1200, epochs=8),
}


def serious(data: RunData) -> list[tuple[str, float | None]]:
    return [(f.id, f.onset_step) for f in diagnose(data).findings if f.severity != "info"]


def with_losses(data: RunData, factor: float, shift: float = 0.0) -> RunData:
    """The run with its losses in another unit, or moved."""

    def changed(s: Series) -> Series:
        is_loss = s.role in ("train_loss", "eval_loss", "loss_component")
        return replace(s, value=s.value * factor + shift) if is_loss else s

    return replace(data, series={name: changed(s) for name, s in data.series.items()})


@pytest.mark.parametrize("issue", SCALABLE)
def test_the_unit_of_the_loss_changes_no_finding(issue: str) -> None:
    data = CASES[issue][0]()
    assert [f for f in serious(with_losses(data, 1000.0)) if f[0] == issue] == [
        f for f in serious(data) if f[0] == issue
    ]


@pytest.mark.parametrize("issue", ["loss_spike", "overfitting", "nan_loss", "divergence"])
def test_a_loss_below_zero_is_judged_by_its_changes(issue: str) -> None:
    data = CASES[issue][0]()
    low = with_losses(data, 1.0, -50.0 if issue != "overfitting" else -8.0)
    assert issue in [f for f, _ in serious(low)]


@pytest.mark.parametrize("recipe", HEALTHY.values(), ids=HEALTHY.keys())
def test_a_healthy_run_stays_silent(recipe: Recipe) -> None:
    diagnosis = diagnose(trained(recipe))
    assert [f.summary for f in diagnosis.findings if f.severity != "info"] == []
    assert diagnosis.verdict == "healthy"


@pytest.mark.parametrize("seed", range(6))
def test_healthy_points_at_the_end_make_no_finding_earlier(seed: int) -> None:
    long = falling(400, seed=seed)
    long[150:] += 1.5
    onsets = []
    for n in (260, 320, 400):
        found = dict(serious(series_run({"train/loss": long[:n]})))
        onsets.append(found.get("loss_spike"))
    assert all(o is None or o >= 149 for o in onsets)
    assert onsets[-1] is not None


@pytest.mark.parametrize("every", [1, 10, 1000])
def test_the_distance_between_logged_steps_does_not_matter(every: int) -> None:
    y = falling()
    y[180:] += 1.5
    assert serious(series_run({"train/loss": y}, every=every)) == [("loss_spike", 180 * every)]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 8])
def test_a_run_of_a_few_points_raises_nothing_and_is_not_called_faulty(n: int) -> None:
    y = falling(max(n, 1))[:n]
    diagnosis = diagnose(series_run({"train/loss": y, "val/loss": y * 1.1, "lr": np.full(n, 1e-3)}))
    assert diagnosis.verdict != "faulty"


def test_a_run_without_losses_cannot_be_judged() -> None:
    diagnosis = diagnose(series_run({"gpu_util_percent": np.full(20, 90.0)}))
    assert diagnosis.verdict == "cannot_judge"
    assert diagnosis.power.startswith("No loss")


@pytest.mark.parametrize("value", [0.0, 1.0, -3.0, np.nan, np.inf])
def test_constant_curves_of_any_value_are_survived(value: float) -> None:
    y = np.full(50, value)
    diagnose(series_run({"train/loss": y, "val/loss": y, "grad_norm": y, "lr": y, "val/acc": y, "gpu_mem": y}))


def test_a_million_points_take_no_python_loop() -> None:
    rng = np.random.default_rng(0)
    n = 1_000_000
    loss = 0.3 + 2 * np.exp(-8 * np.arange(n) / n) + 0.05 * rng.normal(size=n)
    data = series_run({"train/loss": loss, "grad_norm": np.abs(rng.normal(size=n)) + 0.5})
    assert serious(data) == []
