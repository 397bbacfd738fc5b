"""Values that are asked for at several places, of several metrics or of each run, and runs in a table."""

from __future__ import annotations

import pytest

from agent.offline.figure_intents import Figure, Sheet
from agent.offline.intents import Compare, Duration, Intent, Reach, Setting, Value
from agent.offline.known import Known, KnownRun
from agent.offline.terms import Condition, Group, Named, Place
from agent.offline.understand import understand
from tests.agent.offline.paraphrases import NUMBERED


def told(question: str, known: Known = NUMBERED) -> tuple[Intent, ...]:
    return understand(question, None, known).intents


@pytest.mark.parametrize(
    "question", ["grad norm of run 3 at step 100 and the max", "grad norm of run 3 at step 100 and max"]
)
def test_a_value_at_a_step_and_the_highest_are_two(question: str) -> None:
    at, highest = told(question)
    assert isinstance(at, Value)
    assert isinstance(highest, Value)
    assert (at.place, highest.place) == (Place("at", "step", 100.0), Place("max"))


def test_the_highest_of_each_run_is_no_single_best_one() -> None:
    (one,) = told("highest val acc of each run")
    assert isinstance(one, Value)
    assert (one.who, one.place) == ((Group("all"),), Place("max"))


def test_how_many_steps_until_is_when() -> None:
    (one,) = told("how many timesteps until run 3 passed a val acc of 0.8")
    assert isinstance(one, Reach)
    assert one.who == (Named("run-3"),)


def test_how_long_one_took_beside_another_is_no_comparison_of_scores() -> None:
    (one,) = told("how long did run 6 take compared to run 1")
    assert isinstance(one, Duration)
    assert len(one.who) == 2


def test_how_long_all_took_together_is_a_sum() -> None:
    (one,) = told("how long did all the runs take together")
    assert isinstance(one, Figure)
    assert one.how == "total"


def test_how_far_below_the_best_is_a_comparison_with_it() -> None:
    (one,) = told("how far below the best is run 5's val acc")
    assert isinstance(one, Compare)


def test_the_runs_that_use_a_value_are_listed_with_their_columns() -> None:
    (one,) = told("list the adam runs with their lr and best val acc")
    assert isinstance(one, Sheet)
    assert one.who == (Group("all", (Condition(word="adam"),)),)


def test_the_words_of_a_setting_of_the_users_own_are_no_typing_errors() -> None:
    known = Known((KnownRun("a", 1, "a"), KnownRun("b", 2, "b")), params=("train_chars", "lr"))
    (one,) = told("how many training chars did b have", known)
    assert isinstance(one, Setting)
    assert one.key == "train_chars"
