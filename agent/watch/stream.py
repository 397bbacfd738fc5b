"""The stream of events, for whoever shows or sends them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from agent.settings import Settings, load_settings
from agent.watch.engine import Watcher
from agent.watch.events import WatchEvent
from agent.watch.options import WatchOptions
from tools.errors import ToolError

log = logging.getLogger(__name__)
SHARE = 3.0
"""After a look that took long the next one waits for so many times as long: others need the machine too."""


async def watching(
    paths: Sequence[str | Path],
    options: WatchOptions | None = None,
    settings: Settings | None = None,
    ending: asyncio.Event | None = None,
) -> AsyncGenerator[WatchEvent]:
    """Events of the runs under the paths until the caller stops listening, or sets `ending`: then the last events are
    where the runs that go on will end. ToolError where settings are wrong.

    What was told is remembered when the caller asks for the next event: who breaks off in the middle is told again.
    """
    logs = [Path(path) for path in paths]
    options, ending = options or WatchOptions(), ending or asyncio.Event()
    watcher = Watcher(logs, options, settings or load_settings(paths=logs))
    loop = asyncio.get_running_loop()
    # Readers that wait in the middle of a file stay in the thread that began them.
    with ThreadPoolExecutor(1, "watch") as thread:
        events = await loop.run_in_executor(thread, watcher.open)
        try:
            while True:
                for event in events:
                    yield event
                if events:
                    await loop.run_in_executor(thread, watcher.remember)
                if options.once:
                    return
                if ending.is_set():
                    break
                start = time.monotonic()
                events = await loop.run_in_executor(thread, _look, watcher)
                await _pause(0 if events else max(options.every, SHARE * (time.monotonic() - start)), ending)
            for event in await loop.run_in_executor(thread, watcher.outlooks):
                yield event
        finally:
            await loop.run_in_executor(thread, watcher.close)


def _look(watcher: Watcher) -> list[WatchEvent]:
    """A look; what does not work now may work the next time, as on a network that comes and goes."""
    events: list[WatchEvent] = []
    try:
        events.extend(watcher.look())
    except (ToolError, OSError) as error:
        log.warning("a look failed: %s", error)
    return events


async def _pause(seconds: float, ending: asyncio.Event) -> None:
    """Wait, but not for one who wants to end."""
    with suppress(TimeoutError):
        await asyncio.wait_for(ending.wait(), seconds)
