"""Real answers of the offline analyst hold; each of their numbers, altered one at a time, is caught."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import grounding
from evals.grounding_bench import Checked, altered_in, answers_over, read
from evals.mutations import Mutant
from tools.store import Store

pytestmark = pytest.mark.guards

SWEEP = Path(__file__).resolve().parents[3] / "shared" / "bench" / "sweeps" / "house-prices"


@pytest.fixture(scope="module")
def answers(sample_store: Store, tmp_path_factory: pytest.TempPathFactory) -> list[Checked]:
    """Answers over the samples and, where the bench is, over one of its sweeps."""
    return [one for store in _stores(sample_store, tmp_path_factory) for one in answers_over(store)]


def _stores(sample_store: Store, factory: pytest.TempPathFactory) -> Iterator[Store]:
    yield sample_store
    if SWEEP.is_dir():
        store = Store(factory.mktemp("sweep"))
        store.ingest([SWEEP])
        yield store


def test_no_number_of_a_true_answer_is_marked(answers: list[Checked]) -> None:
    for answer, facts in answers:
        assert [answer[claim.start : claim.end] for claim in read(answer, facts).loose] == [], answer


def test_whatever_is_altered_in_a_true_answer_is_caught(answers: list[Checked]) -> None:
    altered = altered_in(answers, share=0.08)  # a quarter of all is checked by the evals
    assert {"another run", "an unknown run", "another unit", "wrong count", "a setting in a unit"} <= {
        mutant.how for mutant, _ in altered
    }
    assert [_told(mutant) for mutant, facts in altered if not grounding.find_ungrounded(mutant.answer, facts)] == []


def _told(mutant: Mutant) -> str:
    around = " ".join(mutant.answer[max(0, mutant.start - 60) : mutant.end + 30].split())
    return f"{mutant.how}: {mutant.was} as {mutant.says} in {around!r}"
