"""ChatOpenAI for servers that are compatible but for details: what they send is put into shape before it is read."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from typing_extensions import override

Json = dict[str, Any]
# What is put into shape here has been complained of by then.
warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)


class LenientChatOpenAI(ChatOpenAI):
    """Forgives arguments that are an object, calls without an index, and content in pieces."""

    @override
    def _convert_chunk_to_generation_chunk(
        self, chunk: Json, default_chunk_class: type, base_generation_info: Json | None
    ) -> ChatGenerationChunk | None:
        shaped = _shaped(chunk, "delta")
        return super()._convert_chunk_to_generation_chunk(shaped, default_chunk_class, base_generation_info)

    @override
    def _create_chat_result(self, response: Any, generation_info: Json | None = None) -> ChatResult:
        if isinstance(response, str):
            # A web page, as a wrong address or a network that wants a sign-in sends it.
            raise OutputParserException("No generations found: the server sent a text instead of JSON.")
        body = response if isinstance(response, dict) else response.model_dump(warnings=False)
        return super()._create_chat_result(_shaped(body, "message"), generation_info)


def _shaped(body: Json, part: str) -> Json:
    choices = [
        {**choice, part: _message(choice[part])} if isinstance(choice.get(part), Mapping) else choice
        for choice in body.get("choices") or []
    ]
    return {**body, "choices": choices}


def _message(message: Mapping[str, Any]) -> Json:
    calls = [_call(i, call) for i, call in enumerate(message.get("tool_calls") or [])]
    shaped = {**message, "content": _text(message.get("content"))}
    return {**shaped, "tool_calls": calls} if calls else shaped


def _text(content: object) -> object:
    """Pieces of text as one."""
    if not isinstance(content, list):
        return content
    return "".join(str(piece.get("text", "")) for piece in content if isinstance(piece, Mapping))


def _call(position: int, call: Mapping[str, Any]) -> Json:
    function = dict(call.get("function") or {})
    if isinstance(function.get("arguments"), Mapping):
        function["arguments"] = json.dumps(function["arguments"])
    index = call.get("index")
    return {**call, "index": position if index is None else index, "function": function}
