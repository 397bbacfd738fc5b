"""The end of a text that was cut off in the middle of a number: `0.09` of what was to be `0.0966`, `1` of `1.5e-05`."""

from __future__ import annotations

import re
from pathlib import Path

TAIL_BYTES = 1 << 16
COMPARED = 200
_LAST = re.compile(rb"(?<![\w.])[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d*)?$")
_UNFINISHED = (b".", b",", b"e", b"E", b"e-", b"e+", b"E-", b"E+")
_NUMBER = re.compile(rb"(?<![\w.])[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|(?<![\w.])[-+]?(?:nan|inf)\b", re.I)
_BREAKS = re.compile(rb"[\r\n]+")
_BLANKS = re.compile(rb"[ \t]+")


def cut_number(path: Path) -> int:
    """The length of the number at the end of a text, where the lines before it show that it is not all there; else 0.

    A text without a line end at its end may still be whole: then its last number is about as long as those above it.
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        tail = file.read()
    *earlier, last = _BREAKS.split(tail)
    number = _LAST.search(last[-400:])
    if number is None or b"\0" in tail:
        return 0
    shape = _shape(last)
    lengths = []
    longer = False
    for line in earlier[-COMPARED:]:
        other = _shape(line)
        if other == shape and (end := _LAST.search(line)):
            lengths.append(len(end[0]))
        longer = longer or (other != shape and other.startswith(shape))
    is_cut = len(number[0]) < min(lengths) if lengths else longer
    return len(number[0]) if is_cut or number[0].endswith(_UNFINISHED) else 0


def _shape(line: bytes) -> bytes:
    """A line with its numbers and its alignment left out."""
    return _NUMBER.sub(b"#", _BLANKS.sub(b" ", line[:4000]).strip(b" "))
