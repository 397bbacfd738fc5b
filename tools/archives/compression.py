"""Compressed bytes to plain ones, a bounded piece at a time, whatever the compression; damage is one kind of error."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from typing import IO, Protocol, cast

from tools.archives.limits import Budget
from tools.errors import ToolError

MAX_DICTIONARY = 256 << 20
"""Memory that an xz or zst file may ask for."""
BLOCK = 1 << 18


class Damaged(Exception):
    """The bytes end or turn to nonsense here."""


class Reads(Protocol):
    """All that is asked of an open file."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""


def is_compressed(head: bytes) -> bool:
    """Whether a file opens as gz, bz2, xz or zst."""
    return any(head.startswith(mark) for mark in _KINDS)


def decompressed(packed: IO[bytes], budget: Budget) -> Reads:
    """The plain bytes of a compressed file; reading counts against the budget and raises Damaged."""
    head = packed.read(8)
    packed.seek(0)
    opener = next(opener for mark, opener in _KINDS.items() if head.startswith(mark))
    return Plain(opener(packed), budget)


class Plain:
    """Reads from something that decompresses."""

    def __init__(self, inner: Reads, budget: Budget) -> None:
        self._read: Callable[[int], bytes] = getattr(inner, "read1", inner.read)
        """What is there at once: a whole block is lost where the file ends within it."""
        self._budget = budget

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        try:
            block = self._read(min(size, BLOCK))
        except (OSError, EOFError, ValueError, RuntimeError, MemoryError, zlib.error, lzma.LZMAError) as error:
            raise Damaged(str(error) or type(error).__name__) from error
        except Exception as error:
            # zstandard is not imported here: its error is only a name.
            if type(error).__name__ not in ("ZstdError", "BadZipFile"):
                raise
            raise Damaged(str(error)) from error
        self._budget.take(len(block))
        return block


class _Xz:
    """xz streams behind each other, with a limit on memory, which lzma.open does not have."""

    def __init__(self, packed: Reads) -> None:
        self._packed = packed
        self._start()

    def _start(self) -> None:
        self._inner = lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=MAX_DICTIONARY)

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        data = b""
        while True:
            if self._inner.eof:
                data = self._inner.unused_data or self._packed.read(BLOCK)
                if not data.strip(b"\0"):
                    return b""
                self._start()
            elif self._inner.needs_input:
                data = self._packed.read(BLOCK)
                if not data:
                    raise EOFError("the file ends in the middle")
            block = self._inner.decompress(data, size)
            data = b""
            if block:
                return block


def _zst(packed: IO[bytes]) -> Reads:
    try:
        import zstandard
    except ImportError as error:
        raise ToolError("reading zst needs the package zstandard.", "pip install 'runwhy[zstd]'") from error
    inner = zstandard.ZstdDecompressor(max_window_size=MAX_DICTIONARY)
    return cast(Reads, inner.stream_reader(packed, read_across_frames=True))


_KINDS: dict[bytes, Callable[[IO[bytes]], Reads]] = {
    b"\x1f\x8b\x08": lambda packed: cast(Reads, gzip.GzipFile(fileobj=packed)),
    b"BZh": lambda packed: cast(Reads, bz2.BZ2File(packed)),
    b"\xfd7zXZ\0": _Xz,
    b"\x28\xb5\x2f\xfd": _zst,
}
