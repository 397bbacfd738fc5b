"""A small chart in braille dots: two or three curves on one scale, with the place where the trouble begins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from rich.text import Text

from agent.phrases import number

Column = float | None
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of the braille cell, by row from the top and by column."""
BRAILLE = 0x2800
LOG_SCALE_FROM = 20.0
LABEL_WIDTH = 9


@dataclass(frozen=True)
class Ink:
    """A curve to draw: a value per dot column (two a character), None where nothing was logged, NaN where it broke."""

    values: Sequence[Column]
    style: str


@dataclass(frozen=True)
class Scale:
    """From values to dot rows, logarithmic where the values span more than a factor of LOG_SCALE_FROM."""

    low: float
    high: float
    logarithmic: bool

    def height(self, value: float, rows: int) -> int:
        """The dot row from the bottom."""
        at, low, high = (math.log(v) if self.logarithmic else v / 2 for v in (value, self.low, self.high))
        # Halved above, so that the distance between the largest and the smallest float is still a float.
        share = (at - low) / ((high - low) or 1.0)
        return min(rows - 1, max(0, round(share * (rows - 1))))


def scale_of(inks: Sequence[Ink]) -> Scale | None:
    """A scale that shows all finite values, or None where there are none."""
    finite = [v for ink in inks for v in ink.values if v is not None and math.isfinite(v)]
    if not finite:
        return None
    low, high = min(finite), max(finite)
    return Scale(low, high, low > 0 and high / low > LOG_SCALE_FROM)


def draw(inks: Sequence[Ink], width: int, height: int, mark: int | None, mark_style: str) -> list[Text]:
    """`height` lines of `width` characters behind their axis labels; `mark` is the character column of the onset."""
    scale = scale_of(inks)
    if scale is None:
        return []
    cells = np.zeros((height, width), dtype=int)
    owner = np.full((height, width), -1)
    for i, ink in reversed(list(enumerate(inks))):
        for row, column in dots(ink, scale, width, height):
            cells[row // 4, column // 2] |= DOTS[row % 4][column % 2]
            owner[row // 4, column // 2] = i
    broken = {x // 2 for ink in inks for x, v in enumerate(ink.values) if v is not None and not math.isfinite(v)}
    labels = {
        0: number(_short(scale.high)),
        height - 1: number(_short(scale.low)),
        height // 2: "log" if scale.logarithmic else "",
    }
    return [
        _line(
            labels.get(r, ""),
            cells[r],
            [inks[o].style if o >= 0 else "" for o in owner[r]],
            broken if r == 0 else set(),
            mark,
            mark_style,
        )
        for r in range(height)
    ]


def dots(ink: Ink, scale: Scale, width: int, height: int) -> list[tuple[int, int]]:
    """(row from the top, column) of every dot, neighbours joined by a vertical stroke."""
    rows = height * 4
    at = [
        None if v is None or not math.isfinite(v) else rows - 1 - scale.height(v, rows) for v in ink.values[: width * 2]
    ]
    out = [(row, x) for x, row in enumerate(at) if row is not None]
    for x, (a, b) in enumerate(pairwise(at)):
        if a is not None and b is not None and abs(a - b) > 1:
            out += [(row, x + (abs(row - b) < abs(row - a))) for row in range(min(a, b) + 1, max(a, b))]
    return out


def _line(
    label: str, bits: np.ndarray, styles: Sequence[str], broken: set[int], mark: int | None, mark_style: str
) -> Text:
    text = Text(label.rjust(LABEL_WIDTH), "dim").append(" ┤" if label else " │", "dim")
    for x, (bit, style) in enumerate(zip(bits, styles, strict=True)):
        if bit:
            text.append(chr(BRAILLE + int(bit)), style)
        elif x in broken:
            text.append("×", "red")
        else:
            text.append("┊" if x == mark else " ", mark_style)
    return text


def _short(value: float) -> float:
    return float(f"{value:.3g}")
