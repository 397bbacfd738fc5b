"""Rows of a table that differ in nothing but their numbers: the template that a row shows, and what they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tools.formats._collect import NAN
from tools.formats._json_lines import Cell, Cells
from tools.formats._numbers import clock, number
from tools.formats._templates import Layout, Template

NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|[Ii]nfinity|[Ii]nf|INF|nan|NaN|NAN)")


@dataclass(frozen=True)
class Table:
    """How the columns of a file are to be read."""

    header: tuple[str, ...]
    step: int | None
    epoch: int | None
    clock: int | None
    metrics: tuple[int, ...]

    @cached_property
    def is_clear(self) -> bool:
        """Whether every name comes once."""
        return len(set(self.header)) == len(self.header)


def template_of(line: bytes, table: Table, delimiter: str) -> tuple[Template, Cells] | None:
    """The template that a row without quotes shows; None where rows like it must be read one by one."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return None
    raw = text.split(delimiter)
    if any(mark in text for mark in '"\0\r') or raw[0].lstrip().startswith("#"):
        return None
    if len(raw) < len(table.header) or any(cell.strip() for cell in raw[len(table.header) :]):
        return None
    # A header of nothing but such names would look like a row where it comes again.
    if any(NUMBER.fullmatch(name) for name in table.header):
        return None
    pieces, cells = _pieces(raw, delimiter)
    values = {table.header[index]: cell for index in table.metrics if (cell := cells[index]) is not None}
    step, epoch = (_place(cells, index) for index in (table.step, table.epoch))
    at = None if table.clock is None else cells[table.clock]
    wall: Cell = at if isinstance(at, int) else NAN if table.clock is None else clock(raw[table.clock])
    if len(pieces) < 2 or not values:
        return None
    return Template(Layout(b""), tuple(piece.encode() for piece in pieces)), Cells(values, step, epoch, wall)


def _pieces(raw: Sequence[str], delimiter: str) -> tuple[list[str], list[Cell | None]]:
    """What stands between the numbers of a row, and what each cell is: the index of a number, or always the same."""
    pieces, cells = [""], list[Cell | None]()
    for index, cell in enumerate(raw):
        pieces[-1] += delimiter if index else ""
        if NUMBER.fullmatch(cell.strip(" ")):
            cells.append(len(pieces) - 1)
            pieces.append(cell[len(cell.rstrip(" ")) :])
        else:
            cells.append(number(cell))
            pieces[-1] += cell
    return pieces, cells


def _place(cells: Sequence[Cell | None], index: int | None) -> Cell:
    cell = None if index is None else cells[index]
    return NAN if cell is None else cell
