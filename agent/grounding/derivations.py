"""What may be worked out from numbers that are known: differences, ratios, shares, orders of magnitude."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import permutations

from agent.grounding.claim import Claim
from agent.grounding.numbers import MAGNITUDES, PERCENT, RATIO, SAME
from agent.grounding.support import is_of_whole
from agent.grounding.units import dimension_of

_HALF_AN_ORDER = 0.5


def comparable(claim: Claim, other: Claim) -> bool:
    """Whether a number of one kind can be worked out from one of the other."""
    if claim.kind == "span" or is_of_whole(claim):
        return other.is_place or other.kind == "span"
    if dimension := dimension_of(claim.number.unit):
        return dimension_of(other.number.unit) == dimension
    if other.kind == "count":
        return claim.kind in {"share", "ratio"}
    if other.is_place or other.kind == "ratio" or (other.kind == "share" and not _in_points(claim)):
        return False
    words = [frozenset().union(*one.topics) for one in (claim, other)]
    return not all(words) or not words[0].isdisjoint(words[1])


def _in_points(claim: Claim) -> bool:
    return "point" in claim.number.unit or claim.beside[1].startswith("point")


def derives(claim: Claim, values: Sequence[float], after: str = "") -> bool:
    """True for the difference, ratio or relative change of two of these values, as the unit asks for it."""
    said, slack = (
        claim.number.readings[0] if claim.number.unit in MAGNITUDES else (claim.number.value, claim.number.slack)
    )
    slack = max(slack, _HALF_AN_ORDER) if claim.kind == "orders" else slack
    margin = slack + SAME * said
    pairs = ((x, y) for x, y in permutations(values, 2) if x != y or not is_of_whole(claim))
    return any(abs(abs(result) - said) <= margin for x, y in pairs for result in _results(claim, x, y, after))


def _results(claim: Claim, x: float, y: float, after: str) -> Iterable[float]:
    if claim.kind == "orders":
        return (math.log10(x / y),) if x and y and x / y > 0 else ()
    if claim.number.unit == "percentage points":
        return (x - y, 100 * (x - y))
    if claim.number.unit in PERCENT:
        is_share = after.lstrip(" *").startswith("of") or claim.kind == "count" or is_of_whole(claim)
        return () if not y else (100 * x / y,) if is_share else (100 * (x - y) / y,)
    if claim.number.unit in RATIO:
        return (x / y,) if y else ()
    if claim.kind == "span":
        return (x - y, x - y + 1)
    return (x - y, x / y) if y else (x - y,)
