"""Inline Markdown as Slack's mrkdwn: runs of text with their marks, which can be cut anywhere and stay well marked.

Slack knows no escape for its marks. A literal `*args*` becomes code, the one place where marks stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from agent.slack.kit import escaped

MARKS = {"strong": "*", "em": "_", "s": "~"}
CODE = "`"
SEAM = "\u200b"
"""A space of no width: beside it Slack takes a mark for one that would otherwise stand inside a word."""
OTHER_TICK = "ˋ"
"""What a literal backtick becomes: Slack has no way to write one inside code."""
_WORDS = re.compile(r"\S+|\s+")
_OPENING = re.compile(r"(?<![^\W_])([*_~])(?=\S)")
_EMOJI = re.compile(r":(?=(?:[a-z][a-z0-9_+'-]*|[+-]1|100|1234|8ball):)", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """A piece of text; `marks` from the outermost to the innermost."""

    text: str
    marks: str = ""


Line = tuple[Span, ...]


def lines_of(inline: Token) -> tuple[Line, ...]:
    """The lines of a paragraph, a heading or a cell. Marks do not cross a line break, since Slack's do not."""
    lines: list[list[Span]] = [[]]
    marks = ""
    for token in inline.children or ():
        kind, _, edge = token.type.rpartition("_")
        if token.type == "softbreak":
            lines[-1].append(Span(" ", _once(marks)))
        elif token.type == "hardbreak":
            lines.append([])
        elif edge == "open" and kind in MARKS:
            marks += MARKS[kind]
        elif edge == "close" and kind in MARKS:
            marks = marks[:-1]
        elif token.type == "code_inline":
            lines[-1].append(Span(one_line(token.content), _once(marks) + CODE))
        else:
            lines[-1] += _literal(token.content, _once(marks))
    return tuple(_trimmed(line) for line in lines)


def one_line(code: str) -> str:
    """Code as it can stand between two backticks."""
    return " ".join(code.replace(CODE, OTHER_TICK).split("\n"))


def written(line: Line) -> str:
    """A line as mrkdwn."""
    parts: list[str] = []
    open_marks = ""
    for span in (*line, Span("")):
        shared = _shared(open_marks, span.marks)
        if closing := open_marks[len(shared) :]:
            parts += [*reversed(closing), SEAM if _is_word(span.text[:1]) and len(span.marks) == len(shared) else ""]
        if opening := span.marks[len(shared) :]:
            parts += [SEAM if _is_word("".join(parts)[-1:]) else "", *opening]
        parts.append(_as_is(span))
        open_marks = span.marks
    return _unquoted("".join(parts))


def literal(text: str, marks: str = "") -> str:
    """Text of a log as mrkdwn, in these marks: whatever it holds, nothing in it is a mark, a link or an emoji."""
    return written(_trimmed([*_literal(" ".join(text.split()), marks)]))


def plain(line: Line) -> str:
    """A line without its marks, not escaped."""
    return "".join(span.text for span in line)


def bold(line: Line) -> Line:
    """The same line, all of it bold."""
    return tuple(replace(span, marks="*" + span.marks.replace("*", "")) for span in line)


def cut_line(line: Line, most: int) -> Iterator[Line]:
    """The line in pieces that are at most so long when they are written, cut between words where there are some."""
    piece: list[Span] = []
    used = 0
    for span in line:
        around = 2 * len(span.marks) + 2
        for part in _WORDS.findall(span.text):
            for small in _small(part, most - around):
                cost = len(_as_is(Span(small, span.marks))) + (
                    around if not piece or piece[-1].marks != span.marks else 0
                )
                if piece and used + cost > most - 1:
                    yield _trimmed(piece)
                    piece, used = [], 0
                    cost += around
                piece.append(Span(small, span.marks))
                used += cost
    if piece:
        yield _trimmed(piece)


def _small(part: str, most: int) -> Iterator[str]:
    """A word in pieces that are short enough even if each character had to be escaped."""
    if len(escaped(part)) < most // 2:
        yield part
        return
    step = max(1, most // 12)
    yield from (part[i : i + step] for i in range(0, len(part), step))


def _literal(text: str, marks: str) -> Iterator[Span]:
    """Text in which Slack would see marks of its own: those words become code."""
    text = text.replace(CODE, OTHER_TICK)
    kept = ""
    for at, word in enumerate(words := _WORDS.findall(text)):
        if _would_mark(word, words[at:], marks):
            yield from [Span(kept, marks)] if kept else []
            yield Span(word, marks + CODE)
            kept = ""
        else:
            kept += word
    yield from [Span(kept, marks)] if kept else []


def _would_mark(word: str, rest: Sequence[str], marks: str) -> bool:
    if any(mark in word for mark in marks):
        return True
    return any(_closes(opened[1], word[opened.end() :], rest[1:]) for opened in _OPENING.finditer(word))


def _closes(mark: str, behind: str, rest: Sequence[str]) -> bool:
    return re.search(rf"\S{re.escape(mark)}(?![^\W_])", behind + " ".join(rest)) is not None


def _as_is(span: Span) -> str:
    if span.marks.endswith(CODE):
        return escaped(span.text)
    return escaped(_EMOJI.sub(f":{SEAM}", span.text))


def _unquoted(line: str) -> str:
    """A line that begins with ">" would be a quotation."""
    return SEAM + line if line.startswith("&gt;") else line


def _trimmed(spans: Sequence[Span]) -> Line:
    """Without blanks at either end, where a mark beside them would not count."""
    kept = [span for span in spans if span.text]
    if kept:
        kept[0] = replace(kept[0], text=kept[0].text.lstrip())
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return tuple(span for span in kept if span.text)


def _once(marks: str) -> str:
    return "".join(dict.fromkeys(marks))


def _shared(one: str, other: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:at]


def _is_word(character: str) -> bool:
    return character.isalnum()
