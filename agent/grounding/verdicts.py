"""Verdicts that an answer gives to runs, beside those of the checks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.grounding.claims import Reading
from agent.grounding.known import Facts

_SOUND = re.compile(
    r"\b(?:is|was|are|were|looks?|seems?|appears?|verdict\W{1,6}|remains?)\s?(?:(?:completely|perfectly|entirely|all|quite)\s)?"
    r"[*_`]*(?P<word>healthy|fine|ok(?:ay)?|sound|nominal|in\sorder)\b"
    r"(?!\s(?:for|until|till|at|up|before|so|in|with|to|as|enough)\b)"
    r"|(?P<nothing>\bnothing\s(?:is\s|was\s|went\s)?wrong\b|\bno\s(?:problems?|issues?|faults?|findings)\b)",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|never|nor|neither|if|whether|claims?|says?|said|tells?|told|pretends?|others?|rest|remaining)\b|n't\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\d\W+(?:(?:of\W+(?:the\s)?\d+\W+)?(?:of\s)?(?:the\s)?(?:other\s)?runs|of\W+(?:the\s)?\d+)\b", re.IGNORECASE
)
"""How many are healthy is no verdict on the run of the question."""
_QUOTES = '"“”'


def wrong_verdicts(reading: Reading, facts: Facts) -> Iterator[tuple[int, int, str]]:
    """(start, end, what the checks say) of each word that calls a run healthy which no check of the thread did."""
    for match in _SOUND.finditer(reading.text):
        start, end = match.span("word") if match["word"] else match.span("nothing")
        line = reading.text.rfind("\n", 0, start) + 1
        sentence = max([line, *(stop.end() for stop in re.finditer(r"[.!?]\s", reading.text[:start]))])
        before = reading.text[sentence:start]
        # What is quoted may be several sentences.
        if (
            _NOT.search(before)
            or _COUNTED.search(before)
            or sum(reading.text.count(mark, line, start) for mark in _QUOTES) % 2
        ):
            continue
        runs = _subject(reading, sentence, start)
        wrong = sorted(run for run in runs if facts.verdicts.get(run, "not judged yet") != "healthy")
        if runs and len(wrong) == len(runs):
            yield start, end, "; ".join(f"{run} is {_words(facts.verdicts.get(run, ''))}" for run in wrong)


def _subject(reading: Reading, sentence: int, start: int) -> frozenset[str]:
    named = [one.run for one in reading.run_mentions if sentence <= one.start < start]
    earlier = [one.run for one in reading.run_mentions if one.start < sentence]
    return frozenset(named or earlier[-1:]) or reading.runs


def _words(verdict: str) -> str:
    return {"": "not judged yet", "cannot_judge": "not to be judged"}.get(verdict, verdict)
