"""Many TensorBoard events at once: events of one size and shape differ only in time, step and value."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.formats._proto import varint
from tools.records import Floats

Bytes = NDArray[np.uint8]
LARGEST, MOST_SHAPES = 512, 64
_WALL, _STEP = slice(1, 9), 10
_FLOAT = struct.Struct("<f")


@dataclass(frozen=True)
class Scalar:
    """What a single event says when it says one number."""

    tag: str
    value: float
    step: float
    wall: float


@dataclass(frozen=True)
class Shape:
    """The bytes that all events of this shape share, where its step ends and where its value begins."""

    fixed: Bytes
    where: NDArray[np.intp]
    step_end: int
    value_at: int
    tag: str

    def of(self, events: Bytes) -> NDArray[np.bool_]:
        """Which of the events (rows of bytes) have this shape."""
        same = (events[:, self.where] == self.fixed).all(axis=1)
        step = events[:, _STEP : self.step_end]
        ends = (step[:, -1] < 0x80) & (step[:, :-1] >= 0x80).all(axis=1) if step.shape[1] else True
        return np.asarray(same & ends)

    def read(self, events: Bytes) -> tuple[Floats, Floats, Floats]:
        """Step, wall time and value of events of this shape."""
        step = np.zeros(len(events), dtype=np.int64)
        for place in range(self.step_end - _STEP):
            step |= (events[:, _STEP + place].astype(np.int64) & 0x7F) << (7 * place)
        wall = np.ascontiguousarray(events[:, _WALL]).view("<f8")[:, 0]
        value = np.ascontiguousarray(events[:, self.value_at : self.value_at + 4]).view("<f4")[:, 0]
        return step.astype(np.float64), wall, value.astype(np.float64)


def shape_of(event: bytes, scalar: Scalar) -> Shape | None:
    """The shape of an event that holds one float, or None where its value cannot be told from the rest."""
    if event[:1] != b"\x09" or event[9:10] != b"\x10" or scalar.step < 0:
        return None
    end = varint(event, _STEP)[1]
    value_at = event.rfind(_FLOAT.pack(scalar.value)) if abs(scalar.value) < 3e38 else -1
    if value_at < end or event[value_at - 1] not in (0x15, 0x04) or end - _STEP > 8:
        return None
    where = np.array([at for at in range(len(event)) if at == 0 or at == 9 or at >= end], dtype=np.intp)
    where = where[(where < value_at) | (where >= value_at + 4)]
    return Shape(np.frombuffer(event, dtype=np.uint8)[where], where, end, value_at, scalar.tag)


@dataclass(frozen=True)
class Batch:
    """Scalars of some events: the number of the event each stands in, and what it says."""

    event: NDArray[np.intp]
    tag: str
    step: Floats
    wall: Floats
    value: Floats


class Shapes:
    """Learns the shapes of a file's events."""

    def __init__(self, single: Callable[[bytes], Scalar | None]) -> None:
        self._single = single
        self._known: dict[int, list[Shape]] = {}

    def read(self, data: bytes, offsets: Sequence[int], sizes: Sequence[int]) -> tuple[list[Batch], NDArray[np.intp]]:
        """Batches of scalars, and the events that have to be read one by one."""
        everything = np.frombuffer(data, dtype=np.uint8)
        start, size = np.asarray(offsets, dtype=np.intp), np.asarray(sizes, dtype=np.intp)
        batches: list[Batch] = []
        single = [np.flatnonzero(size > LARGEST)]
        for one in np.unique(size[size <= LARGEST]):
            rows = np.flatnonzero(size == one)
            events = everything[start[rows][:, None] + np.arange(one)]
            single.append(self._of_size(int(one), rows, events, batches))
        return batches, np.sort(np.concatenate(single))

    def _of_size(self, size: int, rows: NDArray[np.intp], events: Bytes, batches: list[Batch]) -> NDArray[np.intp]:
        known = self._known.setdefault(size, [])
        tried = 0
        while len(rows) and tried <= MOST_SHAPES:
            if tried >= len(known):
                event = events[0].tobytes()
                scalar = self._single(event)
                shape = None if scalar is None else shape_of(event, scalar)
                if shape is None:
                    break
                known.append(shape)
            shape = known[tried]
            tried += 1
            fits = shape.of(events)
            if fits.any():
                batches.append(Batch(rows[fits], shape.tag, *shape.read(events[fits])))
                rows, events = rows[~fits], events[~fits]
        return rows
