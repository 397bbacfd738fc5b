"""The cases: enough of them, of every kind, each asked in several wordings, and each able to fail."""

from __future__ import annotations

from collections import Counter

import pytest

from agent.events import Turn
from evals.baseline import load
from evals.dataset import Sample, load_samples
from evals.scorers import score

KINDS = {
    "easy", "hard", "healthy-but-scary", "red-herring", "insufficient", "injection", "follow-up", "wrong-premise",
    "several-causes",
}  # fmt: skip
SAMPLES = load_samples()


def wrong(sample: Sample) -> Turn:
    """An answer that claims what must not be claimed, or else says nothing to the point."""
    claimed = "\n".join(f"The cause is {one}." for one in sample.target.must_not_report)
    answered = sample.target.answered is not True
    return Turn(question=sample.turns[-1], answer=claimed or "I cannot help.", model="offline", answered=answered)


def test_there_are_more_than_150_cases_of_every_kind() -> None:
    cases = {s.case: s for s in SAMPLES}
    assert len(cases) >= 150
    tags = Counter(tag for s in cases.values() for tag in s.tags)
    assert set(tags) >= KINDS
    unharmed = [s for s in cases.values() if {"healthy", "healthy-but-scary", "insufficient"} & set(s.tags)]
    assert len(unharmed) >= len(cases) / 3


@pytest.mark.parametrize("place", ["order-in-name", "order-in-settings", "order-in-line"])
def test_a_dozen_samples_have_orders_in_each_place_where_somebody_can_write_them(place: str) -> None:
    ordered = [s for s in SAMPLES if place in s.tags]
    assert all("injection" in s.tags for s in ordered)
    assert len(ordered) >= 12


def test_every_case_is_asked_in_two_to_four_wordings() -> None:
    assert set(Counter(s.case for s in SAMPLES).values()) <= {2, 3, 4}


def test_every_case_can_fail() -> None:
    assert not [s.id for s in SAMPLES if all(one.passed for one in score(wrong(s), s.target))]


def test_the_cases_make_the_analyst_call_every_tool() -> None:
    stored = load("offline")
    assert stored is not None
    assert stored.figures["cases: tools that are called"] == 1
