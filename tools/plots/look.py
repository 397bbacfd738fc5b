"""What both renderers share: colours, number labels, where labels go, where a line is broken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tools.records import Floats, Mark, Panel, PlotLine, PlotSpec, Severity

NOTE_ROOM = 0.2
"""Share of the x axis that a gap must have for a note in it."""
NOTHING_FINITE = "no finite value was logged"
Theme = Literal["light", "dark"]
LOG_RATIO = 10**2.5
"""A positive range wider than this is shown on a log scale: on a linear one all but the top would be a flat line."""


@dataclass(frozen=True)
class Look:
    """Colours of one theme. The lines' were searched for the largest distance under simulated protan, deutan and tritan
    vision (smallest CIE76 distance of any two: 10) and for a contrast of at least 2.7 to the ground."""

    lines: tuple[str, ...]
    text: str
    faint_text: str
    grid: str
    ground: str
    severity: dict[Severity, str]


LOOKS: dict[Theme, Look] = {
    "light": Look(
        lines=("#1f5be3", "#c65500", "#00866a", "#f04fae", "#5f3396", "#b09a35", "#3fa9d3", "#35485a"),
        text="#1f2933",
        faint_text="#5f6b7a",
        grid="#e6e9ee",
        ground="#ffffff",
        severity={"info": "#5f6b7a", "warning": "#a35b00", "critical": "#c8102e"},
    ),
    "dark": Look(
        lines=("#5b93ff", "#f58a2c", "#17b890", "#ff9ad2", "#a35fe0", "#ece39a", "#8fdcff", "#8594a5"),
        text="#e8ebf0",
        faint_text="#a3adba",
        grid="#353a42",
        ground="#1a1b1e",
        severity={"info": "#a3adba", "warning": "#f0b429", "critical": "#ff6b6b"},
    ),
}


def spans_decades(values: Floats) -> bool:
    """Whether a log scale is needed and possible: all finite values positive, the largest 300 times the smallest."""
    finite = values[np.isfinite(values)]
    return bool(len(finite) and finite.min() > 0 and finite.max() / finite.min() > LOG_RATIO)


def panels_of(spec: PlotSpec) -> tuple[Panel, ...]:
    """The stacked charts of a plot; a spec without panels has one."""
    return spec.panels or (Panel(spec.y_label, spec.log_y),)


def axis_title(panel: Panel) -> str:
    """The label of a y axis, with what is special about its scale."""
    notes = (["log"] if panel.log_y else []) + (["cut"] if panel.y_range else [])
    return f"{panel.y_label} ({', '.join(notes)})" if notes else panel.y_label


def empty_panels(spec: PlotSpec) -> frozenset[int]:
    """Panels in which no line has a finite value, so that there is nothing to see but the gap."""
    filled = {line.panel for line in spec.lines if any(math.isfinite(v) for v in line.y)}
    return frozenset(range(len(panels_of(spec)))) - filled


def y_limits(spec: PlotSpec, panel: int) -> tuple[float, float] | None:
    """The part of the y axis to show, None for all. A constant gets an axis from zero to its double."""
    shown_range = panels_of(spec)[panel].y_range
    y = {v for line in spec.lines if line.panel == panel for v in line.y if math.isfinite(v)}
    if shown_range or len(y) != 1 or panels_of(spec)[panel].log_y or y == {0.0}:
        return shown_range
    (constant,) = y
    return (min(0.0, 2 * constant), max(0.0, 2 * constant))


def cut(text: str, most: int) -> str:
    """At most so many characters, the middle left out: beginnings and ends tell names apart."""
    if len(text) <= most:
        return text
    kept = most - 1
    return f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"


def decades(spec: PlotSpec, panel: int) -> float:
    """How many powers of ten the positive values of a panel span, as far as they are shown."""
    shown_range = panels_of(spec)[panel].y_range
    y = shown_range or [v for line in spec.lines if line.panel == panel for v in line.y if v > 0 and math.isfinite(v)]
    return math.log10(max(y)) - math.log10(min(y)) if y and min(y) > 0 else 0.0


def shown(y: float, panel: Panel) -> float:
    """Where a value is drawn: at the edge, if it lies outside of what the axis shows."""
    return y if panel.y_range is None else min(max(y, panel.y_range[0]), panel.y_range[1])


def extent(spec: PlotSpec) -> tuple[float, float]:
    """First and last position of anything drawn."""
    x = [v for line in spec.lines for v in line.x if math.isfinite(v)] + [m.x for m in spec.marks]
    return (min(x), max(x)) if x else (0.0, 1.0)


@dataclass(frozen=True)
class Style:
    """Colour and stroke of a line, as numbers in the palette and in the renderer's list of dashes."""

    color: int
    stroke: int


def styles_of(lines: Sequence[PlotLine]) -> tuple[Style, ...]:
    """Several runs: a colour each, and a stroke for each metric of a panel. One run: a colour for each metric."""
    runs = list(dict.fromkeys(line.run for line in lines))
    if len(runs) < 2:
        return tuple(Style(i % 8, i // 8) for i in range(len(lines)))
    beside: dict[int, list[str]] = {}
    for line in lines:
        kinds = beside.setdefault(line.panel, [])
        kinds += [] if _kind(line) in kinds else [_kind(line)]
    return tuple(
        Style(runs.index(ln.run) % 8, beside[ln.panel].index(_kind(ln)) + runs.index(ln.run) // 8) for ln in lines
    )


def _kind(line: PlotLine) -> str:
    return line.kind or line.metric


def legend(spec: PlotSpec) -> tuple[str, ...]:
    """What the legend says of each line, "" where it has nothing to add.

    Of several runs that draw the same in each panel each is named once: the colour stands for the run, the axis tells
    the metric. Of one run the lines are named that share a panel.
    """
    panels = [line.panel for line in spec.lines]
    if len({line.run for line in spec.lines}) < 2:
        return tuple(line.label if panels.count(line.panel) > 1 else "" for line in spec.lines)
    if len({(line.panel, _kind(line)) for line in spec.lines}) > len(set(panels)):
        return tuple(line.label for line in spec.lines)
    runs = [line.run for line in spec.lines]
    return tuple(
        line.label.removesuffix(f" · {line.metric}") if runs.index(line.run) == i else ""
        for i, line in enumerate(spec.lines)
    )


@dataclass(frozen=True)
class Gap:
    """Where a line has no finite values: the first and the last of them, and the last finite point before (if any)."""

    start: float
    stop: float
    before: tuple[float, float] | None
    word: str


def gaps(line: PlotLine) -> tuple[Gap, ...]:
    """The stretches of a line whose values are not finite, in order."""
    found: list[Gap] = []
    open_at: int | None = None
    for i, value in enumerate((*line.y, 0.0)):
        if not math.isfinite(value):
            open_at = i if open_at is None else open_at
        elif open_at is not None:
            before = (line.x[open_at - 1], line.y[open_at - 1]) if open_at else None
            found.append(Gap(line.x[open_at], line.x[i - 1], before, spell(line.y[open_at])))
            open_at = None
    return tuple(found)


@dataclass(frozen=True)
class GapNote:
    """What is written into a gap: "NaN from 416", in the colour of the line."""

    panel: int
    x: float
    text: str
    color: int


def gap_notes(spec: PlotSpec) -> tuple[GapNote, ...]:
    """A note for the widest gap of each panel that also shows something finite, if there is room in it."""
    first, last = extent(spec)
    notes: dict[int, tuple[float, GapNote]] = {}
    for line, style in zip(spec.lines, styles_of(spec.lines), strict=True):
        for gap in gaps(line):
            note = GapNote(line.panel, gap.start, f"{gap.word} from {spell(gap.start)}", style.color)
            width = gap.stop - gap.start
            if width > NOTE_ROOM * (last - first) and width > notes.get(line.panel, (0.0, note))[0]:
                notes[line.panel] = (width, note)
    empty = empty_panels(spec)
    return tuple(note for _, note in notes.values() if note.panel not in empty)


def spell(value: float) -> str:
    """A number for people: six significant digits, NaN and infinities in words."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return f"{value:.6g}"


def onset_labels(spec: PlotSpec, room: int) -> tuple[tuple[Mark, int, bool], ...]:
    """Each vertical mark, the row of its label (counted upwards) and whether that is written to the left of its line.

    Labels of one row do not touch where `room` characters fit across the plot.
    """
    first, last = extent(spec)
    per_character = (last - first or 1.0) / room
    rows: list[list[tuple[float, float]]] = []
    placed = []
    for mark in sorted((m for m in spec.marks if m.y is None), key=lambda m: m.x):
        width = (len(mark.text) + 2) * per_character
        leftwards = mark.x + width > last and mark.x - first > last - mark.x
        span = (mark.x - width, mark.x) if leftwards else (mark.x, mark.x + width)
        free = (i for i, taken in enumerate(rows) if all(span[1] <= a or b <= span[0] for a, b in taken))
        row = next(free, len(rows))
        rows += [[]] if row == len(rows) else []
        rows[row].append(span)
        placed.append((mark, row, leftwards))
    return tuple(placed)
