"""What a model is told of its work and of its tools: in full, or in short where it can read little at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from langchain.agents.middleware import ModelRequest
from langchain_core.messages import SystemMessage
from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.prompts import render
from agent.verbosity import Verbosity
from tools.redaction import redacted

if TYPE_CHECKING:
    from agent.turn_state import TurnState
    from tools.toolbox import Toolbox

ROOMY = 6_000
"""Tokens of a context from which on the whole manual leaves room for results."""
SHORT: Mapping[str, tuple[str, ...]] = {
    **{"list_runs": (), "diagnose": (), "describe_run": (), "compare_runs": (), "query_metrics": ()},
    **{"read_log": ("pattern",), "plot_metric": (), "analyse_sweep": (), "suggest_next": ("run",)},
}
"""Tools that a model with little room is offered, with what may be given to them beside what must be."""


@dataclass(frozen=True)
class Instructions:
    """Both lengths of what is said to a model that has these tools."""

    full: str
    short: str
    tools: Sequence[StructuredTool]

    def within(self, request: ModelRequest[TurnState], context: int) -> ModelRequest[TurnState]:
        """The request with as much of the manual as this context bears; what stands below the instructions stays."""
        if context >= ROOMY or request.system_message is None:
            return request
        below = request.system_message.text.removeprefix(self.full)
        offered: list[Any] = [*self.tools_in_short] if request.tools else []
        return request.override(system_message=SystemMessage(self.short + below), tools=offered)

    @cached_property
    def tools_in_short(self) -> tuple[BaseTool, ...]:
        """The tools that matter most, in few words."""
        return tuple(_in_short(tool, SHORT[tool.name]) for tool in self.tools if tool.name in SHORT)


def instructions(
    toolbox: Toolbox, tools: Sequence[StructuredTool], model_calls: int, verbosity: Verbosity
) -> Instructions:
    """What is said to a model that looks at these runs."""
    length, context = render(f"length_{verbosity}"), _said(toolbox)
    full, short = (
        "\n\n".join([render(name, model_calls=model_calls, length=length), *context])
        for name in ("system", "system_short")
    )
    return Instructions(full, short, tools)


def _said(toolbox: Toolbox) -> list[str]:
    """What the user said about the project, for the model to judge by."""
    text = redacted(" ".join(toolbox.context.text.split()))
    return [render("context", text=text.replace("<", " ").replace(">", " "))] if text else []


def _in_short(tool: StructuredTool, optional: tuple[str, ...]) -> BaseTool:
    """The first line of its manual and few arguments. Such a tool is offered and never run."""
    schema = convert_to_openai_tool(tool)["function"]["parameters"]
    needed = schema.get("required", [])
    arguments = {name: _kind(schema["properties"][name]) for name in (*needed, *optional)}
    return StructuredTool(
        name=tool.name,
        description=tool.description.partition("\n")[0],
        args_schema={"type": "object", "properties": arguments, "required": needed},
        func=tool.func,
    )


def _kind(schema: Mapping[str, object]) -> dict[str, object]:
    return {key: schema[key] for key in ("type", "items") if key in schema}
