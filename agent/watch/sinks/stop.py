"""Stopping a training that is beyond saving: only when asked for, and only for what is critical and certain."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

from agent.watch.document import as_json
from agent.watch.events import TO_ACT_ON, WatchEvent
from agent.watch.sinks import Unreachable
from agent.watch.sinks.command import Command
from tools.errors import ToolError
from tools.store.files import replace

RUN = "{run}"


class StopFile:
    """Writes a file that the training looks for when a finding is certain. `{run}` in its name stands for the run."""

    name, kinds = "stop file", TO_ACT_ON

    def __init__(self, file: str) -> None:
        self._file = file

    async def send(self, event: WatchEvent) -> None:
        """Write it."""
        path = Path(self._file.replace(RUN, re.sub(r"[^\w.-]|^\.+", "_", event.label))).expanduser()
        await asyncio.to_thread(replace, path, json.dumps(as_json(event), indent=1) + "\n")


class StopCommand:
    """Runs a command when a finding is certain, once for each run."""

    name, kinds = "stop command", TO_ACT_ON

    def __init__(self, command: str) -> None:
        self._command = Command(command)
        self._stopped: set[str] = set()

    async def send(self, event: WatchEvent) -> None:
        """Run it. Unreachable where it fails: the training goes on, and what stops it may work later."""
        if event.run in self._stopped:
            return
        try:
            await self._command.send(event)
        except ToolError as error:
            raise Unreachable(str(error)) from None
        self._stopped.add(event.run)
