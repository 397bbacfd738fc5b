"""Protocol buffers on the wire: field number, kind, value. Enough to walk a message without its schema."""

from __future__ import annotations

from collections.abc import Iterator


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The variable-length integer at a place, and the place behind it; (0, len) where the data ends too early."""
    value = shift = 0
    size = len(data)
    while at < size and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    return 0, size


def fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """(field number, kind, value); kinds 0 integer, 1 eight bytes, 2 some bytes, 5 four bytes. Stops at damage."""
    at, size = 0, len(data)
    while at < size:
        key = data[at]
        at += 1
        if key >= 0x80:
            key, at = varint(data, at - 1)
        kind = key & 7
        value: int | bytes
        if kind == 0:
            value, at = varint(data, at)
        elif kind in (1, 5):
            end = at + (8 if kind == 1 else 4)
            if end > size:
                return
            value, at = data[at:end], end
        elif kind == 2:
            length, at = varint(data, at)
            if at + length > size:
                return
            value, at = data[at : at + length], at + length
        else:
            return
        yield key >> 3, kind, value
