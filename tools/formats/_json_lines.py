"""JSON lines that differ in nothing but their numbers, many at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from tools.formats._axes import axes_of
from tools.formats._collect import NAN
from tools.formats._json import record_of
from tools.formats._kinds import Kinds, kind_of
from tools.formats._numbers import EARLIEST_CLOCK, clock, scalar
from tools.formats._records import SETTING_KEYS, flat
from tools.formats._regular import Found
from tools.formats._templates import Filled, Layout, Template
from tools.formats._words import Mask, Places, Text
from tools.records import Floats

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|NaN|-?Infinity)')
_STANDS_FOR = 7_000_003.5
"""The first of the numbers that stand for numbers while the places of a record are found out."""
LATEST_CLOCK = 1e11

Cell = int | float
"""The index of a number of the line, or what it is in every line."""


@dataclass(frozen=True)
class Cells:
    """Which numbers of a line are the metrics and the position; a float stands for itself."""

    values: dict[str, Cell]
    step: Cell = NAN
    epoch: Cell = NAN
    clock: Cell = NAN

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics."""
        return tuple(self.values)

    def put(self, filled: Filled, found: Found, lines: Places) -> Mask:
        """Every line will do."""
        for name, cell in self.values.items():
            found.put(name, lines, _column(cell, filled))
        rows = found.rows
        for places, cell in ((rows.step, self.step), (rows.epoch, self.epoch), (rows.wall, self.clock)):
            # What no line tells is unknown already.
            if cell == cell:
                column = _column(cell, filled)
                places[lines] = seconds(column) if places is rows.wall and isinstance(column, np.ndarray) else column
        return np.ones(len(lines), dtype=np.bool_)


def _column(cell: Cell, filled: Filled) -> Floats | float:
    return filled.values[cell] if isinstance(cell, int) else cell


def seconds(readings: Floats) -> Floats:
    """What `clock` makes of numbers."""
    seconds = np.where(readings > EARLIEST_CLOCK * 1000, readings / 1000, readings)
    return np.where((seconds > EARLIEST_CLOCK) & (seconds < LATEST_CLOCK), seconds, NAN)


def template_of(line: bytes, kinds: Kinds) -> tuple[Template, Cells] | None:
    """The template that a line shows; None where lines like it must be read one by one."""
    text = line.decode("utf-8", errors="replace")
    if record_of(text) is None:
        return None
    found = [one for one in _TOKEN.finditer(text) if one.group(1)]
    edges = [0, *(edge for one in found for edge in one.span()), len(text)]
    pieces = [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    template = Template(Layout(b""), tuple(piece.encode() for piece in pieces), strict=True)
    places = _places(pieces, kinds)
    if places is None or not len(template.read(Text(line), np.array([0]), np.array([len(line)])).lines):
        return None
    return template, places


def _places(pieces: list[str], kinds: Kinds) -> Cells | None:
    """Find out what each number is by putting another one in its place."""
    marks = [_STANDS_FOR + index for index in range(len(pieces) - 1)]
    record = record_of("".join(f"{piece}{mark}" for piece, mark in zip(pieces, [*marks, ""], strict=True)))
    if record is None or SETTING_KEYS & record.keys():
        return None
    leaves = dict(flat(record))
    axes = axes_of(leaves)
    cells = {name: cell for name, value in leaves.items() if (cell := _cell(value, len(marks))) is not None}
    step, epoch = (cells.get(name, NAN) if name is not None else NAN for name in (axes.step, axes.epoch))
    at: Cell = NAN
    if axes.clock is not None:
        cell = _cell(leaves[axes.clock], len(marks))
        at = cell if isinstance(cell, int) else clock(leaves[axes.clock])
    kind = kind_of(record)
    values = {kinds.name(name, kind): cell for name, cell in cells.items() if name not in axes.positions()}
    return Cells(values, step, epoch, at) if values else None


def _cell(value: object, count: int) -> Cell | None:
    number = scalar(value)
    if number is None or not isinstance(value, float):
        return number
    index = number - _STANDS_FOR
    return int(index) if 0 <= index < count and index == int(index) else number
