"""The offline analyst as a LangChain chat model: messages and bound tools in, one step or the answer out."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.offline.brevity import wanted_length
from agent.offline.policy import Wanted, next_step
from agent.offline.thread import Call, thread_of
from agent.offline.write import Answer, write
from agent.verbosity import Verbosity


class OfflineAnalyst(BaseChatModel):
    """Understands, plans the next call, writes. The same messages always give the same reply."""

    verbosity: Verbosity = "normal"

    @property
    def _llm_type(self) -> str:
        return "runwhy-offline"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,  # noqa: ARG002 - the analyst chooses by itself
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Tools arrive as for any model; only tools that are bound are called. Of ours it needs no more than the name:
        to write down what each takes costs a fifth of the time of an answer."""
        return self.bind(tools=[_named(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=reply(messages, _tool_names(kwargs), self.verbosity))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield from chunks_of(reply(messages, _tool_names(kwargs), self.verbosity))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        # Over thousands of runs this takes seconds, in which the others in a chat go on.
        for chunk in chunks_of(await asyncio.to_thread(reply, messages, _tool_names(kwargs), self.verbosity)):
            yield chunk


def reply(messages: Sequence[BaseMessage], tools: frozenset[str] | None, verbosity: Verbosity) -> AIMessage:
    """The next step as a message. `tools`: names that are bound, None when nothing is known about them."""
    thread = thread_of(messages, verbosity)
    verbosity = wanted_length(thread.question, verbosity)
    thread = replace(thread, verbosity=verbosity)
    step = next_step(thread)
    if isinstance(step, Wanted):
        calls = [c for c in step.calls if tools is None or c.tool in tools]
        if calls:
            return AIMessage("", tool_calls=[_tool_call(c, len(thread.outcomes) + i) for i, c in enumerate(calls)])
        return _message(
            Answer("I have no tools to look at the runs with, so I cannot answer questions about them.", False)
        )
    return _message(write(step, thread.evidence, verbosity))


def _message(answer: Answer) -> AIMessage:
    return AIMessage(answer.text, response_metadata={"answered": answer.answered, "about": list(answer.about)})


def _tool_call(wanted: Call, index: int) -> Any:
    return tool_call(name=wanted.tool, args=wanted.args, id=f"offline_{index}_{abs(hash(wanted)) % 10**8}")


def _named(tool: dict[str, Any] | type | Callable[..., Any] | BaseTool) -> dict[str, Any]:
    if isinstance(tool, BaseTool):
        return {"type": "function", "function": {"name": tool.name}}
    return convert_to_openai_tool(tool)


def _tool_names(kwargs: dict[str, Any]) -> frozenset[str] | None:
    tools = kwargs.get("tools")
    return None if tools is None else frozenset(str(tool["function"]["name"]) for tool in tools)


def chunks_of(message: AIMessage) -> Iterator[ChatGenerationChunk]:
    """A message word by word; the last chunk carries the metadata and says that it is the last."""
    words = re.findall(r"\S+\s*|\s+", str(message.text))
    for word in words:
        yield ChatGenerationChunk(message=AIMessageChunk(content=word))
    calls = [
        tool_call_chunk(name=c["name"], args=json.dumps(c["args"]), id=c["id"], index=i)
        for i, c in enumerate(message.tool_calls)
    ]
    last = AIMessageChunk(
        content="", tool_call_chunks=calls, response_metadata=message.response_metadata, chunk_position="last"
    )
    yield ChatGenerationChunk(message=last)
