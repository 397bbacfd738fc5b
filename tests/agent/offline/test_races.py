"""Who was ahead where one of two runs ended, and whether it would have won."""

import pytest

from agent.offline.case import Reading
from agent.offline.course_facts import RaceFacts
from agent.offline.course_intents import Gap, Race
from agent.offline.desk import Desk
from agent.offline.intents import Compare, Duration, Foresee, Intent, Trend
from agent.offline.known import Known
from agent.offline.terms import Named
from agent.offline.understand import understand
from agent.offline.write.races import tell_race
from agent.offline.write.voice import Voice
from tests.agent.offline.paraphrases import NUMBERED
from tests.agent.offline.sweeps import play
from tools.store import Store

SIX, SEVEN = Named("run-6"), Named("run-7")
BOTH = (SEVEN, SIX)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("was run 7 better than run 6 before it broke", Race(BOTH)),
        ("was run 7 ahead of run 6 when it crashed?", Race(BOTH)),
        ("who was ahead until the crash, run 7 or run 6", Race(BOTH)),
        ("would run 7 have beaten run 6 if it had kept going", Race(BOTH, supposed=True)),
        ("if run 7 had kept going would it have beaten run 6?", Race(BOTH, supposed=True)),
        ("could run 7 have overtaken run 6 with more time", Race(BOTH, supposed=True)),
        ("what would have happened to run 7 without the nan", Race((SEVEN,), supposed=True)),
        ("where would run 7 be if it had not crashed", Race((SEVEN,), supposed=True)),
        ("should i restart run 7 or leave it", Foresee((SEVEN,), "worth")),
        ("should we rerun run 7 or let it be", Foresee((SEVEN,), "worth")),
        ("is run 7 done or would more epochs help", Trend((SEVEN,), None, "improving")),
        ("would more trees help run 7", Trend((SEVEN,), None, "improving")),
        ("how long did run 7 take compared to run 6", Duration(BOTH, "time")),
        ("train vs val loss of run 7 at its best epoch", Gap((SEVEN,))),
    ],
)
def test_what_a_run_would_have_come_to_is_asked_in_many_ways(question: str, intent: Intent) -> None:
    assert understand(question, None, NUMBERED).intents == (intent,)


@pytest.mark.parametrize(
    ("own", "best", "supposed", "said"),
    [
        (0.4, 0.4, False, "Yes: at step 50 a was ahead of b"),
        (0.6, 0.6, False, "No: at step 50 b was ahead of a"),
        (0.5, 0.5, False, "were level"),
        (0.4, 0.4, True, "likely a would have beaten b"),
        (0.4, 0.35, True, "a was ahead of b, but past its best"),
        (0.2, 0.2, True, "Yes: a was already better than b ever was"),
        (0.6, 0.6, True, "rather not: a was behind b, though still improving"),
    ],
)
def test_the_values_where_a_run_ended_say_who_was_ahead(own: float, best: float, supposed: bool, said: str) -> None:
    there = (Reading("a", "loss", own, 50), Reading("b", "loss", 0.5, 50))
    ever = (Reading("a", "loss", best, 50), Reading("b", "loss", 0.3, 90))
    facts = RaceFacts(Race((Named("a"), Named("b")), supposed=supposed), "lower", "a", there, ever)
    assert said in tell_race(facts, Voice(Desk(Known())))


def test_two_runs_are_read_at_the_end_of_the_shorter_one(sweep: Store) -> None:
    assert "The best of" in play("would run 1 have beaten run 2 if it had kept going", sweep).text


@pytest.mark.parametrize(
    "question",
    [
        "how big is the seed noise, run 7 and run 6 are the same config",
        "what is the run to run noise of run 7 and run 6?",
    ],
)
def test_the_noise_between_seeds_is_that_of_two_runs_which_are_alike(question: str) -> None:
    assert understand(question, None, NUMBERED).intents == (Compare(BOTH, alike=()),)


def test_what_a_stop_in_hindsight_would_have_lost_is_told(sweep: Store) -> None:
    head = play("could i have stopped run 3 at epoch 2?", sweep).text.split("\n")[0]
    assert "would have kept" in head
    assert "after it" in head
