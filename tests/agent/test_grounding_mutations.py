"""Real answers of the offline analyst hold; each of their numbers, altered one at a time, is caught."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import grounding
from agent.grounding.claims import Reading
from agent.grounding.known import Facts
from agent.grounding.tracing import Tracing
from agent.session import Session
from agent.settings import Settings
from tests.agent.mutations import Mutant, mutants
from tools.store import Store

SWEEP = Path(__file__).resolve().parents[3] / "shared" / "bench" / "sweeps" / "house-prices"
QUESTIONS = (
    "compare run 6 and run 7",
    "which runs are broken?",
    "why did run 7 diverge?",
    "how many runs have a learning rate above 0.01?",
    "what should I try next?",
)
SHARE = 0.25
"""Of all altered numbers: every one would take a minute."""


@pytest.fixture(scope="module")
def answers(sample_store: Store, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Facts]]:
    """Answers with the messages before them, over the samples and, where the bench is, over one of its sweeps."""
    said: list[tuple[str, Facts]] = []
    check = grounding.find_ungrounded
    with pytest.MonkeyPatch.context() as patch:

        def note(answer: str, facts: Facts) -> object:
            said.append((answer, facts))
            return check(answer, facts)

        patch.setattr("agent.guards.find_ungrounded", note)
        for store in _stores(sample_store, tmp_path_factory):
            for question in QUESTIONS:
                Session(store, Settings(store_dir=Path("unused")), "offline").ask_and_wait(question)
    return said


def _stores(sample_store: Store, factory: pytest.TempPathFactory) -> Iterator[Store]:
    yield sample_store
    if SWEEP.is_dir():
        store = Store(factory.mktemp("sweep"))
        store.ingest([SWEEP])
        yield store


def _read(answer: str, facts: Facts) -> Tracing:
    return Tracing(Reading(answer, facts.names, facts.about), facts)


def test_no_number_of_a_true_answer_is_marked(answers: list[tuple[str, Facts]]) -> None:
    for answer, facts in answers:
        marked = [answer[claim.start : claim.end] for claim in _read(answer, facts).loose]
        assert marked == [], answer


def test_whatever_is_altered_in_a_true_answer_is_caught(answers: list[tuple[str, Facts]]) -> None:
    seeded: list[tuple[Mutant, Facts]] = []
    lot = random.Random(7)
    for answer, facts in answers:
        seeded += [(mutant, facts) for mutant in mutants(_read(answer, facts), facts, lot, SHARE)]
    assert {"another run", "an unknown run", "another unit", "wrong count"} <= {mutant.how for mutant, _ in seeded}
    assert [_told(mutant) for mutant, facts in seeded if not grounding.find_ungrounded(mutant.answer, facts)] == []


def _told(mutant: Mutant) -> str:
    around = " ".join(mutant.answer[max(0, mutant.start - 60) : mutant.end + 30].split())
    return f"{mutant.how}: {mutant.was} as {mutant.says} in {around!r}"
