"""Alters the numbers of a true answer, one at a time, the way answers go wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.grounding.claims import Claim, Reading
from agent.grounding.known import Facts


@dataclass(frozen=True)
class Mutant:
    """An answer with one thing altered: text[start:end] stood there before as `was`, and says `says` now."""

    how: str
    answer: str
    was: str
    says: str
    start: int
    claim: Claim

    @property
    def end(self) -> int:
        """Where the altered part ends."""
        return self.start + len(self.says)


def mutants(reading: Reading, facts: Facts) -> Iterator[Mutant]:
    """Every number of an answer, altered in every way that fits it."""
    for claim in reading.claims:
        written = re.match(r"[\d.,]*\d(?:e[-+]?\d+)?", reading.text[claim.start : claim.end].lstrip("-−+"))
        if written is None:
            continue
        start = reading.text.index(written[0], claim.start)
        for how, says in _alterations(written[0], claim, reading, facts):
            if not math.isclose(float(says.replace(",", "")), float(written[0].replace(",", "")), rel_tol=1e-6):
                text = reading.text[:start] + says + reading.text[start + len(written[0]) :]
                yield Mutant(how, text, written[0], says, start, claim)
    yield from _swapped(reading)


def _alterations(written: str, claim: Claim, reading: Reading, facts: Facts) -> Iterator[tuple[str, str]]:
    yield "another last digit", _with_digit(written, last=True)
    yield "another first digit", _with_digit(written, last=False)
    yield "ten times as much", _scaled(written, 10)
    yield "a tenth", _scaled(written, 0.1)
    plain = written.replace(",", "")
    if claim.kind == "share":
        yield "a fraction for percent", f"{float(plain) / 100:.4g}"
    elif claim.kind == "value" and "." in written and float(plain) < 1:
        yield "percent for a fraction", f"{float(plain) * 100:.6g}"
    if plain.isdigit():
        yield ("wrong count" if claim.kind == "count" else "the next number"), str(int(plain) + 1)
        yield ("wrong count" if claim.kind == "count" else "the number before"), str(max(0, int(plain) - 1))
    for other in _others(claim, facts):
        yield "another run's number", f"{other:.6g}"
    if claim.is_place:
        for other in _other_places(claim, facts):
            yield "another place of the run", f"{other:.6g}"


def _with_digit(written: str, *, last: bool) -> str:
    mantissa, e, power = written.partition("e")
    places = [i for i, letter in enumerate(mantissa) if letter.isdigit()]
    at = places[min(len(places), 6) - 1] if last else next((i for i in places if mantissa[i] != "0"), places[0])
    digit = int(mantissa[at]) % 9 + 1
    return mantissa[:at] + str(digit) + mantissa[at + 1 :] + e + power


def _scaled(written: str, factor: float) -> str:
    return f"{float(written.replace(',', '')) * factor:.6g}"


def _others(claim: Claim, facts: Facts) -> Sequence[float]:
    """The same of other runs: best for best, setting for setting."""
    own = [fact for fact in facts.near(claim.number) if fact.run in claim.runs and fact.beside is None]
    for fact in own[:1]:
        alike = [
            other.value
            for other in facts.facts
            if other.run and other.run != fact.run and other.beside is None
            and (other.kind, other.topic, other.moment) == (fact.kind, fact.topic, fact.moment)
        ]  # fmt: skip
        return list(dict.fromkeys(alike))[:2]
    return []


def _other_places(claim: Claim, facts: Facts) -> Sequence[float]:
    places = [fact.value for fact in facts.facts if fact.run in claim.runs and fact.kind == claim.kind]
    return sorted(set(places), key=lambda place: abs(place - claim.number.value))[1:3]


def _swapped(reading: Reading) -> Iterator[Mutant]:
    """A run that stands before a number, under the name of another run of the answer."""
    for claim in reading.claims:
        before = [one for one in reading.run_mentions if claim.sentence[0] <= one.start < claim.start]
        others = [one for one in reading.run_mentions if before and one.run != before[-1].run]
        if not others or claim.kind in {"count", "span"} or claim.runs != {before[-1].run}:
            continue
        at, other = before[-1], reading.text[others[0].start : others[0].end]
        text = reading.text[: at.start] + other + reading.text[at.end :]
        yield Mutant("another run", text, reading.text[at.start : at.end], other, at.start, claim)
