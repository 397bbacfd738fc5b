"""A stream whose beginning is looked at before it is read, and which may be damaged anywhere."""

from __future__ import annotations

import struct
import tarfile
from collections.abc import Iterator

from tools.archives.compression import BLOCK, Damaged, Reads
from tools.formats import HEAD_BYTES

TAR_ERRORS = (tarfile.TarError, ValueError, LookupError, OverflowError, struct.error, EOFError, Damaged)


class Again:
    """A file whose beginning has been read already, from the beginning. Damage comes after what stands before it."""

    def __init__(self, head: bytes, rest: Reads, damage: Damaged | None) -> None:
        self._head = head
        self._rest = rest
        self._damage = damage
        self.size, self.tail = 0, b""

    def read(self, size: int, /) -> bytes:
        """Exactly `size` bytes unless the file ends, as tarfile asks for."""
        pieces, missing = [self._head[:size]], size - len(self._head[:size])
        self._head = self._head[size:]
        while missing and (block := self._more(missing)):
            pieces.append(block)
            missing -= len(block)
        data = b"".join(pieces)
        if not data and self._damage is not None:
            raise self._damage
        self.size, self.tail = self.size + len(data), data[-tarfile.BLOCKSIZE :] or self.tail
        return data

    def _more(self, size: int) -> bytes:
        try:
            return b"" if self._damage is not None else self._rest.read(size)
        except Damaged as error:
            self._damage = error
            return b""


def beginning(plain: Reads) -> tuple[bytes, Damaged | None]:
    """How the plain bytes begin, and the damage that ends them there."""
    head = b""
    try:
        while len(head) < HEAD_BYTES and (block := plain.read(HEAD_BYTES - len(head))):
            head += block
    except Damaged as error:
        return head, error
    return head, None


def in_blocks(content: Reads) -> Iterator[bytes]:
    """All of it, piece by piece. Damaged where it cannot be read on."""
    while True:
        try:
            block = content.read(BLOCK)
        except TAR_ERRORS as error:
            raise Damaged(str(error) or type(error).__name__) from error
        if not block:
            return
        yield block
