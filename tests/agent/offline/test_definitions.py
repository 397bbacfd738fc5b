"""What a term means, however it is asked for."""

import re

import pytest

from agent.offline.glossary import is_term
from agent.offline.intents import Define, Focus
from agent.offline.lexicon import PARAMS
from agent.offline.meanings import MEANINGS
from agent.offline.understand import understand
from tests.agent.offline.paraphrases import NUMBERED


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("wtf is approx_kl", "approx kl"),
        ("what does entropy loss tell me", "entropy loss"),
        ("how should i read clip fraction", "clip fraction"),
        ("what's grad norm good for", "grad norm"),
        ("whats perplexity anyway", "perplexity"),
        ("what does lora rank do", "lora rank"),
        ("what does explained variance indicate?", "explained variance"),
        ("what's a good val loss", "val loss"),
        ("what do you mean by faulty", "faulty"),
    ],
)
def test_a_term_is_asked_for_in_many_ways(question: str, term: str) -> None:
    (asked,) = understand(question, Focus(), NUMBERED).intents
    assert asked == Define(term)
    assert is_term(term)


def test_what_is_going_on_is_no_term() -> None:
    for question in ("wtf is going on", "what is wrong here", "does the kl explain the drop"):
        assert not any(isinstance(asked, Define) for asked in understand(question, Focus(), NUMBERED).intents)


def test_no_meaning_holds_a_digit_that_no_run_logged() -> None:
    assert [name for name, text in MEANINGS.items() if re.search(r"(?<![A-Za-z\d])\d", text)] == []


def test_nearly_every_setting_of_the_lexicon_has_a_meaning() -> None:
    assert {key for key in PARAMS if key not in MEANINGS} <= {"norm"}


def test_the_difference_of_two_terms_is_told_by_both() -> None:
    asked = understand("difference between overfitting and underfitting?", Focus(), NUMBERED).intents
    assert asked == (Define("overfitting"), Define("underfitting"))
