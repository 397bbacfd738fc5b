"""Tables whose columns are kept apart by blanks: fastai's printed table, results.txt, numpy's savetxt with a header."""

from __future__ import annotations

from collections.abc import Iterator

from tools.errors import ToolError
from tools.formats._axes import axes_of
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._lines import console, lines
from tools.formats._numbers import number
from tools.formats._runs import RunWriter
from tools.records import Part, SkippedLine

FEWEST = 3


def sniff(probe: Probe) -> float:
    """A line of names over lines of as many cells, nearly all of them numbers."""
    if not probe.is_text:
        return 0.0
    kept = [cells for line in probe.text.split("\n")[:40] if (cells := _cells(line))]
    header = next((index for index, cells in enumerate(kept) if _is_header(cells)), None)
    if header is None:
        return 0.0
    below = [_without_index(cells, kept[header]) for cells in kept[header + 1 :]]
    fits = [
        cells
        for cells in below
        if len(cells) == len(kept[header]) and sum(number(one) is not None for one in cells) > 1
    ]
    return 0.65 if fits and len(fits) >= 0.8 * len(below) else 0.0


def _cells(line: str) -> list[str]:
    shown = console(line)
    return shown[-1].lstrip("# ").split() if shown else []


def _without_index(cells: list[str], header: list[str]) -> list[str]:
    """A row without the number that pandas prints before it."""
    return cells[1:] if len(cells) == len(header) + 1 and cells[0].isdigit() else cells


def _is_header(cells: list[str]) -> bool:
    if len(cells) < FEWEST or any(mark in cell for cell in cells for mark in "=|,;"):
        return False
    words = all(any(mark.isalpha() for mark in cell) and number(cell) is None for cell in cells)
    return words and _placed(cells)


def _placed(cells: list[str]) -> bool:
    axes = axes_of(cells)
    return axes.step is not None or axes.epoch is not None


def parse(source: Source) -> Iterator[Part]:
    """Rows under the last header; what is no row is reported."""
    writer = RunWriter()
    header: list[str] = []
    for line, text in lines(source):
        cells = _without_index(_cells(text), header)
        if not cells:
            continue
        if _is_header(cells):
            header = cells
        elif not header or len(cells) != len(header):
            if header:
                yield SkippedLine(
                    line, text.strip()[:200], f"{len(cells)} cells where the header has {len(header)}", writer.run
                )
        else:
            axes = axes_of(header)
            row = {name: value for name, cell in zip(header, cells, strict=True) if (value := number(cell)) is not None}
            step, epoch = (row.get(name, NAN) if name else NAN for name in (axes.step, axes.epoch))
            values = {name: value for name, value in row.items() if name not in axes.positions()}
            yield from writer.row(values, step, epoch)
    yield from writer.rest()
    if not writer.total:
        raise ToolError(f"{source.path} holds no table with numbers.")


FORMAT = Format(
    "whitespace_table", "Tables of blanks", "fastai, numpy.savetxt, Fortran-style result files", sniff, parse
)
