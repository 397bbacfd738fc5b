"""Lines of text that hold named numbers: the template that a line shows, and what its numbers are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tools.formats._lines import console
from tools.formats._prefixes import strip_prefix
from tools.formats._regular import Found
from tools.formats._shapes import LONGEST_LINE, NUMBER, Plan
from tools.formats._templates import Filled, Layout, Template, has_one_date
from tools.formats._words import Mask, Places, Text
from tools.records import Floats

_PREFIX_LIKE = re.compile(rb"\s*[:/|\-]")

Plans = Mapping[tuple[str, ...], Plan | None]


@dataclass(frozen=True)
class Planned:
    """The numbers of a line as its plan has them."""

    plan: Plan

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The metrics."""
        return tuple(slot.name for slot in self.plan.values)

    def put(self, filled: Filled, found: Found, lines: Places) -> Mask:
        """A line needs a position."""
        places = [filled.values[slot.index] for slot in self.plan.slots if slot.kind != "value"]
        good: Mask = ~np.logical_and.reduce([np.isnan(place) for place in places])
        every = bool(good.all())
        lines = lines if every else lines[good]
        columns = [column if every else column[good] for column in filled.values]
        for slot in self.plan.slots:
            value = columns[slot.index] if slot.scale == 1.0 else columns[slot.index] * slot.scale
            total = None if slot.total is None else columns[slot.total]
            if slot.kind == "value":
                found.put(slot.name, lines, value if total is None else _share(value, total))
                continue
            (found.rows.step if slot.kind == "step" else found.rows.epoch)[lines] = value
            if total is not None:
                found.done[lines] |= value >= total
        found.rows.wall[lines] = filled.wall if every else filled.wall[good]
        return good


def _share(value: Floats, total: Floats) -> NDArray[np.float64]:
    """A count out of a total as a fraction; two numbers that are no such thing give the first."""
    counted = (value >= 0) & (value <= total) & (total != 0) & (value == np.floor(value)) & (total == np.floor(total))
    return np.where(counted, value / np.where(counted, total, 1.0), value)


def template_of(line: bytes, plans: Plans) -> tuple[Template, Planned] | None:
    """The template that a line shows; None where lines like it must be read one by one."""
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
    return (template, Planned(plan)) if same and np.array_equal(filled.wall, clock, equal_nan=True) else None


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
