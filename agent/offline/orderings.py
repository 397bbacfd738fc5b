"""In which order runs are wanted, and which places of it: "worst first", "sorted by lr", "the 4th best", "2 to 4"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agent.offline.lexicon import NUMBER_WORDS, ORDINALS

First = Literal["", "best", "worst", "high", "low"]
WAYS: Mapping[First, tuple[str, ...]] = {
    "best": ("best", "better", "strongest", "top"),
    "worst": ("worst", "worse", "poorest", "weakest", "bottom"),
    "high": (
        *("highest", "high", "largest", "large", "biggest", "big", "longest", "long", "most", "greatest", "maximum"),
        *("slowest", "slow", "latest", "late", "newest", "new", "descending", "desc", "decreasing"),
    ),
    "low": (
        *("lowest", "low", "smallest", "small", "shortest", "short", "least", "fewest", "minimum", "cheapest"),
        *("fastest", "fast", "quickest", "quick", "earliest", "early", "oldest", "old", "ascending", "asc"),
        "increasing",
    ),
}
WAY_OF: Mapping[str, First] = {word: way for way, words in WAYS.items() for word in words}
WAY = "|".join(sorted(WAY_OF, key=len, reverse=True))
SORTED = re.compile(
    r"\b(?:(?:list|arrange|tabulate|show)\w*(?: \S+){1,4} by|rank(?:ed|ing)?(?: \S+){0,3} by|ranked|ranking"
    r"|rank (?:them|runs|all|these|those|models|experiments)|sort\w*|leaderboard|order(?:ed)? (?:\S+ ){0,3}by"
    r"|in order of|in (?:a|de)scending order|(?:a|de)scending)\b"
)
TO = re.compile(rf"\b(?P<first>{WAY}) to (?:{WAY})\b")
FROM = re.compile(rf"\bfrom (?P<first>{WAY})\b")
FIRST = re.compile(rf"\b(?P<first>{WAY})(?: \S+){{0,3}} first$")
GETTING_THERE = re.compile(r"\b(?:got|gets?|reach\w*|hits?|cross\w*|pass\w*|achiev\w*)\b")
""" "Which run got to its lowest loss first" asks for no order."""
TURNED = re.compile(rf"\b(?:ones?|runs?) with (?P<first>{WAY})(?: \S+){{0,3}} (?:on top|at top|first)\b")
NUMBERED = {**ORDINALS, "runner": 2, "next": 2, "silver": 2, "bronze": 3}
NTH = re.compile(
    rf"\b(?<!per )(?P<nth>{'|'.join(NUMBERED)}|\d+(?:st|nd|rd|th))(?: to| most| from)? "
    rf"(?:{WAY}|place|position|spot|last|up)\b|\b(?:is|was|came|comes|placed|finished) (?P<alone>{'|'.join(ORDINALS)})$"
)
PLACE = re.compile(
    r"\b(?:place|position|(?:is|was|came) number|rank(?= \d+ (?:by|in|on)\b)) (?P<nth>\d+)\b"
    r"(?P<alone>)(?! (?:to|through|and|-) ?\d)"
)
SPAN = re.compile(
    r"\b(?:ranks?|ranked|places?|positions?|numbers?)(?: from)? (?P<low>\d+)"
    r" (?:to|through|thru|and|-|until) (?P<high>\d+)\b"
)
BUT = (
    r"(?:minus|without|except(?: for)?|excluding|besides|but|not counting|apart from|aside from|other than|leaving out"
    r"|behind|after)"
)
TOPMOST = r"(?:best|winner|leader|champion|number one|worst|last one|loser)"
SKIPS = re.compile(rf"\b{BUT} (?:(?:top|best|first|worst) (?P<many>\d+|{'|'.join(NUMBER_WORDS)})|{TOPMOST})\b")


@dataclass(frozen=True)
class Ordering:
    """first: what comes first, "" where that is left open. whole: all runs are wanted, not only those on top.

    nth: this place alone. skipped: so many on top are left out.
    """

    first: First = ""
    whole: bool = False
    nth: int = 0
    skipped: int = 0


def ordering_in(text: str) -> Ordering:
    """What the words of a clause say of the order of runs."""
    patterns = (TO, FROM, TURNED) if GETTING_THERE.search(text) else (TO, FROM, TURNED, FIRST)
    turned = next((found for pattern in patterns if (found := pattern.search(text))), None)
    span, nth, left = SPAN.search(text), NTH.search(text) or PLACE.search(text), SKIPS.search(text)
    first = WAY_OF[turned["first"]] if turned else _way_of_sorting(text)
    if span and int(span["low"]) < int(span["high"]):
        return Ordering(first, False, 0, int(span["low"]) - 1)
    if left:
        many = left["many"]
        skipped = 1 if not many else int(many) if many.isdigit() else NUMBER_WORDS[many]
        return Ordering(first, bool(SORTED.search(text) or turned), 0, skipped)
    return Ordering(first, bool(SORTED.search(text) or turned), _number(nth) if nth else 0)


def span_in(text: str) -> int:
    """The last of the places "2 to 4", 0 where no such places are named."""
    span = SPAN.search(text)
    return int(span["high"]) if span else 0


def _way_of_sorting(text: str) -> First:
    """ "Sorted ascending"."""
    found = re.search(r"\b(ascending|asc|descending|desc)\b", text)
    return WAY_OF[found[1]] if found else ""


def _number(nth: re.Match[str]) -> int:
    word = nth["nth"] or nth["alone"]
    return NUMBERED.get(word) or int(re.sub(r"\D", "", word) or 0)
