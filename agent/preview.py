"""The request that a question would lead to, taken before anything is sent: from the real client of openai: models,
for other providers from where it is handed to theirs."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import httpx2
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from openai import DefaultAsyncHttpxClient
from pydantic import Field
from typing_extensions import override

from agent.graph import build_agent
from agent.models import OFFLINE, chat_model
from agent.session import Session
from agent.settings import Settings
from agent.turn_state import TurnState
from agent.ways import Ways
from tools.errors import ToolError
from tools.redaction import HIDDEN, redacted
from tools.store import Store
from tools.toolbox import Toolbox

SECRET_HEADERS = frozenset({"authorization", "api-key", "openai-organization", "openai-project", "cookie"})
NOTHING_SENT = "Nothing would be sent: a limit is reached before the first request."
OURS = frozenset({"content-type", "accept", "user-agent"})


class Held(httpx2.AsyncBaseTransport):
    """Keeps requests and sends none."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Refuse in a way that nobody tries again."""
        self.requests.append(request)
        return httpx2.Response(400, json={"error": {"message": "held back", "type": "held", "code": None}})


class Handed(BaseChatModel):
    """Stands where a provider's client would: keeps what that would be handed, and sends nothing."""

    kept: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "runwhy-handed"

    @override
    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[LanguageModelInput, AIMessage]:
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    @override
    def _generate(
        self, messages: list[BaseMessage], *args: Any, tools: Sequence[Any] = (), **kwargs: Any
    ) -> ChatResult:
        self.kept.append({"messages": convert_to_openai_messages(messages), "tools": list(tools)})
        return ChatResult(generations=[ChatGeneration(message=AIMessage("Held back."))])


async def first_request(store: Store, settings: Settings, model: str | None, question: str) -> str:
    """The first request as JSON, with keys hidden; later ones depend on what the tools return.

    ToolError where nothing would be sent.
    """
    held = Held()
    async with DefaultAsyncHttpxClient(transport=held) as client:
        session = Session(store, settings, model, client=client)
        if session.model == OFFLINE:
            raise ToolError(
                "The offline analyst answers: nothing would be sent anywhere.", "Name a model with --model."
            )
        if not session.model.startswith("openai:"):
            return await _handed(store, settings, session.model, question)
        async with aclosing(session.ask(question)) as events:
            async for _ in events:
                if held.requests:
                    break
    if not held.requests:
        raise ToolError(NOTHING_SENT)
    return _written(held.requests[0])


async def _handed(store: Store, settings: Settings, model: str, question: str) -> str:
    """What the client of another provider would be handed; how it puts that for its server is its own affair."""
    stand_in = Handed()
    toolbox = Toolbox(store, settings.context.as_context())
    agent = build_agent(
        stand_in, toolbox, settings.model_calls, chat_model(OFFLINE, settings), None, settings.verbosity
    )
    deadline = time.monotonic() + settings.turn_seconds
    turn = TurnState(settings.model_calls, deadline, budget=settings.budget, ways=Ways(settings.context_tokens))
    await agent.ainvoke({"messages": [HumanMessage(question)]}, context=turn)
    if not stand_in.kept:
        raise ToolError(NOTHING_SENT)
    return json.dumps({"model": model, **stand_in.kept[0]}, ensure_ascii=False, indent=1)


def _written(request: httpx2.Request) -> str:
    headers = {name: HIDDEN if name in SECRET_HEADERS else value for name, value in request.headers.items()}
    document = {
        "method": request.method,
        "url": redacted(str(request.url)),
        "headers": {name: value for name, value in headers.items() if name in SECRET_HEADERS | OURS},
        "body": json.loads(request.content),
    }
    return json.dumps(document, ensure_ascii=False, indent=1)
