"""The curves of a run on a terminal: a chart of the main ones, sparklines of the others, the onset marked in both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from agent.chart import LABEL_WIDTH, Ink, draw
from agent.phrases import number, one_line, since
from agent.sketches import Sketch, onset
from tools.plots import sparkline
from tools.records import Finding, Severity

SEVERITY_STYLE: dict[Severity, str] = {"critical": "red", "warning": "yellow", "info": "blue"}
CHART_WIDTH, CHART_HEIGHT, SPARK_WIDTH = 64, 8, 32
NARROW = 100
"""Below so many columns charts and sparklines shrink."""
CHART_POINTS = 3
"""A chart of fewer points is not worth its lines."""
PAIRS = (
    {"train_loss", "eval_loss"},
    {"train_score", "eval_score"},
    {"generator_loss", "discriminator_loss"},
    {"reward"},
)
INKS = ("cyan", "magenta", "yellow")


def curves(sketches: Sequence[Sketch], head: Finding | None, room: int) -> RenderableType:
    """The chart of losses (or of what else is the main thing), then the rest as sparklines."""
    main = charted(sketches)
    rest = [s for s in sketches if s not in main]
    width = max(20, min(CHART_WIDTH, room - LABEL_WIDTH - 4))
    sparks = [Text(), _sparks(rest, head, SPARK_WIDTH if room >= NARROW else SPARK_WIDTH // 2)] if rest else []
    return Group(*_legend(main), *_chart(main, head, width), *sparks)


def charted(sketches: Sequence[Sketch]) -> list[Sketch]:
    """The curves that share a chart: train and eval of the first kind that is logged."""
    kinds = [[s for s in sketches if s.summary.role in pair] for pair in PAIRS]
    return next((kind[: len(INKS)] for kind in kinds if kind), list(sketches[:1]))


def spark(sketch: Sketch, finding: Finding | None, width: int) -> Text:
    """A sparkline, in the colour of the finding from its onset on; crosses where values are not finite."""
    text = Text(_blocks(stretched(sketch, width)), "green")
    at = onset_column(sketch, finding, width)
    if finding is not None and at is not None:
        text.stylize(SEVERITY_STYLE[finding.severity], at, width)
    return text


def stretched(sketch: Sketch, width: int) -> list[float | None]:
    """The sketch in exactly `width` columns: repeated where it has fewer, the worst of a stretch where it has more."""
    n = len(sketch.values)
    cuts = [i * n // width for i in range(width + 1)]
    return [_worst(sketch.values[a : max(a + 1, b)], sketch.worst_is_low) for a, b in pairwise(cuts)]


def onset_column(sketch: Sketch, finding: Finding | None, width: int) -> int | None:
    """The column in which a finding begins, or None."""
    x = onset(finding, sketch.summary.axis) if finding is not None else None
    if x is None or not sketch.low <= x <= sketch.high:
        return None
    return min(width - 1, int((x - sketch.low) / ((sketch.high - sketch.low) or 1.0) * width))


def _worst(part: Sequence[float | None], low: bool) -> float | None:
    logged = [v for v in part if v is not None]
    if not logged or any(math.isnan(v) for v in logged):
        return math.nan if logged else None
    return min(logged) if low else max(logged)


def _blocks(values: Sequence[float | None]) -> str:
    logged = [v for v in values if v is not None]
    blocks = iter(sparkline(logged, len(logged)))
    return "".join(" " if v is None else next(blocks) for v in values)


def _legend(main: Sequence[Sketch]) -> Iterator[RenderableType]:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for sketch, style in zip(main, INKS, strict=False):
        grid.add_row(Text(f"━ {one_line(sketch.summary.name)}", style), *_span(sketch))
    yield grid


def _chart(main: Sequence[Sketch], head: Finding | None, width: int) -> Iterator[RenderableType]:
    if max(s.summary.count for s in main) < CHART_POINTS:
        return
    inks = [Ink(stretched(s, width * 2), style) for s, style in zip(main, INKS, strict=False)]
    at = onset_column(main[0], head, width)
    style = SEVERITY_STYLE[head.severity] if head is not None else ""
    yield from draw(inks, width, CHART_HEIGHT, at, style)
    yield _axis(main[0], width, at, since(head) if head is not None else "", style)


def _axis(sketch: Sketch, width: int, at: int | None, label: str, style: str) -> Text:
    """The x axis from its first to its last position, the onset named at its place."""
    whole = sketch.summary.last_step
    cut = f" of {number(whole)}" if whole is not None and whole > sketch.high else ""
    ends = number(sketch.low), f"{sketch.summary.axis} {number(sketch.high)}{cut}"
    margin = " " * (LABEL_WIDTH + 2)
    below = Text(margin + ends[0].ljust(width - len(ends[1])) + ends[1], "dim")
    if at is not None:
        below = Text(margin).append_text(_marked(ends, width, at, label, style))
    return Text("\n").join([Text(f"{margin[:-1]}╰{'─' * width}", "dim"), below])


def _marked(ends: tuple[str, str], width: int, at: int, label: str, style: str) -> Text:
    """The positions below the axis with an arrow at the onset, labelled on the side that has room."""
    to_the_right = at + len(label) + 3 < width - len(ends[1])
    named = f"▲ {label}" if to_the_right else f"{label} ▲"
    start = at if to_the_right else max(0, at - len(named) + 1)
    left = ends[0] if start > len(ends[0]) else ""
    right = ends[1] if start + len(named) < width - len(ends[1]) else ""
    text = Text(left.ljust(start), "dim").append(named, style)
    return text.append(right.rjust(max(0, width - start - len(named))), "dim")


def _sparks(rest: Sequence[Sketch], head: Finding | None, width: int) -> RenderableType:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for sketch in rest:
        grid.add_row(Text(one_line(sketch.summary.name)), spark(sketch, head, width), *_span(sketch))
    return grid


def _span(sketch: Sketch) -> tuple[Text, Text, Text]:
    """From the first to the last value; the lowest where that is best, else the highest; how many are not finite."""
    s = sketch.summary
    ends = " → ".join("?" if v is None else number(v) for v in (s.first, s.last))
    best, at, word = (s.min, s.min_step, "min") if s.goal == "lower" else (s.max, s.max_step, "max")
    found = "" if best is None or at is None else f"{word} {number(best)} at {s.axis} {number(at)}"
    return Text(ends), Text(found, "dim"), Text(f"{s.non_finite:,} not finite" if s.non_finite else "", "red")
