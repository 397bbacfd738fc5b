"""A table in the middle of a log: a line of names, then lines of as many numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.formats._axes import EPOCH_NAMES, STEP_NAMES, normal
from tools.formats._collect import NAN
from tools.formats._measures import is_measure
from tools.formats._numbers import number

_BAR = re.compile(r"[|│┃]")
_GAP = re.compile(r"\s{2,}|\t")
_NAME = re.compile(r"(?:[^\W\d]|#|%)[^|]{0,40}$")
_SHORT = {"e": "epoch", "#": "step", "gen": "step", "round": "step", "tree": "step"}
"""What spaCy, DEAP and boosting scripts call their first columns."""
MOST_COLUMNS = 60
MOST_WORDS = 4


@dataclass(frozen=True)
class Row:
    """The numbers of a line by the names above them, and its place. No values: the line of names itself."""

    values: dict[str, float]
    step: float = NAN
    epoch: float = NAN


class Table:
    """Knows the names of the table that the log is in."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()

    def read(self, text: str) -> Row | None:
        """The row on a line; None when it belongs to no table."""
        if not any(letter.isalnum() for letter in text):
            return None
        cells = _cells(text)
        if self._names and len(cells) == len(self._names) and (row := self._row(cells)) is not None:
            return row
        names = _names(cells)
        if names:
            self._names = names
            return Row({})
        return None

    def _row(self, cells: list[str]) -> Row | None:
        places, values = {"step": NAN, "epoch": NAN}, {}
        for name, cell in zip(self._names, cells, strict=True):
            value, place = number(cell), _place(name)
            if place is None and value is not None:
                values[name] = value
            elif place is not None and value is None:
                return None
            elif place is not None and value is not None:
                places[place] = value
        return Row(values, places["step"], places["epoch"]) if values else None


def _cells(text: str) -> list[str]:
    if _BAR.search(text):
        return [cell.strip() for cell in _BAR.split(text.strip().strip("|│┃"))]
    words = text.split()
    return words if all(number(word) is not None for word in words) else _GAP.split(text.strip())


def _names(cells: list[str]) -> tuple[str, ...]:
    """The cells as names of columns; nothing when they are none, or none says where and none says what."""
    if not 2 <= len(cells) <= MOST_COLUMNS or len(set(cells)) < len(cells):
        return ()
    if not all(_NAME.match(cell) and len(cell.split()) <= MOST_WORDS and number(cell) is None for cell in cells):
        return ()
    placed = any(_place(cell) for cell in cells)
    return tuple(cells) if placed and any(is_measure(cell) for cell in cells if not _place(cell)) else ()


def _place(name: str) -> str | None:
    plain = _SHORT.get(name.lower(), normal(name))
    return "step" if plain in STEP_NAMES else "epoch" if plain in EPOCH_NAMES else None
