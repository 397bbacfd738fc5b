"""How a model's server wants to be spoken to: what turned out stays known as long as this process runs.

Otherwise each question would begin with a call that fails.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.budget import CONTEXT_TOKENS, PROMPT_SHARE


@dataclass(frozen=True)
class Ways:
    """context: the tokens that the model can read and write at once. The others are what the server bears."""

    context: int = CONTEXT_TOKENS
    streams: bool = True
    """Whether it streams replies that may call tools."""
    system_role: bool = True
    counts: bool = True
    """Whether it may be asked how many tokens a stream took."""

    @property
    def room(self) -> int:
        """The tokens that a prompt may have."""
        return int(self.context * PROMPT_SHARE)


_LEARNED: dict[str, Ways] = {}


def ways_of(server: str, context: int) -> Ways:
    """What is known of a server (its model and its address), with no more context than is set."""
    known = _LEARNED.get(server, Ways(context))
    return replace(known, context=min(context, known.context))


def keep(server: str, ways: Ways) -> None:
    """Remember ways that led to an answer."""
    _LEARNED[server] = ways
