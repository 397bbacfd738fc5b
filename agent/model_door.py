"""The door to the model: each call is counted, kept within the budget and looked through for secrets."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents import AgentState
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    SystemMessage,
)
from langchain_core.tools import BaseTool
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime
from typing_extensions import override

from agent.dialects import understood, without_system_role
from agent.events import Notice, Restart
from agent.failures import failure_sentence, is_of_streaming, is_of_system_role, is_overflow, may_be_a_bug
from agent.outgoing import usage_of, without_secrets
from agent.prompts import render
from agent.shortening import shortened, shortened_draft
from agent.tokens import tokens_of, tokens_of_tools
from agent.turn_state import OFFLINE_CALLS, TurnState

SMALLEST = 4_000
"""Tokens of a context below which hardly anything is left for results beside the instructions and the tools."""

log = logging.getLogger(__name__)


class ModelDoor(AgentMiddleware[AgentState[Any], TurnState]):
    """Every call of a model passes here: counted, limited in time, answered offline when the model cannot.

    `offline` answers in place of a model that failed; None when the model is the offline analyst itself.
    """

    def __init__(self, offline: BaseChatModel | None) -> None:
        super().__init__()
        self.offline = offline

    @override
    async def awrap_model_call(
        self,
        request: ModelRequest[TurnState],
        handler: Callable[[ModelRequest[TurnState]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any] | AIMessage:
        """Call the model, or the offline analyst once the model has failed in this turn."""
        turn = request.runtime.context
        turn.calls += 1
        if self.offline is not None and not turn.offline_because:
            _keep_within(turn, request.runtime)
        request = _prepared(request, turn)
        while self.offline is not None and not turn.offline_because:
            try:
                async with asyncio.timeout(max(0.0, turn.deadline - time.monotonic())):
                    return await _counted(request, handler, turn)
            except GraphBubbleUp:
                raise
            # Every provider has errors of its own, and a failed call must not end the turn.
            except Exception as error:
                log.log(logging.WARNING if may_be_a_bug(error) else logging.INFO, "model call failed", exc_info=error)
                if not _adapts(error, turn):
                    go_offline(turn, request.runtime, failure_sentence(error))
        if self.offline is None:
            said, turn.extra = turn.extra, ()
            return await handler(request.override(messages=[*request.messages, *said]))
        return await handler(request.override(model=self.offline, messages=request.state["messages"]))


def _adapts(error: Exception, turn: TurnState) -> bool:
    """Whether another try is worth it, as the server wants less, no stream, or no system message."""
    if is_overflow(error) and turn.context * 3 // 4 >= SMALLEST:
        turn.context = turn.context * 3 // 4
    elif turn.system_role and is_of_system_role(error):
        turn.system_role = False
    elif turn.streams and is_of_streaming(error):
        turn.streams = False
    else:
        return False
    return True


def _keep_within(turn: TurnState, runtime: Runtime[TurnState]) -> None:
    """Before a paid call: the offline analyst goes on once a limit is reached; just before, the call must answer."""
    if reason := turn.budget.used_up(turn.used):
        go_offline(turn, runtime, reason)
        turn.calls = 1
    elif turn.calls < turn.model_calls and (limit := turn.budget.short_of(turn.used, turn.last)):
        turn.model_calls = turn.calls
        runtime.stream_writer(Notice(f"The model was told to answer now, before {limit}."))


async def _counted(
    request: ModelRequest[TurnState],
    handler: Callable[[ModelRequest[TurnState]], Awaitable[ModelResponse[Any]]],
    turn: TurnState,
) -> ModelResponse[Any]:
    """Make a call of the model on its server: what fits, nothing secret, and what it used is added up."""
    request = request.override(messages=without_secrets(_fitting(request, turn)))
    response = await handler(_adapted(request, turn))
    tools = [tool.name for tool in request.tools if isinstance(tool, BaseTool)]
    response.result = [understood(m, tools) if isinstance(m, AIMessage) else m for m in response.result]
    turn.extra = ()
    turn.last = usage_of(response.result, lambda: _tokens(request))
    turn.used += turn.last
    return response


def _adapted(request: ModelRequest[TurnState], turn: TurnState) -> ModelRequest[TurnState]:
    """The request as this server takes it, as far as it has turned out."""
    if not turn.streams:
        request = request.override(model=request.model.model_copy(update={"disable_streaming": True}))
    if not turn.system_role and request.system_message:
        messages = without_system_role(request.messages, request.system_message)
        request = request.override(system_message=None, messages=messages)
    return request


def _fitting(request: ModelRequest[TurnState], turn: TurnState) -> list[AnyMessage]:
    """The thread, and what is said beside it, in the room that the system prompt and the tools leave."""
    room = turn.room - _tokens(request.override(messages=[]))
    extra = shortened_draft(turn.extra, room)
    return [*shortened(request.messages, room - tokens_of(*extra)), *extra]


def _tokens(request: ModelRequest[TurnState]) -> int:
    system = [request.system_message] if request.system_message else []
    return tokens_of(*system, *request.messages) + tokens_of_tools(request.tools)


def _prepared(request: ModelRequest[TurnState], turn: TurnState) -> ModelRequest[TurnState]:
    if not turn.is_last_call:
        return request
    system = request.system_message.text if request.system_message else ""
    return request.override(tools=[], system_message=SystemMessage(f"{system}\n\n{render('last_call')}"))


def go_offline(turn: TurnState, runtime: Runtime[TurnState], reason: str) -> None:
    """Let the offline analyst answer the rest of this turn, and tell people why."""
    turn.offline_because = reason
    turn.calls = 0
    turn.model_calls = OFFLINE_CALLS
    turn.extra = ()
    runtime.stream_writer(Restart(reason))
    runtime.stream_writer(Notice(f"Answered offline because {reason}."))
