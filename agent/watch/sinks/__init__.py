"""Where events go: each sink has a queue of its own, so that a slow one holds up neither the watcher nor the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from agent.watch.events import WatchEvent
from tools.redaction import redacted

log = logging.getLogger(__name__)
MOST_WAITING = 1000
CLOSING_SECONDS = 15.0
"""What is still to be sent when the watcher ends has so long."""


class Sink(Protocol):
    """Takes events one by one. An error that it raises is told, and the next event is tried all the same."""

    name: str

    async def send(self, event: WatchEvent) -> None:
        """Hand an event on."""


class Outlets:
    """All sinks of a watcher. `failures` counts what could not be handed on."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self.failures = 0
        self._queues = [asyncio.Queue[WatchEvent](MOST_WAITING) for _ in sinks]
        self._tasks = [
            asyncio.create_task(self._serve(sink, queue)) for sink, queue in zip(sinks, self._queues, strict=True)
        ]

    def put(self, event: WatchEvent) -> None:
        """Hand an event to every sink. One that is a thousand events behind loses it, and that is told."""
        for queue in self._queues:
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self.failures += 1
                log.error("an event was lost: a sink is %d events behind", MOST_WAITING)

    async def _serve(self, sink: Sink, queue: asyncio.Queue[WatchEvent]) -> None:
        while True:
            event = await queue.get()
            try:
                await sink.send(event)
            except Exception as error:  # noqa: BLE001 - whatever a sink meets, watching goes on
                self.failures += 1
                log.error("%s: %s", sink.name, redacted(f"{type(error).__name__}: {error}"))
            finally:
                queue.task_done()

    async def close(self) -> None:
        """Wait for what is still to be sent, but not for ever."""
        waiting = asyncio.gather(*(queue.join() for queue in self._queues))
        try:
            await asyncio.wait_for(waiting, CLOSING_SECONDS)
        except TimeoutError:
            self.failures += sum(queue.qsize() for queue in self._queues)
            log.error("not everything could be sent in %.0f seconds", CLOSING_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
