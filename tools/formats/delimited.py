"""CSV, TSV and their relatives: any header, any delimiter, sparse columns, padded or quoted cells, a cut last row."""

from __future__ import annotations

import csv
import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from tools.errors import ToolError
from tools.formats._axes import axes_of
from tools.formats._base import Format, Probe, Source, encoding_of
from tools.formats._collect import NAN
from tools.formats._json_lines import Cells
from tools.formats._numbers import MISSING, clock, european, is_dated, is_european, number
from tools.formats._plain_rows import PlainRows
from tools.formats._regular import Stretch, stretches
from tools.formats._runs import Rows, RunWriter
from tools.formats._table_lines import Table, template_of
from tools.formats._templates import Template
from tools.records import Part, SkippedLine

DELIMITERS = ",\t;|"
_BAR = "%|"
SAMPLE_ROWS = 200
SURE_ROWS = 0.35
csv.field_size_limit(1 << 28)
_ROW_NUMBERS = ("", "Unnamed: 0")
"""What stands over the numbers of the rows that pandas writes."""
RULE = " \t-=:+"
"""What the lines between the rows of a drawn table are made of."""


def delimiter_of(sample: Sequence[str]) -> str:
    """The delimiter that splits most sample lines into the same number (at least two) of cells; "" when none does."""
    best, score, text = "", 0.0, "".join(sample)
    for candidate in filter(text.__contains__, DELIMITERS):
        widths = Counter(map(len, csv.reader(sample, delimiter=candidate)))
        width, rows = widths.most_common(1)[0] if widths else (0, 0)
        agreement = rows / max(1, sum(widths.values()))
        if width > 1 and agreement >= 0.6 and agreement * width > score:
            best, score = candidate, agreement * width
    return best


def _sample(text: str) -> list[str]:
    lines = text.split("\n", SAMPLE_ROWS)[:SAMPLE_ROWS]
    kept = [line for line in lines if line.strip() and not line.startswith("#")]
    return list(map(_plain, kept)) if _is_odd(text) else kept


def _is_odd(text: str) -> bool:
    return "\r" in text or "\0" in text


def _plain(line: str) -> str:
    """A line without what trips up the csv module: NUL, and carriage returns inside."""
    return line.rstrip("\r").replace("\0", "").replace("\r", " ")


def _is_title(cell: str) -> bool:
    """Whether a cell can name a column: no number, no timestamp, no sentence."""
    return number(cell) is None and math.isnan(clock(cell)) and not is_dated(cell) and len(cell) <= 160


def _looks_like_table(sample: Sequence[str]) -> float:
    delimiter = delimiter_of(sample)
    if not delimiter:
        return 0.0
    rows = list(csv.reader(sample, delimiter=delimiter))
    header = [cell.strip() for cell in rows[0]]
    if not all(map(_is_title, header)) or len(set(header)) < len(header) - 1:
        return 0.0
    numeric = any(number(cell) is not None or is_european(cell) for row in rows[1:] for cell in row)
    full = sum(len(row) == len(header) for row in rows[1:])
    if len(rows) == 1 or not numeric:
        return 0.3
    return 0.9 if full >= 0.7 * (len(rows) - 1) else 0.4


def sniff(probe: Probe) -> float:
    """A header of names over rows that hold numbers."""
    if not probe.is_text:
        return 0.0
    text = probe.text
    whole = text if len(probe.head) >= probe.size else text.rpartition("\n")[0]
    sample = _sample(whole)
    if not sample or sample[0][:1] in "{[<" or _BAR in sample[0][:400]:
        return 0.0
    named = probe.path.suffix.lower() in (".csv", ".tsv")
    try:
        likeness = _looks_like_table(sample)
    except csv.Error:
        return 0.0
    if likeness < SURE_ROWS and not named:
        return 0.0
    return max(likeness, 0.5 if named and likeness else 0.2 if named else 0.0)


def table_of(header: Sequence[str]) -> Table:
    """Find the positions among the columns."""
    names = tuple(name.strip().lstrip("\ufeff") or f"column_{index}" for index, name in enumerate(header))
    axes = axes_of(names)
    where = {name: index for index, name in reversed(list(enumerate(names)))}
    taken = axes.positions()
    counted = len(names) > 1 and header[0].strip().lstrip("\ufeff") in _ROW_NUMBERS
    metrics = tuple(index for index, name in enumerate(names) if name not in taken and (index or not counted))
    step, epoch, at = (None if name is None else where[name] for name in (axes.step, axes.epoch, axes.clock))
    return Table(names, step, epoch, at, metrics)


def _unnamed(sample: Sequence[str], delimiter: str) -> Table:
    """A table without a header: columns by number, the first one the step where it only rises."""
    rows = list(csv.reader(sample, delimiter=delimiter, skipinitialspace=True))
    first = [number(row[0]) for row in rows if row]
    rises = all(a is not None and b is not None and a < b for a, b in itertools.pairwise(first)) and len(first) > 1
    names = [f"column_{index}" for index in range(len(rows[0]))]
    return table_of(["step", *names[1:]] if rises else names)


def parse(source: Source) -> Iterator[Part]:
    """Rows in the order of writing; a row that does not fit is reported with its number."""
    reader = _Reader(source)
    writer = RunWriter()
    plain = PlainRows()
    for row in reader.rows():
        if not isinstance(row, Stretch) and not reader.decimal_comma and plain.takes(row[1], reader.table):
            continue
        yield from writer.rows(plain.rest())
        if isinstance(row, Stretch):
            yield from writer.rows(row.rows)
        else:
            yield from _row(reader, writer, *row)
    yield from writer.rows(plain.rest())
    yield from writer.rest()
    if reader.table is None:
        raise ToolError(f"{source.path} has no header row.", "A CSV needs a row of column names over rows of numbers.")
    if not writer.total:
        names = " ".join(", ".join(reader.table.header[:8]).split())[:200]
        raise ToolError(f"{source.path} has no numbers under its columns ({names}).")


class _Reader:
    """Rows of cells with their line numbers; knows the header once it has passed."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.table: Table | None = None
        with source.open() as file:
            head = file.read(1 << 16)
        text = head.decode(encoding_of(head), errors="replace").lstrip("\ufeff")
        self._sample = sample = _sample(text)
        self.delimiter = delimiter_of(sample) or ","
        cells = [cell for row in csv.reader(sample, delimiter=self.delimiter) for cell in row]
        self.decimal_comma = self.delimiter != "," and any(map(is_european, cells))
        self._is_settled = not self.decimal_comma
        self._line = 0
        self._stretch: Stretch | None = None

    @cached_property
    def numeric(self) -> frozenset[int]:
        """The columns in which most cells of the first rows are numbers."""
        _, *rows = csv.reader(self._sample, delimiter=self.delimiter, skipinitialspace=True)
        there = Counter(i for row in rows for i, cell in enumerate(row) if cell.strip().lower() not in MISSING)
        good = Counter(i for row in rows for i, cell in enumerate(row) if self.number(cell) is not None)
        return frozenset(i for i, count in there.items() if 2 * good[i] > count)

    def number(self, cell: str) -> float | None:
        """The number in a cell, or None."""
        return european(cell) if self.decimal_comma else number(cell)

    def rows(self) -> Iterator[tuple[int, list[str], bool] | Stretch]:
        """(line number, cells, whether the row ends with a line end), and stretches of rows; header rows are taken in
        and not handed out."""
        reader = csv.reader(self._text(), delimiter=self.delimiter, skipinitialspace=True)
        while True:
            self._line = 0
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                continue
            if self._stretch is not None:
                yield self._stretch
                self._stretch = None
            if not cells or cells[0].startswith("#"):
                continue
            if not cells[0].strip(RULE) and not any(cell.strip(RULE) for cell in cells):
                continue
            if self.table is None and self.headless(cells):
                self.table = _unnamed(self._sample, self.delimiter)
            elif self.is_header(cells):
                self._take_header(cells)
                continue
            yield self._line, cells, self._ended

    def _take_header(self, cells: Sequence[str]) -> None:
        table = table_of(cells)
        self._is_settled = self._is_settled and self.table in (None, table)
        self.table = table

    def _text(self) -> Iterator[str]:
        for at, line in stretches(self.source, self._learn, self._steady):
            if isinstance(line, Stretch):
                self._stretch = line
                yield "\n"
                continue
            self._line = self._line or at
            self._ended = line.endswith("\n")
            yield _plain(line.rstrip("\n")) + "\n" if _is_odd(line) or not self._ended else line

    def _steady(self, rows: Rows) -> int:
        """All, once the header is known and while no cell is open that goes over several lines."""
        return len(rows.step) if self._is_settled and self.table is not None and not self._line else 0

    def _learn(self, line: bytes) -> tuple[Template, Cells] | None:
        if self.table is None or not self._is_settled:
            return None
        found = template_of(line, self.table, self.delimiter)
        return None if found is None or self.complaints(found[1].names, line.decode().split(self.delimiter)) else found

    def complaints(self, names: Collection[str], cells: Sequence[str]) -> list[str]:
        """Which cells of a row that gave numbers under these names are texts where numbers belong."""
        assert self.table is not None
        header = self.table.header
        others = [index for index in self.table.metrics if header[index] not in names and index < len(cells)]
        texts = [index for index in others if cells[index].strip().lower() not in MISSING]
        return [
            f"{header[index]} is no number here: {cells[index].strip()[:40]!r}"
            for index in texts
            if index in self.numeric
        ]

    def headless(self, cells: Sequence[str]) -> bool:
        """Whether the first row holds numbers and no names."""
        return all(self.number(cell) is not None for cell in cells)

    def is_header(self, cells: list[str]) -> bool:
        """Whether the row is the first one, or its names come again in the middle of the file."""
        if self.table is None:
            return True
        if cells[0].strip() != self.table.header[0]:
            return False
        names = [cell.strip() for cell in cells]
        return names[: len(self.table.header)] == list(self.table.header[: len(names)]) and len(names) > 1


def _row(reader: _Reader, writer: RunWriter, line: int, cells: list[str], complete: bool) -> Iterator[Part]:
    table = reader.table
    assert table is not None
    short, long = len(cells) < len(table.header), len(cells) > len(table.header)
    if long and any(cell.strip() for cell in cells[len(table.header) :]):
        text = reader.delimiter.join(cells)
        yield _skipped(line, text, f"{len(cells)} cells where the header has {len(table.header)}", writer.run)
        return
    if short and not complete:
        yield _skipped(line, reader.delimiter.join(cells), "the last row is cut off", writer.run)
        return
    values = _values(reader, table, cells)
    reasons = [f"{len(cells)} of {len(table.header)} cells; those that are there are kept"] if short else []
    if not complete and cells[-1].endswith("\n"):
        reasons.append("the last row is cut off within a cell in quotes; what stands before is kept")
    reasons += reader.complaints(values, cells)
    if reasons:
        yield _skipped(line, reader.delimiter.join(cells), "; ".join(reasons), writer.run)
    step, epoch = _position(reader, cells, table.step), _position(reader, cells, table.epoch)
    at = table.clock
    yield from writer.row(values, step, epoch, clock(cells[at]) if at is not None and at < len(cells) else NAN)


def _values(reader: _Reader, table: Table, cells: list[str]) -> dict[str, float]:
    values: dict[str, float] = {}
    for index in table.metrics:
        cell = cells[index] if index < len(cells) else ""
        value = reader.number(cell)
        if value is not None:
            values[table.header[index]] = value
    return values


def _position(reader: _Reader, cells: list[str], index: int | None) -> float:
    value = reader.number(cells[index]) if index is not None and index < len(cells) else None
    return NAN if value is None else value


def _skipped(line: int, text: str, reason: str, run: str) -> SkippedLine:
    return SkippedLine(line, text.strip()[:200], reason, run)


FORMAT = Format(
    "csv",
    "CSV and TSV tables",
    "Keras CSVLogger, Lightning CSVLogger, Ultralytics, SB3, Spinning Up, Flair, pandas",
    sniff,
    parse,
)
