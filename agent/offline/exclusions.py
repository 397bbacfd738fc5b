"""Runs that a clause leaves out ("excluding run 3", "not run 3, run 5"), and runs that others are held against."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from agent.offline.terms import RunRef

RUN = "⟦run⟧"
LIST = rf"(?:run |runs )?{RUN}(?: (?:and |or |, )*(?:run )?{RUN})*"
LEFT_OUT = re.compile(
    r"(?:\b(?:excluding|exclude|except(?: for)?|besides|apart from|aside from|other than|leaving out|leave out"
    r"|not counting|ignoring|ignore|minus|discounting|skipping|without|(?:that|which|who) (?:is|are|was|were) not)"
    rf") (?P<runs>{LIST})"
)
CORRECTED = re.compile(rf"^(?:no |nope |sorry )?not (?P<runs>(?:run )?{RUN})")
"""Of a correction the commas are gone: only the first run is denied."""
Side = Literal["better", "worse", "above", "below", "near"]
SIDES: tuple[tuple[Side, str], ...] = (
    (
        "better",
        r"(?:better|healthier|stronger) than|beats?|outperform(?:s|ed)?|ahead of|did beat|win against|surpass\w*",
    ),
    ("worse", r"(?:worse|weaker|poorer) than|behind|lost? to"),
    ("above", r"(?:higher|greater|more|larger|bigger|longer) (?:\S+ ){0,3}than|above|over|exceed\w*"),
    ("below", r"(?:lower|less|smaller|fewer|shorter) (?:\S+ ){0,3}than|below|under"),
    ("near", r"(?:closest|nearest|most similar|similar) (?:\S+ ){0,2}to|within \S+ of"),
)
AGAINST = re.compile("|".join(rf"(?P<{side}>\b(?:{words}) (?:of )?{RUN})" for side, words in SIDES))


def left_out(words: Sequence[str], refs: Sequence[RunRef]) -> tuple[tuple[RunRef, ...], tuple[RunRef, ...], list[str]]:
    """The runs that are meant, those that are left out, and the words without the latter."""
    text = " ".join(words)
    found = LEFT_OUT.search(text) or CORRECTED.search(text)
    if found is None:
        return tuple(refs), (), list(words)
    first = text[: found.start("runs")].count(RUN)
    many = found["runs"].count(RUN)
    kept = f"{text[: found.start()]} {text[found.end() :]}".split()
    return (*refs[:first], *refs[first + many :]), tuple(refs[first : first + many]), kept


def side_in(text: str) -> Side | None:
    """In which way runs are held against the one that is named."""
    found = AGAINST.search(text)
    return next((side for side, _ in SIDES if found[side]), None) if found else None
