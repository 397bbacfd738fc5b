"""A command of the user's own: it gets each event as JSON on stdin and in its environment, and no shell is involved."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
from contextlib import suppress

from agent.watch.document import as_json, as_text
from agent.watch.events import TO_BE_TOLD, WatchEvent
from tools.errors import ToolError

SECONDS = 30.0
"""A command that takes longer is ended."""


class Command:
    """Runs a command for each event. What is logged reaches it as data only: no word of it is made from an event."""

    name, kinds = "command", TO_BE_TOLD

    def __init__(self, command: str, seconds: float = SECONDS) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise ToolError(f"The command {command!r} cannot be read: {error}.") from None
        if not self._words:
            raise ToolError("The command is empty.")
        self._seconds = seconds

    async def send(self, event: WatchEvent) -> None:
        """Run it. ToolError where it cannot be run, fails, or takes too long."""
        text = json.dumps(as_json(event), allow_nan=False)
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                env={**os.environ, **_variables(event, text)},
                start_new_session=True,
            )
        except OSError as error:
            raise ToolError(f"{self._words[0]} cannot be run: {error.strerror}.") from None
        try:
            async with asyncio.timeout(self._seconds):
                await process.communicate(text.encode())
        except TimeoutError:
            raise ToolError(f"{self._words[0]} took longer than {self._seconds:g} seconds and was ended.") from None
        finally:
            if process.returncode is None:
                _end(process.pid)
                await process.wait()
        if process.returncode:
            raise ToolError(f"{self._words[0]} ended with status {process.returncode}.")


def _end(group: int) -> None:
    """End the command with whatever it has started."""
    # It may have ended by itself just now.
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _variables(event: WatchEvent, text: str) -> dict[str, str]:
    said = {
        "EVENT": text,
        "KIND": event.kind,
        "RUN": event.label,
        "PATH": event.path,
        "FINDING": event.finding,
        "SEVERITY": event.severity or "",
        "TEXT": as_text(event),
    }
    return {f"RUNWHY_{name}": value.replace("\0", "") for name, value in said.items()}
