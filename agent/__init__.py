"""The investigator: a conversation about training runs in which every number traces to a tool result.

`session.Session.ask` is the one door for all faces. This package builds on `tools`, never the other way round, and
importing it alone loads neither LangChain nor Chainlit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.api import ask, debug, replay, suggest
    from agent.debugger import Debugger

__all__ = ["Debugger", "ask", "debug", "replay", "suggest"]

_PLACES = {
    "Debugger": "agent.debugger",
    "ask": "agent.api",
    "debug": "agent.api",
    "replay": "agent.api",
    "suggest": "agent.api",
}


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
