"""The end of a text that was cut off in the middle of a number: `0.09` of what was to be `0.0966`, `1` of `1.5e-05`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TAIL_BYTES = 1 << 16
COMPARED = 200
ALL_DIGITS, SPREAD = 17, 3
"""Numbers of this length are written with all their digits, and seldom are so much shorter."""
_UNFINISHED = (b".", b",", b"e", b"E", b"e-", b"e+", b"E-", b"E+")
_BREAKS = re.compile(rb"[\r\n]+")
_BLANKS = re.compile(rb"[ \t]+")


@dataclass(frozen=True)
class _Way:
    """A way to tell numbers from what is between them, by their digits before the point."""

    last: re.Pattern[bytes]
    number: re.Pattern[bytes]

    def shape(self, line: bytes) -> bytes:
        """A line with its numbers and its alignment left out."""
        return self.number.sub(b"#", _BLANKS.sub(b" ", line[:4000]).strip(b" "))


def _way(digits: bytes) -> _Way:
    number = rb"(?<![\w.])[-+]?(?:" + digits + rb"\.?\d*|\.\d+)"
    ended = number + rb"(?:[eE][-+]?\d+)?|(?<![\w.])[-+]?(?:nan|inf)\b"
    return _Way(re.compile(number + rb"(?:[eE][-+]?\d*)?$"), re.compile(ended, re.I))


_WAYS = (_way(rb"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)"), _way(rb"\d[\d,]*"))
"""A comma parts thousands, else cells; or, where half a number is left of it, all of them are taken together."""


def cut_number(path: Path) -> int:
    """The length of the number at the end of a text, where the lines before it show that it is not all there; else 0.

    A text without a line end at its end may still be whole: then its last number is about as long as those above it.
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        tail = file.read()
    if tail.endswith((b"\n", b"\r")) or b"\0" in tail:
        return 0
    *earlier, last = _BREAKS.split(tail)
    return next(filter(None, (_cut(way, earlier[-COMPARED:], last) for way in _WAYS)), 0)


def _cut(way: _Way, earlier: list[bytes], last: bytes) -> int:
    number = way.last.search(last[-400:])
    if number is None:
        return 0
    shape = way.shape(last)
    lengths = []
    longer = False
    for line in earlier:
        other = way.shape(line)
        if other == shape and (end := way.last.search(line)):
            lengths.append(len(end[0]))
        longer = longer or (other != shape and other.startswith(shape))
    is_cut = len(number[0]) < _shortest(lengths, b"," in number[0]) if lengths else longer
    return len(number[0]) if is_cut or number[0].endswith(_UNFINISHED) else 0


def _shortest(lengths: list[int], parted: bool) -> int:
    """How short a whole number may be beside these. Where all digits are written, a round one is an exception."""
    usual = int(median(lengths))
    return max(min(lengths), usual - SPREAD if usual >= ALL_DIGITS and not parted else 0)
