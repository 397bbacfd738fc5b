"""A PlotSpec as the JSON of a Plotly figure, for browsers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from tools.plots.controls import HEIGHT, controls, turned
from tools.plots.look import (
    LOOKS,
    NOTHING_FINITE,
    Gap,
    GapNote,
    Look,
    Style,
    Theme,
    axis_title,
    cut,
    decades,
    empty_panels,
    extent,
    gap_notes,
    gaps,
    legend,
    onset_labels,
    panels_of,
    shown,
    spell,
    styles_of,
    y_limits,
)
from tools.records import Mark, Panel, PlotLine, PlotSpec

Json = dict[str, Any]
"""JSON of a Plotly figure: what keys there are is Plotly's business."""

FONT = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
DASHES = ("solid", "dash", "dot", "dashdot")
PANEL_HEIGHT = {1: 300, 2: 210}
SMALL_PANEL_HEIGHT = 160
LABEL_HEIGHT = 17
BUTTONS_APART = 8
"""Pixels between the names of onsets and the buttons above them."""
LEGEND_ROW_HEIGHT = 21
AXIS_HEIGHT = 66
"""Pixels below the plot for the numbers and the name of the x axis, with the buttons beside that."""
CHARACTERS_ACROSS = 70
NARROW = 44
"""So many characters fit across the screen of a phone."""
FEW_NAMES = 4
"""With more in its legend a chart has its buttons on top."""
PANEL_GAP = 0.07
FEW_DECADES, MANY_DECADES = 2.3, 8.0
DENSE = 500
"""A line with more points than this is drawn thinner, one with fewer than `SPARSE` shows each point."""
SPARSE = 40


def to_plotly(spec: PlotSpec, theme: Theme = "light") -> Json:
    """The figure as plain JSON: {"data": [...], "layout": {...}}; values that are not finite are null."""
    look = LOOKS[theme]
    styles = styles_of(spec.lines)
    data = [
        _line(line, style, look) | _named(line, said)
        for line, style, said in zip(spec.lines, styles, legend(spec), strict=True)
    ]
    for line, style in zip(spec.lines, styles, strict=True):
        color = look.lines[style.color]
        data += [_broken_end(line, gap, panels_of(spec)[line.panel], color) for gap in gaps(line)[:1] if gap.before]
        data += [_best(mark, color, look) for mark in spec.marks if mark.y is not None and _belongs(mark, line)]
    return {"data": data, "layout": _layout(spec, look)}


def _belongs(mark: Mark, line: PlotLine) -> bool:
    place = (mark.x, mark.y)
    return (
        mark.run == line.run and mark.panel == line.panel and any(p == place for p in zip(line.x, line.y, strict=True))
    )


def _axis(kind: str, panel: int) -> str:
    return kind if panel == 0 else f"{kind}{panel + 1}"


def _line(line: PlotLine, style: Style, look: Look) -> Json:
    sparse = len(line.x) < SPARSE
    return {
        "type": "scatter",
        "mode": "lines+markers" if sparse else "lines",
        "x": list(line.x),
        "y": [v if math.isfinite(v) else None for v in line.y],
        "yaxis": _axis("y", line.panel),
        "connectgaps": False,
        "line": {
            "color": look.lines[style.color],
            "width": 1.4 if len(line.x) > DENSE else 2.2,
            "dash": DASHES[style.stroke % len(DASHES)],
        },
        "marker": {"size": 5},
        "hovertemplate": f"{_plain(line.label).replace('{', '&#123;')} : %{{y:.6~g}}<extra></extra>",
    }


def _named(line: PlotLine, said: str) -> Json:
    """The name in the legend; a click on it takes away all lines of its run."""
    by_run = said != line.label
    return {
        "name": _plain(said or line.label),
        "showlegend": bool(said),
        "legendgroup": line.run if by_run else line.label,
    }


def _broken_end(line: PlotLine, gap: Gap, panel: Panel, color: str) -> Json:
    """A cross on the last value before a line stops being finite."""
    x, y = gap.before or (0.0, 0.0)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{gap.word} next",
        "x": [x],
        "y": [shown(y, panel)],
        "yaxis": _axis("y", line.panel),
        "cliponaxis": False,
        "marker": {"symbol": "x-thin", "size": 10, "line": {"color": color, "width": 2.4}},
        "showlegend": False,
        "hovertemplate": f"last finite value {spell(y)}; {gap.word} from {gap.start:.6g} on<extra></extra>",
    }


def _best(mark: Mark, color: str, look: Look) -> Json:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [mark.x],
        "y": [mark.y],
        "yaxis": _axis("y", mark.panel),
        "marker": {"symbol": "circle", "size": 9, "color": look.ground, "line": {"color": color, "width": 2.4}},
        "showlegend": False,
        "hovertemplate": f"{mark.text}<extra></extra>",
    }


def _layout(spec: PlotSpec, look: Look) -> Json:
    panels = panels_of(spec)
    labels = onset_labels(spec, NARROW)
    marks = LABEL_HEIGHT * (1 + max((row for _, row, _ in labels), default=-1))
    # A long legend moves the plot on a narrow screen, and what stands below that.
    is_long = sum(map(bool, legend(spec))) > FEW_NAMES
    raised = HEIGHT + BUTTONS_APART if is_long else 0
    top = 44 + marks + raised
    bottom = AXIS_HEIGHT + LEGEND_ROW_HEIGHT * _legend_rows(spec)
    plot_height = PANEL_HEIGHT.get(len(panels), SMALL_PANEL_HEIGHT) * len(panels)
    layout: Json = {
        "title": {
            "text": _plain(cut(spec.title, CHARACTERS_ACROSS)),
            "font": {"size": 15, "color": look.text},
            **{"x": 0, "xref": "container", "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top"},
            "pad": {"t": 12, "l": 4},
        },
        "font": {"family": FONT, "size": 12, "color": look.faint_text},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "height": plot_height + top + bottom,
        "margin": {"l": 64, "r": 24, "t": top, "b": bottom, "pad": 4},
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "hoverlabel": {"bgcolor": look.ground, "bordercolor": look.grid, "font": {"color": look.text, "size": 12}},
        "showlegend": any(legend(spec)),
        "legend": {
            **{"orientation": "h", "x": 0, "xanchor": "left", "y": -AXIS_HEIGHT / plot_height, "yanchor": "top"},
            "font": {"color": look.text, "size": 12},
        },
        "shapes": [*_onset_lines(spec, look), *_missing_spans(spec, look)],
        "annotations": [
            _x_name(spec, look),
            *_onset_annotations(labels, look),
            *(_nothing(i, look) for i in empty_panels(spec)),
            *(_gap_note(note, look) for note in gap_notes(spec)),
        ],
        "xaxis": _x_axis(spec, panels, look),
    }
    axes = _y_axes(spec, look)
    place = 1 + (marks + raised) / plot_height if is_long else (HEIGHT - AXIS_HEIGHT) / plot_height
    buttons = controls(spec, axes, _y_axes(turned(spec), look), look, place)
    return layout | axes | {"updatemenus": buttons}


def _y_axes(spec: PlotSpec, look: Look) -> dict[str, Json]:
    blank = {i: {"showticklabels": False, "showgrid": False} for i in empty_panels(spec)}
    return {_axis("yaxis", i): _y_axis(spec, i, look) | blank.get(i, {}) for i in range(len(panels_of(spec)))}


def _legend_rows(spec: PlotSpec) -> int:
    """Plotly gives all entries the width of the longest."""
    labels = [label for label in legend(spec) if label]
    across = max(1, CHARACTERS_ACROSS // (8 + max(map(len, labels), default=0)))
    return -(-len(labels) // across)


def _plain(text: str) -> str:
    """Text from a log, kept from being read as Plotly's markup or as a formula."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("$", "&#36;")


def _x_axis(spec: PlotSpec, panels: tuple[Panel, ...], look: Look) -> Json:
    first, last = extent(spec)
    pad = 0.012 * (last - first) or 0.5
    return {
        "unifiedhovertitle": {"text": f"{spec.x_label} %{{x:,.6~g}}"},
        "anchor": _axis("y", len(panels) - 1),
        "range": [first - pad, last + pad],
        "showgrid": False,
        "zeroline": False,
        "showline": True,
        "linecolor": look.grid,
        "ticks": "outside",
        "tickcolor": look.grid,
        "separatethousands": True,
    }


def _x_name(spec: PlotSpec, look: Look) -> Json:
    """At the beginning of the axis, where the buttons leave room for it on a narrow screen too."""
    return {
        "text": spec.x_label,
        **{"x": 0, "xref": "paper", "xanchor": "left", "xshift": -4, "showarrow": False},
        **{"y": 0, "yref": "paper", "yanchor": "top", "yshift": -28},
        "font": {"size": 12, "color": look.faint_text},
    }


def _log_ticks(powers: float) -> Json:
    """Every doubling, every decade, or as many as fit; left alone, Plotly writes "2" and "5" for 20 and 500."""
    if powers < FEW_DECADES:
        return {"dtick": math.log10(2)}
    return {"dtick": 1} if powers < MANY_DECADES else {"nticks": 6}


def _y_axis(spec: PlotSpec, number: int, look: Look) -> Json:
    panel, count = panels_of(spec)[number], len(panels_of(spec))
    room = (1 - PANEL_GAP * (count - 1)) / count
    top = 1 - number * (room + PANEL_GAP)
    scale: Json = (
        {"type": "log", "tickformat": "~g", "tick0": 0, **_log_ticks(decades(spec, number))} if panel.log_y else {}
    )
    if limits := y_limits(spec, number):
        scale["range"] = [math.log10(v) if panel.log_y else v for v in limits]
    return {
        "title": {"text": _plain(axis_title(panel)), "standoff": 10},
        "domain": [max(0.0, top - room), top],
        "gridcolor": look.grid,
        "zeroline": False,
        "automargin": True,
        "exponentformat": "power",
        **scale,
    }


def _onset_lines(spec: PlotSpec, look: Look) -> Iterator[Json]:
    for mark in spec.marks:
        if mark.y is None:
            yield {
                **{"type": "line", "x0": mark.x, "x1": mark.x, "xref": "x", "y0": 0, "y1": 1, "yref": "paper"},
                "layer": "below",
                "line": {"color": look.severity[mark.severity], "width": 1.4, "dash": "dot"},
            }


def _missing_spans(spec: PlotSpec, look: Look) -> Iterator[Json]:
    """A tint over the stretches in which a line has no finite value."""
    for line, style in zip(spec.lines, styles_of(spec.lines), strict=True):
        for gap in gaps(line):
            if gap.stop > gap.start:
                yield {
                    **{"type": "rect", "x0": gap.start, "x1": gap.stop, "xref": "x", "y0": 0, "y1": 1},
                    "yref": f"{_axis('y', line.panel)} domain",
                    **{"layer": "below", "line": {"width": 0}, "fillcolor": look.lines[style.color], "opacity": 0.09},
                }


def _onset_annotations(labels: tuple[tuple[Mark, int, bool], ...], look: Look) -> Iterator[Json]:
    for mark, row, leftwards in labels:
        yield {
            "text": _plain(mark.text),
            **{"x": mark.x, "xref": "x", "xanchor": "right" if leftwards else "left", "xshift": 3 if leftwards else -3},
            **{"y": 1, "yref": "paper", "yanchor": "bottom", "yshift": 2 + row * LABEL_HEIGHT},
            "showarrow": False,
            "font": {"size": 11, "color": look.severity[mark.severity]},
        }


def _nothing(panel: int, look: Look) -> Json:
    return {
        "text": NOTHING_FINITE,
        **{"x": 0.5, "xref": "paper", "y": 0.5, "yref": f"{_axis('y', panel)} domain", "showarrow": False},
        "font": {"size": 13, "color": look.faint_text},
    }


def _gap_note(note: GapNote, look: Look) -> Json:
    return {
        "text": note.text,
        **{"x": note.x, "xref": "x", "xanchor": "left", "xshift": 6, "showarrow": False},
        **{"y": 0.97, "yref": f"{_axis('y', note.panel)} domain", "yanchor": "top"},
        "font": {"size": 11, "color": look.lines[note.color]},
    }
