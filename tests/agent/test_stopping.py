"""A caller that is cancelled stops the work that it waits for; one that is not leaves it alone."""

from __future__ import annotations

import asyncio
import threading

import pytest

from agent.graph import as_tool
from agent.stopping import in_thread
from tools.results import Result
from tools.stopping import Stopped, go_on


class Work:
    """Works until it is stopped."""

    def __init__(self) -> None:
        self.began, self.ended = threading.Event(), threading.Event()

    def endless(self) -> Result:
        """Compute."""
        self.began.set()
        try:
            while True:
                go_on()
        except Stopped:
            self.ended.set()
            raise


async def test_work_ends_with_the_caller() -> None:
    assert await in_thread(lambda a, b: a + b, 1, b=2) == 3
    work = Work()
    await ends(asyncio.create_task(in_thread(work.endless)), work)


async def test_a_tool_that_the_agent_calls_ends_with_the_question() -> None:
    work = Work()
    await ends(asyncio.create_task(as_tool(work.endless).ainvoke({})), work)


async def ends(task: asyncio.Task[object], work: Work) -> None:
    await asyncio.to_thread(work.began.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(work.ended.wait, 30)
