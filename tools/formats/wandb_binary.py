"""W&B's own run file: protobuf records in a LevelDB log (blocks of 32 KiB), also cut off or still being written."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._commands import options
from tools.formats._lines import blocks
from tools.formats._numbers import clock, scalar
from tools.formats._proto import fields
from tools.formats._records import flat
from tools.formats._settings import params_of
from tools.formats._step_metrics import SYSTEM, StepMetrics
from tools.formats._story import Story
from tools.records import Part, RunInfo, SkippedLine

MAGIC = b":W&B"
FILE_HEADER, BLOCK, RECORD_HEADER = 7, 32768, 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
KEY, NESTED_KEY, VALUE_JSON = 1, 2, 16
INTERNAL = "_wandb"


class Kind(IntEnum):
    """Records by their number in W&B's schema."""

    HISTORY, CONFIG, STATS, METRIC, OUTPUT, RUN, EXIT, ENVIRONMENT = 2, 5, 7, 12, 13, 17, 18, 26


def sniff(probe: Probe) -> float:
    """The four letters it opens with."""
    return 0.99 if probe.head.startswith(MAGIC) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """History as points, readings of the machine as points under "system/", config and arguments as parameters."""
    reader, run = _Records(), _Run()
    for record in reader.read(blocks(source)):
        for field, _kind, value in fields(record):
            if isinstance(value, bytes):
                yield from run.take(field, value)
    if not run.seen:
        raise ToolError(f"{source.path} holds no complete W&B record.")
    yield from run.rest()
    if reader.damage:
        yield SkippedLine(run.seen, "", reader.damage)


class _Run:
    """The run as far as its records have been read."""

    def __init__(self) -> None:
        self.seen = 0
        self._points = Collector()
        self._axes = StepMetrics()
        self._story = Story()
        self._settings: dict[str, object] = {}
        self._arguments: list[str] = []
        self._end: RunInfo | None = None

    def take(self, field: int, message: bytes) -> Iterator[Part]:
        self.seen += 1
        match field:
            case Kind.HISTORY:
                self._history(message)
            case Kind.CONFIG:
                self._settings |= _settings(message)
            case Kind.STATS:
                wall = next((_seconds(value) for number, value in _messages(message) if number == 2), NAN)
                self._points.add_row(
                    {f"{SYSTEM}{key}": value for key, value in _numbers(_items(message, 3))}, wall=wall
                )
            case Kind.METRIC:
                self._axes.define(*(_text(message, number) for number in (1, 2, 4)))
            case Kind.OUTPUT:
                for one in _text(message, 3).splitlines():
                    yield from self._story.tell(self.seen, one, "", "")
            case Kind.RUN:
                yield from self._begin(message)
            case Kind.EXIT:
                code = next((code for number, _k, code in fields(message) if number == 1 and isinstance(code, int)), 0)
                self._end = RunInfo(status="finished" if code == 0 else "crashed")
            case Kind.ENVIRONMENT:
                self._arguments += [_decoded(value) for number, value in _messages(message) if number == 5]
        yield from self._points.full()

    def rest(self) -> Iterator[Part]:
        yield from self._points.rest()
        yield from self._story.rest("")
        params = {one.key: one for one in (*options(self._arguments), *params_of(self._settings))}
        yield from params.values()
        if self._end is not None:
            yield self._end

    def _begin(self, message: bytes) -> Iterator[RunInfo]:
        self._settings |= next((_settings(value) for number, value in _messages(message) if number == 4), {})
        started = next((_seconds(value) for number, value in _messages(message) if number == 17), NAN)
        name, project = _text(message, 8) or None, _text(message, 3) or None
        yield RunInfo("", name, project, "running", started if started == started else None)

    def _history(self, message: bytes) -> None:
        record = dict(_items(message, 1))
        steps = (_number(value) for field, value in _messages(message) if field == 2)
        at = scalar(record.pop("_step", None))
        row = float(next(steps, 0)) if at is None else at
        values = dict(_numbers(flat(record)))
        epoch, wall = values.get("epoch", NAN), clock(record.get("_timestamp"))
        for name, step in self._axes.steps(values, row):
            self._points.add(name, values[name], step, epoch, wall)


class _Records:
    """Puts records together from the chunks of a log; `damage` says where the file ends before its time."""

    def __init__(self) -> None:
        self.damage = ""

    def read(self, data: Iterator[bytes]) -> Iterator[bytes]:
        rest, at, gathered = b"", 0, b""
        skip = FILE_HEADER
        for block in data:
            rest += block
            while True:
                left = BLOCK - (at + skip) % BLOCK
                if left < RECORD_HEADER:
                    skip += left
                    continue
                if len(rest) < skip + RECORD_HEADER:
                    break
                _checksum, size, kind = struct.unpack_from("<IHB", rest, skip)
                if len(rest) < skip + RECORD_HEADER + size:
                    break
                chunk = rest[skip + RECORD_HEADER : skip + RECORD_HEADER + size]
                skip += RECORD_HEADER + size
                gathered = chunk if kind in (FULL, FIRST) else gathered + chunk
                if kind in (FULL, LAST) and gathered:
                    yield gathered
            used = min(skip, len(rest))
            rest, at, skip = rest[used:], at + used, skip - used
        if rest or (gathered and kind in (FIRST, MIDDLE)):
            self.damage = "the file ends in the middle of a record: the run was killed or is still being written"


def _messages(message: bytes) -> Iterator[tuple[int, bytes]]:
    yield from ((field, value) for field, _kind, value in fields(message) if isinstance(value, bytes))


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", errors="replace")


def _text(message: bytes, number: int) -> str:
    return next((_decoded(value) for field, value in _messages(message) if field == number), "")


def _number(message: bytes) -> int:
    return next((value for field, _kind, value in fields(message) if field == 1 and isinstance(value, int)), 0)


def _seconds(timestamp: bytes) -> float:
    """A Timestamp: seconds and nanoseconds since 1970."""
    parts = {field: value for field, _kind, value in fields(timestamp) if isinstance(value, int)}
    return parts[1] + parts.get(2, 0) / 1e9 if 1 in parts else NAN


def _items(message: bytes, number: int) -> Iterator[tuple[str, object]]:
    """(key, value) of the repeated item field of a history, config or stats record."""
    for field, item in _messages(message):
        if field != number:
            continue
        parts = list(_messages(item))
        nested = [_decoded(value) for inner, value in parts if inner == NESTED_KEY]
        text = next((value for inner, value in parts if inner == VALUE_JSON), b"null")
        try:
            yield _text(item, KEY) or ".".join(nested), json.loads(text)
        except (ValueError, RecursionError):
            continue


def _numbers(leaves: Iterable[tuple[str, object]]) -> Iterator[tuple[str, float]]:
    yield from ((name, value) for name, raw in leaves if (value := scalar(raw)) is not None)


def _settings(message: bytes) -> dict[str, object]:
    return {key: value for key, value in _items(message, 1) if not key.startswith(INTERNAL)}


FORMAT = Format("wandb", "W&B run files (.wandb)", "wandb, online and offline", sniff, parse)
