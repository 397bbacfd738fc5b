"""Blocks and elements of Slack's Block Kit, each within Slack's documented limits.

Text of logs, models and people goes through `escaped` (mrkdwn) or into a plain_text element; in neither does Slack look
for mentions, channels or links, so nothing that a run is called can call anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.render.plain import Json

Block = Mapping[str, Json]

SECTION, HEADER, LABEL, CONTEXT_ELEMENTS = 3000, 150, 75, 10
"""Characters of a section, of a header and of a button; elements of a context block."""
BLOCKS, HOME_BLOCKS = 50, 100
NOTIFICATION = 300
"""Characters of the text that stands for the blocks in a notification; ours, Slack takes more."""


@dataclass(frozen=True)
class Message:
    """What is posted or edited at once. `text` stands for the blocks in notifications and to screen readers."""

    text: str
    blocks: tuple[Block, ...]


def escaped(text: str) -> str:
    """Text of which Slack makes no mention, no link and no control sequence."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def section(mrkdwn: str, accessory: Block | None = None) -> Block:
    """Text that has been rendered for Slack already and is short enough."""
    block: dict[str, Json] = {"type": "section", "text": _mrkdwn(mrkdwn), "expand": True}
    return block if accessory is None else {**block, "accessory": dict(accessory)}


def header(text: str) -> Block:
    """A heading, of plain text."""
    return {"type": "header", "text": _plain(text, HEADER)}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def context(*mrkdwn: str) -> Block:
    """Small grey lines."""
    return {"type": "context", "elements": [_mrkdwn(one) for one in mrkdwn[:CONTEXT_ELEMENTS]]}


def actions(block_id: str, *elements: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": [dict(one) for one in elements]}


def button(action: str, label: str, value: str = "", style: str = "") -> Block:
    """A button; `action` says which, `value` comes back with a click."""
    made: dict[str, Json] = {"type": "button", "action_id": action, "text": _plain(label, LABEL)}
    made |= {"value": value} if value else {}
    return {**made, "style": style} if style else made


def menu(action: str, choices: Mapping[str, str]) -> Block:
    """Three dots that open a list of up to five choices: value -> label."""
    options: list[Json] = [{"text": _plain(label, LABEL), "value": value} for value, label in choices.items()]
    return {"type": "overflow", "action_id": action, "options": options}


def thumbs(action: str) -> Block:
    """The two thumbs that Slack draws under the answers of assistants."""
    up: Json = {"text": _plain("Good answer", LABEL), "value": "up"}
    down: Json = {"text": _plain("Bad answer", LABEL), "value": "down"}
    element: Json = {"type": "feedback_buttons", "action_id": action, "positive_button": up, "negative_button": down}
    return {"type": "context_actions", "elements": [element]}


def cut(text: str, most: int) -> str:
    """Text of at most so many characters, with a mark where some are missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def escaped_within(text: str, most: int) -> str:
    """The beginning of a text, escaped, in at most so many characters."""
    if len(whole := escaped(text)) <= most:
        return whole
    kept, length = [], 1
    for character in text:
        length += len(escaped(character))
        if length > most:
            break
        kept.append(character)
    return escaped("".join(kept).rstrip()) + "…"


def length(blocks: Sequence[Block]) -> int:
    """Characters of all text in some blocks, as they are sent."""
    return sum(_length(dict(block)) for block in blocks)


def _length(value: Json) -> int:
    if isinstance(value, dict):
        text = value.get("text")
        own = len(text) if isinstance(text, str) else 0
        return own + sum(_length(inner) for inner in value.values() if not isinstance(inner, str))
    return sum(map(_length, value)) if isinstance(value, list) else 0


def _mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(text: str, most: int) -> Json:
    return {"type": "plain_text", "text": cut(" ".join(text.split()) or "–", most), "emoji": False}
