"""About how many tokens a model reads: counted without its tokenizer, and rather too many than too few.

Each digit counts, as tokenizers of Llama 2, Mistral, Gemma and Qwen take it: what they make of our prompts is 2 to 17%
less than this, and what those with tokens of three digits make (cl100k, o200k, Llama 3) is less still.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from langchain_core.messages import BaseMessage, convert_to_openai_messages
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

_PIECES = re.compile(r"[A-Za-z]{1,6}|\d|[ \t](?=\d)|[!-/:-@\[-`{-~]{1,3}|\n| {2,}")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
AROUND = 3
"""Tokens of the marks around a field of a request."""


@lru_cache(maxsize=1024)
def tokens_in(text: str) -> int:
    """Of a text. Letters beyond ASCII count as their bytes: no tokenizer makes more of them."""
    foreign = sum(len(found.encode("utf-8", "replace")) for found in _FOREIGN.findall(text))
    return len(_PIECES.findall(text)) + foreign


def tokens_sent(part: object) -> int:
    """Of a part of a request as it goes to a server: its texts, its names and the marks around them."""
    if isinstance(part, str):
        return tokens_in(part)
    if isinstance(part, Mapping):
        return sum(tokens_in(str(name)) + AROUND + tokens_sent(value) for name, value in part.items())
    if isinstance(part, Sequence):
        return sum(map(tokens_sent, part))
    return tokens_in(str(part))


def tokens_of(*messages: BaseMessage) -> int:
    """Of messages, in the form in which most servers take them."""
    return tokens_sent(convert_to_openai_messages(list(messages)))


def tokens_of_tools(tools: Sequence[BaseTool | dict[str, object]]) -> int:
    """Of the manual of these tools."""
    return sum(_of_tool(_Manual(tool)) for tool in tools)


class _Manual:
    """A tool, known by its name and its description: every question builds its tools anew."""

    def __init__(self, tool: BaseTool | dict[str, object]) -> None:
        self.tool = tool
        self.key = repr(tool) if isinstance(tool, dict) else f"{tool.name}\n{tool.description}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Manual) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@lru_cache(maxsize=64)
def _of_tool(manual: _Manual) -> int:
    return tokens_sent(convert_to_openai_tool(manual.tool))
