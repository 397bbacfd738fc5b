"""What a setting did: the wordings that ask for it, and the direction that pairs of runs show."""

import math
from typing import Literal

import pytest

from agent.offline.case import Reading
from agent.offline.desk import Desk
from agent.offline.effect_intents import Matters, WhatIf
from agent.offline.figure_intents import Blame
from agent.offline.intents import Best, Compare, Focus, Intent
from agent.offline.known import Known
from agent.offline.sweep_facts import End, Pair
from agent.offline.terms import Bound, Condition, Named
from agent.offline.understand import understand
from agent.offline.write.effects import direction
from agent.offline.write.voice import Voice
from tests.agent.offline.paraphrases import NUMBERED
from tests.agent.offline.sweeps import play
from tools.store import Store

RATE = Condition(param="learning_rate", bound=Bound("==", 0.01))


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("did smaller batches help", Matters(key="batch_size", asks="better", side="down")),
        ("are bigger batches worse?", Matters(key="batch_size", asks="worse", side="up")),
        ("does increasing the batch size hurt", Matters(key="batch_size", asks="worse", side="up")),
        ("is it better to use a small batch", Matters(key="batch_size", asks="better", side="down")),
        ("did wd do anything", Matters(key="weight_decay", asks="matters")),
        ("does the width change anything?", Matters(key="width", asks="matters")),
        ("any benefit from weight decay?", Matters(key="weight_decay", asks="better")),
        ("is warmup necessary", Matters(key="warmup", asks="better")),
        ("what did the bigger hidden layer buy us", Matters(key="width", side="up")),
        ("did dropout hurt", Matters(key="dropout", asks="worse")),
        ("lr 0.05 or 0.01?", Matters(key="learning_rate", values=("0.05", "0.01"))),
        ("batch 16 vs 64 at lr 0.01", Matters(key="batch_size", values=("16", "64"), given=(RATE,))),
        ("should we lower the learning rate", Matters(key="learning_rate", asks="better", side="down")),
        ("should i use a larger batch", Matters(key="batch_size", asks="better", side="up")),
        ("what did the warmup do", Matters(key="warmup")),
        ("do bigger layers pay off", Matters(key="depth", asks="better", side="up")),
        ("is adamw a bad choice here", Matters(key="optimizer", asks="worse", values=("adamw",))),
        ("does warmup make training more stable", Matters(key="warmup", asks="better")),
        ("how did the schedule influence run 7", Blame((Named("run-7"),), "schedule")),
        ("did weight decay make run 7 worse", Blame((Named("run-7"),), "weight_decay")),
        ("did dropout help run 7", WhatIf((Named("run-7"),), "dropout", side="down")),
        ("run 3 and run 7: same problem?", Compare((Named("run-3"), Named("run-7")), leads="faults")),
        ("is run 3 better than the average", Best(claim=Named("run-3"), standing=True)),
        ("what distinguishes the good from the bad runs", Matters()),
        ("does batch size 256 hurt", Matters(key="batch_size", asks="worse", values=("256",))),
        ("safe lr range?", Matters(key="learning_rate", boundary=True)),
        ("how high can i go with the lr", Matters(key="learning_rate", boundary=True)),
        ("where's the limit for the learning rate", Matters(key="learning_rate", boundary=True)),
    ],
)
def test_what_a_setting_does_is_asked_for_in_many_ways(question: str, intent: Intent) -> None:
    assert understand(question, Focus(), NUMBERED).intents == (intent,)


def test_a_loss_that_rises_is_worse_and_an_accuracy_that_rises_is_better() -> None:
    (loss,) = understand("does a higher lr give higher val loss?", Focus(), NUMBERED).intents
    (accuracy,) = understand("does a higher lr give higher val acc?", Focus(), NUMBERED).intents
    assert isinstance(loss, Matters)
    assert isinstance(accuracy, Matters)
    assert (loss.asks, accuracy.asks) == ("worse", "better")


def _pair(low: str, high: str, gain: float) -> Pair:
    return Pair(End("a", low, Reading("a", "acc", 0.5)), End("b", high, Reading("b", "acc", 0.5 + gain)), gain)


@pytest.mark.parametrize(
    ("asked", "pairs", "head"),
    [
        (
            Matters(key="lr", asks="better", side="down"),
            (_pair("16", "64", -0.2),),
            "**Yes: a lower `lr` did better in",
        ),
        (
            Matters(key="lr", asks="better", side="up"),
            (_pair("16", "64", -0.2),),
            "**No: a lower `lr` did better in the",
        ),
        (Matters(key="lr", asks="worse", side="up"), (_pair("16", "64", -0.2),), "**Yes: a lower `lr`"),
        (
            Matters(key="lr", asks="better"),
            (_pair("1", "2", 0.2), _pair("2", "3", -math.inf)),
            "**Only so far: up to 2",
        ),
        (Matters(key="lr", asks="better"), (_pair("2", "3", 0.2), _pair("1", "2", -0.2)), "**It depends: a higher"),
        (Matters(key="lr", asks="matters"), (_pair("1", "2", 0.001),), "**Hardly: `lr` hardly changed the outcome"),
        (Matters(key="opt", asks="matters"), (_pair("adam", "sgd", -0.2),), "**Yes: `opt` adam did better in the one"),
        (
            Matters(key="lr", asks="worse", values=("2",)),
            (_pair("1", "2", -0.2),),
            "**Yes: `lr` 2 did worse than other",
        ),
        (Matters(key="lr", values=("2", "1")), (_pair("1", "2", 0.2),), "**`lr` 2 did better than 1 in the one pair"),
        (Matters(key="lr", asks="better"), (), "**It cannot be told for sure:** no two runs differ in `lr` alone"),
    ],
)
def test_the_direction_is_the_answer(asked: Matters, pairs: tuple[Pair, ...], head: str) -> None:
    assert direction(asked, asked.key, pairs, 1.0, Voice(Desk(Known()))).startswith(head)


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("would a lower lr fix run 6?", "**Yes, most likely: `lr` (3) is what is wrong with run-6**"),
        ("would a larger batch fix run 6?", "**No, not by itself: `batch_size` (64) is not what is wrong with run-6**"),
        ("why is run 6 worse than run 3?", "**run-3 is ahead of run-6: run-6 "),
        ("run 3 or run 6?", "**run-3 did better**"),
        ("run 6 and run 8: same problem?", "**No: run-6 "),
        ("which one would you ship?", "Among the runs with a clean bill of health, **run-3** has the best `val_acc`"),
    ],
)
def test_what_would_mend_a_run_and_why_one_is_behind_come_first(question: str, head: str, sweep: Store) -> None:
    assert play(question, sweep).text.startswith(head)


def test_a_run_that_differs_in_nothing_else_is_told_though_others_lie_nearer(sweep: Store) -> None:
    lines = play("what if run 6 had used lr 0.02", sweep).text.split("\n")
    assert "differs from run-6 in nothing else" in next(line for line in lines if line.startswith("- "))


@pytest.mark.parametrize(
    ("side", "said"), [("down", "Yes: beside `lr` 0.1 a higher value did better"), ("up", "rather too low")]
)
def test_a_value_called_too_low_or_too_high_is_judged_by_the_next_one_on_that_side(
    side: Literal["up", "down"], said: str
) -> None:
    low, high = (
        End(f"run-{i}", value, Reading(f"run-{i}", "acc", best))
        for i, (value, best) in enumerate([("0.1", 0.8), ("0.2", 0.9)])
    )
    asked = Matters(key="lr", asks="worse", side=side, values=("0.1",))
    assert said in direction(asked, "lr", (Pair(low, high, 0.1),), 1.0, Voice(Desk(Known())))


@pytest.mark.parametrize("values", [(), ("0.1",), ("0.1", "0.2")])
def test_a_tie_is_a_win_of_neither_value(values: tuple[str, ...]) -> None:
    low, high = (End(f"run-{i}", value, Reading(f"run-{i}", "acc", 0.9)) for i, value in enumerate(("0.1", "0.2")))
    asked = Matters(key="lr", asks="better", values=values)
    said = direction(asked, "lr", (Pair(low, high, 0.0),), 1.0, Voice(Desk(Known())))
    assert said.startswith("**No: `lr` made no difference in the one pair")


@pytest.mark.parametrize("question", ["what happens when i go above lr 0.3", "what happens below a lr of 0.01?"])
def test_what_happens_beyond_a_value_is_told_by_all_values_that_were_tried(question: str) -> None:
    assert understand(question, None, NUMBERED).intents == (Matters(key="learning_rate"),)


def test_runs_of_other_seeds_are_not_said_to_differ_in_nothing_else() -> None:
    low, high = (End(f"run-{seed}", f"0.{seed}", Reading(f"run-{seed}", "acc", 0.9), seed=seed) for seed in (1, 2))
    said = direction(Matters(key="lr"), "lr", (Pair(low, high, 0.1),), 1.0, Voice(Desk(Known())))
    assert "their seeds differ too" in said
