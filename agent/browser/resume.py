"""A conversation that is opened again: after a reload, a restart of the server, or a connection that broke."""

# mypy: disable-error-code="no-untyped-call,untyped-decorator"
# Chainlit's session carries no types.

from __future__ import annotations

import asyncio
import uuid
from typing import Any, cast

import chainlit as cl
from chainlit.data import get_data_layer
from chainlit.server import sio
from chainlit.session import BaseSession, WebsocketSession, ws_sessions_id
from chainlit.socket import connection_successful
from chainlit.step import StepDict
from chainlit.types import ThreadDict

from agent.browser.desks import own_desk
from agent.browser.history import History
from agent.browser.turn import keep_button, now

UNANSWERED = "This question was not answered: the server was stopped before. Ask it again."


async def reopen(thread: ThreadDict) -> None:
    """Put the desk of a thread back in order. What is to be said about it is not kept, since it may change again."""
    desk = await asyncio.to_thread(own_desk)
    running = _follow(cl.context.session)
    said = [await asyncio.to_thread(desk.changes)]
    if not running:
        said += [UNANSWERED] * (desk.is_at_work or _ends_with_a_question(thread["steps"]))
        _close(thread["steps"])
    thread["steps"] += [_note(thread["id"], text) for text in said if text]
    for step in thread["steps"]:
        if (step.get("metadata") or {}).get("turn"):
            await keep_button().send(for_id=step["id"])
    if running:
        await cl.context.emitter.task_start()


async def stay(about: str) -> None:
    """Tell the page the address of its conversation; `about` is its name where nothing was typed."""
    thread, history = cl.context.session.thread_id, get_data_layer()
    await cl.send_window_message({"runwhyThread": thread})
    if about and isinstance(history, History):
        await history.name(thread, about)


@sio.on("connection_successful")
async def connected(sid: str) -> None:
    """Show what was said while a page had no connection; Chainlit itself goes on with what comes next."""
    await connection_successful(sid)
    session, history = WebsocketSession.get(sid), get_data_layer()
    if session is None or history is None or not session.has_first_interaction:
        return
    if session.restored and (thread := await history.get_thread(session.thread_id)):
        await cl.context.emitter.resume_thread(thread)
        if _is_running(session):
            await cl.context.emitter.task_start()


def _follow(session: BaseSession) -> bool:
    """Send what another page of this thread is still answering to this one, which may stop it too."""
    for other in list(ws_sessions_id.values()):
        if other is not session and other.thread_id == session.thread_id and _is_running(other):

            def emit(event: str, data: Any) -> Any:
                return session.emit(event, data)  # type: ignore[attr-defined]

            other.emit = emit
            session.current_task = other.current_task
            return True
    return False


def _is_running(session: BaseSession) -> bool:
    task = session.current_task
    return task is not None and not task.done()


def _close(steps: list[StepDict]) -> None:
    """Let nothing seem to go on that a server has left open."""
    for step in steps:
        if step["type"] == "tool" and not step.get("end"):
            step["end"], step["isError"], step["output"] = step.get("start"), True, "broke off"


def _ends_with_a_question(steps: list[StepDict]) -> bool:
    kinds = [step["type"] for step in steps if step["type"] in ("user_message", "assistant_message")]
    return kinds[-1:] == ["user_message"]


def _note(thread: str, text: str) -> StepDict:
    at = now()
    made = {"id": str(uuid.uuid4()), "threadId": thread, "type": "assistant_message", "name": "runwhy", "output": text}
    return cast("StepDict", {**made, "input": "", "createdAt": at, "start": at, "end": at, "metadata": {}})
