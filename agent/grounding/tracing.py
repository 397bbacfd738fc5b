"""Traces each number of an answer to a fact of the right kind, run and topic, to a count, or to a simple derivation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from agent.grounding.claims import Citation, Claim, Reading
from agent.grounding.counts import counted, is_bound, listed_runs, meets
from agent.grounding.known import Fact, FactKind, Facts
from agent.grounding.numbers import PERCENT, RATIO, SAME
from agent.grounding.subjects import alike, meaning

_KINDS: dict[str, frozenset[FactKind]] = {
    "value": frozenset({"value", "setting", "free", "amount"}),
    "step": frozenset({"step", "place", "free"}),
    "epoch": frozenset({"epoch", "place", "free"}),
    "line": frozenset({"line", "free"}),
    "share": frozenset({"share", "value", "setting", "free"}),
    "ratio": frozenset({"ratio", "free"}),
    "amount": frozenset({"amount", "value", "setting", "free"}),
    "span": frozenset({"span", "step", "epoch", "place", "setting", "free"}),
    "count": frozenset({"count", "setting"}),
}
"""Kind of a claim -> kinds of facts that can support it."""
_AGAINST = {
    "last": frozenset({"first", "best"}),
    "first": frozenset({"last", "best"}),
    "best": frozenset({"first", "last"}),
    "onset": frozenset({"point", "first", "last"}),
}
_SURE = frozenset({"sure", "confi", "certa", "likel", "proba"})
_STEPS = {"half": 2.0, "halv": 2.0, "doubl": 2.0, "twice": 2.0, "third": 3.0, "quarter": 4.0, "tenth": 10.0}
"""By so much advice may go above or below the setting it starts from."""

_RETOLD: dict[str, set[FactKind]] = {
    "value": {"value", "setting"},
    "share": {"share", "value"},
    "amount": {"amount", "value", "setting"},
    "span": {"span", "step", "epoch"},
}
_ANY: set[FactKind] = {"count", "span", "step"}
_COMMON = frozenset({"of the", "of", "to"})
_LARGEST_FACTOR = 10
_FACTOR = re.compile(r"\b(?:steps|factor)s?\sof\W{0,3}$", re.IGNORECASE)


@dataclass
class Tracing:
    """An answer beside the facts. traced: claim -> the facts it stands for, or () where it is counted or derived."""

    reading: Reading
    facts: Facts
    traced: dict[Claim, tuple[Fact, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        claims = self.reading.claims
        for claim in claims:
            self._trace(claim)
        for claim in claims:
            if claim not in self.traced and self._is_derived(claim):
                self.traced[claim] = ()

    @property
    def loose(self) -> list[Claim]:
        """Claims that trace to nothing, and those whose citation holds something else."""
        untraced = [claim for claim in self.reading.claims if claim not in self.traced]
        miscited = [claim for one in self.reading.citations for claim in self._miscited(one)]
        return [*untraced, *(claim for claim in miscited if claim not in untraced)]

    def _trace(self, claim: Claim) -> None:
        found = [fact for fact in self.facts.near(claim.number) if supports(fact, claim)]
        if claim.is_advice and self._is_proposed(claim):
            found = [fact for fact in found if fact.is_advice]
        if claim.kind == "count" and (claim.noun == "run" or listed_runs(claim, self.reading)):
            found = []
        if is_bound(claim, self.reading) and not meets(claim, self.reading, self.facts):
            found = [fact for fact in found if fact.is_asked]
        if claim.moment == "onset" and any(self._is_onset(fact, claim) for fact in self.facts.facts):
            found = [fact for fact in found if fact.moment == "onset" or fact.beside is not None or fact.is_asked]
        if claim.chain and claim.chain in self.traced:
            linked = self._linked(claim.chain, claim, found)
            if linked is None:
                return
            found = linked
        if found or (claim.kind == "count" and counted(claim, self.reading, self.facts)):
            self.traced[claim] = tuple(found)

    def _is_onset(self, fact: Fact, claim: Claim) -> bool:
        return fact.moment == "onset" and fact.kind == claim.kind and fact.run in claim.runs

    def _linked(self, first: Claim, place: Claim, found: list[Fact]) -> list[Fact] | None:
        """Those of the facts found that belong to the number before; None when its own place is another."""
        firsts = self.traced[first]
        groups = {fact.group for fact in firsts}
        linked = [fact for fact in found if fact.group in groups and fact not in firsts]
        if linked:
            kept = {fact.group for fact in linked}
            self.traced[first] = tuple(fact for fact in firsts if fact.group in kept)
            return linked
        wanted = {place.kind, "place"} if place.is_place else {"value"}
        is_elsewhere = any(other.kind in wanted for group in groups for other in self.facts.group(group))
        is_other_place = first.is_place and place.is_place and bool(found)
        is_other_place &= any(one.kind == first.kind for fact in found for one in self.facts.group(fact.group))
        return None if is_elsewhere or is_other_place else found

    def _miscited(self, citation: Citation) -> Iterator[Claim]:
        """The number right before a citation that holds neither it nor what it is derived from."""
        known = [fact for one in citation.ids for fact in self.facts.cited.get(one, ())]
        claims = [claim for claim in citation.claims if not claim.is_place] or list(citation.claims)
        if not known or not claims:
            return
        if any(claim.number.says(fact.value) for claim in claims for fact in known):
            return
        values = [fact.value for fact in known if fact.kind not in {"step", "epoch", "place"}]
        pairs = [values, *([*values, *pair] for claim in claims for pair in self._pairs(claim))]
        if not any(claim.is_derivation and _derives(claim, pair) for claim in claims for pair in pairs):
            yield claims[0]

    def _is_derived(self, claim: Claim) -> bool:
        if claim.is_advice and (self._is_factor(claim) or self._is_step_of_advice(claim)):
            return True
        if not claim.is_derivation or claim.is_advice:
            return False
        pairs = [self._cited(claim), *self._pairs(claim)]
        return any(_derives(claim, pair, self.reading.plain[claim.end : claim.end + 8]) for pair in pairs)

    def _cited(self, claim: Claim) -> list[float]:
        ids = [one for citation in self.reading.citations if claim in citation.claims for one in citation.ids]
        return [fact.value for one in ids for fact in self.facts.cited.get(one, ()) if fact.kind == "value"]

    def _is_proposed(self, claim: Claim) -> bool:
        """Whether a result proposes a value for what this advice is about."""
        if claim.is_place:
            return any(
                fact.is_advice and fact.kind == claim.kind and fact.run in claim.runs for fact in self.facts.facts
            )
        if len(claim.topics) != 1 or len(claim.runs) != 1:
            return False
        about = [fact for fact in self.facts.facts if fact.topic and _is_about(fact, claim)]
        is_setting = any(fact.kind == "setting" for fact in about)
        return is_setting and any(fact.is_advice and fact.run for fact in about)

    def _is_factor(self, claim: Claim) -> bool:
        """By how much to change a setting ("in steps of 1.5 to 2 times") says nothing of a run."""
        before = self.reading.plain[max(0, claim.start - 16) : claim.start]
        return 1 < claim.number.value <= _LARGEST_FACTOR and (
            claim.number.unit in RATIO or _FACTOR.search(before) is not None
        )

    def _is_step_of_advice(self, claim: Claim) -> bool:
        """Half, a third or a tenth of a setting, where the words say so: "halve the batch size to 16"."""
        about = [fact for fact in self.facts.facts if claim.topics and fact.topic and _is_about(fact, claim)]
        settings = [fact.value for fact in about if fact.kind == "setting" and not fact.is_advice]
        words = self.reading.plain[slice(*claim.clause)].lower()
        said = [step for word, step in _STEPS.items() if word in words]
        options = (setting * by for setting in settings for step in said for by in (step, 1 / step))
        return any(claim.number.says(option) for option in options)

    def _pairs(self, claim: Claim) -> list[list[float]]:
        """The numbers a derived one may be about; of a percentage, two before it, two after it, or one on each side."""
        others = [one for one in self.traced if self._is_beside(claim, one) and _comparable(claim, one)]
        if claim.number.unit not in PERCENT:
            return [[value for one in others for value in self._values(one)]]
        before = sorted((one for one in others if one.start < claim.start), key=lambda one: -one.start)[:2]
        after = sorted((one for one in others if one.start > claim.start), key=lambda one: one.start)[:2]
        pairs = [pair for pair in (before, after, [*before[:1], *after[:1]]) if len(pair) == 2]
        return [[value for one in pair for value in self._values(one)] for pair in pairs]

    def _values(self, claim: Claim) -> list[float]:
        return list(dict.fromkeys([claim.number.value, *(abs(fact.value) for fact in self.traced[claim])]))

    def _is_beside(self, claim: Claim, other: Claim) -> bool:
        low, high = sorted((claim, other), key=lambda one: one.start)
        between = self.reading.plain[low.sentence[1] : high.sentence[0]]
        return low.sentence == high.sentence or len(between) <= 4 or not re.search(r"[A-Za-z]", between)


def supports(fact: Fact, claim: Claim) -> bool:
    """Whether a fact of the same number is what a claim says: its kind, its run, its metric or setting."""
    if not _is_about(fact, claim):
        return False
    if fact.beside is not None:
        return _is_retold(fact, claim)
    if fact.kind not in _KINDS[claim.kind]:
        return False
    if fact.kind == "free" and claim.kind not in {"value", "share", "amount"} and not fact.value.is_integer():
        return False
    if fact.moment in _AGAINST.get(claim.moment, ()):
        return False
    if claim.kind == "share" and fact.topic == "confidence":
        return bool(_SURE & claim.words)
    if claim.kind == "share" and fact.kind != "share" and not claim.topics:
        return abs(fact.value) <= 1 and claim.number.digits > 2
    if claim.kind in {"span", "count"}:
        return _is_of_noun(fact, claim)
    return not fact.is_advice or claim.is_advice


def _is_about(fact: Fact, claim: Claim) -> bool:
    if claim.runs and fact.run and fact.run not in claim.runs:
        return False
    if claim.is_place or not claim.topics or fact.kind not in {"value", "setting", "free"}:
        return True
    said = meaning(fact.topic)
    if fact.kind == "setting":
        return any(topic <= said or not said for topic in claim.topics)
    return any(alike(said, topic) for topic in claim.topics)


def _is_retold(fact: Fact, claim: Claim) -> bool:
    """A number of a sentence serves where it is of the same kind and told in the same words, or of the same thing."""
    kinds = _RETOLD.get(claim.kind, {claim.kind}) | (_ANY if claim.number.unit in {"k", "K", "M"} else set())
    if fact.kind not in kinds or (fact.is_advice and claim.is_stated):
        return False
    left, right = (bool(one) and one == other for one, other in zip(fact.beside or (), claim.beside, strict=True))
    if fact.is_advice and not claim.is_advice:
        return fact.beside == claim.beside
    is_measured = claim.kind == "value" or (claim.kind == "share" and not fact.is_advice)
    is_named = bool(claim.topics) and bool(fact.topic) and is_measured
    is_telling = claim.number.digits > 1 or not claim.number.value.is_integer() or bool(claim.number.unit)
    if claim.kind == "span" and fact.kind == "span":
        right = fact.beside is not None and fact.beside[1].split()[:1] == claim.beside[1].split()[:1]
    if claim.kind == "share" and fact.kind == "value" and abs(fact.value) <= 1 and not claim.topics:
        return not fact.is_advice
    is_long = not fact.is_advice and is_telling and claim.kind in {"value", "amount", "span"} and not claim.topics
    return claim.is_place or is_named or is_long or left or (right and claim.beside[1] not in _COMMON)


def _is_of_noun(fact: Fact, claim: Claim) -> bool:
    noun = claim.noun
    if fact.kind in {"step", "epoch", "place"}:
        return fact.kind == "place" or noun.startswith(fact.kind) or (noun == "iteration" and fact.kind == "step")
    if fact.kind == "free":
        return True
    return bool(noun) and noun in fact.topic.lower().replace("iters", "iterations")


def _comparable(claim: Claim, other: Claim) -> bool:
    if claim.kind == "span":
        return other.is_place or other.kind == "span"
    if other.kind == "count":
        return claim.kind in {"share", "ratio"}
    return not other.is_place and other.kind not in {"share", "ratio"}


def _derives(claim: Claim, values: Sequence[float], after: str = "") -> bool:
    """True for the difference, ratio or relative change of two of these values, as the unit asks for it."""
    said, slack = claim.number.readings[0]
    margin = slack + SAME * said
    pairs = permutations(values, 2)
    return any(abs(abs(result) - said) <= margin for x, y in pairs for result in _results(claim, x, y, after))


def _results(claim: Claim, x: float, y: float, after: str) -> Iterable[float]:
    if claim.number.unit in PERCENT:
        is_share = after.lstrip(" *").startswith("of") or claim.kind == "count"
        return () if not y else (100 * x / y,) if is_share else (100 * (x - y) / y,)
    if claim.number.unit in RATIO:
        return (x / y,) if y else ()
    if claim.kind == "span":
        return (x - y, x - y + 1)
    return (x - y, x / y) if y else (x - y,)
