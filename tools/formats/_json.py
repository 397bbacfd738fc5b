"""JSON documents that may be cut off: what stands before the cut is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tools.errors import ToolError
from tools.formats._base import Source
from tools.formats._lines import lines, texts
from tools.records import SkippedLine

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')

_NEAR = 16
"""A record stands in a list at most so many brackets above it."""


def document(source: Source, whole_records: bool = True) -> tuple[object, SkippedLine | None]:
    """The decoded document, and a note where it was cut off.

    whole_records: of a list of objects the one in which it was cut is left out, since it may lack where it stands.
    """
    text = "".join(texts(source)).lstrip("\ufeff")
    try:
        return json.loads(text), None
    except RecursionError as error:
        raise ToolError(f"{source.path} is nested too deeply to be a log.") from error
    except ValueError as error:
        where = getattr(error, "pos", 0)
        closed = salvage(text, whole_records)
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


def records(source: Source) -> Iterator[dict[str, object] | SkippedLine]:
    """The JSON object on each line, and the lines that hold none; blank ones are passed over."""
    for line, text in lines(source):
        record = record_of(text)
        if record is not None:
            yield record
        elif text.strip():
            yield SkippedLine(line, text.strip()[:200], "not a JSON record")


def salvage(text: str, whole_records: bool = True) -> object | None:
    """The longest well-formed beginning of a document with its open brackets closed, or None."""
    stack: list[str] = []
    safe, closing, records = 0, "", 0
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in "{[":
            records += mark == "{" and "]" in stack[-_NEAR:]
            stack.append("}" if mark == "{" else "]")
        elif mark in "}]":
            if not stack or stack.pop() != mark:
                break
            records -= mark == "}" and "]" in stack[-_NEAR:]
        if mark in "}]," and not (whole_records and records):
            at = token.start() if mark == "," else token.end()
            safe, closing = at, "".join(reversed(stack))
    try:
        return json.loads(text[:safe] + closing) if safe else None
    except (ValueError, RecursionError):
        return None
