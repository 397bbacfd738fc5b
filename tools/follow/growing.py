"""A log that is still being written, as its reader sees it: where the file ends for now the reader waits.

A reader is a generator that pulls bytes. In a greenlet it is put aside in the middle of that, with all that it has
learned of the file, and goes on there when there is more; no reader has to know of it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from greenlet import getcurrent

from tools.formats import Source
from tools.formats._held_back import Ask


@dataclass
class Tide:
    """How far the file may be read for now, and how far it was. ended: there is no more to come.

    turn: counts the files that have taken the place of the first one; the reader goes on at their beginning.
    """

    limit: int = 0
    place: int = 0
    ended: bool = False
    turn: int = 0
    file: io.FileIO | None = None
    asked: list[Ask] = field(default_factory=list)
    """How to ask for what readers hold back."""

    @property
    def is_reached(self) -> bool:
        """Whether all that may be read has been."""
        return self.place >= self.limit


@dataclass(frozen=True)
class GrowingSource(Source):
    """A source that waits at its end."""

    tide: Tide = field(default_factory=Tide)

    def open(self) -> io.BufferedReader:
        """The file for reading; it answers what readers ask of one."""
        return cast("io.BufferedReader", _Growing(self.path, self.tide))


class _Growing(io.RawIOBase):
    """A file of which a read gives what is there, and waits in the greenlet's parent where there is nothing."""

    def __init__(self, path: Path, tide: Tide) -> None:
        self._path = path
        self._tide = tide
        self._turn = tide.turn
        self._file = tide.file = path.open("rb", buffering=0)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """Any place in it can be read."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The place where it is."""
        return self._file.tell()

    def readinto(self, buffer: Any, /) -> int:
        """The next bytes, at least one unless the file has ended."""
        room, tide = memoryview(buffer), self._tide
        while room:
            if self._turn != tide.turn:
                self._turn_over()
            place = self._file.tell()
            count = self._file.readinto(room[: max(0, tide.limit - place)]) or 0
            tide.place = max(tide.place, place + count)
            if count or tide.ended:
                return count
            getcurrent().parent.switch()
        return 0

    def _turn_over(self) -> None:
        self._file.close()
        self._file = self._tide.file = self._path.open("rb", buffering=0)
        self._turn = self._tide.turn

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()
