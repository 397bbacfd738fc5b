"""The runs that this server shows, and the desk of the conversation that an event came from."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's session carries no types.

from __future__ import annotations

import uuid

import chainlit as cl
from chainlit.server import app

from agent.chat import Desk
from agent.web import scratch, workspace

RUNS = workspace(app)


def own_desk() -> Desk:
    """The desk of this conversation, made when the first message comes."""
    desk = cl.user_session.get("desk")
    if not isinstance(desk, Desk):
        folder = scratch(app) / "desks" / uuid.uuid4().hex
        desk = Desk(RUNS, folder, cl.context.session.thread_id)
        cl.user_session.set("desk", desk)
    return desk
