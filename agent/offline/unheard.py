"""What an answer would pass over in silence: the net below all rules. What a question names is used, or said to be left
out: a run that does not exist, a place, a metric, a setting, a number, a trouble, a word that nobody knows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from agent.offline.clauses import Clause
from agent.offline.columns import LENGTH_KEYS
from agent.offline.figure_intents import AtEnd, Change, Figure, Most, Sheet
from agent.offline.fit import numbers_of, words_of
from agent.offline.intents import (
    Best,
    Compare,
    Count,
    Describe,
    Duration,
    Health,
    Intent,
    ListRuns,
    Reach,
    Setting,
    Trend,
    Value,
)
from agent.offline.rules.runs import YES_NO
from agent.offline.terms import Missing
from agent.offline.vocabulary import is_strange
from agent.offline.words import parts_of

PLAIN = (Best, Value, Reach, Count, ListRuns, Setting, Duration, Figure, Most, Sheet, Change, AtEnd)
"""Answers that hold what was asked and nothing beside it."""
OVER_ALL = (Best, Compare, Trend, Setting, ListRuns, Count, Describe)
DATED = re.compile(r"\b(new|newer|old|older|recent) (?:runs?|ones|experiments?|trials?)\b")
""" "The new runs": which ones those are, no log tells."""
SCALES = (1.0, 0.01, 60.0, 3600.0)
"""A number may be taken up in another unit: percent, minutes, hours."""


def unheard(parts: Sequence[Intent], c: Clause) -> str:
    """In words what none of the parts takes up, "" where nothing is left."""
    left = [ref.text for ref in c.refs if isinstance(ref, Missing) and ref.text not in words_of(parts)]
    left += _place(parts, c)
    if all(isinstance(part, Health) and part.wants == "verdict" for part in parts) and c.words[0] not in YES_NO:
        left += _strange(parts, c)
    if all(isinstance(part, PLAIN) for part in parts):
        left += [*_metrics(parts, c), *_settings(parts, c), *_numbers(parts, c), *_strange(parts, c)]
    return ", ".join(dict.fromkeys(left))


def _place(parts: Sequence[Intent], c: Clause) -> Iterator[str]:
    at = c.place if c.place_is("at") else None
    if at and at.value is not None and isinstance(parts[0], OVER_ALL) and at.value not in numbers_of(parts):
        yield f"at {at.unit or 'step'} {at.value:g}"


def _metrics(parts: Sequence[Intent], c: Clause) -> Iterator[str]:
    said = {word for word in words_of(parts) if word}
    for ask in c.metrics:
        named = ask.quantity != "score" and ask.text in c.text
        if named and not any(ask.text in word or word in ask.text or word == ask.quantity for word in said):
            yield ask.text


def _settings(parts: Sequence[Intent], c: Clause) -> Iterator[str]:
    said = set(words_of(parts))
    for key in c.params:
        if key not in said and key not in LENGTH_KEYS and not any(ask.quantity == key for ask in c.metrics):
            yield key.replace("_", " ")


def _numbers(parts: Sequence[Intent], c: Clause) -> Iterator[str]:
    used = set(numbers_of(parts))
    named = {float(len(c.refs)), float(len(c.metrics))}
    for number in c.numbers:
        if number not in named and not any(math.isclose(number * s, one) for s in SCALES for one in used):
            yield f"{number:g}"


def _strange(parts: Sequence[Intent], c: Clause) -> Iterator[str]:
    """Words that are in no lexicon and name nothing that was logged or set, where nothing else was named."""
    if said := DATED.search(c.raw):
        yield said[1]
    if c.metrics or c.params or c.aspects or c.bound or c.scope:
        return
    known = {part for name in (*(m.name for m in c.known.metrics), *c.known.params) for part in parts_of(name)}
    known |= {part for run in c.known.runs for name in run.names for part in parts_of(name)}
    known |= {part for word in words_of(parts) for part in parts_of(word)}
    for word in c.words:
        if is_strange(word) and word not in known:
            yield word
