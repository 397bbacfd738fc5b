"""What keeps a turn on its feet: the middleware between the model, the tools and the thread.

Whatever a model or its server does, a turn ends with an answer: a failed call is answered offline, an unreadable or
empty reply is asked for again, a loop runs into its limit, and a number nobody logged goes back to the model once.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from langchain.agents import AgentState
from langchain.agents.middleware import AgentMiddleware, hook_config
from langchain.tools.tool_node import ToolCallRequest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    HumanMessage,
    RemoveMessage,
    ToolCall,
    ToolMessage,
)
from langgraph.errors import GraphBubbleUp
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.runtime import Runtime
from langgraph.types import Command
from typing_extensions import override

from agent.board import board_of
from agent.calls import bug_in
from agent.events import Restart
from agent.evidence import fence, number_evidence
from agent.grounding import Loose, find_ungrounded, mark
from agent.grounding.facts import facts_of
from agent.hypotheses import HypothesisBoard
from agent.instructions import Instructions
from agent.model_door import ModelDoor, go_offline
from agent.prompts import render
from agent.revived import Revived, revived
from agent.suspicion import unreported_orders
from agent.turn_state import TurnState
from tools.errors import ToolError

MALFORMED_REPLIES = 3
"""So often a model may send a tool call that cannot be read before somebody else answers."""

CALLS_PER_REPLY = 16
"""More calls at once than this come from a model that repeats itself; the rest is not made."""

TOKENS_PER_CALL = 500
"""Of the context: results of more calls at once than fit into it would be cut down to nothing."""

NOTHING_TO_SAY = "I found no answer to this question. Please ask it in other words, or name the run you mean."

log = logging.getLogger(__name__)
Update = dict[str, Any]


class DanglingCalls(AgentMiddleware[AgentState[Any], TurnState]):
    """Answers tool calls that an interrupted turn left open; servers refuse a thread with an unanswered call."""

    @override
    async def abefore_agent(self, state: AgentState[Any], runtime: Runtime[TurnState]) -> Update | None:
        """Insert an error result behind each call that has none."""
        closed: list[AnyMessage] = []
        waiting: list[ToolMessage] = []
        for message in state["messages"]:
            if isinstance(message, ToolMessage):
                waiting = [one for one in waiting if one.tool_call_id != message.tool_call_id]
            else:
                closed += waiting
                waiting = [_interrupted(call) for call in message.tool_calls] if isinstance(message, AIMessage) else []
            closed.append(message)
        closed += waiting
        if len(closed) == len(state["messages"]):
            return None
        return {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *closed]}


def _interrupted(call: ToolCall) -> ToolMessage:
    text = fence(call["name"], "This call was interrupted and has no result.")
    return ToolMessage(text, tool_call_id=call["id"] or "", name=call["name"], status="error")


class EvidenceNumbers(AgentMiddleware[AgentState[Any], TurnState]):
    """Numbers the evidence of the calls that just returned, before the model reads them."""

    @override
    async def abefore_model(self, state: AgentState[Any], runtime: Runtime[TurnState]) -> Update | None:
        """Replace results without evidence ids by the same with ids."""
        numbered = number_evidence(state["messages"])
        return {"messages": numbered} if numbered else None


class ToolErrors(AgentMiddleware[AgentState[Any], TurnState]):
    """A ToolError is for the model to read; of any other exception it learns the type only, and the log everything."""

    @override
    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]
    ) -> ToolMessage | Command[Any]:
        """Run the tool; whatever it raises becomes an error result."""
        name = str(request.tool_call["name"])
        try:
            return await handler(request)
        except ToolError as error:
            text = str(error)
        except GraphBubbleUp:
            raise
        # A call that fails must not end the turn, nor leave the thread with a call that nobody answers.
        except Exception as error:
            log.exception("tool %s failed", name)
            text = bug_in(name, error)
        return ToolMessage(fence(name, text), tool_call_id=request.tool_call["id"] or "", name=name, status="error")


class ReplyCheck(AgentMiddleware[AgentState[Any], TurnState]):
    """Looks at each reply before anything comes of it: can it be read, does it say something, can it be proved?"""

    def __init__(self, offline: BaseChatModel | None) -> None:
        super().__init__()
        self.offline = offline

    @override
    @hook_config(can_jump_to=["model"])
    async def aafter_model(self, state: AgentState[Any], runtime: Runtime[TurnState]) -> Update | None:
        """Let a reply pass, take it back and ask again, or have the offline analyst answer."""
        reply = state["messages"][-1]
        turn = runtime.context
        turn.thread = state["messages"]
        if not isinstance(reply, AIMessage):
            return None
        if tool := _unreadable_call(reply):
            return self._malformed(reply, tool, runtime)
        if reply.tool_calls:
            return self._endless(reply, runtime) if turn.is_last_call else _few_calls(reply, turn)
        if not reply.text.strip():
            return self._empty(reply, runtime)
        return self._grounded(reply, runtime)

    def _malformed(self, reply: AIMessage, tool: str, runtime: Runtime[TurnState]) -> Update:
        turn = runtime.context
        turn.malformed += 1
        if turn.malformed <= MALFORMED_REPLIES and not turn.is_last_call:
            return _ask_again(reply, runtime, HumanMessage(render("malformed", tool=tool)))
        return self._hand_over(reply, runtime, "the model's tool calls could not be read")

    def _endless(self, reply: AIMessage, runtime: Runtime[TurnState]) -> Update:
        limit = runtime.context.model_calls
        return self._hand_over(reply, runtime, f"the model had not come to an answer after {limit} steps")

    def _empty(self, reply: AIMessage, runtime: Runtime[TurnState]) -> Update:
        turn = runtime.context
        turn.empty += 1
        # Some servers lose a tool call in the stream.
        turn.ways = replace(turn.ways, streams=False)
        if turn.empty == 1 and not turn.is_last_call:
            return _ask_again(reply, runtime, HumanMessage(render("empty")))
        return self._hand_over(reply, runtime, "the model's answer was empty")

    def _grounded(self, reply: AIMessage, runtime: Runtime[TurnState]) -> Update | None:
        turn = runtime.context
        facts = facts_of(turn.thread[:-1])
        loose = find_ungrounded(reply.text, facts)
        back = revived(reply.text, board_of(turn.thread), lambda: facts.runs)
        orders = unreported_orders(reply.text, turn.thread, facts.names)
        if not loose and not back and not orders:
            return None
        by_model = self.offline is not None and not turn.offline_because
        if (loose or back) and by_model and not turn.corrected and not turn.is_last_call:
            turn.corrected = True
            return _ask_again(reply, runtime, AIMessage(reply.text), HumanMessage(_feedback(loose, back)))
        turn.ungrounded = tuple(dict.fromkeys(item.text for item in loose))
        text = mark(reply.text, loose) if loose else reply.text
        return _replaced(reply, "\n\n".join([text, *(one.objection for one in back), *orders]))

    def _hand_over(self, reply: AIMessage, runtime: Runtime[TurnState], reason: str) -> Update:
        turn = runtime.context
        if self.offline is None or turn.offline_because:
            return _replaced(reply, reply.text.strip() or NOTHING_TO_SAY, answered=False)
        go_offline(turn, runtime, reason)
        return {"messages": [RemoveMessage(id=reply.id or "")], "jump_to": "model"}


def _unreadable_call(reply: AIMessage) -> str:
    """The name of a tool whose call arrived broken, or cut off for its length; "" when all can be run."""
    if reply.invalid_tool_calls:
        return reply.invalid_tool_calls[0].get("name") or "tool"
    if reply.tool_calls and reply.response_metadata.get("finish_reason") == "length":
        return reply.tool_calls[-1]["name"]
    return ""


def _few_calls(reply: AIMessage, turn: TurnState) -> Update | None:
    most = min(CALLS_PER_REPLY, turn.ways.context // TOKENS_PER_CALL)
    if len(reply.tool_calls) <= most:
        return None
    return {"messages": [AIMessage(reply.text, id=reply.id, tool_calls=reply.tool_calls[:most])]}


def _ask_again(reply: AIMessage, runtime: Runtime[TurnState], *extra: AnyMessage) -> Update:
    runtime.context.extra = extra
    runtime.stream_writer(Restart("the answer is written again"))
    return {"messages": [RemoveMessage(id=reply.id or "")], "jump_to": "model"}


def _replaced(reply: AIMessage, text: str, answered: bool | None = None) -> Update:
    metadata = reply.response_metadata if answered is None else {**reply.response_metadata, "answered": answered}
    return {"messages": [AIMessage(text, id=reply.id, response_metadata=metadata)]}


def _feedback(loose: Sequence[Loose], back: Sequence[Revived]) -> str:
    told = [render("ungrounded", items=_listed(loose))] if loose else []
    refuted = "; ".join(f'{one.cause} for {one.run}: {one.why} (in "{one.sentence[:160]}")' for one in back)
    return "\n".join([*told, *([render("refuted", items=refuted)] if back else [])])


def _listed(loose: Sequence[Loose]) -> str:
    return "; ".join(dict.fromkeys(f'"{item.text}" (in "{item.context}")' for item in loose))


def guards(offline: BaseChatModel | None, told: Instructions) -> list[AgentMiddleware[Any, Any]]:
    """All guards, in their order; `offline` and `told` as in ModelDoor."""
    return [
        *(DanglingCalls(), EvidenceNumbers(), HypothesisBoard()),
        *(ToolErrors(), ModelDoor(offline, told), ReplyCheck(offline)),
    ]
