"""No named thing of a question is passed over: an order, a run that does not exist, a step, a setting, a noun."""

import math

import pytest

from agent.offline.intents import (
    Best,
    Compare,
    Count,
    Describe,
    Focus,
    Intent,
    ListRuns,
    Next,
    PlotAsk,
    Setting,
    Trend,
    Unknown,
    Value,
)
from agent.offline.known import Known, KnownMetric, KnownRun
from agent.offline.terms import Condition, MetricAsk, Missing, Named, Place, Ranked
from agent.offline.understand import understand
from tests.agent.offline.sweeps import play
from tools.store import Store

KNOWN = Known(
    tuple(KnownRun(f"ft-{i}", i, f"ft-{i}") for i in range(1, 6)),
    (
        KnownMetric("eval_loss", "eval_loss", 5, 100),
        KnownMetric("train/clip_fraction", None, 5, 100),
        KnownMetric("gpu_mem", "memory", 5, 100),
    ),
    ("learning_rate", "lora_r", "lora_alpha", "seed", "gamma"),
)
ONE, TWO, THREE = (Named(f"ft-{i}") for i in (1, 2, 3))


def _all(text: str, focus: Focus | None = None) -> tuple[Intent, ...]:
    return understand(text, focus, KNOWN).intents


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("order them by final eval loss, worst first", "worst"),
        ("sort by eval loss, best first", "best"),
        ("list runs by eval loss, worst first", "worst"),
    ],
)
def test_an_order_that_is_asked_for_is_no_first_value(text: str, order: str) -> None:
    (asked,) = _all(text)
    assert isinstance(asked, Best)
    assert (asked.order, asked.count > 1) == (order, True)


def test_a_run_that_does_not_exist_is_told_of_without_an_apostrophe_too(sweep: Store) -> None:
    (asked,) = _all("whats ft-6s final loss")
    assert isinstance(asked, Value)
    assert [type(ref) for ref in asked.who] == [Missing]
    assert "There is no run 9" in play("whats run 9s final loss", sweep).text


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("what rank did the best one use", "lora_rank"),
        ("what alpha did the winner use", "lora_alpha"),
        ("what tokenizer did the best run use", "tokenizer"),
    ],
)
def test_what_the_best_run_used_is_a_setting_whatever_its_name(text: str, key: str) -> None:
    assert _all(text) == (Setting((Ranked(),), key),)


@pytest.mark.parametrize(
    "text",
    ["who was ahead at step 300, ft-1 or ft-3", "compare ft-1 and ft-3 at step 300", "is 1 better than 3 at step 300"],
)
def test_runs_are_held_against_each_other_at_the_step_that_is_named(text: str) -> None:
    assert _all(text) == (Value((ONE, THREE), None, Place("at", "step", 300.0)),)


def test_of_two_losses_at_a_step_the_lower_is_ahead(sweep: Store) -> None:
    assert "run-3 is ahead" in play("who was ahead on val loss at epoch 20, run 3 or run 7", sweep).text


def test_a_step_that_the_answer_leaves_out_is_told() -> None:
    assert Unknown("at step 100", passed_over=True) in _all("ft-3: was it still improving at step 100?")


@pytest.mark.parametrize(("text", "kind"), [("how do i fix 3", Next), ("describe 3", Describe)])
def test_a_bare_number_at_the_end_is_a_run(text: str, kind: type[Intent]) -> None:
    (asked,) = _all(text)
    assert isinstance(asked, kind)
    assert getattr(asked, "who", ()) == (THREE,)


def test_advice_on_a_healthy_run_says_first_that_it_is_healthy(sweep: Store) -> None:
    assert play("how do i fix 3", sweep).text.startswith("**run-3 is healthy")


def test_a_correction_names_its_run_by_a_number() -> None:
    last = Focus(("ft-1",), (Describe((ONE,)),))
    assert _all("no i meant 2", last) == (Describe((TWO,)),)


def test_the_same_except_for_a_setting_compares_the_configs(sweep: Store) -> None:
    assert _all("are ft-1 and ft-2 the same except seed") == (Compare((ONE, TWO), alike=("seed",)),)
    assert _all("is ft-1 the same as ft-2") == (Compare((ONE, TWO), alike=()),)
    text = play("what differs between run 1 and run 2", sweep).text
    assert "differ in `lr` only, besides the seed" in text


def test_broken_runs_that_are_ignored_are_left_out() -> None:
    (asked,) = _all("ignoring the broken ones, who's last")
    assert isinstance(asked, Best)
    assert (asked.order, asked.conditions) == ("worst", (Condition(which="healthy"),))


def test_the_words_of_one_logged_name_are_that_metric() -> None:
    assert _all("clip fraction of ft-4 over time") == (PlotAsk((Named("ft-4"),), (MetricAsk("train/clip_fraction"),)),)


def test_which_after_a_question_about_one_run_is_about_all() -> None:
    spoken = Focus(("ft-1",), (Describe((ONE,)),))
    assert _all("which crashed, and why?", spoken)[0] == ListRuns((Condition(aspect="crash"),))


def test_only_runs_are_counted_as_runs() -> None:
    assert not any(isinstance(one, Count) for one in _all("how many frames per second"))
    assert _all("how many are there") == _all("how many of them are there") == (Count(),)


def test_a_change_that_is_small_for_its_size_is_no_rise(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("memory")
    rows = ["epoch,val_loss,gpu_mem", *(f"{e},{1 / (e + 1):.4f},{5.08 + 0.0015 * e:.4f}" for e in range(30))]
    (folder / "metrics.csv").write_text("\n".join(rows) + "\n")
    store = Store(tmp_path_factory.mktemp("store"))
    store.ingest([folder])
    assert isinstance(_all("does gpu memory of ft-1 grow?")[-1], Trend)
    assert "hardly changes" in play("does gpu memory grow?", store).text


def test_a_metric_without_a_better_direction_has_no_best_when_it_ends_in_nan(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("norms")
    rows = [f"{e},{1 / (e + 1):.4f},{math.nan if e > 20 else 10.0**e:g}" for e in range(30)]
    (folder / "metrics.csv").write_text("\n".join(["epoch,val_loss,grad_norm", *rows]) + "\n")
    store = Store(tmp_path_factory.mktemp("store"))
    store.ingest([folder])
    text = play("is the grad norm going up?", store).text
    assert "highest finite value was" in text
    assert "its best was" not in text
