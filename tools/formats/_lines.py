"""Bytes of a file to lines, with their 1-based numbers, in blocks."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from tools.errors import ToolError
from tools.formats._base import Source, encoding_of

BLOCK_BYTES = 1 << 20
LONGEST_LINE = 1 << 26
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_BACKSPACED = re.compile(r"[^\x08\n]?\x08+")
_WRAPPED = re.compile(
    r"\b(?:tensor|tf\.Tensor|np\.float\d+|Array|DeviceArray)\(\[?\s?([-+]?(?:\d[\d.]*(?:e[-+]?\d+)?|nan|inf))\]?"
    r"(?:,[^()]{0,80}(?:\(\)[^()]{0,80})?)?\)"
)
"""`tensor(0.5, device='cuda:0')`: how a number prints that was never taken out of its array."""
_BEHIND_BAR = re.compile(r"(\[\d+:\d\d(?::\d\d)?<[^\]\r]{0,400}\])(?=[A-Za-z{])")
"""A progress bar leaves its line open: what is printed next stands right behind it."""
_BARE_ESCAPE = re.compile(r"\[(?:\d{1,2}(?:;\d{1,3})*)?m")


def blocks(source: Source) -> Iterator[bytes]:
    """The file in blocks of about a megabyte; reports progress."""
    try:
        with source.open() as file:
            while block := file.read(BLOCK_BYTES):
                source.progress(len(block))
                yield block
    except OSError as error:
        raise ToolError(f"{source.path}: {error.strerror or error}.") from error


def texts(source: Source) -> Iterator[str]:
    """The file as decoded blocks; bytes that are not text become replacement characters."""
    decoder: codecs.IncrementalDecoder | None = None
    for block in blocks(source):
        if decoder is None:
            decoder = codecs.getincrementaldecoder(encoding_of(block))(errors="replace")
        yield decoder.decode(block)


def lines(source: Source) -> Iterator[tuple[int, str]]:
    """(number, line) with its line end, split at newlines only. Of a line longer than 64 MiB only so much is kept, and
    it has no line end, as a line has that the file breaks off in."""
    return _lines(source, to_pieces=False)


def redrawn(source: Source) -> Iterator[tuple[int, str]]:
    """The same, but a line that is drawn over again and again, as progress bars are, comes piece by piece, each with
    its carriage return: its line end may be hours away."""
    return _lines(source, to_pieces=True)


def _lines(source: Source, to_pieces: bool) -> Iterator[tuple[int, str]]:
    number, rest, over = 0, "", False
    for text in texts(source):
        if over:
            _, ended, text = text.partition("\n")
            over = not ended
        rest += text
        if "\n" not in text and len(rest) < LONGEST_LINE and not (to_pieces and "\r" in rest):
            continue
        *whole, rest = rest.split("\n")
        for line in whole:
            number += 1
            yield number, line + "\n"
        # A carriage return at the very end may be half of a line end.
        if to_pieces and (drawn := rest.rfind("\r", 0, -1) + 1):
            yield number + 1, rest[:drawn]
            rest = rest[drawn:]
        if len(rest) >= LONGEST_LINE:
            number += 1
            yield number, rest[:LONGEST_LINE]
            rest, over = "", True
    if rest:
        yield number + 1, rest


def console(line: str) -> list[str]:
    """What a terminal would have shown of a line, one entry for each time it was rewritten, without colours."""
    if "\0" in line:
        line = line.replace("\0", "")
    if "\x1b" in line:
        line = _ESCAPE.sub("", line)
    if "\x08" in line:
        line = _BACKSPACED.sub("\r", line)
    if "m" in line and "[" in line:
        line = _BARE_ESCAPE.sub("", line)
    if "sor(" in line or "rray(" in line or "np.float" in line:
        line = _WRAPPED.sub(r"\1", line)
    if "：" in line or "，" in line:
        line = line.replace("：", ": ").replace("，", ", ")
    line = line.rstrip("\n")
    if "%|" in line:
        line = _BEHIND_BAR.sub("\\1\r", line)
    if "\r" not in line:
        return [line]
    return [part for part in line.split("\r") if part.strip()]
