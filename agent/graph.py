"""The agent as a LangGraph graph: a model, the toolbox as its tools, and the guards around both."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import StructuredTool

from agent.calls import arguments_of
from agent.evidence import Artifact, entries_of, fence
from agent.guards import guards
from agent.instructions import instructions
from agent.stopping import in_thread
from agent.turn_state import OFFLINE_CALLS, TurnState
from agent.verbosity import Verbosity
from tools.render import as_dict, as_marked_text
from tools.results import Result

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from tools.toolbox import Toolbox

NODES_PER_CALL = 4
"""Steps of the graph for one call of the model: number the evidence, call, check, run the tools."""


def build_agent(
    model: BaseChatModel,
    toolbox: Toolbox,
    model_calls: int,
    offline: BaseChatModel | None = None,
    checkpointer: BaseCheckpointSaver[str] | None = None,
    verbosity: Verbosity = "normal",
) -> CompiledStateGraph[Any, TurnState, Any, Any]:
    """Build the graph; pass a fresh TurnState as `context` with every question. Runs async only.

    offline: answers in place of a model that failed; None when `model` is the offline analyst itself.
    """
    tools = [as_tool(function) for function in toolbox.functions()]
    told = instructions(toolbox, tools, model_calls, verbosity)
    graph = create_agent(
        model,
        tools,
        system_prompt=told.full,
        middleware=guards(offline, told),
        context_schema=TurnState,
        checkpointer=checkpointer,
    )
    # A second net under the call limit: both brains, each with all its calls, and room for the replies asked for again.
    return graph.with_config(recursion_limit=NODES_PER_CALL * (model_calls + OFFLINE_CALLS + 4))


def as_tool(function: Callable[..., Result]) -> StructuredTool:
    """A toolbox function as a tool: signature and docstring are its manual; records become text and data."""
    name = function.__name__

    @functools.wraps(function)
    def call(**arguments: Any) -> tuple[str, Artifact]:
        result = function(**arguments)
        return fence(name, as_marked_text(result)), {"result": as_dict(result), "evidence": entries_of(name, result)}

    async def acall(**arguments: Any) -> tuple[str, Artifact]:
        return await in_thread(call, **arguments)

    return StructuredTool(
        name=name,
        description=inspect.getdoc(function) or name,
        args_schema=arguments_of(function),
        func=call,
        coroutine=acall,
        response_format="content_and_artifact",
    )
