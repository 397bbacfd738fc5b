"""What one question may cost and has cost: calls of the model, tokens, seconds, money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tools.amounts import counted

PER = 1_000_000
CONTEXT_TOKENS = 8_000
"""What a model can read and write at once, unless set otherwise: as much as small models have."""
SMALLEST_CONTEXT = 3_000
"""Below that nothing is left for results beside the shortest instructions and tools."""
PROMPT_SHARE = 0.75
"""Of that for the prompt; the rest is for the answer, and for the marks of a chat template."""


@dataclass(frozen=True)
class TokenPrice:
    """Of a million tokens: those sent, those that come back."""

    prompt: float
    completion: float
    currency: str = "USD"


@dataclass(frozen=True)
class Usage:
    """Calls of a model on a server and the tokens that went to it and came back."""

    calls: int = 0
    prompt: int = 0
    completion: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.calls + other.calls, self.prompt + other.prompt, self.completion + other.completion)

    @property
    def tokens(self) -> int:
        """Both ways."""
        return self.prompt + self.completion


@dataclass(frozen=True)
class Budget:
    """How much a question may use beside its calls and seconds; None is no limit."""

    tokens: int | None = None
    money: float | None = None
    price: TokenPrice | None = None

    def cost(self, usage: Usage) -> float | None:
        """In the currency of the price, None without one."""
        if self.price is None:
            return None
        return (usage.prompt * self.price.prompt + usage.completion * self.price.completion) / PER

    def used_up(self, usage: Usage) -> str:
        """Half a sentence that can follow "because" once a limit is reached, "" before."""
        if self.tokens is not None and usage.tokens >= self.tokens:
            return f"the {self.tokens:,} tokens that a question may use are used up"
        cost = self.cost(usage)
        if self.money is not None and self.price is not None and cost is not None and cost >= self.money:
            return f"the {self.money:g} {self.price.currency} that a question may cost are used up"
        return ""

    def short_of(self, usage: Usage, last: Usage) -> str:
        """The limit, as half a sentence, where a call like the last one fits and no second one after it; else ""."""
        return self.used_up(usage + last + last) if last.calls else ""


def footer(model: str, usage: Usage, tools: int, seconds: float, cost: float | None, currency: str) -> str:
    """ "openai:gpt-5-mini · 3 model calls · 5,210 tokens · 4 tool calls · 4.2 s · 0.0123 USD"."""
    return " · ".join(_parts(model, usage, tools, seconds, cost, currency))


def _parts(model: str, usage: Usage, tools: int, seconds: float, cost: float | None, currency: str) -> Iterator[str]:
    yield "offline analyst" if model == "offline" else model
    if usage.calls:
        yield counted(usage.calls, "model call")
        yield counted(usage.tokens, "token")
    yield counted(tools, "tool call")
    yield f"{seconds:.1f} s"
    if cost is not None and usage.calls:
        yield f"{cost:.2g} {currency}"
