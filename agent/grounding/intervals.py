"""Ends that belong together: of an interval, of a range of values; and bounds that nobody asked about."""

from __future__ import annotations

import re
from itertools import pairwise

from agent.grounding.cells import header
from agent.grounding.claim import Claim
from agent.grounding.claims import Reading
from agent.grounding.counts import beyond, bounds_in
from agent.grounding.fact import Fact
from agent.grounding.known import Facts

_UP_TO = re.compile(r"[\s*_`]*(?:to|-|–)[\s*_`]*")
_INTERVAL = re.compile(r"\binterval\W{0,3}$", re.IGNORECASE)
_NONE = re.compile(r"\bno(?:ne)?\b", re.IGNORECASE)


def other_end(claim: Claim, reading: Reading) -> Claim | None:
    """The other end of the interval that a number bounds, or of the range that it bounds in a cell."""
    if claim.kind != "value":
        return None
    pairs = (pair for pair in pairwise(reading.claims) if claim in pair)
    for low, high in pairs:
        if low.kind == high.kind and _UP_TO.fullmatch(reading.plain, low.end, high.start) and _is_range(low, reading):
            return high if claim is low else low
    return None


def _is_range(low: Claim, reading: Reading) -> bool:
    before = reading.plain[max(0, low.start - 24) : low.start]
    opens_cell = header(reading.text, low.number) and before.rstrip(" *_`").endswith("|")
    return bool(opens_cell or _INTERVAL.search(before))


def is_end_with(fact: Fact, other: Claim, facts: Facts) -> bool:
    """Whether a fact may be an end of what the other number is an end of. Words and queries tell their own."""
    ends = [one for one in facts.group(fact.group) if one is not fact and one.moment == "end"]
    is_told = fact.beside is not None or fact.kind in {"free", "bound"} or fact.is_asked
    return is_told or (fact.moment == "end" and any(other.number.says(end.value, end.unit) for end in ends))


def is_other_bound(claim: Claim, reading: Reading, facts: Facts) -> bool:
    """Whether none is said to lie beyond another bound than the one asked about: that proves itself too easily."""
    asked = bounds_in(facts.asked)
    is_none = _NONE.search(reading.plain, claim.sentence[0], claim.start)
    return bool(beyond(claim, reading) and is_none and asked) and not any(claim.number.says(bound) for bound in asked)
