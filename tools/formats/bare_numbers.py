"""Numbers without names, one a line or a place before each, in a file named after what they are: val_loss.txt."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._lines import lines
from tools.formats._measures import is_measure
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.records import Part, RunInfo, SkippedLine

FEWEST = 3
LOOKED_AT = 50
SURE = 0.5
_BETWEEN = pattern(r"[\s,;]+")


def sniff(probe: Probe) -> float:
    """Nothing but lines of one or two numbers, under a name that means a loss, a score or the like."""
    if not probe.is_text or not is_measure(probe.path.stem):
        return 0.0
    *whole, _rest = probe.text.split("\n")
    rows = [_row(line) for line in whole[:LOOKED_AT] if line.strip()]
    widths = {len(row) for row in rows if row is not None}
    return 0.6 if len(rows) >= FEWEST and None not in rows and widths in ({1}, {2}) else 0.0


def _row(text: str) -> list[float] | None:
    values = [number(cell) for cell in _BETWEEN.split(text.strip(" \t\r\n[](),;"))]
    return None if None in values else [value for value in values if value is not None]


def parse(source: Source) -> Iterator[Part]:
    """One series; the first of two columns says where the second stands, if it only rises."""
    collector, name, last = Collector(), source.path.stem, -math.inf
    for line, text in lines(source):
        row = _row(text)
        if not text.strip():
            continue
        if row is None or len(row) > 2 or (len(row) == 2 and row[0] <= last):
            yield SkippedLine(line, text.strip()[:200], "one number was expected, or a rising place and a number")
            continue
        last = row[0] if len(row) == 2 else last
        collector.add(name, row[-1], row[0] if len(row) == 2 else NAN)
        yield from collector.full()
    yield from collector.rest()
    if not collector.written:
        raise ToolError(f"{source.path} holds no numbers.")
    yield RunInfo(confidence=SURE, reading="numbers without names: the name of the file is taken for what they are")


FORMAT = Format("bare_numbers", "Numbers alone", "numpy.savetxt, scripts that write one list to a file", sniff, parse)
