"""Which runs a question means, and figures over them: the rule of `who.py`, scopes, conditions, reckonings."""

import pytest

from agent.offline.effect_intents import Matters
from agent.offline.figure_intents import AtEnd, Blame, Change, Figure, Most, Twins
from agent.offline.intents import (
    Best,
    Compare,
    Count,
    Focus,
    Health,
    Intent,
    ListRuns,
    Unknown,
    Value,
)
from agent.offline.scope import conjuncts, split_scope
from agent.offline.terms import Bound, Condition, Group, MetricAsk, Named, Ranked
from agent.offline.understand import understand
from tests.agent.offline.paraphrases import NUMBERED
from tests.agent.offline.sweeps import play
from tools.store import Store

SEVEN = Focus(runs=("run-7",))


def asked(*turns: str) -> tuple[Intent, ...]:
    focus = Focus()
    for turn in turns:
        understood = understand(turn, focus, NUMBERED)
        focus = understood.focus
    return understood.intents


@pytest.mark.parametrize(
    "later", ["is it healthy?", "since when?", "what is its batch size", "is that run overfitting"]
)
def test_a_pronoun_or_nothing_keeps_the_run_spoken_of(later: str) -> None:
    (intent,) = asked("why did run 7 diverge?", later)
    assert getattr(intent, "who", ()) == (Named("run-7"),)


@pytest.mark.parametrize(
    ("later", "kind"),
    [
        ("at what learning rate do runs diverge?", Matters),
        ("above which lr do our runs blow up?", Matters),
        ("does any run overfit?", ListRuns),
        ("how many runs diverged?", Count),
        ("average final val loss of the runs", Figure),
        ("plot the val loss of all runs", object),
    ],
)
def test_a_plural_frees_a_question_of_the_run_spoken_of(later: str, kind: type) -> None:
    (intent,) = asked("why did run 7 diverge?", later)
    assert isinstance(intent, kind)
    assert Named("run-7") not in getattr(intent, "who", ())


def test_these_and_the_second_one_point_back() -> None:
    (which,) = asked("compare run 3 and run 4", "which of them is better?")
    assert getattr(which, "who", ()) == (Named("run-3"), Named("run-4"))
    (second,) = asked("compare run 3 and run 4", "what is the val loss of the second one?")
    assert getattr(second, "who", ()) == (Named("run-4"),)
    (both,) = asked("why did run 3 fail?", "and run 4?", "which of the two is worse?")
    assert set(getattr(both, "who", ())) == {Named("run-3"), Named("run-4")}


def test_a_later_part_is_about_the_run_that_an_earlier_part_finds() -> None:
    best, setting = asked("which run is best by val loss, and what is its batch size?")
    assert isinstance(best, Best)
    assert getattr(setting, "who", ()) == (Ranked("best", 1, best.metric),)
    most, health = asked("which run has the largest batch size, and is it healthy?")
    assert isinstance(most, Most)
    assert isinstance(health, Health)
    assert isinstance(health.who[0], Ranked)


def test_each_part_of_a_question_is_answered_or_said_not_to_be_understood() -> None:
    common, worst = asked("what is the most frequent batch size, and which run is worst?")
    assert isinstance(common, Figure)
    assert isinstance(worst, Best)
    *_, unknown = asked("which run is best? and sing me a sea shanty")
    assert isinstance(unknown, Unknown)
    compared, why = asked("compare run 3 and run 7, and why did run 7 fail?")
    assert isinstance(compared, Compare)
    assert getattr(why, "who", ()) == (Named("run-7"),)


@pytest.mark.parametrize(
    ("words", "inner"),
    [
        ("average accuracy of healthy runs", "healthy runs"),
        ("best loss among runs with lr above 0.01", "runs with lr above 0.01"),
        ("how many of runs with dropout diverged", "runs with dropout"),
        ("loss of best runs", ""),
        ("which runs have dropout", ""),
        ("best run by validation loss counting each run best epoch", ""),
        ("best accuracy of any run with lr above 0", "any run with lr above 0"),
        ("which of these runs is best", ""),
    ],
)
def test_a_scope_is_what_is_said_of_the_runs_behind_a_preposition(words: str, inner: str) -> None:
    assert " ".join(split_scope(words.split())[1]) == inner


def test_conditions_hold_together_and_leave_choices() -> None:
    (listed,) = asked("which runs use a batch size of 16 or 32 and reach 0.9 val acc?")
    assert isinstance(listed, ListRuns)
    size, accuracy = listed.conditions
    assert (size.param, size.either) == ("batch_size", ("16", "32"))
    assert accuracy.bound == Bound("reach", 0.9)
    (counted,) = asked("how many runs got val acc > 0.8 but not > 0.85")
    assert [c.denied for c in counted.conditions] == [False, True]  # type: ignore[union-attr]
    assert conjuncts(["acc", "between", "0.8", "and", "0.9"]) == [["acc", ">=", "0.8"], ["<=", "0.9"]]
    (long,) = asked("how many runs trained for more than 25 epochs")
    assert long == Count((Condition(length="epoch", bound=Bound(">", 25.0)),))


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("median best val acc across the sweep", Figure),
        ("how many different learning rates were tried?", Figure),
        ("which run reached 0.9 val acc first?", Most),
        ("which run diverged earliest?", Most),
        ("which run trained the longest?", Most),
        ("by how much did the val loss of run 3 drop?", Change),
        ("val loss of run 3 between epochs 5 and 10", Change),
        ("did the best checkpoint of run 3 come last?", AtEnd),
        ("is the batch size to blame for run 7?", Blame),
        ("which runs differ only in lr?", Twins),
        ("does a bigger batch size hurt?", Matters),
        ("is batch size 128 better than 64?", Matters),
    ],
)
def test_reckonings_are_understood(question: str, kind: type) -> None:
    (intent,) = asked(question)
    assert isinstance(intent, kind)


def test_a_value_is_read_where_another_metric_peaked_or_half_way() -> None:
    (peak,) = asked("train loss of run 3 when val acc peaked")
    assert isinstance(peak, Value)
    assert peak.place
    assert peak.place.of == MetricAsk("val acc", "accuracy", "eval")
    (half,) = asked("val loss of run 3 at the halfway point")
    assert isinstance(half, Value)
    assert half.place
    assert (half.place.spot, half.place.value) == ("share", 0.5)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("mean final val loss of the healthy runs", "The mean final `val_loss`"),
        ("what is the most common batch size?", "The most common `batch_size` is 64"),
        ("how many different learning rates were tried?", "7 settings of `lr` were tried"),
        ("which run has the smallest lr?", "**run-7** has the smallest `lr`: **1e-06**"),
        ("which run reached val acc 0.8 first?", "to your 0.8 first"),
        ("which run broke first?", "broke first"),
        ("by how much did val_loss of run-3 drop?", "`val_loss` of run-3 fell by"),
        ("did run 8 end at its best val loss?", "**No, the best `val_loss` of run-8 came before its end**"),
        ("is the batch size to blame for run 6?", "**No, `batch_size` (64) is not what is wrong with run-6**"),
        ("which runs differ only in lr?", "differ in `learning_rate` alone"),
        ("final val loss of runs with lr above 0.04", "| run-3 |"),
    ],
)
def test_reckonings_are_told_with_what_they_stand_on(question: str, said: str, sweep: Store) -> None:
    assert said in play(question, sweep).text


def test_a_group_may_be_named_by_its_condition(sweep: Store) -> None:
    (intent,) = asked("final val loss of the healthy runs")
    assert getattr(intent, "who", ()) == (Group("healthy"),)
    assert "run-7" not in play("final val loss of the healthy runs", sweep).text
