"""Markdown as Slack's messages: every limit held, nothing lost, and no code block or table row torn apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from agent.links import without_links
from agent.slack.grids import Grid
from agent.slack.kit import (
    HEADER,
    NOTIFICATION,
    Block,
    Message,
    divider,
    escaped,
    escaped_within,
    header,
    length,
    section,
)
from agent.slack.spans import Line, Span, bold, cut_line, lines_of, plain, written

ROOM = 2900
"""Characters of a section that we fill; Slack takes 3,000."""
MOST_BLOCKS, MOST_TEXT = 40, 11_000
"""Of one message of ours. Slack takes 50 and 40,000, but folds long ones away, and what stands below needs room too."""
INDENT = "      "
BULLETS = "•◦▪"
_READER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@dataclass(frozen=True)
class Prose:
    """Lines of text; `lead` stands before the first one, `under` before the others (bullets and quotation marks)."""

    lines: tuple[Line, ...]
    lead: str = ""
    under: str = ""
    tight: bool = False


@dataclass(frozen=True)
class Fence:
    """Lines as they are. The first `head` of them are repeated where the block is cut."""

    lines: tuple[str, ...]
    head: int = 0


@dataclass(frozen=True)
class Heading:
    """A title; grave ones stand out more."""

    line: Line
    level: int


@dataclass(frozen=True)
class Rule:
    """A line across."""


Piece = Prose | Fence | Heading | Rule


def messages(markdown: str) -> tuple[Message, ...]:
    """The messages that say what the Markdown says, at least one. Links and pictures become text, as in the chat."""
    blocks = blocks_of(markdown)
    return tuple(Message(notification(part), tuple(part)) for part in _parted(blocks)) or (_nothing(),)


def blocks_of(markdown: str) -> list[Block]:
    """The same as blocks, however many."""
    return list(_blocks(pieces(markdown)))


def notification(blocks: Sequence[Block]) -> str:
    """The beginning of what some blocks say, for a telephone's lock screen."""
    texts = [one["text"] for one in blocks if isinstance(one.get("text"), dict)]
    said = " ".join(str(text["text"]) for text in texts if isinstance(text, dict))
    unescaped = said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return escaped_within(" ".join(unescaped.replace("*", "").replace("`", "").split()), NOTIFICATION) or "…"


def pieces(markdown: str) -> list[Piece]:
    """The parts of a document from top to bottom."""
    tree = SyntaxTreeNode(_READER.parse(without_links(markdown)))
    found: list[Piece] = []
    for node in tree.children:
        parts = list(_pieces(node, "", ""))
        found += [
            replace(one, tight=one.tight and at > 0) if isinstance(one, Prose) else one for at, one in enumerate(parts)
        ]
    return found


def _nothing() -> Message:
    return Message("–", (section("–"),))


def _pieces(node: SyntaxTreeNode, lead: str, under: str) -> Iterator[Piece]:
    if node.type == "heading":
        yield Heading(_joined(_lines(node)), int(node.tag[1:]))
    elif node.type == "paragraph":
        yield Prose(_lines(node), lead, under)
    elif node.type in ("fence", "code_block"):
        yield Fence(tuple(node.content.rstrip("\n").split("\n")))
    elif node.type == "hr":
        yield Rule()
    elif node.type == "table":
        yield from _table(_grid(node), under)
    elif node.type == "blockquote":
        for child in node.children:
            yield from _pieces(child, _quoted(lead), _quoted(under))
    elif node.type in ("bullet_list", "ordered_list"):
        yield from _list(node, under)


def _quoted(lead: str) -> str:
    """Slack has one level of quotations."""
    return lead if lead.startswith(">") else f">{lead} " if lead else "> "


def _list(node: SyntaxTreeNode, under: str) -> Iterator[Piece]:
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else 0
    depth = under.count(INDENT)
    for at, item in enumerate(node.children):
        mark = f"{first + at}. " if node.type == "ordered_list" else f"{BULLETS[min(depth, len(BULLETS) - 1)]} "
        lead = under + mark
        for child in item.children:
            yield from (_tightened(piece) for piece in _pieces(child, lead, under + INDENT))
            lead = under + INDENT
        if not item.children:
            yield Prose(((Span("–"),),), lead, "", True)


def _tightened(piece: Piece) -> Piece:
    return replace(piece, tight=True) if isinstance(piece, Prose) else piece


def _table(grid: Grid, under: str) -> Iterator[Piece]:
    if grid.fits:
        yield Fence(tuple(grid.aligned()), 2)
    else:
        yield from (Prose((line,), under, under, True) for line in grid.listed())


def _grid(table: SyntaxTreeNode) -> Grid:
    rows = [row for part in table.children for row in part.children]
    cells = [tuple(_joined(_lines(cell)) for cell in row.children) for row in rows]
    sides = tuple(str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in rows[0].children)
    return Grid(cells[0], tuple(cells[1:]), sides)


def _lines(node: SyntaxTreeNode) -> tuple[Line, ...]:
    inline = node.children[0].token if node.children else None
    return lines_of(inline) if inline else ((),)


def _joined(lines: Sequence[Line]) -> Line:
    joined: list[Span] = []
    for line in lines:
        joined += [Span(" "), *line] if joined else line
    return tuple(joined)


def _blocks(parts: Iterable[Piece]) -> Iterator[Block]:
    """Neighbouring lines of text share a section as long as they fit."""
    text = ""
    for part in parts:
        if isinstance(part, Prose):
            for line in _prose(part):
                gap = "\n" if part.tight or not text else "\n\n"
                if text and len(text) + len(gap) + len(line) > ROOM:
                    yield section(text)
                    text = ""
                text = f"{text}{gap}{line}" if text else line
            continue
        yield from [section(text)] if text else []
        text = ""
        yield from _block(part)
    yield from [section(text)] if text else []


def _block(part: Fence | Heading | Rule) -> Iterator[Block]:
    if isinstance(part, Rule):
        yield divider()
    elif isinstance(part, Fence):
        yield from (section(f"```\n{text}\n```") for text in _fenced(part))
    elif part.level <= 2 and len(title := plain(part.line)) <= HEADER and title.strip():
        yield header(title)
    else:
        yield from (section(written(piece)) for piece in cut_line(bold(part.line), ROOM))


def _prose(part: Prose) -> Iterator[str]:
    """The written paragraphs of a piece, each short enough for a section."""
    text, lead = "", part.lead
    for line in part.lines:
        for small in cut_line(line, ROOM - len(part.lead) - len(part.under)):
            one = lead + written(small)
            lead = part.under
            if text and len(text) + 1 + len(one) > ROOM:
                yield text
                text = ""
            text = f"{text}\n{one}" if text else one
    yield from [text] if text else []


def _fenced(part: Fence) -> Iterator[str]:
    """The lines of a code block in pieces that fit, cut between lines; a line only where it does not fit alone."""
    room = ROOM - len("```\n\n```")
    head = [one for line in part.lines[: part.head] for one in _code(line, room)]
    kept, used = list(head), sum(map(len, head)) + len(head)
    fresh = len(head)
    for line in part.lines[part.head :]:
        for one in _code(line, room // 2):
            if len(kept) > fresh and used + len(one) + 1 > room:
                yield "\n".join(kept)
                kept, used = list(head), sum(map(len, head)) + len(head)
            kept.append(one)
            used += len(one) + 1
    yield "\n".join(kept)


def _code(line: str, room: int) -> Iterator[str]:
    """A line of code as it can stand between three backticks."""
    line = line.replace("```", "`\u200b`\u200b`")
    if len(escaped(line)) <= room:
        yield escaped(line)
        return
    step = room // 6
    yield from (escaped(line[i : i + step]) for i in range(0, len(line), step))


def _parted(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks by message. A title goes with what it is the title of."""
    kept: list[Block] = []
    for block in blocks:
        if kept and (len(kept) >= MOST_BLOCKS or length([*kept, block]) > MOST_TEXT):
            moved = [kept.pop()] if len(kept) > 1 and kept[-1]["type"] == "header" else []
            yield kept
            kept = moved
        kept.append(block)
    if kept:
        yield kept
