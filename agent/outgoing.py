"""What goes out to a model's server: looked through for secrets first; and what a call used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage

from agent.budget import Usage
from agent.tokens import tokens_of
from tools.redaction import redacted
from tools.render.plain import Json


def without_secrets(messages: Iterable[AnyMessage]) -> list[AnyMessage]:
    """The same messages, with what looks like a key, a token or a password hidden; questions may hold one."""
    return [_without(message) for message in messages]


def _without(message: AnyMessage) -> AnyMessage:
    changed: dict[str, object] = {}
    if (content := _hidden(cast("Json", message.content))) != message.content:
        changed["content"] = content
    if isinstance(message, AIMessage) and message.tool_calls:
        changed["tool_calls"] = [{**call, "args": _hidden(call["args"])} for call in message.tool_calls]
    if isinstance(message, AIMessage) and message.invalid_tool_calls:
        changed["invalid_tool_calls"] = [{**call, "args": _hidden(call["args"])} for call in message.invalid_tool_calls]
    return message.model_copy(update=changed) if changed else message


def _hidden(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _hidden(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_hidden(one) for one in value]
    return redacted(value) if isinstance(value, str) else value


def usage_of(replies: Sequence[BaseMessage], sent: Callable[[], int]) -> Usage:
    """What a call used: as the server says, else as we count. sent: the tokens of the request, counted if needed."""
    told = [m.usage_metadata for m in replies if isinstance(m, AIMessage) and m.usage_metadata]
    prompt, completion = (sum(one[way] for one in told) for way in ("input_tokens", "output_tokens"))
    return Usage(1, prompt or sent(), completion or tokens_of(*replies))
