"""What an archive may be: how many files, how many bytes, under which names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import PurePosixPath

from tools.errors import ToolError

MAX_MEMBERS = 100_000
MAX_BYTES = 8 << 30
MAX_RATIO = 250
"""Logs shrink to a twentieth, rarely to a hundredth; a bomb of zeros to a thousandth or less."""
RATIO_FROM = 64 << 20
LONGEST_NAME = 200
DEEPEST = 32
_DRIVE = re.compile(r"[A-Za-z]:")


class TooMuch(ToolError):
    """An archive that goes beyond a limit: nothing of it is kept."""


class NoLogs(ToolError):
    """An archive in good order that holds nothing to read."""


@dataclass
class Room:
    """What archives may unpack to together."""

    size: int
    taken: int = 0

    def take(self, size: int) -> None:
        """Count unpacked bytes."""
        self.taken += size
        if self.taken > self.size:
            raise TooMuch(
                f"it unpacks to more than the {self.size >> 20:,} MB that all archives here may take together.",
                "Unpack it yourself and open the folder: `runwhy chat FOLDER`.",
            )


_ROOM: ContextVar[Room | None] = ContextVar("room", default=None)


@contextmanager
def within(size: int) -> Iterator[None]:
    """Let all that is unpacked in here take so many bytes together."""
    token = _ROOM.set(Room(size))
    try:
        yield
    finally:
        _ROOM.reset(token)


@dataclass
class Budget:
    """What one archive may still give, the archives inside it included. `packed` is its size in bytes; `working` is
    called now and then while it is unpacked."""

    packed: int
    working: Callable[[], None] = lambda: None
    members: int = 0
    taken: int = 0

    def member(self) -> None:
        """Count a member."""
        self.working()
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise TooMuch(f"it holds more than {MAX_MEMBERS:,} files.", "Unpack it yourself and give the folder.")

    def take(self, size: int) -> None:
        """Count unpacked bytes."""
        self.working()
        if room := _ROOM.get():
            room.take(size)
        self.taken += size
        if self.taken > MAX_BYTES:
            raise TooMuch(f"it unpacks to more than {MAX_BYTES >> 30} GB.", "Unpack it yourself and give the folder.")
        if self.taken > RATIO_FROM and self.taken > MAX_RATIO * self.packed:
            raise TooMuch(f"it unpacks to more than {MAX_RATIO} times its size, as no log does.")


def safe_name(member: str) -> PurePosixPath | None:
    """Where a member may be put, below the folder of its archive; None when its name leads elsewhere."""
    plain = member.replace("\\", "/")
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    outside = plain.startswith("/") or ".." in parts or "\0" in plain or bool(_DRIVE.match(plain))
    too_long = len(parts) > DEEPEST or any(len(part.encode(errors="replace")) > LONGEST_NAME for part in parts)
    return None if outside or too_long or not parts else PurePosixPath(*parts)
