"""What the W&B page exports from a chart: a quoted CSV with the columns "run - metric" and their __MIN and __MAX."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from tools.errors import ToolError
from tools.formats._axes import axes_of
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._lines import lines
from tools.formats._numbers import MISSING, number
from tools.formats._sqlite import Collectors
from tools.records import Part, RunInfo, SkippedLine

BETWEEN = " - "
SPREAD = ("__MIN", "__MAX")


def sniff(probe: Probe) -> float:
    """A header in which columns come as a value, its least and its largest."""
    header = _cells(probe.text.lstrip("\ufeff").partition("\n")[0])
    spread = [name for name in header if name.endswith(SPREAD[0]) and name.removesuffix(SPREAD[0]) in header]
    return 0.97 if any(BETWEEN in name for name in spread) else 0.0


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n").replace("\0", "").replace("\r", " ")]), [])
    except csv.Error:
        return []


def parse(source: Source) -> Iterator[Part]:
    """Row by row, every run under its own name."""
    rows = lines(source)
    header = _cells(next(rows, (0, ""))[1].lstrip("\ufeff"))
    axes = axes_of(header[:1])
    series = _series(header)
    if not series:
        raise ToolError(f"{source.path} has no columns of runs and metrics.")
    collectors = Collectors()
    for line, text in rows:
        cells = _cells(text)
        at = number(cells[0]) if cells else None
        if at is None or len(cells) > len(header):
            if text.strip():
                yield SkippedLine(line, text.strip()[:200], "no row of the exported chart")
            continue
        if len(cells) < len(header):
            yield SkippedLine(line, text.strip()[:200], "the row is cut off; what stands in it is read")
        step, epoch = (at if axes.step else NAN), (at if axes.epoch else NAN)
        for index, run, metric in series:
            cell = cells[index].strip() if index < len(cells) else ""
            value = None if cell.lower() in MISSING else number(cell)
            if value is not None:
                collector = collectors.of(run)
                collector.add(metric, value, step, epoch)
                yield from collector.full()
    yield from collectors.rest()
    for run in dict.fromkeys(run for _, run, _ in series):
        yield RunInfo(run, run)


def _series(header: Sequence[str]) -> list[tuple[int, str, str]]:
    """(column, run, metric). Names of runs may hold the separator, names of metrics hardly do."""
    found = []
    for index, name in enumerate(header):
        run, between, metric = name.rpartition(BETWEEN)
        if index and between and not name.endswith(SPREAD):
            found.append((index, run, metric))
    return found


FORMAT = Format("wandb_export", "W&B chart exports (CSV)", "the W&B web page", sniff, parse)
