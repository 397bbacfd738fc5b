"""Messages that nobody has asked for: they come into a conversation whether it is open anywhere or not."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's session and messages carry no types.

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import chainlit as cl
from chainlit.chat_context import chat_contexts
from chainlit.context import ChainlitContext, context_var
from chainlit.emitter import ChainlitEmitter
from chainlit.server import sio
from chainlit.session import HTTPSession, WebsocketSession, ws_sessions_id
from chainlit.user import PersistedUser

from agent.browser.storage import URL


async def put(
    thread: str, user: PersistedUser, text: str, id: str = "", card: Callable[[], Sequence[cl.CustomElement]] = tuple
) -> None:
    """Keep a message in a conversation and show it on every open page of that.

    id: of the message; one of the same id is there once, whoever else has sent it. card: makes what stands below.
    """
    with _inside(thread, user):
        message = cl.Message(text, id=id or str(uuid.uuid4()), elements=list(card()))
        for element in message.elements:
            # Where its owner gets it; without an address Chainlit would make a copy for a session that nobody has.
            element.url = f"{URL}/{thread}/{element.id}"
        await message.send()


async def nudge(thread: str, user: PersistedUser, text: str) -> None:
    """Say a word on those open pages of a person that show another conversation."""
    for session in pages():
        if session.thread_id != thread and session.user and session.user.identifier == user.identifier:
            await session.emit("toast", {"message": text, "type": "warning"})  # type: ignore[misc]


def pages() -> Iterator[WebsocketSession]:
    """The pages that are open and connected."""
    for session in list(ws_sessions_id.values()):
        if sio.manager.is_connected(session.socket_id, "/"):
            yield session


@contextmanager
def _inside(thread: str, user: PersistedUser) -> Iterator[None]:
    """In a conversation, as Chainlit's messages want to be."""
    session = HTTPSession(str(uuid.uuid4()), "webapp", thread, user)

    async def emit(event: str, data: Any) -> None:
        for page in pages():
            if page.thread_id == thread:
                await page.emit(event, data)  # type: ignore[misc]

    session.emit = emit  # type: ignore[attr-defined]
    before = context_var.set(ChainlitContext(session, ChainlitEmitter(session)))  # type: ignore[arg-type]
    try:
        yield
    finally:
        context_var.reset(before)
        chat_contexts.pop(session.id, None)
