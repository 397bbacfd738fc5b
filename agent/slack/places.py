"""Where something is said: the talk that a message belongs to, and the desk that the talk works on."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from agent.chat import Desk
from agent.loading import Workspace

DESKS = 64
"""So many conversations are kept at hand; others are opened again from what is kept of them."""


@dataclass(frozen=True)
class Place:
    """A talk: a thread of a channel. In private a talk needs no thread (""), and goes on for as long as the channel."""

    channel: str
    thread: str = ""

    @property
    def is_private(self) -> bool:
        """Whether it is our private talk with somebody."""
        return self.channel.startswith("D")

    @property
    def key(self) -> str:
        """A name for files."""
        return hashlib.sha256(f"{self.channel}/{self.thread}".encode()).hexdigest()[:20]


class Desks:
    """The desk of each talk: its memory, its uploads, what was dismissed in it."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace = workspace
        self._folder = folder
        self._open: OrderedDict[Place, Desk] = OrderedDict()
        self._opening = Lock()

    def of(self, place: Place) -> Desk:
        """The desk of a talk; blocks while it is opened."""
        with self._opening:
            desk = self._open.pop(place, None) or Desk(
                self.workspace, self._folder / place.key, f"slack/{place.channel}/{place.thread}"
            )
            self._open[place] = desk
            while len(self._open) > DESKS:
                self._open.popitem(last=False)
        return desk
