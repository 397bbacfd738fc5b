"""Cells of Markdown tables: what the head of a number's column says of it."""

from __future__ import annotations

import re

from agent.grounding.numbers import Written
from agent.grounding.wording import Kind, place_of

_RANKED = frozenset({"", "place", "rank", "no", "no."})
_RULE = re.compile(r"\|[\s|:-]+$")
_COUNTED = re.compile(r"[\s*_`]*(run|point|setting|metric|row)s[\s*_`]*", re.IGNORECASE)
_PLACE = re.compile(r"\b(step|epoch|line)s?\b", re.IGNORECASE)
_SHARE = re.compile("share", re.IGNORECASE)


def header(text: str, number: Written) -> str:
    """The head of the table column that a number stands in, or ""."""
    line_start = text.rfind("\n", 0, number.start) + 1
    if not text.startswith("|", line_start):
        return ""
    rows = text[:line_start].splitlines()
    while rows and rows[-1].startswith("|"):
        head = rows.pop()
    if not text[:line_start].rstrip("\n").endswith("|"):
        return ""
    cells, column = head.split("|"), text.count("|", line_start, number.start)
    return cells[column] if column < len(cells) else ""


def column_kind(head: str, number: Written) -> tuple[Kind, str] | None:
    """A share, a place, or a count with its noun, where the head of the column names one."""
    if _SHARE.search(head):
        return "share", ""
    if number.is_whole and (counted := _COUNTED.fullmatch(head)):
        return "count", counted[1].lower()
    place = _PLACE.search(head)
    kind = place_of(place[1]) if place else None
    return (kind, "") if kind and (number.is_whole or kind == "epoch") else None


def is_rank(text: str, number: Written) -> bool:
    """The number of a table row in a column of places, counted from one."""
    if header(text, number).strip(" *#").lower() not in _RANKED:
        return False
    line_start = text.rfind("\n", 0, number.start) + 1
    if not re.fullmatch(r"\|[\s*]*", text[line_start : number.start]):
        return False
    above = text[:line_start].rstrip("\n").splitlines()[::-1]
    rows = next((i for i, line in enumerate(above) if _RULE.match(line)), len(above))
    return number.value == rows + 1
