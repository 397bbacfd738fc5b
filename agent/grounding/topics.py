"""Of which metric or setting a number of a text is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from agent.grounding.cells import header
from agent.grounding.numbers import PERCENT, Written
from agent.grounding.subjects import STATISTICS, Mention, Names
from agent.grounding.wording import IN_ITS_BRACKET, LOSING, TOPIC_RIGHT_AFTER, TOPIC_RIGHT_BEFORE, WHILE

_INTERVAL = re.compile(r"\d\s?%\s(?:confidence\s)?interval", re.IGNORECASE)
"""The head of a column of intervals, which says of no setting that is called so."""


class Text(Protocol):
    """A text that is read. plain: the same with everything blanked out that holds digits but claims no number."""

    @property
    def text(self) -> str:
        """As it stands."""

    @property
    def plain(self) -> str:
        """Without the digits of names."""

    @property
    def names(self) -> Names:
        """Those that are known."""

    @property
    def topic_mentions(self) -> Sequence[Mention]:
        """Metrics and settings that it names."""


def topics_of(
    text: Text, number: Written, sentence: tuple[int, int], clause: tuple[int, int]
) -> tuple[frozenset[str], ...]:
    """What a number may be the value of: the name right before it, else all names before it in the sentence."""
    head = header(text.text, number)
    if _INTERVAL.search(head):
        return ()
    if heads := text.names.topics_in(head):
        return tuple(one.topic for one in heads)
    before = [one for one in text.topic_mentions if sentence[0] <= one.start and one.end <= number.start]
    if number.unit in PERCENT and LOSING.search(text.plain, sentence[0], number.start):
        before = before[:-1]
    if before and IN_ITS_BRACKET.fullmatch(text.text, before[-1].end, number.start):
        return (before[-1].topic,)
    after = next((one for one in text.topic_mentions if one.start >= number.end), None)
    if after and number.unit in PERCENT and TOPIC_RIGHT_AFTER.fullmatch(text.text, number.end, after.start):
        return (after.topic,)
    if worked_out := [one for one in before if one.topic <= STATISTICS and not _has_digit(text, one, number)]:
        return (worked_out[-1].topic,)
    if before and TOPIC_RIGHT_BEFORE.fullmatch(text.text, before[-1].end, number.start):
        return (before[-1].topic,)
    near = [one for one in before if clause[0] <= one.start] or before
    begin = max((one.end() for one in WHILE.finditer(text.plain, clause[0], number.start)), default=0)
    near = [one for one in near if begin <= one.start] or near
    return tuple(one.topic for one in near)


def _has_digit(text: Text, name: Mention, number: Written) -> bool:
    return re.search(r"[\d:;]", text.plain[name.end : number.start]) is not None
