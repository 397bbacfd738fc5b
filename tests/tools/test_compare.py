import math
from dataclasses import replace

import pytest

from tools.compare import Contender, best_of, compare, differences, headline, is_incidental, knobs, nearest
from tools.records import Diagnosis, MetricSummary, Run, Scalar, Sibling
from tools.roles import role_of


def run(number: int) -> Run:
    return Run(f"run-{number}", number, f"run-{number}", "", "jsonl")


def metric(name: str, role: str | None, low: float | None, high: float | None, count: int = 10) -> MetricSummary:
    known = role_of(name)
    meaning = (known.confidence, known.split, known.goal, known.family)
    return MetricSummary(name, role, "step", count, 0, 0, 9, high, low, low, 9, high, 0, *meaning)


def contender(number: int, params: dict[str, Scalar], *metrics: MetricSummary) -> Contender:
    return Contender(run(number), params, metrics, Diagnosis(f"run-{number}", "healthy", (), ()))


def sibling(name: str, **params: Scalar) -> Sibling:
    return Sibling(name, name, params, {})


def test_only_settings_that_differ_are_differences_however_their_values_are_written() -> None:
    found = differences([{"lr": 0.001, "bs": 32, "amp": True, "opt": "adam"}, {"lr": "1e-3", "bs": 64.0, "amp": 1}])
    assert [(d.key, d.values) for d in found] == [("bs", (32, 64.0)), ("amp", (True, 1)), ("opt", ("adam", None))]


@pytest.mark.parametrize("key", ["seed", "run_name", "trainer.output_dir", "wandb_version", "num_workers", "run.id"])
def test_settings_of_the_launch_are_incidental(key: str) -> None:
    assert is_incidental(key)


@pytest.mark.parametrize("key", ["lr", "model_name", "optimizer.name", "data_dir", "lora_rank", "dataset.version"])
def test_settings_of_the_training_are_not_incidental(key: str) -> None:
    assert not is_incidental(key)


def test_a_seed_differs_last_and_confounds_nothing() -> None:
    result = compare([contender(1, {"seed": 1, "lr": 0.1}), contender(2, {"seed": 2, "lr": 0.2})])
    assert [(d.key, d.incidental) for d in result.params] == [("lr", False), ("seed", True)]
    assert not result.confounded
    both = compare([contender(1, {"bs": 1, "lr": 0.1, "wd": 0}), contender(2, {"bs": 2, "lr": 0.2, "wd": 0})])
    assert both.confounded
    assert both.same_params == 1


def test_a_setting_written_twice_or_derived_from_another_confounds_nothing() -> None:
    twice = compare(
        [contender(1, {"bs": 16, "trainer.batch_size": 16}), contender(2, {"bs": 32, "trainer.batch_size": 32})]
    )
    assert len(twice.params) == 2
    assert not twice.confounded
    chance = compare([contender(1, {"bs": 64, "hidden": 64}), contender(2, {"bs": 128, "hidden": 128})])
    assert chance.confounded
    floor = compare([contender(1, {"lr": 0.1, "min_lr": 0.01}), contender(2, {"lr": 0.2, "min_lr": 0.02})])
    assert not floor.confounded
    assert [d.key for d in knobs(differences([{"min_lr": 0.1}, {"min_lr": 0.2}]))] == ["min_lr"]


def test_the_winner_has_the_best_value_in_the_direction_of_the_metric() -> None:
    a = contender(1, {}, metric("val_acc", "eval_score", 0.1, 0.8), metric("val_loss", "eval_loss", 0.4, 2.0))
    b = contender(2, {}, metric("val_acc", "eval_score", 0.2, 0.9), metric("val_loss", "eval_loss", 0.5, 2.0))
    assert (compare([a, b]).metric, compare([a, b]).winner) == ("val_acc", "run-2")
    by_loss = compare([a, b], "val_loss")
    assert (by_loss.metrics[0].metric, by_loss.metrics[0].goal, by_loss.winner) == ("val_loss", "lower", "run-1")


def test_a_tie_has_no_winner_and_neither_has_a_metric_of_one_run() -> None:
    same = metric("val_loss", "eval_loss", 0.4, 2.0)
    assert compare([contender(1, {}, same), contender(2, {}, same)]).winner is None
    assert compare([contender(1, {}, same), contender(2, {})]).winner is None


def test_a_run_that_was_never_finite_loses() -> None:
    lost = replace(metric("val_loss", "eval_loss", None, None), last=math.nan)
    result = compare([contender(1, {}, lost), contender(2, {}, metric("val_loss", "eval_loss", 0.4, 2.0))])
    assert result.winner == "run-2"


def test_metrics_named_differently_meet_in_one_row_by_their_role() -> None:
    a = contender(1, {}, metric("val_loss", "eval_loss", 0.4, 2.0), metric("epoch", "epoch", 0, 9))
    b = contender(2, {}, metric("eval/loss", "eval_loss", 0.3, 2.0))
    (row,) = compare([a, b]).metrics
    assert [s.name for s in row.summaries if s] == ["val_loss", "eval/loss"]
    assert row.winner == "run-2"


def test_the_headline_is_an_eval_score_before_an_eval_loss_before_training() -> None:
    loss, score = metric("val_loss", "eval_loss", 0, 1), metric("val_acc", "eval_score", 0, 1)
    assert headline([metric("loss", "train_loss", 0, 1, 999), loss, score]) == score
    assert headline([metric("loss", "train_loss", 0, 1, 999), loss]) == loss
    assert headline([metric("mystery", None, 0, 1)]) is None
    reward, explained = metric("ep_rew_mean", "reward", 0, 1, 5), metric("explained_variance", "train_score", 0, 1, 9)
    assert headline([explained, reward]) == reward


def test_a_metric_without_better_and_worse_has_no_best() -> None:
    assert best_of(metric("lr", "learning_rate", 0.1, 0.2)) is None


def test_the_nearest_sibling_has_the_fewest_differences_then_the_closest_values() -> None:
    mine: dict[str, Scalar] = {"lr": 1.0, "bs": 32, "seed": 1}
    found = nearest(
        mine,
        [
            sibling("far", lr=0.001, bs=32, seed=1),
            sibling("two", lr=0.9, bs=33, seed=1),
            sibling("near", lr=0.1, bs=32, seed=9),
            sibling("stranger", depth=3),
        ],
    )
    assert [s.run for s, _ in found] == ["near", "far", "two"]
    assert [d.key for d in found[0][1]] == ["lr", "seed"]
