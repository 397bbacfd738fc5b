"""How a model's server wants to be spoken to: what turned out stays known as long as this process runs.

Otherwise each question would begin with a call that fails.
"""

from __future__ import annotations

import sys
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
    most: int = CONTEXT_TOKENS
    """The context that is set."""

    @property
    def room(self) -> int:
        """The tokens that a prompt may have."""
        return int(self.context * PROMPT_SHARE)


ANY = Ways(sys.maxsize)
"""Of a server of which nothing is known yet."""
_LEARNED: dict[str, Ways] = {}


def ways_of(server: str, context: int) -> Ways:
    """What is known of a server (its model and its address), with no more context than is set."""
    known = _LEARNED.get(server, ANY)
    return replace(known, context=min(context, known.context), most=context)


def keep(server: str, ways: Ways) -> None:
    """Remember ways that led to an answer; that no more than the set context was used tells nothing of the server."""
    learned = ways.context < ways.most
    _LEARNED[server] = ways if learned else replace(ways, context=_LEARNED.get(server, ANY).context)
