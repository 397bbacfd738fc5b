"""The request that a question would lead to, taken from the real client before anything is sent."""

from __future__ import annotations

import json
from contextlib import aclosing

import httpx2
from openai import DefaultAsyncHttpxClient

from agent.models import OFFLINE
from agent.session import Session
from agent.settings import Settings
from tools.errors import ToolError
from tools.redaction import HIDDEN, redacted
from tools.store import Store

SECRET_HEADERS = frozenset({"authorization", "api-key", "openai-organization", "openai-project", "cookie"})
OURS = frozenset({"content-type", "accept", "user-agent"})


class Held(httpx2.AsyncBaseTransport):
    """Keeps requests and sends none."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Refuse in a way that nobody tries again."""
        self.requests.append(request)
        return httpx2.Response(400, json={"error": {"message": "held back", "type": "held", "code": None}})


async def first_request(store: Store, settings: Settings, model: str | None, question: str) -> str:
    """The first request as JSON, with keys hidden; later ones depend on what the tools return.

    ToolError where nothing would be sent, or where the provider's client cannot be looked into.
    """
    held = Held()
    async with DefaultAsyncHttpxClient(transport=held) as client:
        session = Session(store, settings, model, client=client)
        if session.model == OFFLINE:
            raise ToolError(
                "The offline analyst answers: nothing would be sent anywhere.", "Name a model with --model."
            )
        async with aclosing(session.ask(question)) as events:
            async for _ in events:
                if held.requests:
                    break
    if not held.requests:
        raise ToolError(f"What {session.model} sends cannot be shown; only openai: models can be looked into.")
    return _written(held.requests[0])


def _written(request: httpx2.Request) -> str:
    headers = {name: HIDDEN if name in SECRET_HEADERS else value for name, value in request.headers.items()}
    document = {
        "method": request.method,
        "url": redacted(str(request.url)),
        "headers": {name: value for name, value in headers.items() if name in SECRET_HEADERS | OURS},
        "body": json.loads(request.content),
    }
    return json.dumps(document, ensure_ascii=False, indent=1)
