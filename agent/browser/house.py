"""What the chat has when it knows who is there: a history, sign-in, and addresses of its own."""

from __future__ import annotations

import chainlit as cl
from fastapi import FastAPI

from agent.browser.desks import forget_thread
from agent.browser.history import History
from agent.browser.routes import add_routes
from agent.browser.signin import AtHome, sign_in_by
from agent.browser.storage import Elements
from agent.web import access_of, history_folder, history_place, workspace


def open_for(app: FastAPI) -> None:
    """Set it up. Chainlit may load our module anew, and then only what it keeps by itself is told again."""
    access = access_of(app)
    if access is None:
        return
    settings = workspace(app).settings
    doors = sign_in_by(access, settings.users_file)

    @cl.data_layer
    def history() -> History:
        elements = Elements(history_folder(app) / "threads")
        return History(history_place(settings), elements, forget_thread)

    if getattr(app.state, "is_open", False):
        return
    add_routes(app, doors)
    if access.sign_in == "local":
        app.add_middleware(AtHome)
    app.state.is_open = True
