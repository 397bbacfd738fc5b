"""The door to the model: each call is counted, kept within the budget and looked through for secrets."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
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

from agent.budget import SMALLEST_CONTEXT
from agent.dialects import understood, without_system_role
from agent.events import Notice, Restart
from agent.failures import (
    failure_sentence,
    is_of_counting,
    is_of_streaming,
    is_of_system_role,
    is_overflow,
    may_be_a_bug,
    named_context,
)
from agent.hypotheses import with_board
from agent.instructions import Instructions
from agent.outgoing import usage_of, without_secrets
from agent.prompts import render
from agent.shortening import shortened, shortened_draft
from agent.tokens import tokens_of, tokens_of_tools
from agent.turn_state import OFFLINE_CALLS, TurnState
from agent.ways import keep

TOLERABLE = 0.75
"""Of a context that turned out to be too much, what is tried next where the server does not name its own."""

NO_STREAM: dict[str, object] = {"disable_streaming": True}
UNCOUNTED: dict[str, object] = {"stream_usage": False}

log = logging.getLogger(__name__)


class ModelDoor(AgentMiddleware[AgentState[Any], TurnState]):
    """Every call of a model passes here: counted, limited in time, answered offline when the model cannot.

    `offline` answers in place of a model that failed; None when the model is the offline analyst itself.
    `told` is what the model is told of its work.
    """

    def __init__(self, offline: BaseChatModel | None, told: Instructions) -> None:
        super().__init__()
        self.offline = offline
        self.told = told

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
                    return await _counted(_equipped(request, self.told, turn), handler, turn)
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
    ways = turn.ways
    if is_overflow(error) and (context := _smaller(ways.context, named_context(error))) >= SMALLEST_CONTEXT:
        turn.ways = replace(ways, context=context)
    elif ways.system_role and is_of_system_role(error):
        turn.ways = replace(ways, system_role=False)
    elif ways.counts and is_of_counting(error):
        turn.ways = replace(ways, counts=False)
    elif ways.streams and is_of_streaming(error):
        turn.ways = replace(ways, streams=False)
    else:
        return False
    return True


def _smaller(context: int, named: int | None) -> int:
    """The context to try next; one that the server names is tried where it is less than what was too much."""
    return named if named is not None and named < context else int(context * TOLERABLE)


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
    if any(isinstance(m, AIMessage) and (m.text.strip() or m.tool_calls) for m in response.result):
        keep(turn.server, turn.ways)
    turn.extra = ()
    turn.last = usage_of(response.result, lambda: _tokens(request))
    turn.used += turn.last
    return response


def _equipped(request: ModelRequest[TurnState], told: Instructions, turn: TurnState) -> ModelRequest[TurnState]:
    """The request with the manual and the board, as long as the context bears."""
    return with_board(told.within(request, turn.ways.context), turn.ways.context)


def _adapted(request: ModelRequest[TurnState], turn: TurnState) -> ModelRequest[TurnState]:
    """The request as this server takes it, as far as it has turned out."""
    changed = {**({} if turn.ways.streams else NO_STREAM), **({} if turn.ways.counts else UNCOUNTED)}
    if changed:
        request = request.override(model=request.model.model_copy(update=changed))
    if not turn.ways.system_role and request.system_message:
        messages = without_system_role(request.messages, request.system_message)
        request = request.override(system_message=None, messages=messages)
    return request


def _fitting(request: ModelRequest[TurnState], turn: TurnState) -> list[AnyMessage]:
    """The thread, and what is said beside it, in the room that the system prompt and the tools leave."""
    room = turn.ways.room - _tokens(request.override(messages=[]))
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
