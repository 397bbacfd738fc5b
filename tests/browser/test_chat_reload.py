"""An answer that is still being written goes on at the page that is opened next; one that a server left is told."""

from __future__ import annotations

import asyncio
import signal
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.models.openai_server import KEY, Call, Exchange, OpenAIServer, Reply, Say
from tests.browser.conftest import chat_server, served
from tests.browser.person import is_answer, passer_by


class Slow:
    """A model that calls a tool, and answers when it is let."""

    def __init__(self) -> None:
        self.asked, self.let = threading.Event(), threading.Event()

    def __call__(self, exchange: Exchange) -> Reply:
        if not exchange.results:
            return Say(calls=(Call("diagnose", {"run": "7"}),))
        self.asked.set()
        self.let.wait(60)
        return Say("It diverged, as the results show.")


@pytest.fixture
def model() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.let.set()


async def begun(url: str, model: Slow) -> str:
    """A conversation whose page was closed in the middle of an answer."""
    async with passer_by(url).at() as page:
        await page.say("Why did run 7 diverge?")
        thread = str((await page.until("first_interaction"))["thread_id"])
        assert await asyncio.to_thread(model.asked.wait, 60)
    return thread


def said(thread: dict[str, Any]) -> list[str]:
    return [step["output"] for step in thread["steps"] if is_answer(step)]


def test_an_answer_goes_on_after_a_reload_may_be_stopped_and_is_told_when_the_server_was_killed(
    tmp_path: Path, model: Slow
) -> None:
    async def taken_over(url: str) -> None:
        thread = await begun(url, model)
        async with passer_by(url).at(thread) as page:
            assert said(await page.until("resume_thread")) == []
            await page.until("task_start")
            model.let.set()
            assert "as the results show" in (await page.told("It diverged"))["output"]
            await page.until("task_end", after=place(page.heard, "task_start"))

    async def stopped(url: str) -> None:
        model.asked.clear()
        model.let.clear()
        thread = await begun(url, model)
        async with passer_by(url).at(thread) as page:
            await page.until("task_start")
            await page.client.emit("stop")
            await page.told("stopped")
            await page.until("task_end", after=place(page.heard, "task_start"))
            model.let.set()
        async with passer_by(url).at(thread) as page:
            kept = await page.until("resume_thread")
            assert not [one for one in said(kept) if "was not answered" in one]

    async def told(url: str, thread: str) -> None:
        async with passer_by(url).at(thread) as page:
            kept = await page.until("resume_thread")
            assert said(kept)[-1].startswith("This question was not answered")
            assert all(step["end"] for step in kept["steps"] if step["type"] == "tool")

    with OpenAIServer({"m": model}) as server:
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url, "RUNWHY_MODEL": "openai:m"}
        with served(tmp_path, (), env, signal.SIGKILL) as url:
            asyncio.run(taken_over(url))
            asyncio.run(stopped(url))
            model.asked.clear()
            model.let.clear()
            thread = asyncio.run(begun(url, model))
        with chat_server(tmp_path, **env) as url:
            asyncio.run(told(url, thread))


def place(heard: list[tuple[str, Any]], event: str) -> int:
    return max(n for n, (name, _) in enumerate(heard) if name == event)


def test_the_uploads_of_one_conversation_are_not_seen_in_another(server: str) -> None:
    first, second = passer_by(server), passer_by(server)
    assert "secret_run" in asyncio.run(first.ask("List all runs", upload="secret_run.csv"))
    assert "secret_run" not in asyncio.run(second.ask("List all runs"))


def test_a_conversation_of_nobody_is_not_found(server: str) -> None:
    async def asked() -> str:
        async with passer_by(server).at(str(uuid.uuid4())) as page:
            return str(await page.until("resume_thread_error"))

    assert "not found" in asyncio.run(asked())
