"""One JSON document: a list of records, a table by columns (Keras history), steps with values, or one record."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tools.errors import ToolError
from tools.formats._axes import axes_of
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector, one_series
from tools.formats._json import document
from tools.formats._kinds import Kinds
from tools.formats._numbers import clock, scalar
from tools.formats._pattern import pattern
from tools.formats._records import SETTING_KEYS, row_of
from tools.formats._runs import RunWriter
from tools.formats._settings import params_of
from tools.formats._several_runs import TITLES, runs_in, told_beside
from tools.records import Part, Points

_OPENING = pattern(r"\{\s*(?:\"|\}|$)|\[\s*(?:[{\[\"\]]|null|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\s*[,\]]|NaN|$)")
_LIST_IN_TEXT = pattern(r"\[[^\]\[{\"\n]{0,200}\][ \t]*[^\s,\]]")
"""`[1,  2000] loss: 2.1` is no JSON: a list closed on the first line and something behind it."""
METRIC_KEYS = frozenset({"metricName", "metricValue"})
FLAT = 0.45
"""An object without a list at its start is rather a summary than a log."""


def sniff(probe: Probe) -> float:
    """Text that opens as a JSON object or list."""
    head = probe.text.lstrip("\ufeff \t\r\n")[:400]
    if not _OPENING.match(head) or _LIST_IN_TEXT.match(head) or _goes_on(probe):
        return 0.0
    if all(f'"{key}"' in head for key in METRIC_KEYS):
        return 0.9
    return 0.6 if "[" in head else FLAT


def _goes_on(probe: Probe) -> bool:
    """Whether an object ends and something else follows: settings at the top of a log, or JSON lines."""
    try:
        _, end = json.JSONDecoder().raw_decode(probe.text.lstrip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return False
    return end < len(probe.text.lstrip("\ufeff \t\r\n").rstrip())


def parse(source: Source) -> Iterator[Part]:
    """The series that the document holds, whatever its shape."""
    value, cut = document(source)
    if cut is not None:
        yield cut
    found = False
    for part in _whole(value):
        found = found or isinstance(part, Points)
        yield part
    if not found:
        raise ToolError(f"{source.path} is JSON without any numbers logged over time.")


def _whole(value: object) -> Iterator[Part]:
    """The parts of the run that the document holds, or of each of its runs."""
    runs = runs_in(value)
    for name, run in runs.items():
        told = told_beside(run)
        history = {key: inner for key, inner in run.items() if key not in (*told, *TITLES)}
        for part in (*params_of(told), *parts_of(history)):
            yield dataclasses.replace(part, run=name)
    if not runs:
        yield from parts_of(value)


def parts_of(value: object, prefix: str = "") -> Iterator[Part]:
    """Series and settings in a decoded document."""
    if isinstance(value, list):
        yield from _records(value)
    elif isinstance(value, Mapping):
        yield from _mapping(value, prefix)


def _records(records: Sequence[object], split: str = "") -> Iterator[Part]:
    """`split`: the part of the data that all of them are about, where it stands around them."""
    if all(isinstance(record, Mapping) and record.keys() >= METRIC_KEYS for record in records):
        yield from _points(record for record in records if isinstance(record, Mapping))
        return
    writer, kinds = RunWriter(), Kinds()
    for record in records:
        if isinstance(record, Mapping) and (series := _stepped(record)) is not None:
            steps, values = series
            names = (str(record[key]) for key in ("metric", "variant") if record.get(key))
            yield one_series("/".join(names) or str(record.get("name", "y")), values, steps, None)
        elif isinstance(record, Mapping):
            row = row_of(record)
            named = {kinds.name(name, split): value for name, value in row.values.items()}
            yield from writer.row(named, row.step, row.epoch, row.wall)
    yield from writer.rest()


def _points(records: Iterable[Mapping[str, object]]) -> Iterator[Points]:
    """A record a point, as Comet hands metrics out."""
    collector = Collector()
    for record in records:
        value, step, epoch = (scalar(record.get(key)) for key in ("metricValue", "step", "epoch"))
        context, name = record.get("runContext"), str(record["metricName"])
        if value is not None:
            place = (NAN if step is None else step, NAN if epoch is None else epoch, clock(record.get("timestamp")))
            collector.add(f"{context}/{name}" if context else name, value, *place)
        yield from collector.full()
    yield from collector.rest()


def _mapping(value: Mapping[str, object], prefix: str) -> Iterator[Part]:
    columns = {name: numbers for name, column in value.items() if (numbers := _numbers(column)) is not None}
    if columns:
        yield from _columns(columns, prefix)
    single: dict[str, object] = {}
    for name, inner in value.items():
        if name in columns:
            continue
        if isinstance(inner, Mapping):
            yield from _inner(name, inner, prefix)
        elif isinstance(inner, list) and inner and isinstance(inner[0], Mapping):
            yield from _records(inner, name.split("_")[0])
        elif not isinstance(inner, list):
            single[name] = inner
    if single and not prefix:
        yield from _records([single]) if not columns else ()


def _inner(name: str, inner: Mapping[str, object], prefix: str) -> Iterator[Part]:
    if name in SETTING_KEYS:
        yield from params_of(inner)
    elif (series := _stepped(inner)) is not None:
        steps, values = series
        yield one_series(f"{prefix}{name}", values, steps, None)
    elif (series := _indexed(inner)) is not None:
        steps, values = series
        yield one_series(f"{prefix}{name}", values, None, steps)
    else:
        yield from _mapping(inner, "" if name in ("history", "metrics", "log", "logs") else f"{prefix}{name}/")


def _numbers(column: object) -> list[float] | None:
    if not isinstance(column, list) or not column:
        return None
    numbers = [scalar(item) for item in column]
    if any(item is None and column[index] is not None for index, item in enumerate(numbers)):
        return None
    return [float("nan") if item is None else item for item in numbers]


def _columns(columns: Mapping[str, list[float]], prefix: str) -> Iterator[Part]:
    axes = axes_of(columns)
    for name, values in columns.items():
        if name in axes.positions():
            continue
        step = _matching(columns, axes.step, values)
        epoch = _matching(columns, axes.epoch, values)
        yield one_series(f"{prefix}{name}", values, step, epoch)


def _matching(columns: Mapping[str, list[float]], axis: str | None, values: Sequence[float]) -> list[float] | None:
    return columns[axis] if axis is not None and len(columns[axis]) == len(values) else None


def _stepped(inner: Mapping[str, object]) -> tuple[list[float], list[float]] | None:
    for steps_key, values_key in (
        ("steps", "values"),
        ("step", "value"),
        ("x", "y"),
        ("step", "values"),
        ("steps", "value"),
    ):
        steps, values = _numbers(inner.get(steps_key)), _numbers(inner.get(values_key))
        if steps is not None and values is not None and len(steps) == len(values):
            return steps, values
    return None


def _indexed(inner: Mapping[str, object]) -> tuple[list[float], list[float]] | None:
    if not inner or not all(isinstance(key, str) and key.isdigit() for key in inner):
        return None
    values = [scalar(item) for item in inner.values()]
    if any(item is None for item in values):
        return None
    return [float(key) for key in inner], [item for item in values if item is not None]


FORMAT = Format(
    "json",
    "JSON documents",
    "Keras history, Sacred metrics, ClearML scalars, Comet metrics, pandas to_json, own scripts",
    sniff,
    parse,
)
