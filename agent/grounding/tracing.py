"""Traces each number of an answer to a fact of the right kind, run and topic, to a count, or to a simple derivation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from agent.grounding.advised import STEPS, is_code_of, is_factor, is_step, is_to_make, part_before
from agent.grounding.apart import is_share_of_counts, is_spread
from agent.grounding.beside import stems
from agent.grounding.cells import header
from agent.grounding.claim import Citation, Claim
from agent.grounding.claims import Reading
from agent.grounding.counts import beyond, counted, is_bound, is_kept, is_share_of_runs, listed_runs, meets
from agent.grounding.derivations import comparable, derives
from agent.grounding.fact import Fact
from agent.grounding.intervals import is_end_with, is_other_bound, other_end
from agent.grounding.known import Facts
from agent.grounding.numbers import PERCENT
from agent.grounding.quotes import is_quoted, is_within_quote
from agent.grounding.sums import is_sum
from agent.grounding.support import is_about, is_confidence, is_of_interval, is_of_whole, repeats, supports
from agent.grounding.wording import IS_PERFECT

_ASKED = re.compile(
    r"\b(?:you|your|ask\w*|question|not|never|no|none|if|whether|instead|would|premise)\b|n't\b", re.IGNORECASE
)
_UNLOGGED = re.compile(r"\b(?:nothing|not|never|no\s\w+)\b[^,]*\blogged\b", re.IGNORECASE)
_PART = re.compile(r"\b(half|third|quarter|tenth)\s(?:of\s)?(?:the\s|its\s|all\s)?[*_`]*$")
_BEGAN = re.compile(r"\s(?:began|begins|starts|started|starting|set in|sets in)$")
_SINCE = re.compile(
    r"([a-z][a-z _-]*)[*_`]*,?\s(?:from|since|at|(?:began|begins|starting|started)\s(?:at|from))\W{0,3}\w+\s$",
    re.IGNORECASE,
)
_RANGE = re.compile(r"[\s*_`]*(?:to|and|-|–)[\s*_`]*")
_PLACES = frozenset({"step", "epoch", "place"})
_ENDS = frozenset({0.0, 1.0, 100.0})
_NONE_BEFORE = re.compile(r"\bnone\W{0,4}\($", re.IGNORECASE)
_STEM_OF_FINDING = 6
"""So many letters tell an explosion from an exploration."""


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
        if is_of_interval(claim):
            # Results say in their headings and words what their intervals cover.
            if f"{claim.number.value:g}% interval" in self.facts.said:
                self.traced[claim] = ()
            return
        if (
            is_code_of(claim, self.reading, self.facts)
            or is_to_make(claim, self.reading)
            or is_within_quote(claim, self.reading, self.facts)
        ):
            self.traced[claim] = ()
            return
        if claim.number.value in _ENDS and IS_PERFECT.match(self.reading.plain, claim.end):
            self.traced[claim] = ()
            return
        if claim.number.is_fraction:
            if is_share_of_runs(claim, self.reading, self.facts):
                self.traced[claim] = ()
            return
        if claim.number.value and _NONE_BEFORE.search(self.reading.plain, max(0, claim.start - 12), claim.start):
            return
        near = list(self.facts.near(claim.number, claim.runs))
        repeated = [fact for fact in near if repeats(fact, claim)]
        if not repeated and claim.runs:  # advice for one run may be told behind a word about another
            repeated = [fact for fact in self.facts.near(claim.number) if fact.is_advice and repeats(fact, claim)]
        if repeated:
            self.traced[claim] = tuple(repeated)
            return
        found = [fact for fact in near if supports(fact, claim)]
        found = [fact for fact in found if not fact.is_asked or self._may_be_asked(claim)]
        found = [fact for fact in found if claim.kind != "line" or is_quoted(claim, fact, self.reading)]
        found = [fact for fact in found if fact.kind != "bound" or self._has_other_end(claim, fact)]
        if other := other_end(claim, self.reading):
            found = [fact for fact in found if is_end_with(fact, other, self.facts)]
        if claim.topics and all("eval" in topic for topic in claim.topics):
            found = [fact for fact in found if fact.kind != "value" or not self.facts.is_of_training(fact)]
        if claim.is_advice and self._is_proposed(claim):
            found = [fact for fact in found if fact.is_advice]
        if claim.kind == "count" and (claim.noun == "run" or listed_runs(claim, self.reading)):
            found = []
        if claim.kind == "span" and claim.runs and header(self.reading.text, claim.number):
            found = [fact for fact in found if fact.run]  # the row of a run holds no sum over runs
        if claim.column == "share":
            found = [fact for fact in found if fact.topic == "share"]
        is_other = is_other_bound(claim, self.reading, self.facts)
        if is_kept(claim, self.reading, self.facts) and not is_other:
            self.traced[claim] = ()
            return
        if is_bound(claim, self.reading) and (is_other or not meets(claim, self.reading, self.facts)):
            found = [fact for fact in found if fact.is_asked]
        if claim.is_place and _UNLOGGED.search(self.reading.plain, claim.clause[0], claim.start):
            found = [fact for fact in found if fact.is_asked]
        if began := self._began(claim):
            found = [fact for fact in found if fact.of in began]
        elif claim.is_place and claim.moment == "best" and any(fact.moment == "best" for fact in found):
            found = [fact for fact in found if fact.moment == "best"]
        elif claim.is_place and claim.moment == "best" and self._knows_best(claim):
            found = [fact for fact in found if fact.beside is not None]
        elif claim.moment == "onset" and self._has_onset(claim):
            found = [fact for fact in found if fact.moment == "onset" or fact.beside is not None or fact.is_asked]
        if bound := self._passed(claim):
            found = [fact for fact in found if any(bound(one.value) for one in self.facts.group(fact.group))]
        elif claim.chain and claim.chain in self.traced:
            linked = self._linked(claim.chain, claim, found)
            if linked is None:
                return
            found = linked
        if found or (claim.kind == "count" and counted(claim, self.reading, self.facts)):
            self.traced[claim] = tuple(found)

    def _passed(self, place: Claim) -> Callable[[float], bool] | None:
        """What a value must be at the place where it first lay beyond a bound: "got above 100 at step 20"."""
        holds = place.is_place and place.chain and beyond(place.chain, self.reading)
        limit = place.chain.number.value if place.chain else 0.0
        return (lambda value: holds(value, limit)) if holds else None

    def _may_be_asked(self, claim: Claim) -> bool:
        """Whether a number of the question may be said again here: as a bound or a place, or as what was asked."""
        if claim.is_place or beyond(claim, self.reading) or not claim.runs:
            return True
        return _ASKED.search(self.reading.plain, *claim.sentence) is not None

    def _has_other_end(self, claim: Claim, bound: Fact) -> bool:
        """Whether the range that a number bounds is told with its other end: "1e-05 to 0.06"."""
        ends = [one for one in self.facts.group(bound.group) if one is not bound]
        pairs = [pair for pair in pairwise(self.reading.claims) if claim in pair]
        joined = [(a, b) for a, b in pairs if _RANGE.fullmatch(self.reading.plain, a.end, b.start)]
        others = [one for pair in joined for one in pair if one is not claim]
        return any(one.number.says(end.value, end.unit) for one in others for end in ends)

    def _began(self, claim: Claim) -> frozenset[str]:
        """The findings whose onset a place is said to be: "oom crash from epoch 19", "diverged, from step 396 on"."""
        if claim.kind not in {"step", "epoch"}:
            return frozenset()
        before = _SINCE.search(self.reading.plain[max(0, claim.start - 60) : claim.start])
        words = _BEGAN.sub("", before[1].lower()) if before else ""
        named = [one for one in self.facts.findings if words.endswith(one.replace("_", " "))]
        if not named and claim.moment == "onset":
            own = {fact.of for fact in self.facts.onsets if fact.run in claim.runs}
            said = stems(self.reading.plain[slice(*claim.sentence)], _STEM_OF_FINDING)
            named = [one for one in own if stems(one, _STEM_OF_FINDING) and stems(one, _STEM_OF_FINDING) <= said]
        return frozenset(named)

    def _knows_best(self, claim: Claim) -> bool:
        """Whether a result says where the best value of a run lies."""
        return any(
            fact.moment == "best" and fact.kind in {claim.kind, "place"} and fact.run in claim.runs
            for fact in self.facts.of(claim.runs)
        )

    def _has_onset(self, claim: Claim) -> bool:
        """Whether it is known since when: of the run of a sentence, of any run of a table."""
        return self.reading.text.startswith("|", claim.sentence[0]) or any(
            fact.kind in {claim.kind, "place"} and fact.run in claim.runs for fact in self.facts.onsets
        )

    def _linked(self, first: Claim, place: Claim, found: list[Fact]) -> list[Fact] | None:
        """Those of the facts found that belong to the number before; None when its own place is another."""
        firsts = self.traced[first]
        groups = {fact.group for fact in firsts}
        linked = [fact for fact in found if fact.group in groups and fact not in firsts]
        if linked:
            kept = {fact.group for fact in linked}
            self.traced[first] = tuple(fact for fact in firsts if fact.group in kept)
            return linked
        wanted = _PLACES if place.kind == "place" else {place.kind, "place"} if place.is_place else {"value"}
        is_elsewhere = any(other.kind in wanted for group in groups for other in self.facts.group(group))
        is_other_place = first.is_place and place.is_place and bool(found)
        with_found = [
            one for fact in found for one in self.facts.group(fact.group) if is_other_place and one.kind == first.kind
        ]
        is_other_place = bool(with_found) and not any(first.number.says(one.value) for one in with_found)
        return None if is_elsewhere or is_other_place else found

    def _miscited(self, citation: Citation) -> Iterator[Claim]:
        """The number right before a citation that holds neither it nor what it is derived from."""
        known = [fact for one in citation.ids for fact in self.facts.cited.get(one, ())]
        claims = [claim for claim in citation.claims if not claim.is_place] or list(citation.claims)
        if not known or not claims:
            return
        if any(claim.number.says(fact.value, fact.unit) for claim in claims for fact in known):
            return
        values = [fact.value for fact in known if fact.kind not in {"step", "epoch", "place"}]
        pairs = [values, *([*values, *pair] for claim in claims for pair in self._pairs(claim))]
        # What is cited as a length is told as it is, not worked out.
        has_length = any(fact.kind == "span" for fact in known)
        may_derive = [one for one in claims if one.is_derivation and not (one.kind == "span" and has_length)]
        if not any(derives(claim, pair) for claim in may_derive for pair in pairs):
            yield claims[0]

    def _is_derived(self, claim: Claim) -> bool:
        if claim.noun == "run" or is_of_interval(claim) or claim.column == "share":
            return False
        if is_sum(claim, self.reading, self.facts):
            return True
        if claim.kind == "span" and header(self.reading.text, claim.number):
            # A cell has no words that would say of what it is the difference.
            return False
        if claim.is_advice and (is_factor(claim, self.reading, self.facts) or is_step(claim, self.reading, self.facts)):
            return True
        if part_before(claim, self.reading) and is_step(claim, self.reading, self.facts):
            return True
        if claim.is_place and self._is_part_of_steps(claim):
            return True
        if is_share_of_counts(claim, self.traced) or is_spread(claim, self.reading, self.facts):
            return True
        if not claim.is_derivation or is_confidence(claim):
            return False
        if claim.is_advice and claim.number.unit not in PERCENT:
            return False
        pairs = self._pairs(claim) if is_of_whole(claim) else [self._cited(claim), *self._pairs(claim)]
        return any(derives(claim, pair, self.reading.plain[claim.end : claim.end + 8]) for pair in pairs)

    def _cited(self, claim: Claim) -> list[float]:
        ids = [one for citation in self.reading.citations if claim in citation.claims for one in citation.ids]
        return [fact.value for one in ids for fact in self.facts.cited.get(one, ()) if fact.kind == "value"]

    def _is_proposed(self, claim: Claim) -> bool:
        """Whether a result proposes a value for what this advice is about."""
        if claim.is_place and claim.chain and claim.chain.is_place:
            return self._is_proposed(claim.chain)  # the same place in another unit
        if not claim.runs:
            return False
        if claim.is_place:
            return any(
                one.is_advice and one.kind == claim.kind and one.run in claim.runs for one in self.facts.of(claim.runs)
            )
        if len(claim.topics) != 1 or len(claim.runs) > 1:
            return False
        about = [fact for fact in self.facts.of(claim.runs) if fact.topic and is_about(fact, claim)]
        is_setting = any(fact.kind == "setting" for fact in about)
        return is_setting and any(fact.is_advice and fact.run for fact in about)

    def _is_part_of_steps(self, place: Claim) -> bool:
        """A step that a part of all steps leads to: "by step 600, half of the 1,200 steps"."""
        for whole in self.traced:
            part = _PART.search(self.reading.plain[max(0, whole.start - 24) : whole.start])
            if part and whole.sentence == place.sentence and place.number.says(whole.number.value / STEPS[part[1]]):
                return True
        return False

    def _pairs(self, claim: Claim) -> list[list[float]]:
        """The numbers a derived one may be about; of a percentage, two before it, two after it, or one on each side."""
        near = [one for one in self.traced if self._is_beside(claim, one)]
        others = [one for one in near if comparable(claim, one)]
        if claim.kind == "orders":
            return [[value for one in others for value in self._values(one)], self._logged_at(near, claim)]
        if is_of_whole(claim):
            return [
                [value for one in others if axis in {one.kind, one.noun} for value in self._values(one)]
                for axis in ("step", "epoch")
            ]
        if claim.number.unit not in PERCENT or claim.number.unit == "percentage points":
            return [[value for one in others for value in self._values(one)]]
        before = sorted((one for one in others if one.start < claim.start), key=lambda one: -one.start)[:2]
        after = sorted((one for one in others if one.start > claim.start), key=lambda one: one.start)[:2]
        pairs = [pair for pair in (before, after, [*before[:1], *after[:1]]) if len(pair) == 2]
        return [[value for one in pair for value in self._values(one)] for pair in pairs]

    def _logged_at(self, places: Iterable[Claim], claim: Claim) -> list[float]:
        """What was logged at these places of what a claim is about."""
        facts = (fact for one in places if one.is_place for fact in self.traced[one])
        logged = (
            one for fact in facts for one in self.facts.group(fact.group) if claim.topics and is_about(one, claim)
        )
        return [one.value for one in logged if one.kind == "value"]

    def _values(self, claim: Claim) -> list[float]:
        """The number as written and as logged; one that a result tells in the same words stands for itself."""
        if any(fact.beside == claim.beside for fact in self.traced[claim]):
            return [claim.number.value]
        known = [fact.value for fact in self.traced[claim]]
        sign = -1.0 if known and max(known) < 0 else 1.0
        return list(dict.fromkeys([sign * claim.number.value, *(sign * abs(value) for value in known)]))

    def _is_beside(self, claim: Claim, other: Claim) -> bool:
        low, high = sorted((claim, other), key=lambda one: one.start)
        between = self.reading.plain[low.sentence[1] : high.sentence[0]]
        return low.sentence == high.sentence or len(between) <= 4 or not re.search(r"[A-Za-z]", between)
