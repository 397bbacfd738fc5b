"""Short runs are not accused of what only longer ones show; a loaded model is known by its first evaluation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.detectors.toy_training import series_run
from tools.detectors._config import Config
from tools.diagnosis import diagnose
from tools.records import Finding, RunData

X = np.arange(16.0)


def told(data: RunData) -> dict[str, Finding]:
    return {f.id: f for f in diagnose(data).findings if f.severity != "info"}


@pytest.mark.parametrize(("right", "reported"), [(0.95, True), (0.3, False)], ids=["good", "as any guess"])
def test_a_model_that_was_right_before_its_first_step_is_known_to_be_loaded(right: float, reported: bool) -> None:
    wave = np.sin(np.arange(99.0))
    loss, train = np.r_[0.2, 1.2 + 0.05 * wave], np.r_[0.2, 1.2 + 3 * np.exp(-np.arange(99.0)) + 0.05 * wave]
    found = told(series_run({"train_loss": train, "val_loss": loss, "val_accuracy": np.r_[right, np.full(99, 0.3)]}))
    assert ("forgetting" in found) is reported


@pytest.mark.parametrize(("points", "reported"), [(12, False), (40, True)])
def test_an_even_pace_is_slow_only_where_the_run_was_long(points: int, reported: bool) -> None:
    found = told(series_run({"loss": np.linspace(0.7, 0.6, points)}, every=20))
    assert ("lr_too_low" in found) is reported


def test_a_perplexity_is_no_loss_in_nats() -> None:
    curve = np.linspace(0, 1, 200)
    ppl, right = 3 + 14 * np.exp(-6 * curve), 0.03 + 0.6 * (1 - np.exp(-6 * curve))
    assert "bad_init" not in told(series_run({"train_ppl": ppl, "train_acc": right}))


def test_the_loss_of_a_few_batches_may_leap_unless_the_log_goes_back_there() -> None:
    data = series_run({"loss": np.r_[np.exp(-0.2 * np.arange(8.0)), 3 * np.exp(-0.2 * np.arange(5.0, 8.0))]})
    assert "loss_spike" not in told(data)
    step = np.r_[np.arange(8.0), np.arange(5.0, 8.0)]
    assert "bad_resume" in told(replace(data, series={"loss": replace(data.series["loss"], step=step)}))


@pytest.mark.parametrize(("top", "reported"), [(2.0, True), (1.0, False)], ids=["as untrained", "half way"])
def test_fresh_weights_are_a_bad_resume_however_soon_the_run_has_caught_up(top: float, reported: bool) -> None:
    steps = np.arange(400.0)
    noise = 1 + 0.02 * np.sin(7 * steps)
    loss = (0.1 + 1.9 * np.exp(-steps / 14)) * noise
    loss[240:] = (0.1 + (top - 0.1) * np.exp(-(steps[240:] - 240) / 14)) * noise[240:]
    assert ("bad_resume" in told(series_run({"loss": loss}))) is reported


def test_rows_without_a_step_are_beside_each_other_by_their_share_of_the_way() -> None:
    steps = np.arange(300.0)
    loss = 0.02 + 1.5 * np.exp(-steps / 60)
    seen = np.r_[loss[:100:10] + 0.05, np.linspace(0.42, 0.6, 20)]
    data = series_run({"loss": loss, "val_loss": seen})
    bare = {name: replace(one, axis="row", step=np.full(len(one.value), np.nan)) for name, one in data.series.items()}
    found = told(replace(data, series=bare))
    assert "overfitting" in found
    assert "label_noise" not in found


def test_british_settings_are_known_settings() -> None:
    read = Config({"optimiser": "adam", "weight_initialisation": "he", "minibatch": 64})
    assert (read.optimizer, read.batch_size) == ("adam", 64)


def test_an_evaluation_that_stands_still_beside_a_falling_loss_is_of_other_weights() -> None:
    found = told(series_run({"loss": 3 * np.exp(-0.3 * X), "val_loss": np.full(16, 1.5)}))
    assert "the evaluated weights do not move" in found["frozen_training"].summary


@pytest.mark.parametrize("format_", ["xgboost", "lightgbm", "catboost_console"])
def test_what_a_booster_prints_is_judged_as_boosting(format_: str) -> None:
    rounds = np.arange(300.0)
    data = series_run({"valid-logloss": 0.4 + 0.3 * np.exp(-rounds / 10) + 1e-4 * rounds})
    assert "best_round_passed" not in {f.id for f in diagnose(data).findings}
    ours = diagnose(replace(data, run=replace(data.run, format=format_)))
    assert "best_round_passed" in {f.id for f in ours.findings}
