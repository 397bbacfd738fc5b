"""The lines of a log that has settled: stretches of lines of known shapes, read at once; all other lines one by one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tools.formats._base import Source, encoding_of
from tools.formats._collect import NAN
from tools.formats._lines import blocks, console, lines
from tools.formats._prefixes import strip_prefix
from tools.formats._runs import Rows
from tools.formats._shapes import LONGEST_LINE, NUMBER, Plan
from tools.formats._templates import Filled, Layout, Template, has_one_date
from tools.formats._words import Mask, Places, Text
from tools.records import Floats

FIRST_BYTES = 1 << 15
"""The first lines of a file are read one by one, and teach what its lines look like."""
MOST_TEMPLATES = 24
LOOKED_AT = 200
ENOUGH_ALIKE = 3
SHORTEST = 16
"""Stretches of fewer lines cost more at once than one by one."""
_HEAD = np.uint64((1 << 40) - 1)
_PREFIX_LIKE = re.compile(rb"\s*[:/|\-]")

Plans = Mapping[tuple[str, ...], Plan | None]


@dataclass(frozen=True)
class Stretch:
    """Consecutive lines that hold values at positions.

    `heads`: how they open, and how often. `done`: a position reached its total.
    """

    rows: Rows
    heads: tuple[tuple[str, int], ...]
    done: bool


def chunks(source: Source) -> Iterator[tuple[int, bytes]]:
    """Whole lines, about a megabyte at a time, with the number of the first; only the last may lack its end."""
    number, rest = 1, b""
    for block in blocks(source):
        *whole, rest = _parted(rest + block, first=number == 1)
        for chunk in whole:
            yield number, chunk
            number += chunk.count(b"\n")
    if rest:
        yield number, rest


def _parted(data: bytes, first: bool) -> list[bytes]:
    """Whole lines, and the beginning of the next one."""
    end = data.rfind(b"\n") + 1
    opening = data.rfind(b"\n", 0, FIRST_BYTES) + 1 if first else 0
    return [piece for piece in (data[:opening], data[opening:end]) if piece] + [data[end:]]


def stretches(
    source: Source, plans: Plans, is_steady: Callable[[], bool]
) -> Iterator[tuple[int, str] | tuple[int, Stretch]]:
    """Lines with their numbers as `lines` gives them, and stretches with the number of their last line.

    A stretch comes only while `is_steady` says so. `plans` grows while the lines that come out here are read.
    """
    with source.path.open("rb") as file:
        if encoding_of(file.read(4)) != "utf-8":
            yield from lines(source)
            return
    known = Templates()
    for first, chunk in chunks(source):
        found = known.find(chunk) if known.templates else None
        if found is None:
            yield from _plain(first, chunk)
        else:
            yield from found.parts(first, is_steady)
        known.learn(chunk, found, plans)


def _plain(first: int, chunk: bytes) -> Iterator[tuple[int, str]]:
    text = chunk.decode("utf-8", errors="replace")
    *whole, rest = text.split("\n")
    for number, line in enumerate(whole, first):
        yield number, line + "\n"
    if rest:
        yield first + len(whole), rest


class Templates:
    """The templates of a file: learned from the lines that were read one by one."""

    def __init__(self) -> None:
        self.templates: dict[Template, Plan] = {}

    def find(self, chunk: bytes) -> Found:
        """The lines of a chunk that a template fits."""
        text = Text(chunk)
        breaks = np.flatnonzero(text.bytes[: text.size] == 10)
        ends = breaks if chunk.endswith(b"\n") else np.append(breaks, text.size)
        starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1])
        found = Found(text, starts, ends, self._names())
        shown = ends - ((text.bytes[ends - 1] == 13) & (ends > starts))
        left = np.arange(len(starts) - (not chunk.endswith(b"\n")))
        for template, plan in self.templates.items():
            if not len(left):
                break
            filled = template.read(text, starts[left], shown[left])
            found.take(left, filled, plan, len(template.prefix.sample))
            left = left[~found.regular[left]]
        return found

    def _names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(slot.name for plan in self.templates.values() for slot in plan.values))

    def learn(self, chunk: bytes, found: Found | None, plans: Plans) -> None:
        """Look at some of the lines that were read one by one; what comes again and again becomes a template."""
        if len(self.templates) >= MOST_TEMPLATES:
            return
        rest = chunk.split(b"\n")[:-1] if found is None else found.rest()
        alike: Counter[Template] = Counter()
        plan_of: dict[Template, Plan] = {}
        for line in rest[:: 1 + len(rest) // LOOKED_AT]:
            learned = template_of(line, plans)
            if learned is not None:
                alike[learned[0]] += 1
                plan_of[learned[0]] = learned[1]
        for template, times in alike.most_common(MOST_TEMPLATES - len(self.templates)):
            if times >= ENOUGH_ALIKE and template not in self.templates:
                self.templates[template] = plan_of[template]


def template_of(line: bytes, plans: Plans) -> tuple[Template, Plan] | None:
    """The template that a line shows; None where lines like it must be read one by one."""
    line = line.removesuffix(b"\r")
    text = line.decode("utf-8", errors="replace")
    if len(line) > LONGEST_LINE // 2 or console(text) != [text]:
        return None
    stripped = strip_prefix(text)
    proper = stripped.text.lstrip()
    found = list(NUMBER.finditer(proper))
    parts = NUMBER.split(proper)
    plan = plans.get(tuple(parts[::2]))
    if plan is None or not plan.placed or not plan.values:
        return None
    indent = stripped.text[: len(stripped.text) - len(proper)]
    blanks = ["" if one.start() == one.start(1) or not one.start() else " " for one in found]
    pieces = [f"{piece}{blank}" for piece, blank in zip(parts[::2], [*blanks, ""], strict=True)]
    pieces[0] = (indent if parts[0] else indent.rstrip(" ")) + pieces[0]
    prefix = re.sub(rb"\d", b"0", text[: len(text) - len(stripped.text)].encode())
    template = Template(Layout(prefix), tuple(piece.encode() for piece in pieces))
    if not _is_safe(template):
        return None
    filled = template.read(Text(line), np.array([0]), np.array([len(line)]))
    numbers = np.array([float(number.replace(",", "")) for number in parts[1::2]])
    same = len(filled.lines) == 1 and np.array_equal(np.concatenate(filled.values), numbers, equal_nan=True)
    clock = np.array([stripped.wall])
    return (template, plan) if same and np.array_equal(filled.wall, clock, equal_nan=True) else None


def _is_safe(template: Template) -> bool:
    """Whether other numbers in the same places can change nothing else: neither the prefix nor an escape."""
    first, second = template.pieces[0], template.pieces[1]
    if first.strip() in (b"", b"[") and _PREFIX_LIKE.match(second):
        return False
    escapes = any(
        one.endswith(b"[") and other.lstrip()[:1] in (b"m", b";")
        for one, other in zip(template.pieces, template.pieces[1:], strict=False)
    )
    return template.is_clear and not escapes and first[:5].isascii() and has_one_date(template.prefix)


@dataclass
class Found:
    """A chunk with the lines that templates fit: `regular` says which; the others have nothing in the columns."""

    text: Text
    starts: Places
    ends: Places
    names: tuple[str, ...]
    regular: Mask = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.starts)
        self.regular = np.zeros(count, dtype=np.bool_)
        self._done = np.zeros(count, dtype=np.bool_)
        self._heads = np.zeros(count, dtype=np.uint64)
        self._values = np.full((count, len(self.names)), NAN)
        self._present = np.zeros((count, len(self.names)), dtype=np.bool_)
        self._step, self._epoch, self._wall = (np.full(count, NAN) for _ in range(3))
        self._columns = {name: index for index, name in enumerate(self.names)}

    def take(self, candidates: Places, filled: Filled, plan: Plan, prefix: int) -> None:
        """Note the lines, out of these candidates, that one template fits."""
        places = [filled.values[slot.index] for slot in plan.slots if slot.kind != "value"]
        good = ~np.logical_and.reduce([np.isnan(place) for place in places])
        lines = candidates[filled.lines[good]]
        for slot in plan.slots:
            value = filled.values[slot.index][good] * slot.scale
            total = None if slot.total is None else filled.values[slot.total][good]
            if slot.kind == "value":
                column = self._columns[slot.name]
                self._values[lines, column] = value if total is None else _share(value, total)
                self._present[lines, column] = True
                continue
            (self._step if slot.kind == "step" else self._epoch)[lines] = value
            if total is not None:
                self._done[lines] |= value >= total
        self._wall[lines] = filled.wall[good]
        self._heads[lines] = self.text.words(self.starts[lines] + prefix) & _HEAD
        self.regular[lines] = True

    def rest(self) -> list[bytes]:
        """The lines that no template fits."""
        return [self._line(index) for index in np.flatnonzero(~self.regular)]

    def _line(self, index: np.int64) -> bytes:
        return self.text.cut(self.starts[index], min(self.ends[index], self.text.size))

    def parts(self, first: int, is_steady: Callable[[], bool]) -> Iterator[tuple[int, str] | tuple[int, Stretch]]:
        """Single lines and stretches of the chunk in order."""
        index, count = 0, len(self.starts)
        others = np.append(np.flatnonzero(~self.regular), count).tolist()
        at = 0
        while index < count:
            while others[at] < index:
                at += 1
            stop = others[at]
            if stop - index >= SHORTEST and is_steady():
                yield first + stop - 1, self._stretch(slice(index, stop))
                index = stop
            else:
                end = min(index + 1 if stop - index >= SHORTEST else max(stop, index + 1), count)
                yield from _plain(
                    first + index, self.text.cut(self.starts[index], min(self.ends[end - 1] + 1, self.text.size))
                )
                index = end

    def _stretch(self, here: slice) -> Stretch:
        heads, at, counts = np.unique(self._heads[here], return_index=True, return_counts=True)
        opened = tuple(
            (
                int(heads[one]).to_bytes(5, "little").partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r"),
                int(counts[one]),
            )
            for one in np.argsort(at)
        )
        rows = Rows(
            self.names, self._values[here], self._present[here], self._step[here], self._epoch[here], self._wall[here]
        )
        return Stretch(rows, opened, bool(self._done[here].any()))


def _share(value: Floats, total: Floats) -> NDArray[np.float64]:
    """A count out of a total as a fraction; two numbers that are no such thing give the first."""
    counted = (value >= 0) & (value <= total) & (total != 0) & (value == np.floor(value)) & (total == np.floor(total))
    return np.where(counted, value / np.where(counted, total, 1.0), value)
