"""The investigator: a conversation about training runs in which every number traces to a tool result.

`session.Session.ask` is the one door for all faces. This package builds on `tools`, never the other way round, and
importing it alone loads neither LangChain nor Chainlit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.api import ask, debug

__all__ = ["ask", "debug"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from agent import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
