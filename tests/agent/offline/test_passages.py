"""Before and after a point of a run, the gap of its curves, and whether a result is real."""

from typing import Any

import pytest

from agent.offline.course_intents import AdviceKept, Aftermath, Aside, Gap, Level, Trust
from agent.offline.intents import Focus, Intent, Trend, Value, When
from agent.offline.rules.runs import LEARNING_RATE
from agent.offline.terms import MetricAsk, Named, Place
from agent.offline.understand import understand
from tests.agent.offline.paraphrases import NUMBERED
from tests.agent.offline.sweeps import play
from tools.store import Store

SEVEN = (Named("run-7"),)
VAL_LOSS = MetricAsk("val loss", "loss", "eval")
ABOUT = Focus(runs=("run-7",))


def _epoch(number: float) -> Place:
    return Place("at", "epoch", number)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("does it get better after epoch 26", Aftermath(SEVEN, _epoch(26), None, "better")),
        ("was it worth training past epoch 11", Aftermath(SEVEN, _epoch(11), None, "better")),
        ("did the val loss improve after epoch 11", Aftermath(SEVEN, _epoch(11), VAL_LOSS, "better")),
        ("what happened at epoch 23", Aftermath(SEVEN, _epoch(23))),
        ("did anything change around epoch 23?", Aftermath(SEVEN, _epoch(23))),
        ("if i had stopped at epoch 11 what would i have", Aftermath(SEVEN, _epoch(11), None, "stopped")),
        ("did run 7 ever recover?", Aftermath(SEVEN, Place("onset"), None, "recovered")),
        ("run 7 came back later, right?", Aftermath(SEVEN, Place("onset"), None, "recovered")),
        (
            "did lowering the lr at the end do anything",
            Aftermath(SEVEN, Place("onset", of=LEARNING_RATE), None, "better"),
        ),
        ("did the lr decay help run 7", Aftermath(SEVEN, Place("onset", of=LEARNING_RATE), None, "better")),
        ("val loss before and after it diverged", Aftermath(SEVEN, Place("onset"), VAL_LOSS)),
        ("where do train and val split", Gap(SEVEN, "loss", "when")),
        ("is the gap between train and val growing?", Gap(SEVEN, "loss", "grows")),
        ("how big is the gap between train and val accuracy", Gap(SEVEN, "accuracy", "size")),
        ("is the grad norm ok?", Level(SEVEN, MetricAsk("grad norm", "grad_norm"))),
        ("is the grad norm of run 7 too high", Level(SEVEN, MetricAsk("grad norm", "grad_norm"), "wrong")),
        ("does the val acc rise?", Trend(SEVEN, MetricAsk("val acc", "accuracy", "eval"), "up")),
        ("is the model itself fine?", Aside(SEVEN, "slow")),
        ("apart from the speed is run 7 ok", Aside(SEVEN, "slow")),
        ("other than the overfitting is run 7 good?", Aside(SEVEN, "overfitting")),
        ("so its slow, is the model itself fine?", Aside(SEVEN, "slow")),
        ("did the advice help?", AdviceKept()),
        ("has any run followed your suggestions?", AdviceKept()),
        ("should run 7 train longer", Trend(SEVEN, None, "improving")),
        ("could it catch up?", Trend(SEVEN, None, "improving")),
        ("would it have won if it had gone on", Trend(SEVEN, None, "improving")),
        ("would another epoch help run 7", Trend(SEVEN, None, "improving")),
        ("how bad is the overfitting", Gap(SEVEN)),
        ("did the val loss improve", Trend(SEVEN, VAL_LOSS, "gained")),
    ],
)
def test_the_course_of_a_run_is_asked_about_in_many_ways(question: str, intent: Intent) -> None:
    assert understand(question, ABOUT, NUMBERED).intents[-1] == intent


@pytest.mark.parametrize(
    ("question", "people", "wants"),
    [
        ("can i trust the 0.98", (), "real"),
        ("is run 3 really better than run 7", (Named("run-3"), Named("run-7")), "real"),
        ("is the difference between run 3 and 7 just noise", (Named("run-3"), Named("run-7")), "noise"),
        ("how sure are we that run 3 is best", (Named("run-3"),), "real"),
        ("could it be luck", (), "noise"),
    ],
)
def test_a_lead_is_doubted_in_many_ways(question: str, people: tuple[Named, ...], wants: str) -> None:
    (asked,) = understand(question, Focus(), NUMBERED).intents
    assert isinstance(asked, Trust)
    assert (asked.who, asked.wants) == (people, wants)


@pytest.mark.parametrize(
    ("last", "point"),
    [(Value(SEVEN, VAL_LOSS, _epoch(5)), _epoch(5)), (When(SEVEN), Place("onset"))],
)
def test_what_came_after_is_about_the_moment_that_was_told(last: Any, point: Place) -> None:
    (asked,) = understand("and after that?", Focus(("run-7",), (last,)), NUMBERED).intents
    assert isinstance(asked, Aftermath)
    assert asked.place == point


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("did the val loss of run 8 get better after epoch 9?", "**No: after epoch 9"),
        ("did run 6 recover?", "**No, run-6 did not recover"),
        ("is the gap between train and val growing in run 8?", "**Yes, the gap of run-8 grows after epoch"),
        ("is run 3 really better than run 2?", "**Yes: the lead of run-3 over run-2 is larger than"),
        ("apart from the overfitting, is run 8 ok?", "**Yes: besides that it overfits: "),
        ("apart from the speed, is run 8 ok?", "**No, run-8 overfits"),
        ("did the advice help?", "**It cannot be told yet: no run has followed any advice so far**"),
        ("did the lr decay help run 3?", "**The data does not say:** no learning rate of run-3 was logged"),
    ],
)
def test_the_verdict_comes_first(question: str, head: str, sweep: Store) -> None:
    assert play(question, sweep).text.startswith(head)
