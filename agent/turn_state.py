"""What one question may use and has used, shared by everything that guards it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from langchain_core.messages import AnyMessage, BaseMessage

from agent.budget import Budget, Usage
from agent.ways import Ways

OFFLINE_CALLS = 16
"""Steps of the offline analyst. They cost nothing, so what a model on a server may use is no limit for it."""


@dataclass
class TurnState:
    """What one question may use and has used. Lives as long as the question; the thread keeps none of it."""

    model_calls: int
    deadline: float
    """On the clock of time.monotonic."""
    calls: int = 0
    malformed: int = 0
    empty: int = 0
    corrected: bool = False
    offline_because: str = ""
    extra: tuple[AnyMessage, ...] = ()
    """Said to the model with its next call only, so that the thread stays free of drafts and program talk."""
    ungrounded: tuple[str, ...] = ()
    thread: Sequence[BaseMessage] = ()
    """The messages of the thread after the last reply."""
    budget: Budget = field(default_factory=Budget)
    used: Usage = field(default_factory=Usage)
    last: Usage = field(default_factory=Usage)
    """What the model on a server has used in all, and in its last call."""
    server: str = ""
    """The model and its address, by which its ways are remembered."""
    ways: Ways = field(default_factory=Ways)
    """How the server is spoken to, as far as it has turned out."""

    @property
    def is_last_call(self) -> bool:
        """True while the call that must answer is under way, and after it."""
        return self.calls >= self.model_calls
