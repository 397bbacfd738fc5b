"""How a log format is declared: one module of this package with a module-level `FORMAT`; nothing else is edited."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from tools.records import Part

HEAD_BYTES = 1 << 16


WIDE_BYTES = 64
_PLAIN = frozenset(b"\t\n\r\x1b" + bytes(range(32, 127)))
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(head: bytes) -> str:
    """The encoding that a byte order mark names, UTF-16 where every other byte is zero, else UTF-8."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), _wide(head[:WIDE_BYTES]) or "utf-8")


def _wide(head: bytes) -> str:
    """Which UTF-16 without a byte order mark a text in Latin letters is; "" where it is none."""
    for first, name in ((0, "utf-16-le"), (1, "utf-16-be")):
        letters, zeros = head[first::2], head[1 - first :: 2]
        if len(zeros) > 1 and not any(zeros) and all(letter in _PLAIN for letter in letters):
            return name
    return ""


@dataclass(frozen=True)
class Probe:
    """What sniffing may look at: the path and the first 64 KiB. Sniffing never opens the file itself."""

    path: Path
    head: bytes
    size: int

    @cached_property
    def text(self) -> str:
        """The head as text, undecodable bytes replaced."""
        return self.head.decode(encoding_of(self.head), errors="replace")

    @property
    def is_text(self) -> bool:
        """Whether the file opens without zero bytes, but for those of a UTF-16 text and of holes within a text."""
        opening = self.head[:4096]
        if b"\0" not in opening or encoding_of(self.head).startswith("utf-16"):
            return True
        rest = opening.replace(b"\0", b"")
        return len(rest) >= WIDE_BYTES and b"\n" in rest and not rest.translate(None, bytes(_PLAIN))


@dataclass(frozen=True)
class Source:
    """A file to read. `progress` is called with the number of bytes consumed since the last call.

    spare: so many bytes at the end are not to be read, for they are half a number.
    """

    path: Path
    progress: Callable[[int], None] = lambda _bytes: None
    spare: int = 0

    def open(self) -> io.BufferedReader:
        """The file for reading, without what is to be spared."""
        file = self.path.open("rb")
        if not self.spare:
            return file
        return io.BufferedReader(_Shortened(file, self.path.stat().st_size - self.spare))


class _Shortened(io.RawIOBase):
    """The beginning of a file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """The next bytes up to where it ends."""
        room = memoryview(buffer)
        block = self._file.read(max(0, min(len(room), self._size - self._file.tell())))
        room[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()


def _alone(_path: Path) -> Sequence[Path]:
    return ()


@dataclass(frozen=True)
class Format:
    """`sniff` gives a confidence from 0 (not this) to 1 (certainly); the highest wins. `parse` streams parts and raises
    ToolError only when nothing at all can be read; single bad lines become SkippedLine parts. `beside` names the other
    files that reading a log takes in: when one of them changes, the log has changed. `most` is the highest confidence
    that `sniff` ever gives: where another format is as sure, it need not look."""

    name: str
    title: str
    writers: str
    sniff: Callable[[Probe], float]
    parse: Callable[[Source], Iterator[Part]]
    beside: Callable[[Path], Sequence[Path]] = _alone
    most: float = 1.0
