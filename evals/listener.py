"""Hears what a model is sent and says while a sample runs, whichever provider it is of, by LangChain's callbacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.tracers.context import register_configure_hook
from typing_extensions import override

from agent.budget import Usage
from agent.tokens import tokens_of, tokens_sent


class Listener(BaseCallbackHandler):
    """replies: those of all calls, in their order. errors: of calls that failed. usage: estimated from the texts."""

    run_inline = True  # else each token of a stream takes a trip to another thread

    def __init__(self) -> None:
        self.replies: list[AIMessage] = []
        self.errors: list[BaseException] = []
        self.usage = Usage()

    @override
    def on_chat_model_start(self, serialized: dict[str, Any], messages: list[list[BaseMessage]], **kwargs: Any) -> None:
        """Count what is sent."""
        tools = (kwargs.get("invocation_params") or {}).get("tools")
        for one in messages:
            self.usage += Usage(1, tokens_of(*one) + tokens_sent(tools or []))

    @override
    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        """Keep what came back."""
        for generation in (one for ones in response.generations for one in ones):
            if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
                self.replies.append(generation.message)
                self.usage += Usage(0, 0, tokens_of(generation.message))

    @override
    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        """Keep why a call failed."""
        self.errors.append(error)


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
register_configure_hook(_listener, inheritable=True)


@contextmanager
def listening() -> Iterator[Listener]:
    """Everything that models are asked from here, in this thread and in what it waits for."""
    heard = Listener()
    before = _listener.set(heard)
    try:
        yield heard
    finally:
        _listener.reset(before)
