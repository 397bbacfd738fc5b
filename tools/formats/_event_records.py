"""The records of an event file: length, its checksum, an event, its checksum.

Of events that hold pictures or graphs what is small is kept; the rest is stepped over and never loaded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from tools.errors import ToolError
from tools.formats._base import Source
from tools.formats._lines import BLOCK_BYTES
from tools.formats._proto import varint

LENGTH = struct.Struct("<Q")
HEADER, FOOTER = 12, 4

LARGE = 1 << 20
"""Events up to this size, a block of the file, are taken as they are."""
LARGEST_VALUE = 1 << 16
MOST_FIELDS = 100_000
SUMMARY, VALUE = 5, 1
_KEY_BYTES = 20
_FIXED = {1: 8, 5: 4}


Frames = tuple[bytes, list[int], list[int]]


def frames(source: Source) -> Iterator[Frames | None]:
    """Blocks of the file with the offset and size of each whole event in them; None where the last is incomplete."""
    try:
        file = source.open()
    except OSError as error:
        raise ToolError(f"{source.path}: {error.strerror or error}.") from error
    with file:
        size, rest, begins = source.path.stat().st_size, b"", 0
        while block := file.read(BLOCK_BYTES):
            source.progress(len(block))
            rest += block
            at, offsets, sizes = _whole(rest)
            if offsets:
                yield rest, offsets, sizes
            rest, begins = rest[at:], begins + at
            if len(rest) >= HEADER and (event := LENGTH.unpack_from(rest)[0]) > LARGE:
                end = begins + HEADER + event + FOOTER
                if end > size:
                    break
                kept = _small_parts(file, begins + HEADER, end - FOOTER)
                yield kept, [0], [len(kept)]
                source.progress(end - begins - len(rest))
                file.seek(end)
                rest, begins = b"", end
    if rest:
        yield None


def _whole(data: bytes) -> tuple[int, list[int], list[int]]:
    """Where the first incomplete event begins; the offset and size of each before it."""
    at, offsets, sizes = 0, [], []
    while at + HEADER <= len(data):
        size = LENGTH.unpack_from(data, at)[0]
        end = at + HEADER + size + FOOTER
        if end > len(data):
            break
        offsets.append(at + HEADER)
        sizes.append(size)
        at = end
    return at, offsets, sizes


def _small_parts(file: BinaryIO, start: int, end: int) -> bytes:
    """The event between two places of a file, without the graphs and pictures in it."""
    kept = b""
    for number, head, at, stop in _fields(file, start, end):
        if number == SUMMARY:
            values = b"".join(_bytes(file, *place) for place in _values(file, at, stop))
            kept += _varint(SUMMARY << 3 | 2) + _varint(len(values)) + values
        elif stop - head <= LARGEST_VALUE:
            kept += _bytes(file, head, stop)
    return kept


def _values(file: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int]]:
    for number, head, _at, stop in _fields(file, start, end):
        if number == VALUE and stop - head <= LARGEST_VALUE:
            yield head, stop


def _fields(file: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(number, where it begins, where its value begins, where it ends) of each field; stops at damage."""
    head = start
    for _ in range(MOST_FIELDS):
        if head >= end:
            return
        near = _bytes(file, head, min(end, head + _KEY_BYTES))
        key, used = varint(near, 0)
        kind = key & 7
        if kind == 0:
            size = varint(near, used)[1] - used
        elif kind == 2:
            size, used = varint(near, used)
        elif kind in _FIXED:
            size = _FIXED[kind]
        else:
            return
        stop = head + used + size
        if stop > end or stop <= head:
            return
        yield key >> 3, head, head + used, stop
        head = stop


def _bytes(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(end - start)


def _varint(number: int) -> bytes:
    text = bytearray()
    while number >= 0x80:
        text.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*text, number])
