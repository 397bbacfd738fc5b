"""What the agent adds to a question that a model answers at once, beside LangChain's own loop with the same model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from unittest.mock import patch

from langchain.agents import create_agent
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolCall
from langchain_core.runnables import Runnable
from pydantic import SecretStr

from agent.session import Session
from agent.settings import Settings
from evals.samples import samples_path
from tools.store import Store

QUESTIONS = 20
"""So many are asked, each in a session of its own."""
QUESTION = "which runs are there?"
CALL = ToolCall(name="query_metrics", args={"sql": "select run, max(step) as step from metrics group by run"}, id="c")
ANSWER = "The steps of each run stand in the table; run-7 went to step 1200."


class Canned(FakeMessagesListChatModel):
    """Calls the tool, then answers, without taking any time."""

    def bind_tools(self, *_: object, **__: object) -> Runnable[LanguageModelInput, AIMessage]:
        """It knows its one call."""
        return self


def _canned() -> Canned:
    return Canned(responses=[AIMessage("", tool_calls=[CALL]), AIMessage(ANSWER)])


def query_metrics(sql: str) -> str:
    """Nothing but a text."""
    return sql


@asynccontextmanager
async def _connected(*_: object) -> AsyncIterator[Canned]:
    yield _canned()


@cache
def _store(folder: Path) -> Store:
    store = Store(folder / "store")
    store.ingest([samples_path()])
    return store


def ask(folder: Path) -> None:
    """Questions to our sessions: their guards, records and proofs, over the sample runs."""
    settings = Settings(store_dir=folder, openai_api_key=SecretStr("none"))
    with patch("agent.session.connected_model", _connected):
        for _ in range(QUESTIONS):
            _check(Session(_store(folder), settings, "openai:canned").ask_and_wait(QUESTION).answer)


def loop() -> None:
    """The same questions to LangChain's loop, whose tool does nothing."""
    agent = create_agent(_canned(), [query_metrics])
    for _ in range(QUESTIONS):
        said = asyncio.run(agent.ainvoke({"messages": [HumanMessage(QUESTION)]}))
        _check(said["messages"][-1].text)


def _check(answer: str) -> None:
    if answer != ANSWER:
        raise RuntimeError(f"Another answer came: {answer}")
