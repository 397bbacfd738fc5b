"""How runs are watched."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WatchOptions:
    """every: seconds between two looks. once: tell all there is to tell now, and end. cooldown: seconds in which what
    was gone and is back is not told again.

    name: what was told is kept under it, so that the next watcher of this name does not tell it again; "" keeps
    nothing.
    """

    every: float = 2.0
    once: bool = False
    cooldown: float = 1800.0
    name: str = ""

    @property
    def is_gate(self) -> bool:
        """Whether the logs are judged as they stand, as if nothing more came: once, and every time anew."""
        return self.once and not self.name
