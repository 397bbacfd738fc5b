"""Questions in many wordings, each understood as what it asks."""

from collections.abc import Callable

import pytest

from agent.offline.course_intents import Gap
from agent.offline.effect_intents import Matters, WhatIf
from agent.offline.intents import (
    Best,
    Compare,
    Count,
    Define,
    Duration,
    Focus,
    Health,
    Intent,
    ListRuns,
    Next,
    PlotAsk,
    Reach,
    Setting,
    SmallTalk,
    Story,
    ToLog,
    Trend,
    Unknown,
    Unlogged,
    Value,
    Wasted,
    When,
    Why,
)
from agent.offline.known import Known, KnownMetric, KnownRun
from agent.offline.terms import Condition, Group, Missing, Named, Place, Ranked, Unsaid
from agent.offline.understand import understand
from tests.agent.offline import paraphrases
from tests.agent.offline.paraphrases import NUMBERED

NAMES = (
    *("brisk-field-1", "lively-field-2", "jolly-otter-3", "gentle-grove-4"),
    *("proud-harbor-5", "eager-wave-6", "hazy-dune-7", "olive-sun-8"),
)
NAMED = Known(
    tuple(KnownRun(name, int(name.rsplit("-")[-1]), name) for name in NAMES),
    (KnownMetric("objective_heldout", "eval_loss", 8, 100), KnownMetric("r2_dev", "eval_score", 8, 100)),
    ("base_lr", "train_batch_size", "opt"),
)
WORLDS = ((NUMBERED, "run-2", "run-7", "val loss"), (NAMED, "gentle-grove-4", "olive-sun-8", "validation R^2"))
Fits = Callable[[Intent, str, str], bool]


def _of(intent: Intent, *runs: str) -> bool:
    return tuple(getattr(ref, "run", None) for ref in getattr(intent, "who", ())) == runs


KINDS: dict[str, Fits] = {
    "WHY": lambda i, r, s: isinstance(i, Why) and _of(i, r),
    "WHY_DIVERGED": lambda i, r, s: isinstance(i, Why) and _of(i, r) and i.aspect == "divergence",
    "WHEN": lambda i, r, s: isinstance(i, When) and _of(i, r),
    "HEALTH": lambda i, r, s: isinstance(i, Health) and _of(i, r) and not i.aspect,
    "USE": lambda i, r, s: isinstance(i, Health) and _of(i, r) and i.use,
    "OVERFIT": lambda i, r, s: isinstance(i, Health) and _of(i, r) and i.aspect == "overfitting",
    "BEST": lambda i, r, s: (
        isinstance(i, Best) and bool(i.metric) and (i.count, i.order, i.spot) == (1, "best", "best")
    ),
    "BEST_PLAIN": lambda i, r, s: isinstance(i, Best) and i.count == 1 and i.order == "best",
    "WORST": lambda i, r, s: isinstance(i, Best) and bool(i.metric) and i.order == "worst",
    "TOP3": lambda i, r, s: isinstance(i, Best) and bool(i.metric) and i.count == 3,
    "FINAL": lambda i, r, s: (
        isinstance(i, Value) and _of(i, r) and bool(i.metric and i.place and i.place.spot == "last")
    ),
    "AT_EPOCH": lambda i, r, s: isinstance(i, Value) and _of(i, r) and i.place == Place("at", "epoch", 16.0),
    "COUNT_ABOVE": lambda i, r, s: (
        isinstance(i, Count) and [c.bound.value for c in i.conditions if c.metric and c.bound] == [0.5]
    ),
    "COUNT_BROKEN": lambda i, r, s: isinstance(i, Count) and i.conditions == (Condition(which="broken"),),
    "LIST_BROKEN": lambda i, r, s: isinstance(i, ListRuns) and i.conditions == (Condition(which="broken"),),
    "LIST_DIVERGED": lambda i, r, s: isinstance(i, ListRuns) and i.conditions == (Condition(aspect="divergence"),),
    "COMPARE": lambda i, r, s: isinstance(i, Compare) and _of(i, r, s),
    "PLOT": lambda i, r, s: isinstance(i, PlotAsk) and _of(i, r, s) and len(i.metrics) == 1,
    "NEXT": lambda i, r, s: isinstance(i, Next),
    "MATTERS": lambda i, r, s: isinstance(i, Matters),
    "LR_AT_FAILURE": lambda i, r, s: (
        isinstance(i, Value) and _of(i, r) and i.place is not None and i.place.spot in ("onset", "before")
    ),
    "SETTING_LR": lambda i, r, s: isinstance(i, Setting) and _of(i, r) and i.key == "learning_rate",
    "DURATION": lambda i, r, s: isinstance(i, Duration) and _of(i, r),
    "GPU": lambda i, r, s: isinstance(i, Unlogged) and i.thing == "GPU temperature",
    "COMMIT": lambda i, r, s: isinstance(i, Unlogged) and i.thing == "git commit",
    "COST": lambda i, r, s: isinstance(i, Unlogged) and i.thing == "cost",
    "WASTED": lambda i, r, s: isinstance(i, Wasted) and _of(i, r),
    "WASTED_IN_ALL": lambda i, r, s: isinstance(i, Wasted) and not any(isinstance(ref, Named) for ref in i.who),
    "TO_LOG": lambda i, r, s: isinstance(i, ToLog) and not i.who,
    "PERSON": lambda i, r, s: isinstance(i, Unlogged) and i.thing == "person",
    "DEFINE": lambda i, r, s: isinstance(i, Define),
    "HELP": lambda i, r, s: isinstance(i, SmallTalk),
    "NONSENSE": lambda i, r, s: isinstance(i, Unknown),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_wording_of_a_kind_is_understood(kind: str) -> None:
    wrong = []
    for wording in getattr(paraphrases, kind):
        for known, run, other, metric in WORLDS:
            question = wording.format(r=run, s=other, m=metric)
            intents = understand(question, Focus(), known).intents
            if len(intents) != 1 or not KINDS[kind](intents[0], run, other):
                wrong.append((question, intents))
    assert wrong == []


ONE_OFF = [
    ("how many runs have lr above 0.01", Count, lambda i: i.conditions[0].param == "learning_rate"),
    ("which runs have batch size 32", ListRuns, lambda i: i.conditions[0].param == "batch_size"),
    ("how many runs used adam", Count, lambda i: i.conditions[0].word == "adam"),
    ("best run with adam", Best, lambda i: i.conditions[0].word == "adam"),
    ("best run with batch size 64", Best, lambda i: i.conditions[0].param == "batch_size"),
    ("best healthy run by val loss", Best, lambda i: i.conditions[0].which == "healthy"),
    ("which run had the lowest final train loss", Best, lambda i: (i.spot, i.extreme) == ("last", "min")),
    ("rank all runs by val loss", Best, lambda i: i.count == 30),
    ("when did run-3 first get val acc above 0.9", Reach, lambda i: i.bound.value == 0.9),
    ("how many epochs until run 3 reached 0.9 val acc", Reach, lambda i: i.bound.how == "reach"),
    ("max grad norm of run 2?", Value, lambda i: i.place == Place("max")),
    ("when was the best val loss of run 4", Value, lambda i: i.place.spot == "best"),
    ("accuracy of the best run at the last epoch", Value, lambda i: i.who == (Ranked(),)),
    ("is the val loss of run 3 still going down?", Trend, lambda i: _of(i, "run-3")),
    ("should i train run 3 longer?", Trend, lambda i: _of(i, "run-3")),
    ("did run 3 run out of memory", Health, lambda i: i.aspect == "memory"),
    ("is the lr of run 2 too high?", Health, lambda i: i.aspect == "lr_too_high"),
    ("would a lower learning rate help run 2", Next, lambda i: _of(i, "run-2")),
    ("what lr should i use", Matters, lambda i: i.key == "learning_rate"),
    ("what would happen if i doubled the lr", WhatIf, lambda i: (i.key, i.factor) == ("learning_rate", 2.0)),
    ("what about half the batch size?", WhatIf, lambda i: (i.key, i.factor) == ("batch_size", 0.5)),
    ("is it safe to go to bigger batches?", WhatIf, lambda i: (i.key, i.side) == ("batch_size", "up")),
    ("would run 2 have worked with lr 0.06?", WhatIf, lambda i: _of(i, "run-2") and i.value == 0.06),
    ("how would a batch size of 4096 do?", WhatIf, lambda i: (i.key, i.value) == ("batch_size", 4096)),
    ("at what learning rate do runs start to diverge?", Matters, lambda i: i.key == "learning_rate"),
    ("how long until run 6 plateaus", When, lambda i: i.aspect == "plateau"),
    ("what does the log of run 2 say about errors, show me the traceback", Story, lambda i: i.pattern == "error"),
    ("plot train and val loss of run 3", PlotAsk, lambda i: [m.split for m in i.metrics] == ["train", "eval"]),
    ("what's the difference in lr between run 3 and 4", Setting, lambda i: _of(i, "run-3", "run-4")),
    ("runs 3, 4 and 10 vs run 5", Compare, lambda i: len(i.who) == 4),
    ("compare runs 3 to 5", Compare, lambda i: _of(i, "run-3", "run-4", "run-5")),
    ("compare 3 and 7", Compare, lambda i: _of(i, "run-3", "run-7")),
    ("compare the best and the worst run", Compare, lambda i: i.who == (Ranked(), Ranked("worst"))),
    ("why is run 3 so good?", Compare, lambda i: i.who[0] == Named("run-3")),
    ("what is wrong with my sweep", ListRuns, lambda i: i.conditions == (Condition(which="broken"),)),
    ("are all runs fine?", ListRuns, lambda i: i.conditions == (Condition(which="broken"),)),
    ("which run should i deploy", Best, lambda i: i.who == ()),
    ("show me the loss curves", PlotAsk, lambda i: i.who == (Group("all"),)),
    ("give me your honest verdict on run 3", Health, lambda i: _of(i, "run-3")),
    ("which experiments are not usable?", ListRuns, lambda i: i.conditions == (Condition(which="broken"),)),
    ("report the eval loss of run 3 when training finished", Value, lambda i: i.place.spot == "last"),
    ("how many of these managed a val. accuracy above 0.5 (best epoch)?", Count, lambda i: i.conditions[0].bound),
    ("what are the 3 strongest runs by val acc", Best, lambda i: i.count == 3),
    ("highest-performing run in terms of val loss", Best, lambda i: i.extreme == ""),
    ("does gradient clipping matter?", Matters, lambda i: (i.key, i.metric) == ("grad_clip", None)),
    ("is run 7 the best by val acc?", Best, lambda i: i.claim == Named("run-7")),
    ("what do the logs say is wrong w/ run 3", Why, lambda i: _of(i, "run-3")),
    ("run 99 why bad", Why, lambda i: isinstance(i.who[0], Missing)),
    ("why did it fail?", Why, lambda i: i.who == (Unsaid(),)),
]


@pytest.mark.parametrize(("question", "kind", "holds"), ONE_OFF)
def test_a_single_wording_is_understood(question: str, kind: type, holds: Callable[[Intent], bool]) -> None:
    (intent,) = understand(question, Focus(), NUMBERED).intents
    assert isinstance(intent, kind)
    assert holds(intent), intent


TWO_PARTS = [
    ("which run is best and which ones are broken?", [Best, ListRuns]),
    ("name the best run by val loss (its best value at any step) and list the broken ones", [Best, ListRuns]),
    ("why did run 3 diverge and what should i change?", [Why, Next]),
    ("when did run 2 begin to diverge, and what was the lr at that point?", [When, Value]),
    ("how big is the gap between train and val loss in run 3", [Gap]),
    ("plot val loss of run 3 and tell me when it failed", [PlotAsk, When]),
    ("which run is best and why?", [Compare]),
    ("which runs failed and why?", [ListRuns]),
    ("which run has the best val loss and what lr did it use?", [Best, Setting]),
    ("which run is best, how long did it train and is it overfitting?", [Best, Duration, Health]),
    ("what's the worst run and what is wrong with it", [Best, Why]),
    ("tell me the best run by val loss and all the failed ones", [Best, ListRuns]),
    ("is run 3 overfitting? since when?", [Health]),
    ("did the GPU overheat in run 10? what temp?", [Unlogged]),
    ("lowest val loss of run 4 and when", [Value]),
    ("tell me the top run by val loss plus the ones that went wrong", [Best, ListRuns]),
    ("which run should I keep (by val acc) and which to throw away?", [Best, ListRuns]),
    ("what's best by val loss, what's broken?", [Best, ListRuns]),
    ("what's our record val loss", [Best]),
    ("compare the seventh run with the 3rd run", [Compare]),
    ("which step size did the winner use?", [Setting]),
    ("hey, why did run 3 fail?", [Why]),
    ("at epoch 16, what was the val loss of run 3?", [Value]),
]


@pytest.mark.parametrize(("question", "kinds"), TWO_PARTS)
def test_questions_in_one_are_told_apart_and_doubles_are_dropped(question: str, kinds: list[type]) -> None:
    assert [type(i) for i in understand(question, Focus(), NUMBERED).intents] == kinds


def test_it_in_the_second_part_is_the_run_that_the_first_part_finds() -> None:
    best, setting = understand("which run has the best val loss and what lr did it use?", Focus(), NUMBERED).intents
    assert isinstance(best, Best)
    assert isinstance(setting, Setting)
    assert setting.who == (Ranked("best", 1, best.metric),)


CONVERSATIONS = [
    (["why did run 2 fail?", "and run 5?"], Why, ("run-5",)),
    (["why did run 2 fail?", "and 5?"], Why, ("run-5",)),
    (["why did run 2 fail?", "since when?"], When, ("run-2",)),
    (["why did run 2 fail?", "plot it"], PlotAsk, ("run-2",)),
    (["why did run 2 fail?", "at what epoch did things turn sour?"], When, ("run-2",)),
    (["why did run 2 fail?", "the epoch it started, please"], When, ("run-2",)),
    (["why did run 2 fail?", "how many epochs in did it happen?"], When, ("run-2",)),
    (["compare run 3 and run 4", "plot the second run"], PlotAsk, ("run-4",)),
    (["why did run 2 fail?", "and run 5?", "plot it"], PlotAsk, ("run-5",)),
    (["why did run 2 fail?", "what should i change?"], Next, ("run-2",)),
    (["why did run 2 fail?", "no, i meant run 5"], Why, ("run-5",)),
    (["is run 4 overfitting?", "why?"], Why, ("run-4",)),
    (["is run 4 overfitting?", "and run 5"], Health, ("run-5",)),
    (["final val loss of run 3", "and run 5?"], Value, ("run-5",)),
    (["final val loss of run 3", "and train loss?"], Value, ("run-3",)),
    (["final val loss of run 3", "at epoch 3?"], Value, ("run-3",)),
    (["compare run 3 and run 4", "plot both"], PlotAsk, ("run-3", "run-4")),
    (["compare run 3 and run 4", "which one would you ship?"], Best, ("run-3", "run-4")),
    (["config of run 3", "and of run 4?"], Setting, ("run-4",)),
    (["how long did run 3 run?", "and run 4?"], Duration, ("run-4",)),
    (["what is wrong with run 3", "which lr did it use?"], Setting, ("run-3",)),
    (["what is wrong with run 3", "how long did it run, in epochs?"], Duration, ("run-3",)),
]


@pytest.mark.parametrize(("turns", "kind", "runs"), CONVERSATIONS)
def test_a_follow_up_leans_on_what_was_said(turns: list[str], kind: type, runs: tuple[str, ...]) -> None:
    focus = Focus()
    for turn in turns:
        understood = understand(turn, focus, NUMBERED)
        focus = understood.focus
    (intent,) = understood.intents
    assert isinstance(intent, kind)
    assert _of(intent, *runs), intent


def test_a_follow_up_keeps_the_metric_and_the_place() -> None:
    focus = understand("final val loss of run 3", Focus(), NUMBERED).focus
    (intent,) = understand("and run 5?", focus, NUMBERED).intents
    assert isinstance(intent, Value)
    assert intent.metric is not None
    assert (intent.metric.quantity, intent.metric.split, intent.place) == ("loss", "eval", Place("last"))


def test_one_pronoun_for_two_runs_is_ambiguous() -> None:
    focus = understand("compare run 3 and run 4", Focus(), NUMBERED).focus
    (intent,) = understand("why is it so bad?", focus, NUMBERED).intents
    assert type(intent.who[0]).__name__ == "Ambiguous"  # type: ignore[union-attr]
