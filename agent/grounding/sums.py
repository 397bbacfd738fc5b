"""Sums: of the numbers that stand beside a total, or of the lengths of the runs that it is about."""

from __future__ import annotations

import re

from agent.grounding.claim import Claim
from agent.grounding.claims import Reading
from agent.grounding.fact import SUM
from agent.grounding.known import Facts
from agent.grounding.units import dimension_of, factors

_TOTAL = re.compile(r"\b(?:total\w*|together|altogether|in\sall|combined|sum|summed|overall)\b", re.IGNORECASE)
_SUMMED = frozenset({"span", "amount", "value", "count"})


def is_sum(claim: Claim, reading: Reading, facts: Facts) -> bool:
    """Whether a number that is called a total is the sum of what it is the total of."""
    if claim.kind not in _SUMMED or not _TOTAL.search(reading.plain, *claim.sentence):
        return False
    if any(fact.kind == "free" and fact.topic == SUM for fact in facts.near(claim.number)) and not claim.number.unit:
        return True
    beside = [one.number.value for one in reading.claims if _is_part(one, claim)]
    lengths = _lengths(claim, facts)
    mentions = (one for one in reading.run_mentions if claim.sentence[0] <= one.start < claim.sentence[1])
    groups = (frozenset(one.run for one in mentions) or facts.about, frozenset(lengths))
    sums = [sum(lengths[run] for run in runs) for runs in groups if len(runs) > 1 and lengths.keys() >= runs]
    return any(claim.number.says(one) for one in ([*sums, sum(beside)] if len(beside) > 1 else sums))


def _is_part(one: Claim, total: Claim) -> bool:
    is_like = (one.kind, one.number.unit, one.noun) == (total.kind, total.number.unit, total.noun)
    return one is not total and is_like and one.sentence == total.sentence


def _lengths(claim: Claim, facts: Facts) -> dict[str, float]:
    """The steps, the epochs or the time of each run that they are known of."""
    if claim.kind == "amount":
        return _times(claim, facts)
    found: dict[str, float] = {}
    for fact in facts.spans if claim.kind == "span" else ():
        if fact.topic == f"{claim.noun}s":
            found[fact.run] = max(fact.value, found.get(fact.run, 0.0))
    return found


def _times(claim: Claim, facts: Facts) -> dict[str, float]:
    """How long each run took, in the unit of a claim: the longest time of a run, as the others are parts of it."""
    found: dict[str, float] = {}
    for fact in facts.facts if dimension_of(claim.number.unit) == "time" else ():
        if fact.kind == "amount" and fact.run and dimension_of(fact.unit) == "time":
            scale = factors(fact.unit, claim.number.unit)[0]
            found[fact.run] = max(scale * fact.value, found.get(fact.run, 0.0))
    return found
