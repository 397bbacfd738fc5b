"""Lines of one template read at once: moulds are made of those that come again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tools.formats._moulds import Mould, mould_of
from tools.formats._templates import Filled, Template
from tools.formats._words import Mask, Places, Text

LONGEST = 1024
"""Longer lines are read the other way."""
FEWEST = 12
"""Fewer lines of one width cost more in a mould of their own; so do those that are a small share of what is left."""
ENOUGH = 200
MOST_MOULDS = 64
IDLE_BLOCKS = 4
"""A mould that did not fit for so many blocks is given up: a counter has grown a digit."""


class Reader:
    """Reads the lines of one template; learns the moulds of those that come again and again."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self._idle: dict[Mould, int] = {}
        """The moulds, and for how many blocks each has read nothing; first those that read the most lines of late, so
        that the others have few left to look at."""
        self._odd: set[int] = set()
        """Widths of lines whose middle one was none of this template."""

    def read(self, text: Text, starts: Places, ends: Places) -> list[Filled]:
        """The lines between these places that are like the template."""
        widths = np.minimum(ends - starts, LONGEST + 1)
        rest = np.ones(len(starts), dtype=np.bool_)
        pieces = dict(self._cast(tuple(self._idle), text, starts, widths, rest))
        left = np.flatnonzero(rest)
        pieces |= self._cast(self._learn(text, starts[left], widths[left], ENOUGH), text, starts, widths, rest)
        self._settle({mould: len(filled.lines) for mould, filled in pieces.items()})
        left = np.flatnonzero(rest)
        if not len(left):
            return list(pieces.values())
        others = self.template.read(text, starts[left], ends[left]).among(left)
        self._odd.difference_update(widths[others.lines].tolist())
        often = max(FEWEST, min(ENOUGH, len(others.lines) // 4))
        self._learn(text, starts[others.lines], widths[others.lines], often)
        return [*pieces.values(), others]

    def _cast(
        self, moulds: Sequence[Mould], text: Text, starts: Places, widths: Places, rest: Mask
    ) -> Iterator[tuple[Mould, Filled]]:
        """What each mould reads of the rest, which gets smaller."""
        for mould in moulds:
            lines = np.flatnonzero((widths == len(mould.line)) & rest)
            if len(lines) >= FEWEST:
                filled = mould.read(text, starts[lines]).among(lines)
                rest[filled.lines] = False
                yield mould, filled

    def _settle(self, times: Mapping[Mould, int]) -> None:
        """Note how many lines each mould has read, and give up those that read nothing any more."""
        idle = {mould: 0 if times.get(mould) else blocks + 1 for mould, blocks in self._idle.items()}
        busiest = sorted(idle, key=lambda mould: -times.get(mould, 0))
        self._idle = {mould: idle[mould] for mould in busiest if idle[mould] <= IDLE_BLOCKS}

    def _learn(self, text: Text, starts: Places, widths: Places, often: int) -> list[Mould]:
        """Make a mould of the middle line of every width that so many of these lines have."""
        there = np.bincount(widths, minlength=LONGEST + 2)[: LONGEST + 1]
        frequent = np.flatnonzero(there >= often)
        learned: list[Mould] = []
        for width in frequent[np.argsort(-there[frequent], kind="stable")].tolist():
            if width in self._odd or len(self._idle) >= MOST_MOULDS:
                continue
            alike = starts[widths == width]
            start = int(alike[len(alike) // 2])
            mould = mould_of(self.template, text.cut(start, start + width))
            if mould is None:
                self._odd.add(width)
            elif not any(mould.line == one.line for one in self._idle):
                self._idle[mould] = 0
                learned.append(mould)
        return learned
