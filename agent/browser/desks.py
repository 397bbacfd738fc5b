"""The runs that this server shows, and the desk of the conversation that an event came from."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's session carries no types.

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from weakref import WeakValueDictionary

import chainlit as cl
from chainlit.server import app

from agent.browser.storage import thread_folder
from agent.chat import Desk
from agent.threads import forget
from agent.web import history_folder, workspace

RUNS = workspace(app)
_OPEN: WeakValueDictionary[str, Desk] = WeakValueDictionary()
"""By thread: two pages of one conversation work at one desk."""


def own_desk() -> Desk:
    """The desk of this conversation, made when the first message comes or when it is opened again."""
    desk = cl.user_session.get("desk")
    if not isinstance(desk, Desk):
        desk = desk_of(cl.context.session.thread_id)
        cl.user_session.set("desk", desk)
    return desk


def desk_of(thread: str) -> Desk:
    """The desk of a thread; blocks while it reads what was uploaded there."""
    desk = _OPEN.get(thread)
    if desk is None:
        desk = _OPEN[thread] = Desk(RUNS, folder_of(thread), thread)
    return desk


def folder_of(thread: str) -> Path:
    """Where uploads, elements and what the agent remembers of a thread lie."""
    return thread_folder(history_folder(app) / "threads", thread)


def forget_thread(thread: str) -> None:
    """Remove all of it."""
    _OPEN.pop(thread, None)
    asyncio.run(forget(RUNS.settings, thread))
    shutil.rmtree(folder_of(thread), ignore_errors=True)
