"""Buttons below a Plotly figure: log or linear scale, raw or smoothed lines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tools.plots.look import Look, decades, panels_of
from tools.records import Floats, PlotLine, PlotSpec
from tools.stats import rolling_median

Json = dict[str, Any]
"""JSON of a Plotly figure: what keys there are is Plotly's business."""

HEIGHT = 40
"""Pixels that the buttons take."""
SMOOTHED_FROM = 40
"""A line with fewer points is its own shape."""
SMOOTHED_OVER = 25
"""The window is this part of a line's points."""


def controls(spec: PlotSpec, axes: Mapping[str, Json], look: Look, below: float) -> list[Json]:
    """Plotly's `updatemenus`. axes: the y axes, in the order of the panels; below: where, in heights of the plot."""
    made = [*_scale(spec, axes), *_smoothing(spec)]
    return [_button(one, place, look, below) for place, one in enumerate(reversed(made))]


def _scale(spec: PlotSpec, axes: Mapping[str, Json]) -> Iterator[Json]:
    """Every panel of positive values to its other scale, and back as it was."""
    turned: Json = {}
    back: Json = {}
    for i, (name, axis) in enumerate(axes.items()):
        y = [v for line in spec.lines if line.panel == i for v in line.y if math.isfinite(v)]
        if not y or min(y) <= 0:
            continue
        kind, powers = ("linear", 0.0) if panels_of(spec)[i].log_y else ("log", decades(spec, i))
        turned |= {f"{name}.type": kind, f"{name}.autorange": True, f"{name}.dtick": _tick(powers)}
        turned |= {f"{name}.tickformat": "~g" if kind == "log" else ""}
        back |= {f"{name}.type": axis.get("type", "linear"), f"{name}.dtick": axis.get("dtick")}
        back |= {f"{name}.tickformat": axis.get("tickformat", "")}
        back |= {f"{name}.range": axis["range"]} if "range" in axis else {f"{name}.autorange": True}
    if turned:
        yield {"label": "log / linear", "method": "relayout", "args": [turned], "args2": [back]}


def _tick(powers: float) -> float | str | None:
    """Doublings or decades on a log axis of so many powers of ten; on a linear one as Plotly likes it."""
    if not powers:
        return None
    return math.log10(2) if powers < 2 else 1


def _smoothing(spec: PlotSpec) -> Iterator[Json]:
    long = [i for i, line in enumerate(spec.lines) if len(line.x) >= SMOOTHED_FROM]
    if long:
        lines = [spec.lines[i] for i in long]
        smooth, raw = [[_json(_smoothed(line)) for line in lines], [_json(np.array(line.y)) for line in lines]]
        yield {
            "label": "smoothed / raw",
            "method": "restyle",
            "args": [{"y": smooth}, long],
            "args2": [{"y": raw}, long],
        }


def _smoothed(line: PlotLine) -> Floats:
    """A rolling median over the finite values; gaps stay gaps."""
    y = np.array(line.y)
    finite = np.isfinite(y)
    if finite.any():
        y[finite] = rolling_median(y[finite], max(5, len(y) // SMOOTHED_OVER))
    return y


def _json(y: Floats) -> list[float | None]:
    return [v if math.isfinite(v) else None for v in y.tolist()]


def _button(button: Json, place: int, look: Look, below: float) -> Json:
    return {
        "type": "buttons",
        "active": -1,
        "buttons": [button],
        **{"x": 1, "xanchor": "right", "y": -below, "yanchor": "top"},
        "pad": {"r": 112 * place, "t": 0},
        "bgcolor": look.ground,
        "bordercolor": look.grid,
        "font": {"size": 10, "color": look.faint_text},
    }
