"""Excel workbooks: a row of names over rows of numbers; each sheet that has them is a run. Needs openpyxl."""

from __future__ import annotations

import datetime as dt
import importlib
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from tools.errors import ToolError
from tools.formats._axes import axes_of
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._numbers import clock, scalar
from tools.formats._pattern import pattern
from tools.formats._runs import RunWriter
from tools.records import Part, SkippedLine

LARGEST = 1 << 30
MOST_RATIO = 200
RATIO_FROM = 64 << 20
HEADER_ROWS = 20
"""A header must stand this near to the top: titles and notes may come before it."""
_PARTS = pattern(rb"\[Content_Types\]\.xml|xl/(?:workbook|worksheets|_rels|sharedStrings|styles)|_rels/\.rels")
_ERRORS = (
    OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, EOFError, SyntaxError, RuntimeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def sniff(probe: Probe) -> float:
    """A zip that opens with the parts of a workbook."""
    if not probe.head.startswith(b"PK\x03\x04") or not _PARTS.search(probe.head[:4096]):
        return 0.0
    return 0.97 if probe.path.suffix.lower() in (".xlsx", ".xlsm") or b"xl/w" in probe.head else 0.0


def parse(source: Source) -> Iterator[Part]:
    """The rows of all sheets that are tables."""
    _check(source)
    try:
        openpyxl = importlib.import_module("openpyxl")
    except ImportError as error:
        raise ToolError(f"{source.path}: reading Excel needs openpyxl.", "pip install 'runwhy[excel]'") from error
    found = False
    try:
        book = openpyxl.load_workbook(source.path, read_only=True, data_only=True)
        tables = [(sheet, top) for sheet in book.worksheets if (top := _header_row(sheet)) is not None]
        for sheet, top in tables:
            for part in _sheet(sheet, top, sheet.title if len(tables) > 1 else ""):
                found = True
                yield part
    except _ERRORS as error:
        if not found:
            raise ToolError(f"{source.path} cannot be read as a workbook: {' '.join(str(error).split())}.") from error
        yield SkippedLine(0, "", f"the workbook is damaged here: {error}")
    if not found:
        raise ToolError(f"{source.path} has no sheet with a row of names over rows of numbers.")
    source.progress(source.path.stat().st_size)


def _check(source: Source) -> None:
    """No workbook that unpacks to more than memory holds: openpyxl keeps all its texts."""
    try:
        with zipfile.ZipFile(source.path) as parts:
            size = sum(part.file_size for part in parts.infolist())
            packed = sum(part.compress_size for part in parts.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ToolError(f"{source.path} cannot be read as a workbook: {error}.") from error
    if size > LARGEST or (size > RATIO_FROM and size > MOST_RATIO * packed):
        raise ToolError(f"{source.path} unpacks to {size >> 20} MB, too much for a workbook.", "Export it as CSV.")


def _header_row(sheet: Any) -> int | None:
    """The number of the row with the names of the columns."""
    for number, row in enumerate(sheet.iter_rows(max_row=HEADER_ROWS, values_only=True), 1):
        cells = [cell for cell in row if cell is not None]
        if len(cells) > 1 and all(isinstance(cell, str) and scalar(cell) is None for cell in cells):
            return number
    return None


def _sheet(sheet: Any, top: int, run: str) -> Iterator[Part]:
    writer = RunWriter(run)
    rows = sheet.iter_rows(min_row=top, values_only=True)
    header = [str(cell).strip() if cell is not None else "" for cell in next(rows)]
    axes = axes_of(name for name in header if name)
    for row in rows:
        values = {
            name: value for name, cell in zip(header, row, strict=False) if name and (value := scalar(cell)) is not None
        }
        step = values.pop(axes.step, NAN) if axes.step else NAN
        # An epoch beside a step is a metric too.
        epoch = NAN if axes.epoch is None else values.get(axes.epoch, NAN) if axes.step else values.pop(axes.epoch, NAN)
        wall = _moment(row, header, axes.clock)
        if values:
            yield from writer.row(values, step, epoch, wall)
    yield from writer.rest()


def _moment(row: Sequence[object], header: Sequence[str], name: str | None) -> float:
    if name is None or header.index(name) >= len(row):
        return NAN
    cell = row[header.index(name)]
    if isinstance(cell, dt.datetime):
        return cell.replace(tzinfo=cell.tzinfo or dt.UTC).timestamp()
    return clock(cell)


FORMAT = Format("excel", "Excel workbooks (extra `excel`)", "Excel, LibreOffice, pandas, openpyxl", sniff, parse)
