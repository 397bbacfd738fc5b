"""How a program's way to print is declared: lines that only it prints, and the dialect that reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tools.formats._base import Format, Probe, Source, encoding_of
from tools.formats._console import read_console
from tools.formats._dialect import Dialect
from tools.formats._lines import console
from tools.formats._pattern import pattern
from tools.records import Part


@dataclass(frozen=True)
class Style:
    """How one program writes to the console: `marks` finds its lines anywhere in a text, `dialect` reads them."""

    marks: re.Pattern[str]
    dialect: type[Dialect]
    generic: bool
    sure: float


STYLES: dict[str, Style] = {}
"""The console styles of all formats that have been imported, by name of the format."""


def style_of(text: str) -> Style | None:
    """The style whose lines are most frequent in a text."""
    kinds = _each_kind(text)
    found = [(len(style.marks.findall(text)), name) for name, style in STYLES.items() if style.marks.search(kinds)]
    return STYLES[max(found)[1]] if found else None


@lru_cache(maxsize=1)
def _kinds(head: bytes) -> str:
    """Each kind of line in the head of a file, as a terminal would have shown it; all formats look at the same ones."""
    text = head.decode(encoding_of(head), errors="replace").replace("\r\n", "\n")
    return _each_kind("\n".join(shown for line in text.split("\n") for shown in console(line) or [""]))


_NO_DIGITS = str.maketrans("", "", "0123456789")


def _each_kind(text: str) -> str:
    """The lines that differ in more than digits, each with the one behind it: a long log has few of them."""
    lines = text.split("\n")
    kept: dict[int, str] = {}
    seen: set[str] = set()
    for index, kind in enumerate(text.translate(_NO_DIGITS).split("\n")):
        if kind not in seen:
            seen.add(kind)
            kept.update(enumerate(lines[index : index + 2], index))
    return "\n".join(kept.values())


def console_format(
    name: str,
    title: str,
    writers: str,
    marks: str,
    dialect: type[Dialect] = Dialect,
    *,
    generic: bool = False,
    sure: float = 0.9,
) -> Format:
    """A format that is recognised by lines of its own. `generic`: named numbers in other lines are metrics too."""
    style = Style(pattern(marks, re.MULTILINE), dialect, generic, sure)
    STYLES[name] = style

    def sniff(probe: Probe) -> float:
        return sure if probe.is_text and style.marks.search(_kinds(probe.head)) else 0.0

    def parse(source: Source) -> Iterator[Part]:
        yield from read_console(source, style.dialect(), style.generic, style.sure)

    return Format(name, title, writers, sniff, parse, most=sure)
