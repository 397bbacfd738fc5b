"""A conversation about the runs of a store: `ask` streams typed events and ends with one Answered. The door for faces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.events import Event, Turn
from agent.settings import Settings
from tools.store import Store

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver


class Session:
    """One thread of questions. `checkpointer`: a file keeps the thread in SQLite, None keeps it in memory.

    Raises ToolError when the model string names nothing that can be used.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        model: str | None = None,
        thread_id: str | None = None,
        checkpointer: BaseCheckpointSaver[str] | Path | None = None,
    ) -> None: ...

    def ask(self, text: str) -> AsyncIterator[Event]:
        """Answer a question. The thread stays usable whatever happens, also when the caller stops listening."""
        ...

    def ask_and_wait(self, text: str) -> Turn:
        """The same without events, for callers that are not async."""
        ...
