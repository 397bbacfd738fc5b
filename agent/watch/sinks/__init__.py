"""Where events go: each sink has a queue of its own, so that a slow one holds up neither the watcher nor the others."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from agent.watch.events import Kind, WatchEvent
from tools.amounts import counted
from tools.errors import ToolError
from tools.redaction import redacted

log = logging.getLogger(__name__)
MOST_WAITING = 1000
CLOSING_SECONDS = 15.0
"""What is still to be sent when the watcher ends has so long."""
FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 5.0, 300.0, 86_400.0
"""Seconds until an event is tried again that nobody took: twice as long each time, and for a day at most."""


class Unreachable(ToolError):
    """Nobody takes the event now. That may pass, as a night without a network does."""


class Sink(Protocol):
    """Takes events of some kinds one by one. Where it raises Unreachable the event is tried again, before those behind
    it; any other error is told, and the next event is tried all the same."""

    name: str
    kinds: frozenset[Kind]

    async def send(self, event: WatchEvent) -> None:
        """Hand an event on."""


class Outlets:
    """All sinks of a watcher. `failures` counts what could not be handed on. pause: seconds before a second try."""

    def __init__(self, sinks: Sequence[Sink], pause: float = FIRST_PAUSE) -> None:
        self.failures = 0
        self._pause = pause
        self._waiting = 0
        self._closing = asyncio.Event()
        self._queues = [(sink, asyncio.Queue[WatchEvent](MOST_WAITING)) for sink in sinks]
        self._tasks = [asyncio.create_task(self._serve(sink, queue)) for sink, queue in self._queues]

    def put(self, event: WatchEvent) -> None:
        """Hand an event to every sink of its kind. One that is a thousand behind loses it, and that is told."""
        for queue in (queue for sink, queue in self._queues if event.kind in sink.kinds):
            try:
                queue.put_nowait(event)
                self._waiting += 1
            except asyncio.QueueFull:
                self.failures += 1
                log.error("an event was lost: a sink is %d events behind", MOST_WAITING)

    async def _serve(self, sink: Sink, queue: asyncio.Queue[WatchEvent]) -> None:
        while True:
            event = await queue.get()
            try:
                await self._deliver(sink, event)
            except Exception as error:  # noqa: BLE001 - whatever a sink meets, watching goes on
                self.failures += 1
                log.error("%s: %s", sink.name, redacted(f"{type(error).__name__}: {error}"))
            finally:
                self._waiting -= 1
                queue.task_done()

    async def _deliver(self, sink: Sink, event: WatchEvent) -> None:
        began, pause = time.monotonic(), self._pause
        while True:
            last = self._closing.is_set() or time.monotonic() - began > PATIENCE
            try:
                await sink.send(event)
            except (Unreachable, OSError) as error:
                if last:
                    raise
                if pause == self._pause:
                    log.warning("%s: %s It is tried again for a day.", sink.name, redacted(str(error)))
            else:
                if pause != self._pause:
                    log.warning("%s: events are taken again.", sink.name)
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    async def close(self) -> None:
        """Wait for what is still to be sent, but not for ever: what nobody took until now is tried a last time."""
        self._closing.set()
        waiting = asyncio.gather(*(queue.join() for _, queue in self._queues))
        try:
            await asyncio.wait_for(waiting, CLOSING_SECONDS)
        except TimeoutError:
            log.error("not everything could be sent in %.0f seconds", CLOSING_SECONDS)
            self.failures += self._waiting
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.failures:
            log.error("%s could not be handed on.", counted(self.failures, "event"))
