"""Stopping a training that is beyond saving: only when asked for, and only for what is critical and certain."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

from agent.watch.alerts import CERTAIN
from agent.watch.document import as_json
from agent.watch.events import WatchEvent
from agent.watch.sinks.command import Command
from tools.store.files import replace

RUN = "{run}"


def is_certain(event: WatchEvent) -> bool:
    """Whether it tells of a critical finding that is next to certain, and no consequence of another."""
    told = event.kind in ("found", "worse") and event.severity == "critical"
    return told and (event.confidence or 0.0) >= CERTAIN and event.role_in_cascade != "effect"


class StopFile:
    """Writes a file that the training looks for. `{run}` in its name stands for the run."""

    name = "stop file"

    def __init__(self, file: str) -> None:
        self._file = file

    async def send(self, event: WatchEvent) -> None:
        """Write it when an event is certain."""
        if is_certain(event):
            path = Path(self._file.replace(RUN, re.sub(r"[^\w.-]|^\.+", "_", event.label))).expanduser()
            await asyncio.to_thread(replace, path, json.dumps(as_json(event), indent=1) + "\n")


class StopCommand:
    """Runs a command when an event is certain, once for each run."""

    name = "stop command"

    def __init__(self, command: str) -> None:
        self._command = Command(command)
        self._stopped: set[str] = set()

    async def send(self, event: WatchEvent) -> None:
        """Run it when an event is certain."""
        if is_certain(event) and event.run not in self._stopped:
            await self._command.send(event)
            self._stopped.add(event.run)
