"""Short turns behind an answer: which is lower, by how much, the second, only this metric, the others, why."""

import pytest

from agent.offline.course_intents import Trust
from agent.offline.effect_intents import Matters, WhatIf
from agent.offline.figure_intents import Elsewhere
from agent.offline.intents import (
    Best,
    Compare,
    Define,
    Doubt,
    Focus,
    Health,
    Intent,
    ListRuns,
    Next,
    PlotAsk,
    Setting,
    Trend,
    Value,
    When,
    Why,
)
from agent.offline.terms import Condition, Group, MetricAsk, Named, Place, Ranked
from agent.offline.understand import understand
from tests.agent.offline.paraphrases import NUMBERED
from tests.agent.offline.sweeps import play
from tools.store import Store

THREE, SEVEN = (Named("run-3"),), (Named("run-7"),)
BOTH = (*THREE, *SEVEN)
VAL_LOSS = MetricAsk("val loss", "loss", "eval")
LAST = Place("last")
METRIC_OF: dict[type, MetricAsk] = {Define: VAL_LOSS}
"""What the focus holds behind an intent that has no metric of its own."""


@pytest.mark.parametrize(
    ("last", "question", "asked"),
    [
        (Value(SEVEN, VAL_LOSS, LAST), "which is lower", Value(BOTH, VAL_LOSS, LAST)),
        (Value(SEVEN, VAL_LOSS, LAST), "by how much?", Value(BOTH, VAL_LOSS, LAST)),
        (Setting(SEVEN, "learning_rate"), "which is higher", Setting(BOTH, "learning_rate")),
        (
            Setting(SEVEN, "learning_rate"),
            "did any other run use a higher one",
            WhatIf(SEVEN, "learning_rate", side="up"),
        ),
        (Compare(BOTH), "which setting made the difference", Compare(BOTH, leads="reasons")),
        (Compare(BOTH), "is that significant?", Trust(BOTH)),
        (Compare(BOTH), "why is it worse", Compare(BOTH, leads="reasons")),
        (Compare(BOTH), "so what value would you use", Compare(BOTH, leads="choice")),
        (When(SEVEN), "did the others have that too?", Elsewhere(SEVEN)),
        (PlotAsk(SEVEN, (VAL_LOSS,)), "what do you see", Trend(SEVEN, VAL_LOSS)),
        (Define("val loss"), "what is it for run 7", Value(SEVEN, VAL_LOSS)),
        (Matters(key="batch_size"), "so what value would you use?", Matters(key="batch_size", pick=True)),
        (Setting(SEVEN, "momentum"), "so what should it be", Next(SEVEN, keys=("momentum",))),
        (Best(), "second", Best(count=2, nth=2)),
        (Best(), "and the third", Best(count=3, nth=3)),
        (Best(), "how far apart?", Compare((Ranked("best", 2),))),
        (PlotAsk(SEVEN, ()), "only the val loss", PlotAsk(SEVEN, (VAL_LOSS,))),
        (PlotAsk(SEVEN, (VAL_LOSS,)), "and run 3", PlotAsk((*SEVEN, *THREE), (VAL_LOSS,))),
        (Matters(key="batch_size", asks="better"), "how much?", Matters(key="batch_size", asks="better")),
        (Matters(key="batch_size"), "why?", Doubt(Matters(key="batch_size"))),
        (Next(), "why that", Doubt(Next())),
        (Health(SEVEN, "overfitting"), "what about the others", ListRuns((Condition(aspect="overfitting"),))),
        (Trend(SEVEN, VAL_LOSS), "and the others?", Trend((Group("all"),), VAL_LOSS)),
    ],
)
def test_a_short_turn_is_about_what_was_told(last: Intent, question: str, asked: Intent) -> None:
    focus = Focus(("run-7",), (last,), getattr(last, "metric", METRIC_OF.get(type(last))), other_runs=("run-3",))
    assert understand(question, focus, NUMBERED).intents == (asked,)


def test_a_setting_that_was_told_is_supposed_otherwise() -> None:
    focus = Focus(("run-7",), (Setting(SEVEN, "learning_rate"),), key="learning_rate")
    assert understand("what if it was lower", focus, NUMBERED).intents == (WhatIf(SEVEN, "learning_rate", side="down"),)


def test_a_fix_is_for_all_the_runs_that_were_told() -> None:
    (asked,) = understand("fix?", Focus(("run-3", "run-7"), (Why(BOTH),)), NUMBERED).intents
    assert isinstance(asked, Next)
    assert asked.who == BOTH


@pytest.mark.parametrize(
    "question", ["would training longer help", "were the runs long enough", "are 30 epochs enough"]
)
def test_of_many_runs_it_is_counted_which_still_improved(question: str, sweep: Store) -> None:
    assert "of 8 runs were still improving when they ended" in play(question, sweep).text.split("\n")[0]


def test_what_the_winner_did_differently_is_told_beside_the_next_best() -> None:
    asked = understand("who wins and what did they do differently", None, NUMBERED).intents
    assert asked == (Compare((Ranked("best", 2),), leads="settings"),)


def test_a_run_that_would_be_ok_with_a_value_is_supposed_to_have_it() -> None:
    asked = understand("would run 7 be ok with lr 0.003?", None, NUMBERED).intents
    assert asked == (WhatIf(SEVEN, "learning_rate", 0.003),)
