"""Runs that look broken to a hasty reader, and what tells that they are not; beside each the fault it looks like."""

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.detectors.cases import falling
from tests.tools.detectors.toy_training import series_run
from tools.detectors import overfitting
from tools.diagnosis import diagnose
from tools.records import Finding, Floats, RunData
from tools.roles import assign_roles

RNG = np.random.default_rng(7)
JUMP = 200


def said(data: RunData) -> list[str]:
    return [f.id for f in diagnose(data).findings if f.severity != "info"]


def jumping(n: int = 400) -> Floats:
    """A loss that steps up to a level from which it comes down only in part."""
    loss = falling(n)
    loss[JUMP:] += 0.6 + 0.9 * np.exp(-np.arange(n - JUMP) / 40)
    return loss


def waves(rounds: int, length: int, profile: Floats, noise: float = 0.01) -> Floats:
    """A falling loss on top of a profile that comes back."""
    y = 0.4 + np.exp(-np.arange(rounds * length) / 60) + np.tile(profile, rounds)
    return y + noise * RNG.normal(size=len(y))


def test_a_jump_at_which_a_logged_setting_changes_is_another_objective() -> None:
    loss = jumping()
    stage = np.where(np.arange(len(loss)) < JUMP, 128.0, 512.0)
    assert said(series_run({"train/loss": loss})) == ["loss_spike"]
    told = diagnose(series_run({"train/loss": loss, "ctx_len": stage}))
    assert [f.id for f in told.findings if f.severity != "info"] == []
    assert any("ctx_len goes from 128 to 512 there" in f.summary for f in told.findings)


@pytest.mark.parametrize(("late", "found"), [(0, []), (25, ["repeated_spikes"])])
def test_spikes_at_the_stages_of_a_curriculum_are_no_trouble(late: int, found: list[str]) -> None:
    steps = np.arange(600)
    loss = 0.5 + 2.0 * np.exp(-steps / 80) + 0.01 * np.random.default_rng(4).normal(size=600)
    for begin in range(100, 600, 100):
        loss[begin : begin + 4] += 1.5 * np.exp(-np.arange(4) / 1.5)
    stage = (np.maximum(steps - late, 0) // 100).astype(float)
    assert said(series_run({"train_loss": loss, "curriculum/stage": stage})) == found


def noisy_evaluations(n: int, noise: float, rise: float, rng: np.random.Generator) -> RunData:
    """A training loss that goes to nothing beside an evaluation loss that levels off, or rises from a quarter on."""
    t = np.arange(1, n + 1) / n
    train = 2.0 * np.exp(-5 * t) + 0.05
    val = 1.6 * np.exp(-9 * t) + 0.7 * (1 + rise * np.clip(t - 0.25, 0, None) / 0.75 + noise * rng.normal(size=n))
    return series_run({"train_loss": train, "val_loss": val})


@pytest.mark.parametrize("n", [6, 8, 10])
def test_few_noisy_evaluations_are_seldom_taken_for_overfitting(n: int) -> None:
    rng = np.random.default_rng(n)
    runs = [noisy_evaluations(n, 0.1, 0.0, rng) for _ in range(100)]
    assert sum(any(isinstance(f, Finding) for f in overfitting.detect(one)) for one in runs) <= 2


def test_a_rise_over_many_noisy_evaluations_is_seen_through_the_noise() -> None:
    rng = np.random.default_rng(3)
    runs = [noisy_evaluations(40, 0.08, 0.35, rng) for _ in range(40)]
    assert sum(any(isinstance(f, Finding) for f in overfitting.detect(one)) for one in runs) >= 28


def test_a_setting_that_changes_elsewhere_excuses_no_jump() -> None:
    loss = jumping()
    stage = np.where(np.arange(len(loss)) < JUMP - 40, 128.0, 512.0)
    assert said(series_run({"train/loss": loss, "ctx_len": stage})) == ["loss_spike"]


def test_a_measurement_is_no_setting() -> None:
    loss = jumping()
    assert said(series_run({"train/loss": loss, "aux/zeta": np.round(loss, 1)})) == ["loss_spike"]


def test_an_evaluation_at_the_step_of_a_jump_may_have_been_made_before_it() -> None:
    loss = jumping()
    evaluation = np.linspace(1.9, 2.1, 20)
    evaluation[JUMP // 20 + 1 :] = np.linspace(1.5, 1.0, 19 - JUMP // 20)
    data = series_run({"train/loss": loss, "val/loss": evaluation})
    val = data.series["val/loss"]
    every = replace(val, step=np.arange(0.0, 400.0, 20.0))
    assert "loss_spike" not in said(replace(data, series={**data.series, "val/loss": every}))


def test_a_running_mean_that_starts_over_every_epoch_is_no_order_of_the_rows() -> None:
    profile = np.asarray(0.5 / (1.0 + np.arange(40)), dtype=np.float64)
    assert said(series_run({"train/loss": waves(10, 40, profile, noise=1e-4)})) == []


def test_a_rate_that_cycles_unseen_is_no_order_of_the_rows() -> None:
    profile = np.asarray(0.3 * (1 + np.cos(np.pi * np.arange(50) / 50)), dtype=np.float64)
    assert said(series_run({"train/loss": waves(9, 50, profile)})) == []


def test_rows_in_a_fixed_order_show_more_than_one_wave() -> None:
    profile = np.asarray(np.repeat(RNG.normal(size=8), 6) * 0.3, dtype=np.float64)
    assert "unshuffled_data" in said(series_run({"train/loss": waves(9, 48, profile)}))


@pytest.mark.parametrize(("shuffled", "found"), [(False, ["unshuffled_data"]), (True, [])])
def test_batches_in_one_order_are_seen_where_only_every_fifth_step_is_logged(shuffled: bool, found: list[str]) -> None:
    """87 batches an epoch, so that the same one is logged again after five epochs only."""
    rng = np.random.default_rng(1)
    step = np.arange(0.0, 2600.0, 5.0)
    rows = rng.normal(size=len(step)) if shuffled else rng.normal(size=87)[step.astype(int) % 87]
    loss = 0.5 + 1.5 * np.exp(-step / 400) + 0.15 * rows + 0.02 * rng.normal(size=len(step))
    data = series_run({"train/loss": loss}, {"n_train": 87 * 16, "batch_size": 16})
    assert said(replace(data, series={n: replace(s, step=step) for n, s in data.series.items()})) == found


@pytest.mark.parametrize(("end", "found"), [(2.5, True), (1.2, False)])
def test_a_loss_that_leaps_in_its_first_steps_has_learned_only_if_it_ends_below_its_first_value(
    end: float, found: bool
) -> None:
    rng = np.random.default_rng(2)
    loss = end + 0.1 * rng.normal(size=1200)
    loss[:30] = np.r_[2.3, np.linspace(4.0, 20.0, 4), np.linspace(18.0, end, 25)]
    told = said(series_run({"train/loss": loss, "val/loss": np.linspace(end + 0.1, end, 12)}))
    assert ("not_learning" in told) is found


def test_perplexities_alone_are_judged_as_losses() -> None:
    names = assign_roles(["train_ppl", "val_ppl"])
    assert (names["train_ppl"].role, names["val_ppl"].role) == ("train_loss", "eval_loss")
    assert assign_roles(["loss", "val_ppl"])["val_ppl"].role == "perplexity"
    y = np.exp(falling(200) + 1.0)
    data = series_run({"train_ppl": y, "val_ppl": y[::10] * 1.05})
    roles = {"train_ppl": "train_loss", "val_ppl": "eval_loss"}
    series = {name: replace(s, role=roles[name], family="perplexity") for name, s in data.series.items()}
    assert diagnose(replace(data, series=series)).verdict == "healthy"


@pytest.mark.parametrize(("epochs", "found"), [(8.0, ["val_leakage"]), (60.0, [])])
def test_a_task_that_new_rows_taught_is_no_leak(epochs: float, found: list[str]) -> None:
    """Both losses fall to nothing together: within an epoch on an easy task, after many where rows are known."""
    loss = 2.0 * np.exp(-np.arange(300) / 15) + 1e-4
    data = series_run({"train/loss": loss, "val/loss": loss, "val/acc": np.where(loss > 0.5, 0.5, 1.0)})
    epoch = np.arange(300) / 300 * (600.0 / epochs if not found else 40.0)
    series = {n: replace(s, epoch=epoch, step=s.step) for n, s in data.series.items()}
    assert said(replace(data, series=series)) == found


def test_a_displayed_mean_of_the_training_loss_does_not_tell_the_number_of_classes() -> None:
    loss = 2.3 * np.exp(-np.arange(200) / 60)
    evaluation = 1.6 * np.exp(-np.arange(200) / 8)
    accuracy = np.clip(0.55 + 0.02 * np.arange(200), 0.0, 0.95)
    assert "bad_init" not in said(series_run({"train/loss": loss, "val/loss": evaluation, "val/acc": accuracy}))


def test_a_model_that_is_good_from_the_start_is_not_stuck() -> None:
    loss = np.full(40, 0.05) + 0.005 * RNG.normal(size=40)
    accuracy = np.full(40, 0.985)
    assert said(series_run({"train/loss": loss, "val/loss": loss * 1.1, "val/acc": accuracy})) == []
    assert "not_learning" in said(series_run({"train/loss": loss, "val/loss": loss * 1.1, "val/acc": accuracy * 0.1}))


def test_an_evaluation_that_draws_its_rows_is_not_thrown_about_by_the_rate() -> None:
    """Losses of single batches that scatter four times as far as means over sixteen times the rows."""
    loss = 0.42 + 0.6 * np.exp(-np.arange(300) / 5) + 0.12 * RNG.normal(size=300)
    evaluation = 0.42 + 0.03 * RNG.normal(size=20)
    data = series_run({"train/loss": loss, "val/loss": evaluation})
    val = replace(data.series["val/loss"], step=np.arange(15.0, 301.0, 15.0))
    data = replace(data, series={**data.series, "val/loss": val}, params={"lr": 1e-3, "optimizer": "adamw"})
    assert said(data) == []
