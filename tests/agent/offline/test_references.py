"""Which runs a text speaks of."""

import pytest

from agent.offline.known import Known, KnownRun
from agent.offline.references import Found
from agent.offline.terms import Ambiguous, Missing, Named, RunRef
from agent.offline.words import plain
from tests.agent.offline.test_understand import NAMED

NUMBERED = Known(tuple(KnownRun(f"sweep/run-{i}", i, f"run-{i}") for i in range(1, 12)))


def _refs(text: str, known: Known) -> list[RunRef]:
    return Found(plain(text), known).refs


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("why did run 3 fail", [3]),
        ("Run_7's loss", [7]),
        ("run3 vs run7", [3, 7]),
        ("runs 3, 4 and 10", [3, 4, 10]),
        ("run 3 and 4", [3, 4]),
        ("runs 3 to 5", [3, 4, 5]),
        ("#7 and #6", [7, 6]),
        ("experiment 5", [5]),
        ("rnu-3", [3]),
        ("sweep/run-4", [4]),
        ("run 5, epochs 3", [5]),
        ("RUN-11 please", [11]),
        ("how did the seventh run end", [7]),
        ("the 10th run vs the third run", [10, 3]),
    ],
)
def test_numbered_runs_are_found(text: str, runs: list[int]) -> None:
    refs = _refs(text, NUMBERED)
    assert [ref.run for ref in refs if isinstance(ref, Named)] == [f"sweep/run-{n}" for n in runs]


@pytest.mark.parametrize(
    "text",
    [
        "top-3 runs",
        "epoch 16",
        "lr 0.1",
        "f1 above 0.9",
        "resnet-50",
        "batch-32",
        "in 20 epochs",
        "the first run to diverge",
    ],
)
def test_numbers_of_other_things_are_no_runs(text: str) -> None:
    assert _refs(text, NUMBERED) == []


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("gentle-grove-4", "gentle-grove-4"),
        ("gentle grove 4", "gentle-grove-4"),
        ("gentle grove", "gentle-grove-4"),
        ("gentel-grove-4", "gentle-grove-4"),
        ("compare gentel grove", "gentle-grove-4"),
        ("olive-sun", "olive-sun-8"),
        ("brisk-fields-1", "brisk-field-1"),
        ("run 7", "hazy-dune-7"),
    ],
)
def test_names_are_found_in_part_and_with_typing_errors(text: str, run: str) -> None:
    (ref,) = _refs(text, NAMED)
    assert isinstance(ref, Named)
    assert ref.run == run


@pytest.mark.parametrize("text", ["run-99", "run 99", "#99"])
def test_a_run_that_does_not_exist_is_never_taken_for_another(text: str) -> None:
    (ref,) = _refs(text, NUMBERED)
    assert isinstance(ref, Missing)
    assert len(ref.near) == 3


def test_a_made_up_name_is_missing_with_the_nearest_names() -> None:
    (ref,) = _refs("what's up with jolly-harbor-999?", NAMED)
    assert isinstance(ref, Missing)
    assert set(ref.near) & {"jolly-otter-3", "proud-harbor-5"}


def test_a_word_that_fits_two_names_is_ambiguous() -> None:
    known = Known((*NAMED.runs, KnownRun("lively-fern-11", 11, "lively-fern-11")))
    (ref,) = _refs("why is lively bad", known)
    assert isinstance(ref, Ambiguous)
    assert set(ref.choices) == {"lively-field-2", "lively-fern-11"}


def test_a_run_with_the_name_of_a_word_is_not_seen_everywhere() -> None:
    known = Known((KnownRun("best", 1, "best"), KnownRun("run-2", 2, "run-2")))
    assert _refs("which run is best", known) == []
