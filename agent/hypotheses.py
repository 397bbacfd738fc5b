"""The hypothesis board: kept in the graph's state by a middleware, and put before the eyes of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NotRequired, cast

from langchain.agents import AgentState
from langchain.agents.middleware import AgentMiddleware, ModelRequest
from langchain_core.messages import SystemMessage
from langgraph.runtime import Runtime
from typing_extensions import override

from agent.board import Entry, as_table, board_of, most_telling
from agent.prompts import render
from agent.tokens import tokens_in

ROOM = 800
"""Tokens of the table: names of runs and of settings may be long, and it takes room from the results."""


class BoardState(AgentState[Any]):
    """The state of the graph with the hypothesis board."""

    board: NotRequired[list[Entry]]


class HypothesisBoard(AgentMiddleware[BoardState, Any]):
    """Keeps the board in the graph's state."""

    state_schema = BoardState

    @override
    async def abefore_model(self, state: BoardState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Bring the board up to the results that just came."""
        board = board_of(state["messages"])
        return None if board == state.get("board", []) else {"board": board}


def with_board(request: ModelRequest[Any], context: int) -> ModelRequest[Any]:
    """The request with the board below the system prompt, as long as this context bears."""
    board = cast("BoardState", request.state).get("board", [])
    if not (table := short_table(board, min(ROOM, context // 10))):
        return request
    system = request.system_message.text if request.system_message else ""
    shown = render("board", table=table.replace("</tool_result", "< /tool_result"))
    return request.override(system_message=SystemMessage(f"{system}\n\n{shown}"))


def short_table(board: Sequence[Entry], room: int = ROOM) -> str:
    """The most telling rows as far as there is room for them; "" for none."""
    rows = most_telling(board)
    while rows and tokens_in(as_table(rows)) > room:
        rows.pop()
    return as_table(rows) if rows else ""
