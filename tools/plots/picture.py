"""A PlotSpec as a PNG, for terminals, reports and Slack."""

from __future__ import annotations

import io
import math
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from tools.plots.look import (
    LOOKS,
    NOTHING_FINITE,
    Look,
    Style,
    axis_title,
    cut,
    empty_panels,
    extent,
    gap_notes,
    gaps,
    legend,
    onset_labels,
    panels_of,
    shown,
    styles_of,
    y_limits,
)
from tools.records import Mark, Panel, PlotLine, PlotSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOOK = LOOKS["light"]
WIDTH = 9.0
"""Inches, as are the heights."""
PANEL_HEIGHT = {1: 3.4, 2: 2.5}
SMALL_PANEL_HEIGHT = 1.9
DPI = 150
CHARACTERS_PER_INCH = 11.7
TITLE_PER_INCH = 9.8
LABEL_POINTS = 12.5
ROW_HEIGHT = 0.18
DASHES: tuple[str | tuple[int, tuple[float, ...]], ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
FEW_DECADES = 1e3
"""A log axis over less than this has ticks at 2 and 5 too."""
DENSE = 500
SPARSE = 40

UNNAMED = "_"
"""A line that the legend leaves out, as Matplotlib wants it."""

DRAWING = Lock()
"""Matplotlib does not promise that two figures can be drawn at the same time."""


def to_png(spec: PlotSpec) -> bytes:
    """The plot as a PNG of 1350 pixels width on white."""
    with DRAWING:
        out = io.BytesIO()
        figure_of(spec).savefig(out, format="png", dpi=DPI, facecolor=LOOK.ground)
    return out.getvalue()


def figure_of(spec: PlotSpec, width: float = WIDTH) -> Figure:
    """The plot as a figure of Matplotlib, in the colours of the light theme."""
    from matplotlib.figure import Figure  # a fifth of a second that only pictures need

    panels = panels_of(spec)
    height = PANEL_HEIGHT.get(len(panels), SMALL_PANEL_HEIGHT) * len(panels)
    around = 0.7 + ROW_HEIGHT * (
        _legend_rows(spec, width) + 1 + max((r for _, r, _ in _placed(spec, width)), default=-1)
    )
    figure = Figure(figsize=(width, height + around), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.08, w_pad=0.1, hspace=0.02)  # type: ignore[union-attr, call-arg]
    axes = list(figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0])
    for i, panel in enumerate(panels):
        _dress(axes[i], panel, LOOK)
        if limits := y_limits(spec, i):
            axes[i].set_ylim(*limits)
    for line, style, said in zip(spec.lines, styles_of(spec.lines), legend(spec), strict=True):
        _draw(axes[line.panel], line, style, panels[line.panel], said)
    for i in empty_panels(spec):
        axes[i].set_yticks([])
        axes[i].text(
            *(0.5, 0.5, NOTHING_FINITE), transform=axes[i].transAxes, ha="center", color=LOOK.faint_text, fontsize=10
        )
    for note in gap_notes(spec):
        axes[note.panel].annotate(
            *(note.text, (note.x, 1), (6, -5)),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="top",
            fontsize=8.5,
            color=LOOK.lines[note.color],
        )
    _finish(figure, axes, spec, width)
    figure.align_ylabels()
    return figure


def _dress(ax: Axes, panel: Panel, look: Look) -> None:
    """Axes without a box: a base line, a faint horizontal grid, quiet numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(look.grid)
    ax.grid(axis="y", color=look.grid, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(colors=look.faint_text, labelsize=8.5, length=3, color=look.grid)
    ax.tick_params(axis="y", which="both", length=0)
    ax.set_ylabel(_literal(axis_title(panel)), color=look.faint_text, fontsize=9)
    if panel.log_y:
        ax.set_yscale("log", nonpositive="mask")
        ax.yaxis.set_minor_formatter(NullFormatter())
        if panel.y_range and panel.y_range[1] / panel.y_range[0] < FEW_DECADES:
            ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    ax.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))


def _tick(value: float) -> str:
    """Plain digits where they are short, else powers of ten; never mathtext, whose parser is shared by all threads."""
    if value == 0 or 1e-4 <= abs(value) < 1e7:
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value / 1e6:,.6g}M"
    return f"{value:.3g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def _literal(text: str) -> str:
    """Text from a log, kept from being read as a formula; a box for letters that the font does not have."""
    known = _letters()
    return "".join(c if ord(c) in known else "□" for c in text).replace("$", r"\$")


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """What the font that comes with matplotlib can write; for anything else it would warn on stderr."""
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def _draw(ax: Axes, line: PlotLine, style: Style, panel: Panel, said: str) -> None:
    color = LOOK.lines[style.color]
    y = [v if math.isfinite(v) else math.nan for v in line.y]
    ax.plot(
        line.x,
        y,
        color=color,
        linewidth=1.1 if len(y) > DENSE else 1.8,
        linestyle=DASHES[style.stroke % len(DASHES)],
        marker="o" if len(y) < SPARSE else "",
        markersize=3.2,
        solid_capstyle="round",
        label=_literal(said) or UNNAMED,
    )
    for i, gap in enumerate(gaps(line)):
        if gap.stop > gap.start:
            ax.axvspan(gap.start, gap.stop, color=color, alpha=0.09, linewidth=0)
        if gap.before and i == 0:
            place = (gap.before[0], shown(gap.before[1], panel))
            ax.plot(*place, marker="x", color=color, markersize=7, markeredgewidth=1.8, linestyle="", clip_on=False)


def _finish(figure: Figure, axes: list[Axes], spec: PlotSpec, width: float) -> None:
    """Marks, title, legend, x axis."""
    first, last = extent(spec)
    pad = 0.012 * (last - first) or 0.5
    axes[-1].set_xlim(first - pad, last + pad)
    axes[-1].set_xlabel(spec.x_label, color=LOOK.faint_text, fontsize=9)
    for mark, row, leftwards in _placed(spec, width):
        _onset(axes, mark, row, leftwards)
    bests = [m for m in spec.marks if m.y is not None]
    for mark in bests:
        _best(axes[mark.panel], mark, named=sum(m.panel == mark.panel for m in bests) == 1)
    figure.suptitle(
        _literal(cut(spec.title, round(width * TITLE_PER_INCH))),
        x=0.012,
        ha="left",
        fontsize=11.5,
        color=LOOK.text,
        fontweight="bold",
    )
    _legend(figure, axes, spec, width)


def _placed(spec: PlotSpec, width: float) -> tuple[tuple[Mark, int, bool], ...]:
    return onset_labels(spec, round(width * CHARACTERS_PER_INCH))


def _columns(spec: PlotSpec, width: float) -> int:
    return max(1, round(width * CHARACTERS_PER_INCH) // (6 + max(map(len, legend(spec)), default=0)))


def _legend_rows(spec: PlotSpec, width: float) -> int:
    return -(-sum(map(bool, legend(spec))) // _columns(spec, width))


def _legend(figure: Figure, axes: list[Axes], spec: PlotSpec, width: float) -> None:
    handles = [handle for ax in axes for handle in ax.get_legend_handles_labels()[0]]
    if handles:
        figure.legend(
            handles=handles,
            loc="outside lower left",
            ncols=min(len(handles), _columns(spec, width)),
            frameon=False,
            fontsize=9,
            labelcolor=LOOK.text,
            handlelength=1.8,
        )


def _onset(axes: list[Axes], mark: Mark, row: int, leftwards: bool) -> None:
    color = LOOK.severity[mark.severity]
    for ax in axes:
        ax.axvline(mark.x, color=color, linewidth=1.1, linestyle=(0, (1, 2)), zorder=1.5)
    axes[0].annotate(
        _literal(mark.text),
        xy=(mark.x, 1),
        xycoords=("data", "axes fraction"),
        xytext=(2 if leftwards else -2, 3 + row * LABEL_POINTS),
        textcoords="offset points",
        ha="right" if leftwards else "left",
        va="bottom",
        fontsize=8.5,
        color=color,
        annotation_clip=False,
    )


def _best(ax: Axes, mark: Mark, named: bool) -> None:
    from matplotlib.patheffects import withStroke

    point = (mark.x, mark.y or 0.0)
    ax.plot(*point, marker="o", markersize=6.5, markerfacecolor=LOOK.ground, markeredgecolor=LOOK.text, zorder=4)
    if named:
        note = ax.annotate(mark.text, point, (0, 7), textcoords="offset points", ha="center", fontsize=8.5, zorder=5)
        note.set(color=LOOK.text, path_effects=[withStroke(linewidth=3.5, foreground=LOOK.ground)])
