"""The sentences of results: which numbers they hold, and, once one of them is looked for, what is said of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from agent.grounding.claim import Claim
from agent.grounding.claims import Reading
from agent.grounding.fact import Fact, new_group
from agent.grounding.numbers import PERCENT, numbers_in
from agent.grounding.subjects import MEASURED, Names, meaning
from agent.grounding.units import dimension_of, measure_of

_MAGNITUDES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9}


@dataclass(frozen=True)
class Sentence:
    """Words of a result. run, topic: what they are about where they name none; names: those that the result knows."""

    text: str
    names: Names
    run: str = ""
    topic: str = ""
    is_advice: bool = False

    def may_be_of(self, runs: frozenset[str], names: frozenset[str]) -> bool:
        """Whether it may say something of these runs, which have these names."""
        return self.run in runs or not self.run or any(_stands_in(name, self.text.lower()) for name in names)


def _stands_in(name: str, text: str) -> bool:
    """Whether a name is part of a text. A number is none of another number."""
    return name in text and (not name.isdigit() or re.search(rf"(?<!\d){name}(?!\d)", text) is not None)


@lru_cache(maxsize=4096)
def read(sentence: Sentence) -> tuple[Fact, ...]:
    """The numbers of a sentence, with the words around them."""
    run = sentence.run
    found: list[Fact] = []
    for claim in Reading(sentence.text, sentence.names, frozenset({run} if run else ())).claims:
        group = found[-1].group if claim.chain and found else new_group()
        named = _named_before(claim.beside[0])
        topics = [named] if named else [" ".join(sorted(one)) for one in claim.topics] or [sentence.topic]
        advice = (sentence.is_advice and not claim.is_stated) or claim.is_advice
        value, unit = claim.number.value * _MAGNITUDES.get(claim.number.unit, 1.0), _unit_of(claim)
        found += (
            Fact(value, claim.kind, one, said, "", group, claim.beside, advice, unit=unit, clause=claim.told)
            for one in claim.runs or {run}
            for said in topics
        )
    return tuple(found)


def values_of(sentence: Sentence) -> frozenset[float]:
    """All numbers that a sentence may be read to hold: looking for one of them needs no reading of the others."""
    return frozenset(one.value * _MAGNITUDES.get(one.unit, 1.0) for one in numbers_in(sentence.text))


def _named_before(words: str) -> str:
    """The name right before a number of a text without fields: "lr 3e-05"."""
    name = " ".join(words.split())
    return name if meaning(name) & MEASURED else ""


def _unit_of(claim: Claim) -> str:
    """What a number of a sentence is in: 0.4% is not the 0.4 of a share."""
    unit = claim.number.unit
    return unit if unit in PERCENT or dimension_of(unit) else measure_of(claim.beside[0])
