"""JSON documents that may be cut off: what stands before the cut is kept."""

from __future__ import annotations

import json
import re

from tools.errors import ToolError
from tools.formats._base import Source
from tools.formats._lines import texts
from tools.records import SkippedLine

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def document(source: Source) -> tuple[object, SkippedLine | None]:
    """The decoded document, and a note where it was cut off."""
    text = "".join(texts(source)).lstrip("\ufeff")
    try:
        return json.loads(text), None
    except RecursionError as error:
        raise ToolError(f"{source.path} is nested too deeply to be a log.") from error
    except ValueError as error:
        where = getattr(error, "pos", 0)
        closed = salvage(text)
        if closed is None:
            raise ToolError(f"{source.path} is not a JSON document: {error}.") from error
        line = text.count("\n", 0, where) + 1
        note = SkippedLine(
            line,
            text[max(0, where - 80) : where + 80].strip()[:200],
            f"the JSON document is broken here ({error}); what stands before is kept",
        )
        return closed, note


def record_of(line: str) -> dict[str, object] | None:
    """The JSON object on a line, None when there is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def salvage(text: str) -> object | None:
    """The longest well-formed beginning of a document with its open brackets closed, or None."""
    stack: list[str] = []
    safe, closing = 0, ""
    expect_key = False
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in "{[":
            stack.append("}" if mark == "{" else "]")
            expect_key = mark == "{"
        elif mark in "}]":
            if not stack or stack.pop() != mark:
                break
            expect_key = False
            safe, closing = token.end(), "".join(reversed(stack))
        elif mark == ",":
            expect_key = bool(stack) and stack[-1] == "}"
            safe, closing = token.start(), "".join(reversed(stack))
        elif mark == ":":
            expect_key = False
    del expect_key
    try:
        return json.loads(text[:safe] + closing) if safe else None
    except (ValueError, RecursionError):
        return None
