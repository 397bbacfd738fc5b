"""spaCy: `spacy train` prints a table with an epoch, a step, the losses of each component and the scores."""

from __future__ import annotations

import re

from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_HEADER = pattern(r"E {2,}# {2,}\S.*SCORE\s*$")


class _Table(Dialect):
    """A loss is the sum over the batches since the row above: that of row 0, over a single one, is no part of it."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def read(self, line: str) -> Reading | None:
        if _HEADER.match(line):
            self.names = re.split(r" {2,}", line.strip())
            return Reading()
        cells = [number(cell) for cell in line.split()] if self.names else []
        if not cells or len(cells) != len(self.names) or cells[0] is None or cells[1] is None:
            return None
        step, row = cells[1], zip(self.names[2:], cells[2:], strict=True)
        values = {self._name(name, step): value for name, value in row if value is not None}
        return Reading(values, step, cells[0])

    def _name(self, name: str, step: float) -> str:
        return f"{name} (first batch)" if step == 0 and name.startswith("LOSS ") else name


FORMAT = console_format(
    "spacy", "spaCy console", "spacy train", r"^E {2,}# {2,}[A-Z_][^\n]{0,400}SCORE\s*$", _Table, generic=True
)
