"""Our own addresses of the chat: elements for their owner, thumbs for one's own threads; and those we close."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's types are not complete.

from __future__ import annotations

import asyncio
import logging
from typing import Annotated

from chainlit.action import Action
from chainlit.config import config
from chainlit.context import init_ws_context
from chainlit.data import get_data_layer
from chainlit.server import UserParam
from chainlit.session import WebsocketSession
from chainlit.types import CallActionRequest, DeleteFeedbackRequest, Feedback, UpdateFeedbackRequest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse

from agent.browser import assets, files
from agent.browser.desks import RUNS, desk_of
from agent.browser.history import History, Row
from agent.browser.opinions import keep_thumb
from agent.browser.storage import URL
from agent.feedback import withdraw
from tools.errors import ToolError

log = logging.getLogger("runwhy.chat")
CLOSED = ("/project/element", "/project/thread/share", "/project/share/{thread}", "/mcp", "/copilot/{rest:path}")
"""They would let people write into each other's threads, or show a thread to everybody."""
own = APIRouter()


def add_routes(app: FastAPI, more: APIRouter) -> None:
    """Put these and more before Chainlit's, whose last one takes every address."""
    theirs = list(app.router.routes)
    for router in (own, files.routes, assets.routes, more):
        app.include_router(router)
    added = [route for route in app.router.routes if route not in theirs]
    app.router.routes[:] = [*added, *theirs]
    app.add_exception_handler(ToolError, _unavailable)


async def _unavailable(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 503)


async def _history(user: UserParam) -> History:
    layer = get_data_layer()
    if user is None or not isinstance(layer, History):
        raise HTTPException(401, "Sign in first.")
    return layer


Kept = Annotated[History, Depends(_history)]


async def _closed() -> None:
    raise HTTPException(404, "There is no such page.")


for path in CLOSED:
    own.add_api_route(path, _closed, methods=["GET", "POST", "PUT", "DELETE"])


@own.get(URL + "/{thread}/{element}")
async def element_of(thread: str, element: str, user: UserParam, history: Kept) -> FileResponse:
    """The content of an element. To anybody but the owner of its thread it is not there."""
    found = await history.rows(
        'SELECT e.* FROM elements e JOIN threads t ON t."id" = e."threadId" '
        'WHERE e."id" = :element AND t."id" = :thread AND t."userIdentifier" = :user',
        element=element,
        thread=thread,
        user=user.identifier if user else "",
    )
    file = history.elements.path(f"{thread}/{element}") if found else None
    if file is None or not file.is_file():
        raise HTTPException(404, "There is no such file.")
    kind = found[0]["mime"] or "application/octet-stream"
    return FileResponse(file, media_type=kind, filename=found[0]["name"], content_disposition_type="attachment")


@own.post("/project/action")
async def act(payload: CallActionRequest, user: UserParam, _history: Kept) -> JSONResponse:
    """Do what a button says. Chainlit takes it for a first question, and its page leaves for a new conversation."""
    session = WebsocketSession.get_by_id(payload.sessionId)
    if user is None or session is None or session.user is None or session.user.identifier != user.identifier:
        raise HTTPException(404, "There is no such page.")
    action = Action(**payload.action)
    callback = config.code.action_callbacks.get(action.name)
    if callback is None:
        raise HTTPException(404, "There is no such button.")
    init_ws_context(session)
    return JSONResponse({"success": True, "response": await callback(action)})


@own.put("/feedback")
async def say(update: UpdateFeedbackRequest, user: UserParam, history: Kept) -> JSONResponse:
    """Keep a thumb and a comment, with the investigation that it is about."""
    name = user.identifier if user else ""
    step = await _own_step(history, update.feedback.forId, name)
    given = Feedback(
        forId=step["id"],
        value=update.feedback.value,
        threadId=step["threadId"],
        id=f"{step['id']}-thumb",
        comment=update.feedback.comment,
    )
    await history.upsert_feedback(given)
    if turns := await _answers_up_to(history, step):
        desk = await asyncio.to_thread(desk_of, step["threadId"])
        await asyncio.to_thread(keep_thumb, desk, turns, given, name)
    return JSONResponse({"success": True, "feedbackId": given.id})


@own.delete("/feedback")
async def unsay(payload: DeleteFeedbackRequest, user: UserParam, history: Kept) -> JSONResponse:
    """Take a thumb back."""
    step = await _own_step(history, payload.feedbackId.removesuffix("-thumb"), user.identifier if user else "")
    await history.delete_feedback(f"{step['id']}-thumb")
    await asyncio.to_thread(withdraw, RUNS.settings, step["id"])
    return JSONResponse({"success": True})


async def _answers_up_to(history: History, step: Row) -> int:
    """How many answers there were with this one, 0 if it is none. A thumb is about what an answer stands in."""
    inside = await history.rows('SELECT * FROM steps WHERE "id" = :id OR "parentId" = :id', id=step["id"])
    return max((int((one["metadata"] or {}).get("turn", 0)) for one in inside), default=0)


async def _own_step(history: History, id: str, user: str) -> Row:
    found = await history.rows(
        'SELECT s.* FROM steps s JOIN threads t ON t."id" = s."threadId" '
        'WHERE s."id" = :id AND t."userIdentifier" = :user',
        id=id,
        user=user,
    )
    if not found:
        raise HTTPException(404, "There is no such answer.")
    return found[0]
