"""What an open page is told without having asked: how far reading is, and that runs have changed."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's session and emitter carry no types.

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import chainlit as cl
from chainlit.chat_context import chat_contexts
from chainlit.server import sio
from chainlit.session import WebsocketSession

from agent.browser.desks import RUNS

EVERY_SECONDS = 0.5


@dataclass(frozen=True)
class News:
    """What public/runwhy.js gets. landing: stands for what the empty page says now; version: for the runs."""

    stage: str
    share: float
    landing: str
    version: str


def start() -> None:
    """Keep this page posted as long as its conversation lives."""
    cl.user_session.set("news", asyncio.create_task(_keep_posted(cl.context.session.id)))


async def _keep_posted(session_id: str) -> None:
    told: News | None = None
    while (session := WebsocketSession.get_by_id(session_id)) is not None:
        if sio.manager.is_connected(session.socket_id, "/"):
            news = await _news()
            if news != told:
                await cl.send_window_message({"runwhy": vars(news)})
                told = news
        await asyncio.sleep(EVERY_SECONDS)
    # Chainlit keeps what was said on each page for ever; nobody reads it there.
    chat_contexts.pop(session_id, None)


async def _news() -> News:
    stage = RUNS.stage
    landing = (await asyncio.to_thread(lambda: RUNS.greeting)).mark
    return News(stage.text, round(stage.share, 3), landing, version_now())


def version_now() -> str:
    """Stands for the shared runs as they are."""
    return "-".join(map(str, RUNS.whole.version))
