"""TensorBoard event files, read by hand: records of a length, its checksum, a protobuf Event and its checksum.

Events with graphs, images or histograms are stepped over without decoding them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._event_records import HEADER, LENGTH, frames
from tools.formats._event_text import text_settings
from tools.formats._events import Batch, Scalar, Shapes
from tools.formats._proto import fields, varint
from tools.formats._settings import param
from tools.records import Part, Points, RunInfo, SkippedLine

_DOUBLE, _FLOAT = struct.Struct("<d"), struct.Struct("<f")
EPOCH = ("epoch_",)
NO_SCALARS = (
    "text",
    "hparams",
    "custom_scalars",
    "images",
    "histograms",
    "audio",
    "pr_curves",
    "mesh",
    "figure",
    "projector",
)
_FIXED = {
    1: ("<f", 4),
    2: ("<d", 8),
    3: ("<i", 4),
    4: ("<B", 1),
    5: ("<h", 2),
    6: ("<b", 1),
    9: ("<q", 8),
    22: ("<I", 4),
    23: ("<Q", 8),
}


def sniff(probe: Probe) -> float:
    """The name that every writer uses, or the framing of the first record."""
    named = "tfevents" in probe.path.name and ".profile-empty" not in probe.path.name
    head = probe.head
    if len(head) >= HEADER + 9 and 0 < LENGTH.unpack_from(head)[0] < 1 << 24 and head[HEADER] == 0x09:
        return 0.99
    return 0.8 if named and (not head or len(head) < HEADER + 9) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Every scalar of every event. In files of TensorFlow 2 (Keras) the step of "epoch_loss" is an epoch."""
    events = _Events(by_epoch=EPOCH if source.path.suffix == ".v2" else ())
    for frame in frames(source):
        if frame is None:
            reason = "the last record is incomplete: the file was still being written or was cut off"
            yield SkippedLine(events.count + 1, "", reason)
        else:
            yield from events.read(*frame)
    if not events.count:
        raise ToolError(f"{source.path} holds no complete event.")
    if events.started == events.started:
        yield RunInfo(started_at=events.started, ended_at=events.ended)


def split_of(path: Path) -> str:
    """What `SummaryWriter.add_scalars` was told apart by in this file: it puts {"train": ...} of the tag "loss" into a
    folder "loss_train" of its own. "" for any other file."""
    for frame in frames(Source(path)):
        tags = [part.names[0] for part in _Events().read(*frame) if isinstance(part, Points)] if frame else []
        if tags:
            tag = f"{tags[0].replace('/', '_')}_"
            return path.parent.name.removeprefix(tag) if path.parent.name.startswith(tag) else ""
    return ""


class _Events:
    """Reads events by their shapes, and what has no known shape one by one."""

    def __init__(self, by_epoch: tuple[str, ...] = ()) -> None:
        self.count = 0
        self._by_epoch = by_epoch
        self.started = self.ended = NAN
        self._plugins: dict[str, str] = {}
        self._shapes = Shapes(self._single)

    def read(self, data: bytes, offsets: list[int], sizes: list[int]) -> Iterator[Part]:
        batches, others = self._shapes.read(data, offsets, sizes)
        self.count += len(offsets)
        for index in others:
            scalars = []
            for part in self._event(data[offsets[index] : offsets[index] + sizes[index]]):
                if isinstance(part, Scalar):
                    scalars.append(part)
                else:
                    yield part
            batches += [_alone(int(index), scalar) for scalar in scalars]
        first, last = (_event(data[offsets[at] : offsets[at] + sizes[at]])[0] for at in (0, -1))
        self.started = self.started if self.started == self.started else first
        self.ended = last if last == last else self.ended
        if batches:
            yield _points(batches, self._by_epoch)

    def _event(self, payload: bytes) -> Iterator[Scalar | Part]:
        wall, step, summary = _event(payload)
        if summary is not None:
            yield from _summary(summary, float(step), wall, self._plugins)

    def _single(self, payload: bytes) -> Scalar | None:
        """The event's scalar when it holds one and nothing besides."""
        found = list(self._event(payload))
        return found[0] if len(found) == 1 and isinstance(found[0], Scalar) else None


def _alone(index: int, one: Scalar) -> Batch:
    step, wall, value = (np.array([number]) for number in (one.step, one.wall, one.value))
    return Batch(np.array([index]), one.tag, step, wall, value)


def _points(batches: list[Batch], by_epoch: tuple[str, ...]) -> Points:
    """The batches as one, in the order of the events."""
    names = {tag: index for index, tag in enumerate(dict.fromkeys(batch.tag for batch in batches))}
    order = np.argsort(np.concatenate([batch.event for batch in batches]), kind="stable")
    metric = np.concatenate([np.full(len(batch.event), names[batch.tag], dtype=np.int32) for batch in batches])[order]
    step, wall, value = (
        np.concatenate([getattr(batch, name) for batch in batches])[order] for name in ("step", "wall", "value")
    )
    epochs = np.array([name.startswith(by_epoch) for name in names])[metric]
    return Points(tuple(names), metric, np.where(epochs, NAN, step), np.where(epochs, step, NAN), wall, value)


def _event(payload: bytes) -> tuple[float, int, bytes | None]:
    wall, step, summary = NAN, 0, None
    for field, kind, value in fields(payload):
        if field == 1 and kind == 1:
            wall = _DOUBLE.unpack(value)[0] if isinstance(value, bytes) else NAN
        elif field == 2 and isinstance(value, int):
            step = value - (1 << 64) if value >> 63 else value
        elif field == 5 and isinstance(value, bytes):
            summary = value
    return wall, step, summary


def _summary(summary: bytes, step: float, wall: float, plugins: dict[str, str]) -> Iterator[Scalar | Part]:
    for field, _kind, value in fields(summary):
        if field != 1 or not isinstance(value, bytes):
            continue
        tag, number, tensor, plugin, content = _value(value)
        if plugin:
            plugins[tag] = plugin
            if plugin == "hparams":
                yield from _hparams(content)
            elif plugin == "text" and tensor is not None:
                yield from text_settings(tag, tensor)
        if number is None and tensor is not None and plugins.get(tag, "scalars") not in NO_SCALARS:
            number = _tensor(tensor)
        if number is not None:
            yield Scalar(tag, number, step, wall)


def _value(value: bytes) -> tuple[str, float | None, bytes | None, str, bytes]:
    tag, number, tensor, plugin, content = "", None, None, "", b""
    for field, kind, inner in fields(value):
        if not isinstance(inner, bytes):
            continue
        if field == 1:
            tag = inner.decode("utf-8", errors="replace")
        elif field == 2 and kind == 5:
            number = _FLOAT.unpack(inner)[0]
        elif field == 8:
            tensor = inner
        elif field == 9:
            plugin, content = _plugin(inner)
    return tag, number, tensor, plugin, content


def _plugin(metadata: bytes) -> tuple[str, bytes]:
    name, content = "", b""
    for field, _kind, data in fields(metadata):
        if field == 1 and isinstance(data, bytes):
            for inner, _inner_kind, value in fields(data):
                if inner == 1 and isinstance(value, bytes):
                    name = value.decode("utf-8", errors="replace")
                elif inner == 2 and isinstance(value, bytes):
                    content = value
    return name, content


def _tensor(tensor: bytes) -> float | None:
    """The single number in a TensorProto: its raw content, or the first of its typed values."""
    dtype, content, typed = 0, b"", None
    for field, kind, value in fields(tensor):
        if field == 1 and isinstance(value, int):
            dtype = value
        elif field == 2 and isinstance(value, bytes) and any(size != 1 for size in _dimensions(value)):
            return None
        elif field == 4 and isinstance(value, bytes):
            content = value
        elif field in (5, 6, 7, 10, 16, 17) and typed is None:
            typed = _typed(field, kind, value)
    if content and dtype in _FIXED and len(content) == _FIXED[dtype][1]:
        return float(struct.unpack(_FIXED[dtype][0], content)[0])
    return typed


def _dimensions(shape: bytes) -> Iterator[int]:
    for field, _kind, dimension in fields(shape):
        if field == 2 and isinstance(dimension, bytes):
            yield next((size for inner, _k, size in fields(dimension) if inner == 1 and isinstance(size, int)), 0)


def _typed(field: int, kind: int, value: int | bytes) -> float | None:
    if isinstance(value, int):
        return float(value - (1 << 64) if value >> 63 else value)
    if field == 5 and len(value) >= 4:
        return float(_FLOAT.unpack_from(value)[0])
    if field == 6 and len(value) >= 8:
        return float(_DOUBLE.unpack_from(value)[0])
    if kind == 2 and value:
        return float(varint(value, 0)[0])
    return None


def _hparams(content: bytes) -> Iterator[Part]:
    """Hyperparameters of HParamsPluginData.session_start_info.hparams (a map of names to values)."""
    for field, _kind, info in fields(content):
        if field != 3 or not isinstance(info, bytes):
            continue
        for inner, _inner_kind, entry in fields(info):
            if inner == 1 and isinstance(entry, bytes):
                parts = {number: value for number, _k, value in fields(entry)}
                name, value = parts.get(1), parts.get(2)
                if isinstance(name, bytes) and isinstance(value, bytes):
                    yield param(name.decode("utf-8", errors="replace"), _protobuf_value(value))


def _protobuf_value(value: bytes) -> object:
    for field, kind, inner in fields(value):
        if field == 2 and kind == 1 and isinstance(inner, bytes):
            number = _DOUBLE.unpack(inner)[0]
            return int(number) if number == number and abs(number) < 1e15 and number == int(number) else number
        if field == 3 and isinstance(inner, bytes):
            return inner.decode("utf-8", errors="replace")
        if field == 4 and isinstance(inner, int):
            return bool(inner)
    return None


FORMAT = Format(
    "tensorboard",
    "TensorBoard event files",
    "TensorFlow, Keras, PyTorch SummaryWriter, tensorboardX, Lightning, RLlib",
    sniff,
    parse,
)
