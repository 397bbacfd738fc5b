"""How runs ended: finished, cut short, or why they stopped where they did."""

from dataclasses import replace

import pytest

from agent.offline.course_facts import EndedFacts
from agent.offline.course_intents import Ended
from agent.offline.desk import Desk
from agent.offline.figure_intents import Blame
from agent.offline.intents import Focus, Foresee, Intent
from agent.offline.known import Known
from agent.offline.terms import Named
from agent.offline.understand import understand
from agent.offline.write.endings import tell_ended
from agent.offline.write.voice import Voice
from tests.agent.offline.paraphrases import NUMBERED
from tools.records import LogLine

SEVEN = (Named("run-7"),)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("did run 7 finish?", Ended(SEVEN)),
        ("has run 7 completed all its epochs", Ended(SEVEN)),
        ("was run 7 cut short", Ended(SEVEN, "short")),
        ("did run 7 stop early?", Ended(SEVEN, "short")),
        ("run 7 was early stopped, correct?", Ended(SEVEN, "short")),
        ("why did run 7 stop so early", Ended(SEVEN, "why")),
        ("why did run 7 end at 17", Ended(SEVEN, "why")),
        ("should i stop run 7 early", Foresee(SEVEN, "stop")),
        ("anyone else think run 7 is bad because of the batch size?", Blame(SEVEN, "batch_size")),
    ],
)
def test_the_end_of_a_run_is_asked_about_in_many_ways(question: str, intent: Intent) -> None:
    assert understand(question, Focus(), NUMBERED).intents == (intent,)


FACTS = EndedFacts(Ended(SEVEN, "whole"), "run-7", "finished", 18.0, 288.0)


@pytest.mark.parametrize(
    ("facts", "head"),
    [
        (replace(FACTS, short="18 epochs of 30"), "**No, run-7 stopped early: it ran 18 epochs of 30 planned.**"),
        (replace(FACTS, whole="30 epochs of 30"), "**Yes, run-7 ran to its planned end: 30 epochs of 30.**"),
        (replace(FACTS, status="crashed"), "**No, run-7 crashed at epoch 18.**"),
        (FACTS, "**It cannot be told: run-7 ended at epoch 18, and its settings do not say"),
        (
            replace(FACTS, intent=Ended(SEVEN, "short"), stopped_itself=True, lines=(LogLine(9, "Early stopping"),)),
            '**Yes, run-7 was stopped by early stopping at epoch 18.** Line 9 of the log: "Early stopping".',
        ),
        (
            replace(FACTS, intent=Ended(SEVEN, "why"), short="18 epochs of 30"),
            "**run-7 stopped early: it ran 18 epochs of 30 planned.** Why it stopped there was not logged",
        ),
    ],
)
def test_whether_it_got_to_its_end_comes_first(facts: EndedFacts, head: str) -> None:
    assert tell_ended(facts, Voice(Desk(Known()))).startswith(head)
