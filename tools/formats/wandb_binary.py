"""W&B's own run file: protobuf records in a LevelDB log (blocks of 32 KiB), also cut off or still being written."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._lines import blocks
from tools.formats._numbers import clock, scalar
from tools.formats._proto import fields
from tools.formats._records import flat
from tools.formats._runs import RunWriter
from tools.formats._settings import params_of
from tools.formats._story import Story
from tools.records import Part, RunInfo, SkippedLine

MAGIC = b":W&B"
FILE_HEADER, BLOCK, RECORD_HEADER = 7, 32768, 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
HISTORY, CONFIG, OUTPUT_RAW, RUN, EXIT = 2, 5, 13, 17, 18
KEY, NESTED_KEY, VALUE_JSON = 1, 2, 16
INTERNAL = "_wandb"


def sniff(probe: Probe) -> float:
    """The four letters it opens with."""
    return 0.99 if probe.head.startswith(MAGIC) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """History as points, config as parameters, console output as story."""
    reader = _Records()
    writer = RunWriter()
    story = Story()
    exit_code: int | None = None
    seen = 0
    for record in reader.read(blocks(source)):
        for field, _kind, value in fields(record):
            if not isinstance(value, bytes):
                continue
            seen += 1
            if field == HISTORY:
                yield from _history(value, writer)
                story.progress()
            elif field == EXIT:
                exit_code = next(
                    (code for number, _k, code in fields(value) if number == 1 and isinstance(code, int)), 0
                )
            else:
                yield from _other(field, value, story, seen)
    yield from writer.rest()
    if not seen:
        raise ToolError(f"{source.path} holds no complete W&B record.")
    if reader.damage:
        yield SkippedLine(seen, "", reader.damage)
    yield from story.rest("")
    if exit_code is not None:
        yield RunInfo(status="finished" if exit_code == 0 else "crashed", crash=story.root if exit_code else None)


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


def _items(message: bytes, number: int) -> Iterator[tuple[str, object]]:
    """(key, value) of the repeated item field of a history or config record."""
    for field, _kind, item in fields(message):
        if field != number or not isinstance(item, bytes):
            continue
        parts = [(inner, value) for inner, _k, value in fields(item) if isinstance(value, bytes)]
        key = next((value for inner, value in parts if inner == KEY), b"").decode("utf-8", errors="replace")
        nested = [value.decode("utf-8", errors="replace") for inner, value in parts if inner == NESTED_KEY]
        text = next((value for inner, value in parts if inner == VALUE_JSON), b"null")
        try:
            yield key or ".".join(nested), json.loads(text)
        except (ValueError, RecursionError):
            continue


def _history(message: bytes, writer: RunWriter) -> Iterator[Part]:
    record = dict(_items(message, 1))
    steps = [_number(value) for field, _kind, value in fields(message) if field == 2 and isinstance(value, bytes)]
    at = scalar(record.pop("_step", None))
    values = {name: value for name, raw in flat(record) if (value := scalar(raw)) is not None}
    where = at if at is not None else float(steps[0]) if steps else NAN
    yield from writer.row(values, where, scalar(record.get("epoch")) or NAN, clock(record.get("_timestamp")))


def _number(message: bytes) -> int:
    return next((value for field, _kind, value in fields(message) if field == 1 and isinstance(value, int)), 0)


def _other(field: int, message: bytes, story: Story, line: int) -> Iterator[Part]:
    if field == CONFIG:
        yield from params_of(_settings(message))
    elif field == RUN:
        yield from _run(message)
    elif field == OUTPUT_RAW:
        text = next((value for number, _k, value in fields(message) if number == 3 and isinstance(value, bytes)), b"")
        for one in text.decode("utf-8", errors="replace").splitlines():
            yield from story.tell(line, one, "", "")


def _settings(message: bytes) -> Mapping[str, object]:
    return {key: value for key, value in _items(message, 1) if not key.startswith(INTERNAL)}


def _run(message: bytes) -> Iterator[Part]:
    texts = {field: value for field, _kind, value in fields(message) if isinstance(value, bytes)}
    name, project = (texts.get(field, b"").decode("utf-8", errors="replace") or None for field in (8, 3))
    yield RunInfo(name=name, project=project, status="running")
    if 4 in texts:
        yield from params_of(_settings(texts[4]))


FORMAT = Format("wandb", "W&B run files (.wandb)", "wandb, online and offline", sniff, parse)
