"""The stream of events, for whoever shows or sends them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

from agent.settings import Settings, load_settings
from agent.watch.engine import Watcher
from agent.watch.events import WatchEvent
from agent.watch.options import WatchOptions
from tools.errors import ToolError
from tools.store import Progress

log = logging.getLogger(__name__)
SHARE = 3.0
"""After a look that took long the next one waits for so many times as long: others need the machine too."""


async def watching(
    paths: Sequence[str | Path],
    options: WatchOptions | None = None,
    settings: Settings | None = None,
    ending: asyncio.Event | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> AsyncGenerator[WatchEvent]:
    """Events of the runs under the paths until the caller stops listening, or sets `ending`: then the last events are
    where the runs that go on will end. ToolError where settings are wrong. progress: told how far the first reading is.

    What was told is remembered when the caller asks for the next event: who breaks off in the middle is told again.
    """
    logs = [Path(path) for path in paths]
    options, ending = options or WatchOptions(), ending or asyncio.Event()
    watcher = Watcher(logs, options, settings or load_settings(paths=logs))
    # Readers that wait in the middle of a file stay in the thread that began them.
    with ThreadPoolExecutor(1, "watch") as thread:
        on_thread = partial(asyncio.get_running_loop().run_in_executor, thread)
        opening = watcher.open(progress)
        try:
            while (found := await on_thread(_next, opening)) is not None:
                for event in found:
                    yield event
                    await on_thread(watcher.remember)
            while not options.once and not ending.is_set():
                events, spent = await on_thread(_look, watcher)
                for event in events:
                    yield event
                if events:
                    await on_thread(watcher.remember)
                await _pause(0 if events else max(options.every, SHARE * spent), ending)
            for event in () if options.once else await on_thread(watcher.outlooks):
                yield event
        finally:
            await on_thread(opening.close)
            await on_thread(watcher.close)


def _next(opening: Generator[WatchEvent | None]) -> list[WatchEvent] | None:
    """The next event while the watcher opens, if there is one yet; None when it has opened."""
    try:
        event = next(opening)
    except StopIteration:
        return None
    return [] if event is None else [event]


def _look(watcher: Watcher) -> tuple[list[WatchEvent], float]:
    """A look, and the computing time that it took; what does not work now may work the next time, as on a network that
    comes and goes."""
    events: list[WatchEvent] = []
    start = time.thread_time()
    try:
        events.extend(watcher.look())
    except (ToolError, OSError) as error:
        if str(error) != watcher.failure:
            log.warning("a look failed: %s", error)
        watcher.failure = str(error)
    return events, time.thread_time() - start


async def _pause(seconds: float, ending: asyncio.Event) -> None:
    """Wait, but not for one who wants to end."""
    with suppress(TimeoutError):
        await asyncio.wait_for(ending.wait(), seconds)
