"""Where something is said: the talk that a message belongs to, and the desk that the talk works on."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from agent.chat import Desk
from agent.loading import Workspace
from agent.workspace import take_in
from tools.store import Store
from tools.trackers import is_address

FRESH_SECONDS = 5.0
"""So long logs count as unchanged since they were last looked at."""
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
        self._opening, self._reading = Lock(), Lock()
        self._logs = [path for path in workspace.paths if not is_address(path)]
        self._read_at = time.monotonic()

    def fresh(self) -> Store:
        """The shared runs, read again where their logs have grown; blocks."""
        with self._reading:
            if time.monotonic() - self._read_at > FRESH_SECONDS:
                take_in(self.workspace.store, self._logs)
                self._read_at = time.monotonic()
        return self.workspace.store

    def of(self, place: Place) -> Desk:
        """The desk of a talk; blocks while it is opened."""
        self.fresh()
        with self._opening:
            desk = self._open.pop(place, None) or Desk(
                self.workspace, self._folder / place.key, f"slack/{place.channel}/{place.thread}"
            )
            self._open[place] = desk
            while len(self._open) > DESKS:
                self._open.popitem(last=False)
        return desk
