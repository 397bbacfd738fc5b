"""JSON lines that differ in nothing but their numbers, many at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tools.formats._axes import axes_of
from tools.formats._base import Source, encoding_of
from tools.formats._collect import NAN
from tools.formats._json import record_of
from tools.formats._kinds import Kinds, kind_of
from tools.formats._lines import lines
from tools.formats._numbers import EARLIEST_CLOCK, clock, scalar
from tools.formats._records import SETTING_KEYS, flat
from tools.formats._regular import ENOUGH_ALIKE, LOOKED_AT, MOST_TEMPLATES, SHORTEST, chunks
from tools.formats._runs import Rows
from tools.formats._templates import Filled, Layout, Template
from tools.formats._words import Text
from tools.records import Floats

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|NaN|-?Infinity)')
_STANDS_FOR = 7_000_003.5
"""The first of the numbers that stand for numbers while the places of a record are found out."""
LATEST_CLOCK = 1e11

Cell = int | float
"""The index of a number of the line, or what it is in every line."""


@dataclass(frozen=True)
class Places:
    """Which numbers of a line are the metrics and the position; a float stands for itself."""

    values: dict[str, Cell]
    step: Cell = NAN
    epoch: Cell = NAN
    clock: Cell = NAN

    def rows(self, filled: Filled, names: tuple[str, ...]) -> Rows:
        """The numbers of lines of one template as rows under these names."""
        count = len(filled.lines)
        values = np.full((count, len(names)), NAN)
        present = np.zeros((count, len(names)), dtype=np.bool_)
        for column, name in enumerate(names):
            if name in self.values:
                values[:, column] = _column(self.values[name], filled)
                present[:, column] = True
        step, epoch, wall = (_column(cell, filled) for cell in (self.step, self.epoch, self.clock))
        return Rows(names, values, present, step, epoch, _seconds(wall) if isinstance(self.clock, int) else wall)


def _column(cell: Cell, filled: Filled) -> Floats:
    return filled.values[cell] if isinstance(cell, int) else np.full(len(filled.lines), cell)


def _seconds(readings: Floats) -> Floats:
    """What `clock` makes of numbers."""
    seconds = np.where(readings > EARLIEST_CLOCK * 1000, readings / 1000, readings)
    return np.where((seconds > EARLIEST_CLOCK) & (seconds < LATEST_CLOCK), seconds, NAN)


def template_of(line: bytes, kinds: Kinds) -> tuple[Template, Places] | None:
    """The template that a line shows; None where lines like it must be read one by one."""
    line = line.removesuffix(b"\r")
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


def _places(pieces: list[str], kinds: Kinds) -> Places | None:
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
    return Places(values, step, epoch, at) if values else None


def _cell(value: object, count: int) -> Cell | None:
    number = scalar(value)
    if number is None or not isinstance(value, float):
        return number
    index = number - _STANDS_FOR
    return int(index) if 0 <= index < count and index == int(index) else number


def stretches(source: Source, kinds: Kinds) -> Iterator[tuple[int, str] | tuple[int, Rows]]:
    """Lines with their numbers as `lines` gives them; records of known kinds as rows, numbered as their last line."""
    with source.path.open("rb") as file:
        if encoding_of(file.read(4)) != "utf-8":
            yield from lines(source)
            return
    known: dict[Template, Places] = {}
    for first, chunk in chunks(source):
        yield from _parts(first, chunk, known, kinds)


def _parts(
    first: int, chunk: bytes, known: dict[Template, Places], kinds: Kinds
) -> Iterator[tuple[int, str] | tuple[int, Rows]]:
    text = Text(chunk)
    ends = np.flatnonzero(text.bytes[: text.size] == 10)
    starts = np.append(0, ends + 1)
    shown = ends - ((text.bytes[ends - 1] == 13) & (ends > starts[:-1])) if len(ends) else ends
    names = tuple(dict.fromkeys(name for places in known.values() for name in places.values))
    rows, regular = Rows.empty(names, len(ends)), np.zeros(len(ends), dtype=np.bool_)
    for template, places in known.items():
        left = np.flatnonzero(~regular)
        if not len(left):
            break
        filled = template.read(text, starts[left], shown[left])
        rows.put(left[filled.lines], places.rows(filled, names))
        regular[left[filled.lines]] = True
    others = np.flatnonzero(~regular)
    at = 0
    for stop in [*others.tolist(), len(ends)]:
        if stop - at >= SHORTEST:
            yield first + stop - 1, rows.between(at, stop)
            at = stop
        for index in range(at, min(stop + 1, len(ends))):
            yield first + index, text.cut(starts[index], ends[index] + 1).decode("utf-8", errors="replace")
        at = stop + 1
    if starts[-1] < text.size:
        yield first + len(ends), text.cut(starts[-1], text.size).decode("utf-8", errors="replace")
    _learn([text.cut(starts[one], ends[one]) for one in others[:: 1 + len(others) // LOOKED_AT]], known, kinds)


def _learn(samples: list[bytes], known: dict[Template, Places], kinds: Kinds) -> None:
    """Of some lines that no template fits, those that come again and again become templates."""
    if len(known) >= MOST_TEMPLATES:
        return
    learned = [one for line in samples if (one := template_of(line, kinds)) is not None]
    places = dict(learned)
    alike = Counter(template for template, _ in learned)
    for template, times in alike.most_common(MOST_TEMPLATES - len(known)):
        if times >= ENOUGH_ALIKE:
            known[template] = places[template]
