"""Slack's documented limits of blocks: everything for which it would answer invalid_blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

TEXTS = {"header": 150, "section": 3000}
KNOWN = {"section", "header", "divider", "context", "actions", "context_actions", "image", "input"}
CLICKABLE = {"button", "overflow", "feedback_buttons", "static_select"}


def complaints(blocks: Sequence[Mapping[str, Any]], most: int = 50) -> list[str]:
    """Everything for which Slack would answer invalid_blocks."""
    found = [f"more than {most} blocks"] if len(blocks) > most else []
    ids = [one["block_id"] for one in blocks if "block_id" in one]
    found += ["block_id twice"] if len(ids) != len(set(ids)) else []
    return found + [f"block {at}: {what}" for at, block in enumerate(blocks) for what in _block(block)]


def _block(block: Mapping[str, Any]) -> Iterator[str]:
    kind = block.get("type")
    if kind not in KNOWN:
        yield f"no such type {kind}"
    if len(block.get("block_id", "")) > 255:
        yield "block_id too long"
    if kind in TEXTS:
        yield from _text(block.get("text"), TEXTS[kind], {"section": "", "header": "plain_text"}[kind])
    if kind == "context":
        if not 1 <= len(block["elements"]) <= 10:
            yield "context needs 1 to 10 elements"
        for element in block["elements"]:
            yield from _text(element, 3000, "")
    if kind in ("actions", "context_actions"):
        if not 1 <= len(block["elements"]) <= (25 if kind == "actions" else 5):
            yield f"{kind} has {len(block['elements'])} elements"
        for element in block["elements"]:
            yield from _element(element)
    if "accessory" in block:
        yield from _element(block["accessory"])


def _element(element: Mapping[str, Any]) -> Iterator[str]:
    kind = element.get("type")
    if kind not in CLICKABLE:
        yield f"no such element {kind}"
    if not 1 <= len(element.get("action_id", "")) <= 255:
        yield "action_id"
    if kind == "button":
        yield from _text(element.get("text"), 75, "plain_text")
        if not len(element.get("value", "x")) <= 2000:
            yield "value too long"
        if element.get("style", "primary") not in ("primary", "danger"):
            yield "style"
    if kind == "overflow":
        if not 1 <= len(element["options"]) <= 5:
            yield "overflow needs 1 to 5 options"
        for option in element["options"]:
            yield from _text(option["text"], 75, "plain_text")
            if not 1 <= len(option["value"]) <= 150:
                yield "value of an option"
    if kind == "feedback_buttons":
        for side in ("positive_button", "negative_button"):
            yield from _text(element[side]["text"], 75, "plain_text")


def _text(text: Any, most: int, kind: str) -> Iterator[str]:
    if not isinstance(text, Mapping) or text.get("type") not in ("plain_text", "mrkdwn"):
        yield "no text object"
        return
    if kind and text["type"] != kind:
        yield f"{text['type']} where {kind} belongs"
    if text["type"] == "plain_text" and "verbatim" in text:
        yield "verbatim is for mrkdwn"
    if text["type"] == "mrkdwn" and "emoji" in text:
        yield "emoji is for plain_text"
    if not 1 <= len(text["text"]) <= most:
        yield f"{len(text['text'])} characters, {most} are allowed"
