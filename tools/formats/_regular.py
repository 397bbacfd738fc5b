"""Lines of a file that has settled: stretches of lines of known templates, read at once; all other lines one by one."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from tools.errors import ToolError
from tools.formats._base import WIDE_BYTES, Source, encoding_of
from tools.formats._casting import Reader
from tools.formats._lines import LONGEST_LINE, lines
from tools.formats._runs import Rows
from tools.formats._templates import Filled, Template
from tools.formats._words import ROOM, Mask, Places, Text
from tools.records import Floats

CHUNK_BYTES = 1 << 21
FIRST_BYTES = 1 << 12
"""The first lines of a file are read one by one, and teach what its lines look like."""
GROWTH = 8
"""Each chunk is so much larger than the one before, so that little is read before enough is learned."""
MOST_TEMPLATES = 24
LOOKED_AT = 200
ENOUGH_ALIKE = 3
SHORTEST = 16
"""Stretches of fewer lines cost more at once than one by one."""
_HEAD = np.uint64((1 << 40) - 1)
_DIGITS = re.compile(rb"\d+")


class Reading(Protocol):
    """What the numbers of a template are."""

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics among them."""

    def put(self, filled: Filled, found: Found, lines: Places) -> Mask:
        """Write the numbers into these lines of a chunk; says which of them can be read so."""


Learner = Callable[[bytes], tuple[Template, Reading] | None]
"""The template that a line shows; None where lines like it must be read one by one."""

Steady = Callable[[Rows], int]
"""How many of the next rows may be taken at once."""


@dataclass(frozen=True)
class Stretch:
    """Consecutive lines that hold values at positions.

    `shapes`: the names that lines of one template have. `text`, `opens`: where in which text each line begins behind
    its prefix. `done`: a position reached its total.
    """

    rows: Rows
    shapes: tuple[tuple[str, ...], ...]
    text: Text
    opens: Places
    done: bool

    @cached_property
    def heads(self) -> tuple[tuple[str, int], ...]:
        """How the lines open, and how often, in the order in which they come."""
        openings = self.text.words(self.opens) & _HEAD
        if bool((openings == openings[0]).all()):
            return ((_head(openings[0]), len(openings)),)
        kinds, at, counts = np.unique(openings, return_index=True, return_counts=True)
        return tuple((_head(kinds[one]), int(counts[one])) for one in np.argsort(at))


def _head(word: np.uint64) -> str:
    """The characters of a line that are in a word, five at most."""
    return int(word).to_bytes(5, "little").partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r")


@dataclass(frozen=True)
class Chunk:
    """Whole lines, about two megabytes of them, with the number of the first; the last may lack its end."""

    number: int
    text: Text

    @cached_property
    def ends(self) -> Places:
        """Where each line ends, its line end not included."""
        breaks = np.flatnonzero(self.text.bytes[: self.text.size] == 10)
        return breaks if self.is_whole else np.append(breaks, self.text.size)

    @cached_property
    def starts(self) -> Places:
        """Where each line begins."""
        return np.concatenate([np.zeros(1, dtype=np.int64), self.ends[:-1] + 1])

    @property
    def is_whole(self) -> bool:
        """Whether the last line has its end."""
        return self.text.cut(self.text.size - 1, self.text.size) == b"\n"

    def lines(self, start: int, stop: int) -> Iterator[tuple[int, str]]:
        """Some of the lines with their numbers, as `_lines.lines` gives them."""
        if start == stop:
            return
        block = self.text.cut(int(self.starts[start]), min(int(self.ends[stop - 1]) + 1, self.text.size))
        *whole, rest = block.decode("utf-8", errors="replace").split("\n")
        for number, line in enumerate(whole, self.number + start):
            yield number, line + "\n"
        if rest:
            yield self.number + start + len(whole), rest


def chunks(source: Source) -> Iterator[Chunk]:
    """The file in chunks, short ones first."""
    number = 1
    try:
        for text in _texts(source):
            chunk = Chunk(number, text)
            yield chunk
            number += len(chunk.ends)
    except OSError as error:
        raise ToolError(f"{source.path}: {error.strerror or error}.") from error


def _texts(source: Source) -> Iterator[Text]:
    """Whole lines; a line of more than 64 MiB is cut there and has no line end, as in `_lines.lines`."""
    rest, size, over, first = b"", FIRST_BYTES, False, True
    with source.open() as file:
        while True:
            room = bytearray(len(rest) + size + ROOM)
            room[: len(rest)] = rest
            count = file.readinto(memoryview(room)[len(rest) : len(rest) + size])
            there = len(rest) + count
            start = len(BOM_UTF8) if first and room.startswith(BOM_UTF8) else 0
            if over:
                ended = room.find(b"\n", 0, there)
                over, start = ended < 0, there if ended < 0 else ended + 1
            end = room.rfind(b"\n", start, there) + 1 if count else there
            rest = bytes(room[max(start, end) : there])
            if end <= start and len(rest) >= LONGEST_LINE:
                end, rest, over = start + LONGEST_LINE, b"", True
            if end > start:
                yield Text(room, start, end)
                first = False
            # A log that is being written gives little at a time.
            size = min(size * GROWTH, CHUNK_BYTES) if count == size else FIRST_BYTES
            if not count:
                return


def stretches(source: Source, learner: Learner, steady: Steady) -> Iterator[tuple[int, str] | tuple[int, Stretch]]:
    """Lines with their numbers as `lines` gives them, and stretches with the number of their last line."""
    with source.open() as file:
        if encoding_of(file.read(WIDE_BYTES)) not in ("utf-8", "utf-8-sig"):
            yield from lines(source)
            return
    known = Templates(learner)
    for chunk in chunks(source):
        found = known.find(chunk)
        source.progress(chunk.text.size)
        yield from chunk.lines(0, len(chunk.ends)) if found is None else found.parts(steady)
        known.learn(chunk, found)


class Templates:
    """The templates of a file: learned from the lines that were read one by one."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self._readers: dict[Template, Reader] = {}
        self.templates: dict[Template, Reading] = {}

    def find(self, chunk: Chunk) -> Found | None:
        """The lines of a chunk that a template fits; None where there is no template."""
        if not self.templates:
            return None
        text, starts = chunk.text, chunk.starts
        found = Found(chunk, tuple(self.templates.items()))
        shown = found.shown
        left = np.arange(len(starts) - (not chunk.is_whole))
        for kind, template in enumerate(self.templates):
            if not len(left):
                break
            for filled in self._readers[template].read(text, starts[left], shown[left]):
                found.take(left[filled.lines], filled, kind)
            left = left[~found.regular[left]]
        return found

    def learn(self, chunk: Chunk, found: Found | None) -> None:
        """Look at some of the lines that were read one by one; what comes again and again becomes a template."""
        if len(self.templates) >= MOST_TEMPLATES:
            return
        others = np.arange(len(chunk.ends)) if found is None else np.flatnonzero(~found.regular)
        others = others[:: 1 + len(others) // LOOKED_AT]
        alike: Counter[Template] = Counter()
        readings: dict[Template, Reading] = {}
        samples = (chunk.text.cut(int(chunk.starts[one]), int(chunk.ends[one])) for one in others)
        for line, times in kinds(samples):
            learned = self._learner(line.removesuffix(b"\r"))
            if learned is not None:
                alike[learned[0]] += times
                readings.setdefault(*learned)
        for template, times in alike.most_common(MOST_TEMPLATES - len(self.templates)):
            if times >= ENOUGH_ALIKE and template not in self.templates:
                self.templates[template] = readings[template]
                self._readers[template] = Reader(template)


def kinds(lines: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """One of the lines that differ in nothing but digits, and how many there are."""
    found: dict[bytes, bytes] = {}
    times: Counter[bytes] = Counter()
    for line in lines:
        kind = _DIGITS.sub(b"0", line)
        found.setdefault(kind, line)
        times[kind] += 1
    for kind, line in found.items():
        yield line, times[kind]


@dataclass
class Found:
    """A chunk with the lines that templates fit: `regular` says which; the others have nothing in the columns."""

    chunk: Chunk
    known: tuple[tuple[Template, Reading], ...]
    regular: Mask = field(init=False)
    rows: Rows = field(init=False)
    done: Mask = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.chunk.ends)
        self.regular = np.zeros(count, dtype=np.bool_)
        self.done = np.zeros(count, dtype=np.bool_)
        names = tuple(dict.fromkeys(name for _, reading in self.known for name in reading.names))
        self.rows = Rows.empty(names, count)
        self._kinds = np.zeros(count, dtype=np.int8)
        self._columns = {name: index for index, name in enumerate(names)}
        self._prefixes = np.array([len(template.prefix.sample) for template, _ in self.known])

    @cached_property
    def shown(self) -> Places:
        """Where each line ends without a carriage return."""
        starts, ends = self.chunk.starts, self.chunk.ends
        places: Places = ends - ((self.chunk.text.bytes[ends - 1] == 13) & (ends > starts))
        return places

    def take(self, lines: Places, filled: Filled, kind: int) -> None:
        """Note the lines that one of the templates fits."""
        good = self.known[kind][1].put(filled, self, lines)
        lines = lines if bool(good.all()) else lines[good]
        self._kinds[lines] = kind
        self.regular[lines] = True

    def put(self, name: str, lines: Places, values: Floats | float) -> None:
        """Write values of a metric."""
        column = self._columns[name]
        # One column at a time: numpy takes twice as long for a place in two dimensions.
        self.rows.values[:, column][lines] = values
        self.rows.present[:, column][lines] = True

    def parts(self, steady: Steady) -> Iterator[tuple[int, str] | tuple[int, Stretch]]:
        """Single lines and stretches of the chunk in order."""
        index, count = 0, len(self.regular)
        others = np.append(np.flatnonzero(~self.regular), count)
        while index < count:
            stop = int(others[np.searchsorted(others, index)])
            free = steady(self.rows.between(index, stop)) if stop - index >= SHORTEST else 0
            if free >= SHORTEST:
                yield self.chunk.number + index + free - 1, self._stretch(index, index + free)
                index += free
            else:
                end = min(index + max(free, 1) if stop - index >= SHORTEST else max(stop, index + 1), count)
                yield from self.chunk.lines(index, end)
                index = end

    def _stretch(self, start: int, stop: int) -> Stretch:
        here = slice(start, stop)
        kinds = np.flatnonzero(np.bincount(self._kinds[here]))
        shapes = tuple(self.known[kind][1].names for kind in kinds.tolist())
        opens = self.chunk.starts[here] + self._prefixes[self._kinds[here]]
        return Stretch(self.rows.between(start, stop), shapes, self.chunk.text, opens, bool(self.done[here].any()))
