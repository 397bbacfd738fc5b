"""Which way a number went: "rose from 0.4 to 0.1" cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from agent.grounding.claim import Claim
from agent.grounding.claims import Reading

_UP = r"ris(?:es|en|ing|e)|rose|gr[eo]w(?:s|n|ing)?|climb\w*|increas\w*|jump\w*|rais\w+|(?:went|goes|shot)\sup"
_DOWN = (
    r"f[ea]ll(?:s|en|ing)?|dropp?(?:s|ed|ing)?|declin\w*|decreas\w*|shr[aiu]nk\w*|sank|plung\w*|plummet\w*|lower(?:s|ed|ing)?"
    r"|reduc\w+|(?:went|goes)\sdown"
)
_WENT = re.compile(rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\b", re.IGNORECASE)
_FROM = re.compile(r"\bfrom[\s*_`]*$", re.IGNORECASE)
_TO = re.compile(r"[\s*_`]*(?:(?:at|\()\s?(?:step|epoch)\s[\d.,]+\)?)?[\s*_`,]*to[\s*_`]*", re.IGNORECASE)
_OFF = re.compile(r"[\s*_`,(]*(?P<word>up|down)\sfrom[\s*_`]*", re.IGNORECASE)
_THAN = re.compile(
    r"[\s*_`]*(?:,|\(|\bis\b|\bwas\b)\s*(?:(?:much|far|slightly|clearly|still|well)\s)?"
    r"(?:(?P<up>higher|more|larger|greater|bigger)|(?P<down>lower|less|smaller))\sthan\s(?:[\w.\'’*`-]+\s){0,5}[*_`]*",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|never|no|nor|neither|without)\b|n't\b", re.IGNORECASE)


def wrong_ways(reading: Reading) -> Iterator[tuple[int, int]]:
    """(start, end) of each number that went another way than its words say."""
    claims = [claim for claim in reading.claims if not claim.is_place and claim.kind not in {"count", "ratio"}]
    for first, second in pairwise(claims):
        if first.clause != second.clause or first.kind != second.kind or first.number.unit != second.number.unit:
            continue
        if _NOT.search(reading.plain, first.clause[0], second.start):
            continue
        went = _way(reading, first, second)
        before, after = _signed(reading, first), _signed(reading, second)
        if went and (after - before) * went < 0:
            yield second.start, second.end


def _way(reading: Reading, first: Claim, second: Claim) -> int:
    """1 where the second number must not be below the first, -1 where it must not be above, 0 where nothing is said."""
    text, between = reading.plain, reading.plain[first.end : second.start]
    if _TO.fullmatch(between) and _FROM.search(text, first.clause[0], first.start):
        said = list(_WENT.finditer(text, first.clause[0], first.start))
        return 0 if not said else 1 if said[-1]["up"] else -1
    if off := _OFF.fullmatch(between):
        return -1 if off["word"].lower() == "up" else 1
    if than := _THAN.fullmatch(between):
        return -1 if than["up"] else 1
    return 0


def _signed(reading: Reading, claim: Claim) -> float:
    return -claim.number.value if reading.plain[claim.start] in "-−" else claim.number.value
