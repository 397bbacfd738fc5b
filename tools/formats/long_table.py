"""Long tables: one row a point, with the name of its metric, and perhaps of its run, in columns of their own."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from tools.errors import ToolError
from tools.formats._axes import CLOCK_NAMES, EPOCH_NAMES, STEP_NAMES, normal
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._numbers import clock, number
from tools.formats._pattern import pattern
from tools.formats._rows import rows
from tools.records import Part, RunInfo, SkippedLine

METRICS = ("metric", "metric_name", "metricname", "tag", "key", "name", "variable", "measure")
VALUES = ("value", "metric_value", "metricvalue", "scalar")
RUNS = ("run", "run_id", "run_name", "run_uuid", "experiment", "trial")
_EXPORT = pattern(r"(?:run-)?(?P<run>.*?)[-_]tag-(?P<tag>.+)$")


def sniff(probe: Probe) -> float:
    """A value beside a name, or TensorBoard's own three columns."""
    if not probe.is_text:
        return 0.0
    header = header_of(probe.text.partition("\n")[0])
    if {"wall_time", "step", "value"} == set(header):
        return 0.97
    return 0.95 if _first(header, VALUES) is not None and _first(header, METRICS) is not None else 0.0


def header_of(line: str) -> list[str]:
    """The names in the first line of a table, as they are compared."""
    try:
        return [
            normal(cell.lstrip("\ufeff"))
            for cell in next(csv.reader([line.rstrip("\r")], delimiter=_delimiter(line)), [])
        ]
    except csv.Error:
        return []


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _first(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def parse(source: Source) -> Iterator[Part]:
    """Points under their metric's name and their run's; a TensorBoard export is named by its file."""
    with source.open() as file:
        delimiter = _delimiter(file.readline(1 << 16).decode("utf-8", errors="replace"))
    exported = _EXPORT.match(source.path.stem)
    alone = exported["tag"].replace("_", "/") if exported else source.path.stem
    header: list[str] = []
    runs: dict[str, Collector] = {}
    places: list[int | None] = []
    for line, cells in rows(source, delimiter):
        if not header:
            header = [normal(cell) for cell in cells]
            places = [_first(header, names) for names in (VALUES, METRICS, RUNS, STEP_NAMES, EPOCH_NAMES, CLOCK_NAMES)]
            continue
        value, metric, run, step, epoch, at = (cells[i] if i is not None and i < len(cells) else "" for i in places)
        point = number(value)
        if point is None:
            if value:
                yield SkippedLine(line, delimiter.join(cells)[:200], "its value is not a number", run)
            continue
        collector = runs.setdefault(run, Collector(run))
        collector.add(metric or alone, point, _or_nan(step), _or_nan(epoch), clock(at))
        yield from collector.full()
    for name, collector in runs.items():
        yield from collector.rest()
        if name:
            yield RunInfo(run=name, name=name)
    if not runs:
        raise ToolError(f"{source.path} holds no numbers in its value column.")


def _or_nan(cell: str) -> float:
    value = number(cell)
    return NAN if value is None else value


FORMAT = Format("long_table", "Long tables", "TensorBoard CSV download, melted data frames, SQL exports", sniff, parse)
