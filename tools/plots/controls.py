"""Buttons below a Plotly figure: log or linear scale, raw or smoothed lines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tools.plots.look import Look, panels_of
from tools.records import Floats, Panel, PlotLine, PlotSpec
from tools.stats import rolling_median

Json = dict[str, Any]
"""JSON of a Plotly figure: what keys there are is Plotly's business."""

HEIGHT = 34
"""Pixels that the buttons take."""
WIDTH = 76
"""Pixels from one button to the next."""
SCALED = ("tickformat", "tick0", "dtick", "nticks")
"""What else depends on the scale of an axis; None lets Plotly choose."""
SMOOTHED_FROM = 40
"""A line with fewer points is its own shape."""
SMOOTHED_OVER = 25
"""The window is this part of a line's points."""


def controls(
    spec: PlotSpec, axes: Mapping[str, Json], other: Mapping[str, Json], look: Look, place: float
) -> list[Json]:
    """Plotly's `updatemenus`. axes, other: the y axes as they are and on their other scale; place: in plot heights."""
    made = [*_scale(spec, axes, other), *_smoothing(spec)]
    return [_button(one, i, look, place) for i, one in enumerate(reversed(made))]


def turned(spec: PlotSpec) -> PlotSpec:
    """The plot with each panel of positive values on its other scale."""
    panels = panels_of(spec)
    return replace(spec, panels=tuple(_turned(p) if _is_positive(spec, i) else p for i, p in enumerate(panels)))


def _turned(panel: Panel) -> Panel:
    is_cut_above_zero = panel.y_range is not None and panel.y_range[0] > 0
    return replace(panel, log_y=not panel.log_y, y_range=panel.y_range if is_cut_above_zero else None)


def _is_positive(spec: PlotSpec, panel: int) -> bool:
    y = [v for line in spec.lines if line.panel == panel for v in line.y if math.isfinite(v)]
    return bool(y) and min(y) > 0


def _scale(spec: PlotSpec, axes: Mapping[str, Json], other: Mapping[str, Json]) -> Iterator[Json]:
    """Every panel of positive values to its other scale, and back as it was."""
    now = {name: panels_of(spec)[i].log_y for i, name in enumerate(axes) if _is_positive(spec, i)}
    if now:
        kinds = set(now.values())
        label = "log / linear" if len(kinds) > 1 else "linear" if True in kinds else "log"
        there, back = ({k: v for name in now for k, v in _update(name, to[name]).items()} for to in (other, axes))
        yield {"label": label, "method": "relayout", "args": [there], "args2": [back]}


def _update(name: str, axis: Json) -> Json:
    """What makes an axis look like this one."""
    scale: Json = {f"{name}.{key}": axis.get(key) for key in SCALED}
    scale |= {f"{name}.type": axis.get("type", "linear"), f"{name}.title.text": axis["title"]["text"]}
    return scale | ({f"{name}.range": axis["range"]} if "range" in axis else {f"{name}.autorange": True})


def _smoothing(spec: PlotSpec) -> Iterator[Json]:
    long = [i for i, line in enumerate(spec.lines) if len(line.x) >= SMOOTHED_FROM]
    if long:
        lines = [spec.lines[i] for i in long]
        smooth, raw = [[_json(_smoothed(line)) for line in lines], [_json(np.array(line.y)) for line in lines]]
        yield {
            "label": "smooth",
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


def _button(button: Json, number: int, look: Look, place: float) -> Json:
    return {
        "type": "buttons",
        "active": -1,
        "buttons": [button],
        **{"x": 1, "xanchor": "right", "y": place, "yanchor": "top"},
        "pad": {"r": WIDTH * number, "t": 0},
        "bgcolor": look.ground,
        "bordercolor": look.grid,
        "font": {"size": 11, "color": look.faint_text},
    }
