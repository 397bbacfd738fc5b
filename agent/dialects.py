"""Replies of models that do not say things where they belong: thoughts and calls in the text, calls without ids."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Collection, Iterator

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolCall

_ALOUD = "(?:think|thinking|thought|reasoning)"
_THOUGHT = re.compile(rf"\s*(?:<{_ALOUD}>)?.*?</{_ALOUD}>\s*", re.DOTALL)
_UNFINISHED = re.compile(rf"\s*<{_ALOUD}>")
_TAGGED = re.compile(r"<(?:tool_call|function_call)>\s*(\{.*?\})\s*</(?:tool_call|function_call)>", re.S)
_WHOLE = re.compile(r"\s*(?:```(?:json|tool_call)?\s*)?(\{.*\})\s*(?:```)?\s*", re.S)


def without_thoughts(text: str) -> str:
    """The text behind what a model thinks aloud, which is no answer; nothing as long as it thinks."""
    thought = _THOUGHT.match(text)
    spoken = text[thought.end() :] if thought else text
    return "" if _UNFINISHED.match(spoken) else spoken


def understood(reply: AIMessage, tools: Collection[str]) -> AIMessage:
    """The reply with thoughts left out, calls that were written as text made calls, and an id for each call."""
    text = without_thoughts(reply.text)
    calls = list(reply.tool_calls)
    if not calls and not reply.invalid_tool_calls and (calls := list(_written(text, tools))):
        text = ""
    calls = [ToolCall(name=_name(c["name"], tools), args=c["args"], id=c["id"] or _new_id()) for c in calls]
    if text == reply.text and calls == [ToolCall(name=c["name"], args=c["args"], id=c["id"]) for c in reply.tool_calls]:
        return reply
    return AIMessage(
        text,
        id=reply.id,
        tool_calls=calls,
        invalid_tool_calls=reply.invalid_tool_calls,
        response_metadata=reply.response_metadata,
        usage_metadata=reply.usage_metadata,
    )


def _written(text: str, tools: Collection[str]) -> Iterator[ToolCall]:
    """Calls in tags; or the one that is all of a text."""
    whole = _WHOLE.fullmatch(text)
    for found in _TAGGED.findall(text) or ([whole[1]] if whole else []):
        try:
            said = json.loads(found)
        except ValueError:
            continue
        args = next((said[key] for key in ("arguments", "parameters", "args") if isinstance(said.get(key), dict)), None)
        if said.get("name") in tools and args is not None:
            yield ToolCall(name=said["name"], args=args, id=_new_id())


def _name(name: str, tools: Collection[str]) -> str:
    """The tool that is meant: some servers send its name again with every piece of a stream."""
    return next((tool for tool in tools if name and name == tool * (len(name) // len(tool))), name)


def _new_id() -> str:
    return f"call_{uuid.uuid4().hex}"


def without_system_role(messages: list[AnyMessage], system: SystemMessage) -> list[AnyMessage]:
    """The instructions before the first thing a person says, for models that know no other place for them."""
    first = next((i for i, message in enumerate(messages) if isinstance(message, HumanMessage)), None)
    if first is None:
        return [HumanMessage(system.text), *messages]
    said = HumanMessage(f"{system.text}\n\n{messages[first].text}")
    return [*messages[:first], said, *messages[first + 1 :]]
