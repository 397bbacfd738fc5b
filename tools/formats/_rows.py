"""Rows of a delimited file as they stand, for formats that know their columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from tools.formats._base import Source
from tools.formats._lines import lines


def rows(source: Source, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every row that is not empty."""
    reader = csv.reader(
        (line.replace("\0", "").replace("\r", "") for _number, line in lines(source)), delimiter=delimiter
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue
        if any(cells):
            yield line, [cell.strip().lstrip("\ufeff") for cell in cells]
