"""Answers without a way out: text of a log may end up in an answer and must not make a browser fetch or open anything.

Pictures and links become plain text, with the address as code. Not even links to this server are kept: there are too
many ways to write an address that a browser reads as another host.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_CODE = re.compile(r"(^ {0,3}```[^`\n]*\n.*?(?:^ {0,3}```|\Z)|(?<!\\)`[^`\n]+`)", re.DOTALL | re.MULTILINE)
_PICTURE = re.compile(r"!\[([^\]\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])?")
_LINK = re.compile(r"\[([^\]\n]*)\]\(\s*<?([^)\s>]*)[^)\n]*\)")
_ADDRESS = re.compile(r"<?\b(?:https?|ftp)://[^\s<>`)\]]+>?|\bwww\.[^\s<>`)\]]+|\bmailto:[^\s<>`)\]]+", re.IGNORECASE)
_DEFINITION = re.compile(r"^(\s*\[[^\]\n]+\]):", re.MULTILINE)
_DIRECTIVE = re.compile(r"(?<!\\):(?=[^\W\d_])")
_WRAP = re.compile(r"^((?![#|`]).+)\n(?=[a-z(])", re.IGNORECASE | re.MULTILINE)
_UNFINISHED = re.compile(r"(?:!?\[[^\]\n]{0,400}(?:\](?:\([^)\n]{0,800})?)?\S*|\S+)$")


def without_links(text: str) -> str:
    """The same Markdown with nothing in it that a browser would load or a person could click."""
    parts = _CODE.split(text)
    if "`" in "".join(parts[::2]):
        # With a stray mark nobody can tell what a Markdown reader will take for code.
        parts = [_plain(text, _apart)]
    parts[::2] = [_plain(part, _as_code) for part in parts[::2]]
    return "".join(parts).replace("](", "] (")


def for_page(text: str) -> str:
    """The same for Chainlit's page, which takes ":name" for a directive and swallows it, as in "openai:gpt-5"."""
    parts = _CODE.split(without_links(text))
    parts[::2] = [_DIRECTIVE.sub(r"\:", part) for part in parts[::2]]
    return "".join(parts)


def unwrapped(text: str) -> str:
    """The same Markdown with one line to a paragraph: the page breaks lines where the text does."""
    return _WRAP.sub(r"\1 ", text)


def _plain(text: str, address: Callable[[re.Match[str]], str]) -> str:
    text = _LINK.sub(_as_text, _PICTURE.sub(r"\1", text))
    return _DEFINITION.sub(r"\1\\:", _ADDRESS.sub(address, text))


def _as_text(link: re.Match[str]) -> str:
    text, target = link.groups()
    return f"{text} ({target})" if target and target != text else text


def _as_code(address: re.Match[str]) -> str:
    return f"`{address[0].strip('<>')}`"


def _apart(address: re.Match[str]) -> str:
    return re.sub(r"(://|www\.|mailto:)", r"\1 ", address[0].strip("<>"), flags=re.IGNORECASE)


class PlainStream:
    """The same for text that arrives in pieces: words and links are held back until they are complete."""

    def __init__(self, clean: Callable[[str], str] = without_links) -> None:
        self._clean = clean
        self._raw = ""
        self._shown = ""

    def feed(self, piece: str) -> str:
        """What can be shown in addition, given one more piece."""
        self._raw += piece
        held = _UNFINISHED.search(self._raw)
        clean = self._clean(self._raw[: held.start()] if held else self._raw)
        new = clean.removeprefix(self._shown) if clean.startswith(self._shown) else ""
        self._shown += new
        return new

    def finish(self) -> str:
        """The whole text, clean. It begins with what was shown, unless code marks were closed in an odd way."""
        return self._clean(self._raw)
