"""Tables for a place that has none: aligned text where that fits on a screen, else a list with a line for each row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from agent.slack.spans import Line, Span, bold, plain

WIDE = 78
"""Columns of text in a code block before Slack wraps its lines."""
GAP = "  "
_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?\s?%?|[-+]?(?:NaN|Infinity)|[–-]")


@dataclass(frozen=True)
class Grid:
    """A table: its header, its rows, and "left", "right", "center" or "" for each column."""

    header: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    alignment: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether it can be shown as aligned text."""
        return sum(self._widths) + len(GAP) * (len(self.header) - 1) <= WIDE

    @property
    def _widths(self) -> list[int]:
        return [max(map(cell_len, column)) for column in zip(*self._texts, strict=True)]

    @property
    def _texts(self) -> list[list[str]]:
        return [[" ".join(plain(cell).split()) for cell in row] for row in (self.header, *self.rows)]

    def aligned(self) -> list[str]:
        """Its lines; the first two are the header and the line below it."""
        widths, sides = self._widths, self._sides()
        lines = [
            GAP.join(_padded(t, w, s) for t, w, s in zip(row, widths, sides, strict=True)).rstrip()
            for row in self._texts
        ]
        return [lines[0], GAP.join("-" * width for width in widths), *lines[1:]]

    def _sides(self) -> list[str]:
        """Columns of numbers stand right unless the table says otherwise."""
        columns = zip(*self._texts[1:], strict=True) if self.rows else ([] for _ in self.header)
        numeric = [bool(column) and all(_NUMBER.fullmatch(text) for text in column if text) for column in columns]
        return [side or ("right" if n else "left") for side, n in zip(self.alignment, numeric, strict=True)]

    def listed(self) -> Iterator[Line]:
        """A line for each row: "header: value" of all its cells, the first one bold."""
        for row in self.rows or (tuple(() for _ in self.header),):
            line = [Span("• ")]
            for at, (name, cell) in enumerate(zip(self.header, row, strict=True)):
                line += [Span(" · ")] if at else []
                line += [*name, Span(": "), *((cell if at else bold(cell)) or (Span("–"),))]
            yield tuple(line)


def _padded(text: str, width: int, side: str) -> str:
    room = width - cell_len(text)
    before = room if side == "right" else room // 2 if side == "center" else 0
    return " " * before + text + " " * (room - before)
