"""A plot as files to take away."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping

from tools.plots.picture import to_png
from tools.plots.vector import svg_colors, to_svg
from tools.records import PlotSpec


def as_files(spec: PlotSpec) -> Mapping[str, bytes]:
    """The picture in pixels, the picture in lines, and the points that are drawn, by file name."""
    name = re.sub(r"[^\w.-]+", "-", spec.title).strip("-.")[:60] or "chart"
    return {
        f"{name}.png": to_png(spec),
        f"{name}.svg": _alone(to_svg(spec, name)).encode(),
        f"{name}.csv": _points(spec).encode(),
    }


def _alone(svg: str) -> str:
    """With its colours in it, since no page gives them."""
    for variable, color in svg_colors("light").items():
        svg = svg.replace(f"var({variable})", color)
    return svg


def _points(spec: PlotSpec) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["run", "line", spec.x_label, "value"])
    for line in spec.lines:
        rows.writerows([line.run, line.label, x, y] for x, y in zip(line.x, line.y, strict=True))
    return out.getvalue()
