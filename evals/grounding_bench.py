"""How well the proof of answers works: altered numbers that are caught, true answers and paragraphs left unmarked."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from agent import grounding
from agent.grounding import Loose
from agent.grounding.claims import Reading
from agent.grounding.known import Facts
from agent.grounding.tracing import Tracing
from agent.session import Session
from agent.settings import Settings
from evals.mutations import Mutant, mutants
from evals.samples import samples_path
from evals.true_prose import PARAGRAPHS, facts_for_prose
from tools.store import Store

QUESTIONS = (
    "compare run 6 and run 7",
    "which runs are broken?",
    "why did run 7 diverge?",
    "how many runs have a learning rate above 0.01?",
    "what should I try next?",
    "how much was wasted?",
    "what is the largest learning rate tried?",
    "which setting matters most?",
)
SHARE = 0.25
"""Of all altered numbers."""

Checked = tuple[str, Facts]


@dataclass(frozen=True)
class GroundingScores:
    """Alterations and those caught; true answers and paragraphs, and those of them in which nothing is marked."""

    altered: int
    caught: int
    true: int
    unmarked: int


def score_grounding(folder: Path) -> GroundingScores:
    """Over answers and paragraphs about the sample runs."""
    store = Store(folder / "grounding")
    store.ingest([samples_path()])
    answers = answers_over(store)
    altered = altered_in(answers)
    missed = sum(not grounding.find_ungrounded(mutant.answer, facts) for mutant, facts in altered)
    proof = facts_for_prose(store)
    true = [*answers, *((paragraph, proof) for paragraph in PARAGRAPHS)]
    marked = sum(bool(grounding.find_ungrounded(answer, facts)) for answer, facts in true)
    return GroundingScores(len(altered), len(altered) - missed, len(true), len(true) - marked)


def answers_over(store: Store) -> list[Checked]:
    """Answers of the offline analyst with what the results before them say."""
    said: list[Checked] = []
    check = grounding.find_ungrounded

    def note(answer: str, facts: Facts) -> Sequence[Loose]:
        said.append((answer, facts))
        return check(answer, facts)

    with patch("agent.guards.find_ungrounded", note):
        for question in QUESTIONS:
            Session(store, Settings(store_dir=Path("unused")), "offline").ask_and_wait(question)
    return said


def read(answer: str, facts: Facts) -> Tracing:
    """An answer, traced."""
    return Tracing(Reading(answer, facts.names, facts.about), facts)


def altered_in(answers: Sequence[Checked], share: float = SHARE) -> list[tuple[Mutant, Facts]]:
    """The answers with one thing altered each, by the same lot every time; a share of all that may be altered."""
    lot = random.Random(7)
    return [(mutant, facts) for answer, facts in answers for mutant in mutants(read(answer, facts), facts, lot, share)]
