"""What one question may use and has used, shared by everything that guards it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from langchain_core.messages import AnyMessage, BaseMessage

from agent.budget import CONTEXT_TOKENS, PROMPT_SHARE, Budget, Usage

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
    context: int = CONTEXT_TOKENS
    streams: bool = True
    """False once the model's server turns out to stream no tool calls."""
    system_role: bool = True
    """False once it turns out to take no system message."""

    @property
    def room(self) -> int:
        """The tokens that a prompt may have."""
        return int(self.context * PROMPT_SHARE)

    @property
    def is_last_call(self) -> bool:
        """True while the call that must answer is under way, and after it."""
        return self.calls >= self.model_calls
