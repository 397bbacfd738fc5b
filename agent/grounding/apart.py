"""How far apart runs are, and which share of a whole a part is: worked out from what stands beside, or is logged."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

from agent.grounding.claim import Claim
from agent.grounding.claims import Reading
from agent.grounding.known import Facts
from agent.grounding.numbers import PERCENT
from agent.grounding.support import is_about
from agent.grounding.wording import DIFFERING_BY


def is_spread(claim: Claim, reading: Reading, facts: Facts) -> bool:
    """Whether a number is how far apart the runs named before it are in what it is about."""
    mentions = reading.run_mentions
    named = frozenset(one.run for one in mentions if claim.sentence[0] <= one.start < claim.start)
    if len(named) < 2 or not DIFFERING_BY.search(reading.plain, max(0, claim.start - 32), claim.start):
        return False
    about = [one for one in facts.of(named) if one.kind == "value" and one.run in named and is_about(one, claim)]
    ends = [one for one in about if one.moment in {"best", "last"}]
    pairs = ((a, b) for a, b in permutations(ends, 2) if a.run != b.run and a.moment == b.moment)
    return any(claim.number.says(a.value - b.value) for a, b in pairs)


def is_share_of_counts(claim: Claim, traced: Iterable[Claim]) -> bool:
    """Whether a percentage is that of two counts beside it: "5 of 12 (42 %)"."""
    if claim.number.unit not in PERCENT:
        return False
    beside = [one.number.value for one in traced if one.kind == "count" and one.sentence == claim.sentence]
    return any(part < whole and claim.number.says(100 * part / whole, "%") for part, whole in permutations(beside, 2))
