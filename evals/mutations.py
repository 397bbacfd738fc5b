"""Alters true answers, one thing at a time, the way answers go wrong: numbers, units, steps, runs, directions.

What comes out must be wrong. Left out is what only looks so: a number that is another true one of the same kind, run
and metric (a loss that was logged as well, two steps later), for no reader could tell it from the one that was meant.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.grounding.claim import Claim
from agent.grounding.claims import Reading
from agent.grounding.fact import Fact
from agent.grounding.known import Facts
from agent.grounding.subjects import meaning
from agent.grounding.tracing import Tracing
from agent.grounding.units import dimension_of

UNITS = {"%": (" ms", "k"), "seconds": ("ms", "hours"), "s": (" h",), "ms": (" s",), "k": ("M",), "M": ("k",)}
WAYS = {
    "rose": "fell", "rises": "falls", "falls": "rises", "fell": "rose", "grew": "fell", "grows": "falls",
    "Raise": "Lower", "raise": "lower", "Lower": "Raise",
}  # fmt: skip
OTHERWISE = (
    ("ran for {:.6g} minutes", 1 / 60),
    ("ran for {:.6g} s", 1.0),
    ("holds {:.6g} MB", 1e-3),
    ("lost {:g} %", 1),
)
"""What a setting without a unit is told as, and by what it is multiplied for that."""
MOMENTS = {"best": {"first", "last"}, "last": {"first", "best"}, "first": {"last", "best"}}


@dataclass(frozen=True)
class Mutant:
    """An answer with one thing altered: text[start:end] stood there before as `was`, and says `says` now."""

    how: str
    answer: str
    was: str
    says: str
    start: int

    @property
    def end(self) -> int:
        """Where the altered part ends."""
        return self.start + len(self.says)


def mutants(tracing: Tracing, facts: Facts, lot: random.Random, share: float) -> Iterator[Mutant]:
    """The numbers of an answer, altered in the ways that fit them; its runs swapped and misspelt; its verbs turned.

    share: of all altered numbers, by lot.
    """
    reading = tracing.reading
    for claim in reading.claims:
        written = re.match(r"[\d.,]*\d(?:e[-+]?\d+)?", reading.text[claim.start : claim.end].lstrip("-−+"))
        if written is None:
            continue
        start = reading.text.index(written[0], claim.start)
        for how, says in _alterations(written[0], claim, facts):
            if lot.random() >= share:
                continue
            mutant = _with(reading, how, start, written[0], says)
            is_same = math.isclose(float(says.replace(",", "")), float(written[0].replace(",", "")), rel_tol=1e-6)
            if not is_same and not _is_true_as_well(mutant, claim, tracing, facts):
                yield mutant
        yield from _in_other_units(reading, claim)
    yield from _swapped(tracing, facts)
    yield from _unknown_runs(reading)
    yield from _turned(reading)
    yield from _measured_otherwise(reading, facts)


def _with(reading: Reading, how: str, start: int, was: str, says: str) -> Mutant:
    text = reading.text[:start] + says + reading.text[start + len(was) :]
    return Mutant(how, text, was, says, start)


def _is_true_as_well(mutant: Mutant, claim: Claim, tracing: Tracing, facts: Facts) -> bool:
    """Whether the other number stands in the results too, for the same run, metric and kind of number."""
    altered = Reading(mutant.answer, tracing.reading.names, tracing.reading.runs)
    said = next((one for one in altered.claims if one.start <= mutant.start < one.end), None)
    own = tracing.traced.get(claim, ())
    if said is None or _is_a_tried_value(said, facts) or _is_a_factor(said, tracing.reading):
        return said is not None
    if claim.noun == "setting" and any(
        one.noun == "difference" and said.number.says(one.value) for one in facts.counts
    ):
        return True
    return any(_is_like(one, fact, claim) for one in facts.near(said.number) for fact in own)


def _is_a_tried_value(said: Claim, facts: Facts) -> bool:
    """Advice may name any value that a run of its sentence was given: "between 0.02 and 0.06" is no less true."""
    return said.is_advice and any(
        fact.kind == "setting" and fact.run in said.runs and any(meaning(fact.topic) == one for one in said.topics)
        for fact in facts.near(said.number)
    )


def _is_a_factor(said: Claim, reading: Reading) -> bool:
    """By how much to go on ("in steps of 1.5 to 2 times") is told by no log."""
    return said.is_advice and "in steps of" in reading.plain[max(0, said.start - 24) : said.start]


def _is_like(other: Fact, fact: Fact, claim: Claim) -> bool:
    if (other.kind, other.run, other.is_advice) != (fact.kind, fact.run, fact.is_advice):
        return False
    if other.moment in MOMENTS.get(claim.moment, ()) or (claim.moment == "onset" and other.moment != "onset"):
        return False
    return meaning(other.topic) == meaning(fact.topic) and (fact.kind != "line" or not fact.of)


def _alterations(written: str, claim: Claim, facts: Facts) -> Iterator[tuple[str, str]]:
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


def _in_other_units(reading: Reading, claim: Claim) -> Iterator[Mutant]:
    unit = claim.number.unit
    place = claim.end - len(unit)
    for other in UNITS.get(unit, ()):
        yield _with(reading, "another unit", place, unit, other)
    if not unit and claim.kind in {"value", "step"} and claim.number.digits > 2:
        yield _with(reading, "a unit too many", claim.end, "", "k")


def _swapped(tracing: Tracing, facts: Facts) -> Iterator[Mutant]:
    """A run that stands before a number, under the name of another run of the answer."""
    reading = tracing.reading
    for claim in reading.claims:
        before = [one for one in reading.run_mentions if claim.sentence[0] <= one.start < claim.start]
        others = [one for one in reading.run_mentions if before and one.run != before[-1].run]
        if not others or claim.kind in {"count", "span"} or claim.runs != {before[-1].run}:
            continue
        at, other = before[-1], reading.text[others[0].start : others[0].end]
        own = tracing.traced.get(claim, ())
        if not any(_is_shared(one, fact, others[0].run) for one in facts.near(claim.number) for fact in own):
            yield _with(reading, "another run", at.start, reading.text[at.start : at.end], other)


def _is_shared(other: Fact, fact: Fact, run: str) -> bool:
    """Whether the other run has the same number there: both were trained for 30 epochs, both broke at epoch 0."""
    is_onset = fact.moment == other.moment == "onset"
    is_like = other.kind == fact.kind and (is_onset or meaning(other.topic) == meaning(fact.topic))
    return other.run in {run, ""} and is_like


def _unknown_runs(reading: Reading) -> Iterator[Mutant]:
    for one in reading.run_mentions[:3]:
        name = reading.text[one.start : one.end]
        if name[-1].isdigit():
            yield _with(reading, "an unknown run", one.start, name, re.sub(r"\d+$", "987", name))


def _turned(reading: Reading) -> Iterator[Mutant]:
    """A verb of a change whose two numbers stand behind it, turned round."""
    for match in re.finditer(rf"\b({'|'.join(WAYS)})\b[^.;:\d]*?\bfrom \W*[\d.]+ to \W*[\d.]+", reading.plain):
        yield _with(reading, "another direction", match.start(1), match[1], WAYS[match[1]])


def _measured_otherwise(reading: Reading, facts: Facts) -> Iterator[Mutant]:
    """A duration, a size or a share of a run, made of a setting that has no unit: 800 rows are no 13 minutes."""
    settings = {(one.run, one.topic): one for one in facts.facts if one.kind == "setting" and one.run and not one.unit}
    units = {unit for one in facts.facts if (unit := dimension_of(one.unit) or one.unit)}
    for one in list(settings.values())[:6]:
        for words, factor in OTHERWISE:
            if one.value > 2 and not {"time", "size"} & units:
                says = f"\n\n{one.run} {words.format(one.value * factor)}."
                yield _with(reading, "a setting in a unit", len(reading.text), "", says)
