"""What detectors once got wrong on runs they had not seen: the mechanism of each, on a run made for it."""

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.detectors.cases import falling
from tests.tools.detectors.domain_cases import tuned
from tests.tools.detectors.remark_cases import among, summary, taught
from tests.tools.detectors.toy_training import series_run
from tools.detectors import detectors
from tools.diagnosis import diagnose
from tools.records import Finding, RunData, Scalar, Sibling


def serious(issue: str, data: RunData) -> bool:
    """Whether a detector reports its fault, not as a remark."""
    detector = next(d for d in detectors() if d.id == issue)
    return any(getattr(f, "severity", "info") != "info" for f in detector.detect(data))


def by_epoch(data: RunData) -> RunData:
    """The same run in a log that counts epochs."""
    curves = {
        name: replace(s, axis="epoch", epoch=s.step, step=np.full(len(s.step), np.nan))
        for name, s in data.series.items()
    }
    return replace(data, series=curves)


@pytest.mark.parametrize(("skips", "overflows"), [(2, False), (300, True)])
def test_a_running_count_of_skipped_steps_is_set_against_optimizer_steps(skips: int, overflows: bool) -> None:
    count = np.concatenate([np.zeros(12), np.linspace(1, skips, 12).round()])
    settings: dict[str, Scalar] = {"n_train": 2400, "batch_size": 50}
    assert serious("fp16_overflow", by_epoch(series_run({"loss": falling(24), "skipped_steps": count}, settings))) is (
        overflows
    )


def broken(level: float) -> RunData:
    """A loss that leaps to 200 at step 200, comes down within ten steps to `level` and stays there."""
    y = falling(noise=0.02, floor=0.02)
    y[200:] += level + 200 * np.exp(-np.arange(100) / 3)
    seen = np.where(np.arange(15) < 10, falling(15, floor=0.1), 0.1 + level)
    run, evaluated = series_run({"train/loss": y}), series_run({"train/loss": y[::20], "val/loss": seen}, every=20)
    return replace(run, series={**run.series, "val/loss": evaluated.series["val/loss"]})


def test_a_jump_counts_by_where_the_loss_stays_not_by_how_high_it_leapt() -> None:
    assert serious("loss_spike", broken(0.6))
    assert not serious("loss_spike", broken(0.0))


@pytest.mark.parametrize(("rows", "reported"), [({"n_val": 24}, False), ({"n_val": 500}, True), ({}, False)])
def test_an_evaluation_of_a_few_rows_swings_by_chance(rows: dict[str, int], reported: bool) -> None:
    right = np.array([16, 20, 23, 21, 22, 22, 20, 23, 23, 21, 22, 23])
    loss = np.array([0.40, 0.32, 0.07, 0.18, 0.22, 0.41, 0.38, 0.09, 0.06, 0.35, 0.09, 0.30])
    settings: dict[str, Scalar] = {"optimizer": "sgd", "lr": 0.2, "momentum": 0.9, **rows}
    curves = {"loss": falling(12, noise=0.0), "val_loss": loss, "val_accuracy": (right / 24).round(5)}
    assert serious("lr_too_high", series_run(curves, settings)) is reported


@pytest.mark.parametrize("gone_at", [0, 20])
def test_a_loss_that_only_creeps_once_the_rate_is_gone_has_lost_it_too_early(gone_at: int) -> None:
    x = np.arange(300.0)
    rate = np.where(x < gone_at, 1e-3, 1e-5)
    loss = np.where(x < max(gone_at, 1), 2.3 - 0.3 * x / 20, 2.0 - 0.2 * (x - gone_at) / 300)
    settings: dict[str, Scalar] = {"lr": 1e-3, "optimizer": "adam", "lr_scheduler": "step"}
    assert serious("lr_decay_too_early", series_run({"loss": loss, "val_loss": loss + 0.01, "lr": rate}, settings))


def test_single_row_batches_that_stay_at_the_prior_are_too_small() -> None:
    loss = np.abs(np.random.default_rng(0).normal(1.4, 0.4, 600))
    loss[5:40] += 3
    assert serious("batch_too_small", series_run({"loss": loss}, {"bs": 1, "optimizer": "sgd", "lr": 0.03}))
    assert not serious("batch_too_small", series_run({"loss": loss}, {"bs": 32, "optimizer": "sgd", "lr": 0.03}))


def test_exploration_that_ends_at_once_is_a_collapse_though_the_reward_holds() -> None:
    rng = np.random.default_rng(0)
    x = np.arange(250)
    luck = np.minimum(45 + 8 * x, 70) + 4 * rng.normal(size=250)
    assert serious("entropy_collapse", series_run({"entropy": 1.6 * np.exp(-1.5 * x), "mean_reward": luck}))
    assert not serious("entropy_collapse", series_run({"entropy": 1.6 * np.exp(-x / 60), "mean_reward": luck + x / 4}))


def test_a_policy_that_is_sure_of_itself_far_below_what_its_task_allows_has_collapsed() -> None:
    x = np.arange(120.0)
    curves = {
        "rollout/ep_rew_mean": -200 + 150 * (1 - np.exp(-x / 15)) + 6 * np.random.default_rng(0).normal(size=120),
        "train/entropy_loss": -1.38 * np.exp(-np.maximum(x - 30, x / 6) / 5),
    }
    assert not serious("entropy_collapse", series_run(curves, {"env_id": "OwnLander-v0"}))
    assert serious("entropy_collapse", series_run(curves, {"env_id": "LunarLander-v3"}))
    other = {"rollout/ep_rew_mean": summary("rollout/ep_rew_mean", "reward", "reward", "higher", 220.0)}
    beside = {task: (Sibling("run-2", "run-2", {"env_id": task}, other),) for task in ("OwnLander-v0", "Walker-v0")}
    run = series_run(curves, {"env_id": "OwnLander-v0"})
    assert serious("entropy_collapse", replace(run, siblings=beside["OwnLander-v0"]))
    assert not serious("entropy_collapse", replace(run, siblings=beside["Walker-v0"]))


def beside_a_rate(settings: dict[str, Scalar], last: float, count: int = 40) -> RunData:
    """A run with a rate of 2e-4 that is still falling, beside one with these settings that got to a loss."""
    made: dict[str, Scalar] = {"lr": 2e-4, "optimizer": "adam", "width": 8, "weight_decay": 0.01}
    run = series_run({"eval_loss": 1.5 + 0.6 * np.exp(-np.arange(40) / 30)}, made)
    other = replace(summary("eval_loss", "eval_loss", "loss", "lower", last), last=last, count=count)
    return replace(run, siblings=(Sibling("run-2", "run-2", made | settings, {"eval_loss": other}),))


def test_a_run_left_behind_by_one_of_a_higher_rate_has_too_low_a_rate() -> None:
    assert serious("lr_too_low", beside_a_rate({"lr": 2e-3, "seed": 5}, 0.9))
    assert serious("lr_too_low", beside_a_rate({"lr": 2e-3, "weight_decay": 0.1}, 0.9))
    assert not serious("lr_too_low", beside_a_rate({"lr": 2e-3}, 1.5))
    assert not serious("lr_too_low", beside_a_rate({"lr": 4e-4}, 0.9))
    assert not serious("lr_too_low", beside_a_rate({"lr": 2e-3}, 0.9, count=90))
    assert not serious("lr_too_low", beside_a_rate({"lr": 2e-3, "width": 64}, 0.9))
    assert not serious("lr_too_low", beside_a_rate({"lr": 2e-3, "weight_decay": 0.0}, 0.9))
    nearly = beside_a_rate({"lr": 2e-3}, 1.2)
    assert [f.severity for f in diagnose(nearly).findings if f.id == "lr_too_low"] == ["info"]


@pytest.mark.parametrize(("lr", "back", "too_high"), [(0.3, 0.4, True), (0.3, 0.0, False), (0.01, 0.4, False)])
def test_a_loss_that_creeps_back_up_under_a_high_rate_is_the_rates_work(lr: float, back: float, too_high: bool) -> None:
    x = np.arange(40.0)
    loss = 0.3 + 1.2 * np.exp(-x / 5) + back * np.clip((x - 18) / 12, 0, 1)
    rough = loss + 0.02 * np.random.default_rng(0).normal(size=40)
    run = series_run({"train_loss": rough, "val_loss": loss + 0.1}, {"lr": lr, "optimizer": "sgd", "momentum": 0.9})
    assert serious("lr_too_high", run) is too_high


def test_a_kl_that_wanders_near_nothing_does_not_rise() -> None:
    rng = np.random.default_rng(1)
    wandering = np.convolve(np.abs(rng.normal(0.02, 0.01, 420)), np.ones(21) / 21, "valid")
    wandering[0], wandering[-1] = 0.09, 0.03
    curves = {"loss": 17 + falling(400), "rec_loss": 17 + falling(400), "kld": wandering}
    assert serious("posterior_collapse", series_run(curves))


def test_first_and_last_of_seven_layers_tell_of_vanishing_gradients() -> None:
    norms = {f"grad_norm/layer_{layer}": np.full(60, size) for layer, size in ((0, 1e-6), (6, 0.5))}
    assert serious("vanishing_gradients", series_run({"loss": np.full(60, 1.0), "val_loss": np.full(60, 1.0), **norms}))


def fitted(accuracies: list[float], first: float, eval_loss: float, settings: dict[str, Scalar]) -> RunData:
    """A training fit that is good from the first epoch mean on, beside an evaluation of the given accuracies."""
    n = len(accuracies)
    x = np.linspace(0, 1, n)
    curves = {
        "loss": first * (1 - x) + 0.05,
        "accuracy": 1 - 0.3 * first * (1 - x) - 0.01,
        "val_loss": np.linspace(eval_loss, eval_loss + 1, n),
        "val_accuracy": np.array(accuracies),
    }
    return series_run(curves, settings)


def test_a_loss_that_is_logged_late_does_not_tell_the_number_of_classes() -> None:
    weak = [0.14, 0.2, 0.22, 0.24, 0.25, 0.25, 0.25]
    wrong = [0.03, 0.02, 0.02, 0.01, 0.01, 0.01, 0.01]
    assert not serious("below_chance", fitted(weak, 0.8, 2.4, {}))
    assert serious("below_chance", fitted(wrong, 0.8, 4.0, {}))
    assert serious("below_chance", fitted([0.15] * 7, 0.8, 4.0, {"num_classes": 2}))


@pytest.mark.parametrize(("loss_rises", "reported"), [(True, True), (False, False)])
def test_an_accuracy_that_falls_beside_a_flat_loss_is_no_overfitting(loss_rises: bool, reported: bool) -> None:
    x = np.arange(20.0)
    loss = 0.6 + 0.8 * np.exp(-x) + (0.02 * np.maximum(x - 8, 0) if loss_rises else 0)
    accuracy = 0.9 - 0.4 * np.exp(-x) - 0.01 * np.maximum(x - 8, 0)
    curves = {"loss": 1.5 * np.exp(-x / 5), "val_loss": loss, "val_accuracy": accuracy}
    assert serious("overfitting", series_run(curves)) is reported


@pytest.mark.parametrize(("rate", "reported"), [(0.8, True), (0.5, False)])
def test_dropout_of_most_units_holds_the_training_loss_up(rate: float, reported: bool) -> None:
    curves = {"loss": 1.2 + falling(60, 1.2, 0.0), "val_loss": 0.7 + falling(60, 1.6, 0.0)}
    assert serious("underfitting", series_run(curves, {"dropout": rate, "optimizer": "adam", "lr": 1e-3})) is reported


@pytest.mark.parametrize(
    ("optimizer", "lr", "reported"), [("adam", 0.02, True), ("muon", 0.02, False), ("lars", 4.8, False)]
)
def test_a_rate_is_high_by_the_measure_of_its_optimizer(optimizer: str, lr: float, reported: bool) -> None:
    loss = np.append(np.linspace(2.3, 1.4, 10), 1.4 + 0.001 * np.random.default_rng(0).normal(size=190))
    settings: dict[str, Scalar] = {"optimizer": optimizer, "lr": lr}
    assert serious("lr_too_high", series_run({"loss": loss, "val_loss": loss + 0.02}, settings)) is reported


@pytest.mark.parametrize(("width", "reported"), [(2.1, True), (0.02, False)])
def test_weights_drawn_wide_explain_a_start_far_above_the_end(width: float, reported: bool) -> None:
    settings: dict[str, Scalar] = {"init": "normal", "init_std": width, "lr": 1e-3, "optimizer": "adam"}
    assert serious("bad_init", series_run({"loss": 40 * falling(80)}, settings)) is reported


@pytest.mark.parametrize(("logged_to", "reported"), [(120, True), (198, False)])
def test_a_loss_that_stops_while_the_rate_goes_on_was_filtered(logged_to: int, reported: bool) -> None:
    data = series_run({"train/loss": falling(200), "lr": np.full(200, 1e-3)})
    loss = data.series["train/loss"]
    cut = {name: getattr(loss, name)[:logged_to] for name in ("step", "epoch", "wall_time", "value")}
    short = replace(data, series={**data.series, "train/loss": replace(loss, **cut)})
    assert serious("nan_loss", short) is reported


def test_a_sum_over_rows_is_no_bad_start() -> None:
    x = np.arange(30.0)
    accuracy = {"accuracy": 0.97 - 0.87 * np.exp(-x / 4)}
    assert not serious("bad_init", series_run({"loss": 128 * (0.1 + 2.2 * np.exp(-x / 4)), **accuracy}))
    assert serious("bad_init", series_run({"loss": 0.1 + 40 * np.exp(-x / 4), **accuracy}))


@pytest.mark.parametrize("issue", ["not_learning", "lr_too_low", "underfitting", "bad_init"])
def test_a_pretrained_model_has_little_left_to_learn(issue: str) -> None:
    x = np.arange(300) / 300
    loss = 1.25 - 0.04 * x + 0.15 * np.random.default_rng(1).normal(size=300)
    settings: dict[str, Scalar] = {"learning_rate": 2e-5, "optim": "adamw", "model_name_or_path": "llama", "lora_r": 8}
    assert not serious(issue, series_run({"loss": loss, "learning_rate": 2e-5 * (1 - x)}, settings))


def test_a_list_of_results_is_no_run_that_does_not_learn() -> None:
    results = 1.5 + 0.03 * np.random.default_rng(0).normal(size=22)
    data = by_epoch(series_run({"val_bpb": results}))
    rows = {name: replace(s, axis="row", epoch=s.step) for name, s in data.series.items()}
    assert not serious("not_learning", replace(data, series=rows))
    assert serious("not_learning", data)


@pytest.mark.parametrize(("lead", "reported"), [(0.2, True), (0.03, False)])
def test_one_evaluation_far_ahead_of_the_training_tells_of_wrong_labels(lead: float, reported: bool) -> None:
    x = np.arange(30.0)
    curves = {
        "loss": 1.0 * np.exp(-x / 5) + 0.01,
        "accuracy": 1 - 0.4 * np.exp(-x / 3),
        "val_loss": 0.5 + 0.02 * np.maximum(x - 1, 0) + 0.1 * (x == 0),
        "val_accuracy": np.where(x == 0, 1 - 0.4 * np.exp(-1 / 3) + lead, 0.72 - 0.001 * x),
    }
    assert serious("label_noise", series_run(curves, {"n_val": 500})) is reported


@pytest.mark.parametrize(
    ("key", "twins"), [("exp_name", True), ("wandb.id", True), ("model_name", False), ("dataset.name", False)]
)
def test_runs_of_another_model_or_data_set_are_no_twins(key: str, twins: bool) -> None:
    data = among(0.9, (0.5, 0.52, 0.49))
    named = tuple(replace(s, params={**s.params, key: "that"}) for s in data.siblings)
    data = replace(data, params={**data.params, key: "this"}, siblings=named)
    assert serious("worse_than_twins", data) is twins


def test_worse_labels_are_a_remark_as_long_as_no_second_sign_agrees() -> None:
    assert serious("corrupted_labels", taught(0.9, rise=0.6))
    assert not serious("corrupted_labels", taught(0.9))


def test_a_run_of_other_settings_is_no_measure_for_labels() -> None:
    assert not serious("corrupted_labels", taught(0.9, rise=0.6, settings={"lr": 1e-2}))


def test_fine_tuning_that_overfits_does_not_forget() -> None:
    assert not serious("forgetting", tuned(0.8, learned=0.6))


def test_three_epochs_of_fine_tuning_are_too_few_to_speak_of_forgetting() -> None:
    data = tuned(0.8)
    short = {name: replace(s, step=s.step[:3], epoch=s.epoch[:3], value=s.value[:3]) for name, s in data.series.items()}
    assert not serious("forgetting", replace(data, series=short))


def test_a_loss_that_is_first_logged_as_zero_does_not_diverge_by_being_above_it() -> None:
    summed = np.array([0.0, 1.4, 6.2, 4.5, 4.8, 3.0, 1.0, 0.27, 0.05, 0.01])
    assert not serious("divergence", series_run({"loss": summed}))
    assert serious("divergence", series_run({"loss": np.concatenate([summed[:6], 3.0 * 4.0 ** np.arange(8)])}))


def test_a_slow_blow_up_begins_where_the_loss_leaves_its_level_not_where_it_is_enormous() -> None:
    noise = np.random.default_rng(0).normal(scale=0.01, size=300)
    loss = np.concatenate([np.linspace(2.6, 0.4, 200), 0.4 * 1.08 ** np.arange(1, 101)]) * np.exp(noise)
    divergence = next(d for d in detectors() if d.id == "divergence")
    onset = next(f.onset_step for f in divergence.detect(series_run({"loss": loss})) if isinstance(f, Finding))
    assert onset is not None
    assert 200 <= onset <= 215


@pytest.mark.parametrize(
    ("rate", "told", "advice"), [(1.1, 0.05, "Mend the schedule"), (1.0, 0.05, "from 0.05 to 0.005")]
)
def test_a_rate_that_runs_away_is_mended_where_it_was_set_not_lowered_from_its_peak(
    rate: float, told: float, advice: str
) -> None:
    loss = np.concatenate([np.linspace(2.6, 0.4, 60), 0.4 * 1.3 ** np.arange(1, 41)])
    lr = told * rate ** np.maximum(0, np.arange(100) - 30)
    divergence = next(d for d in detectors() if d.id == "divergence")
    told_of = divergence.detect(series_run({"loss": loss, "lr": lr}, {"learning_rate": told}))
    assert advice in next(f.fix for f in told_of if isinstance(f, Finding))
