"""MMDetection and MMEngine: the text log and the JSON lines beside it. The iteration restarts with every epoch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._console import read_console
from tools.formats._dialect import Dialect, Reading
from tools.formats._json import records
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._records import row_of
from tools.formats._runs import RunWriter
from tools.formats._settings import params_of
from tools.records import Part, SkippedLine

_HEAD = pattern(
    r"(?:Iter|Epoch)(?:\((?P<mode>\w+)\))?\s*\[\s*(?P<first>\d+)\]"
    r"(?:\[\s*(?P<iter>\d+)(?:/\s*(?P<total>\d+))?\])?\s+(?=\S+: )"
)
_ITERS = pattern(r"Iter(?:\((?P<mode>\w+)\))?\s*\[\s*(?P<iter>\d+)(?:/\s*\d+)?\]\s+(?=\S+: )")
_VALUE = pattern(r"(?:^|[,\s])([A-Za-z_][\w./@-]*): ([-+\w.%]+)(?=,|\s|$)")
_NO_METRICS = {"eta"}
_SCALARS = pattern(r'\{[^{}\n]*"data_time": [^{}\n]*"iter": \d+, "step": \d+\}')
"""MMEngine's scalars.json."""
_TIMES = frozenset({"time", "data_time", "memory"})
_COUNTERS = frozenset({"epoch", "iter"})


def sniff(probe: Probe) -> float:
    """Epoch [1][50/30045] lines, or records that carry mode, epoch and iter."""
    text = probe.text
    if text.startswith("{"):
        if _SCALARS.search(text):
            return 0.97
        return 0.97 if '"mode": "train"' in text and '"iter":' in text and '"epoch":' in text else 0.0
    return (
        0.95
        if re.search(
            r"(?:mmdet|mmengine|mmcv|mm\w+) - INFO - (?:Epoch|Iter)|Epoch(?:\(train\))?\s+\[\d+\]\[\s*\d+/\d+\]", text
        )
        else 0.0
    )


def parse(source: Source) -> Iterator[Part]:
    """Steps are counted through the epochs; validation stands at the end of its epoch."""
    with source.open() as file:
        as_json = file.read(1) == b"{"
    if as_json:
        yield from _records(source)
    else:
        yield from read_console(source, _Log(), generic=False)


def _records(source: Source) -> Iterator[Part]:
    writer = RunWriter()
    for record in records(source):
        if isinstance(record, SkippedLine):
            yield record
            continue
        mode = record.pop("mode", None)
        if mode is None and "step" in record:
            yield from _scalars(record, writer)
            continue
        if mode is None:
            yield from params_of({key: record[key] for key in ("seed", "exp_name", "config") if key in record})
            continue
        row = row_of(record)
        values = {f"{mode}/{name}": value for name, value in row.values.items() if name != "epoch"}
        yield from writer.row(values, row.step, row.epoch)
    yield from writer.rest()


def _scalars(record: dict[str, object], writer: RunWriter) -> Iterator[Part]:
    """A record of MMEngine. Where epochs are trained, the step of a validation is its epoch."""
    row = row_of(record)
    values = {name: value for name, value in row.values.items() if name not in _COUNTERS}
    if "iter" in record:
        yield from writer.row(values, row.step, row.epoch)
        return
    scores = {f"val/{name}": value for name, value in values.items() if name not in _TIMES}
    of_epoch = row.step < writer.last_step
    yield from writer.row(scores, writer.last_step if of_epoch else row.step, row.step if of_epoch else NAN)


class _Log(Dialect):
    """Counts iterations through the epochs; the lines say how many an epoch has."""

    def __init__(self) -> None:
        self.per_epoch = 0

    def read(self, line: str) -> Reading | None:
        head = _HEAD.match(line)
        if head is None or line.startswith("Iter"):
            return self._by_iteration(line)
        epoch = float(head["first"])
        training = head["mode"] in (None, "train")
        if training and head["total"]:
            self.per_epoch = int(head["total"])
        step = NAN
        if head["iter"]:
            step = (epoch - 1) * self.per_epoch + float(head["iter"]) if training else epoch * self.per_epoch
        values = self._values(line[head.end() :], head["mode"])
        if not training and not values.keys() - {f"{head['mode']}/{name}" for name in _TIMES}:
            return Reading()
        return Reading(values, step, epoch)

    def _by_iteration(self, line: str) -> Reading | None:
        head = _ITERS.match(line)
        if head is None:
            return None
        return Reading(self._values(line[head.end() :], head["mode"]), float(head["iter"]))

    def _values(self, text: str, mode: str | None) -> dict[str, float]:
        prefix = "" if mode in (None, "train") else f"{mode}/"
        found = ((name, number(value)) for name, value in _VALUE.findall(text) if name not in _NO_METRICS)
        return {prefix + name: value for name, value in found if value is not None}


FORMAT = Format("mmdet", "MMDetection and MMEngine logs", "mmdet, mmengine, mmcv runners", sniff, parse)
