"""Real answers of the offline analyst hold; each of their numbers, altered one at a time, is caught."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage

from agent import grounding
from agent.grounding.claims import Reading
from agent.grounding.facts import facts_of
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
SAMPLED = 400
LET_THROUGH = 0.025
"""So many altered numbers at most may find support that is not theirs, such as another step logged for the same run."""


@pytest.fixture(scope="module")
def answers(sample_store: Store, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, list[BaseMessage]]]:
    """Answers with the messages before them, over the samples and, where the bench is, over one of its sweeps."""
    said: list[tuple[str, list[BaseMessage]]] = []
    check = grounding.find_ungrounded
    with pytest.MonkeyPatch.context() as patch:

        def note(answer: str, thread: Sequence[BaseMessage]) -> object:
            said.append((answer, list(thread)))
            return check(answer, thread)

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


def _read(answer: str, thread: list[BaseMessage], facts: Facts) -> Tracing:
    question = next(str(message.text) for message in reversed(thread) if message.type == "human")
    asked = frozenset(one.run for one in facts.names.runs_in(question))
    return Tracing(Reading(answer, facts.names, asked), facts)


def test_no_number_of_a_true_answer_is_marked(answers: list[tuple[str, list[BaseMessage]]]) -> None:
    for answer, thread in answers:
        marked = [answer[claim.start : claim.end] for claim in _read(answer, thread, facts_of(thread)).loose]
        assert marked == [], answer


def test_altered_numbers_are_caught(answers: list[tuple[str, list[BaseMessage]]]) -> None:
    seeded = []
    for answer, thread in answers:
        facts = facts_of(thread)
        reading = _read(answer, thread, facts).reading
        seeded += [(mutant, thread, facts) for mutant in mutants(reading, facts)]
    chosen = random.Random(7).sample(seeded, min(SAMPLED, len(seeded)))
    passed: list[str] = []
    tried: list[str] = []
    for mutant, thread, facts in chosen:
        tracing = _read(mutant.answer, thread, facts)
        if not tracing.loose:
            (tried if _names_a_tried_value(mutant, tracing) else passed).append(_told(mutant))
    assert len(chosen) >= SAMPLED // 2
    assert len(passed) <= LET_THROUGH * len(chosen), "\n".join(passed)
    assert len(tried) <= len(chosen) // 20, "\n".join(tried)


def _names_a_tried_value(mutant: Mutant, tracing: Tracing) -> bool:
    """Advice may name any value that a run was given: "between 0.02 and 0.06" is as true as "between 0.02 and 0.05"."""
    claim = next((one for one in tracing.reading.claims if one.start <= mutant.start < one.end), None)
    facts = tracing.traced.get(claim, ()) if claim else ()
    return bool(claim and claim.is_advice) and any(fact.kind == "setting" for fact in facts)


def _told(mutant: Mutant) -> str:
    around = " ".join(mutant.answer[max(0, mutant.start - 60) : mutant.end + 30].split())
    return f"{mutant.how}: {mutant.was} as {mutant.says} in {around!r}"
