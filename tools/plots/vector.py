"""A PlotSpec as SVG for pages: drawn by the same hand as the PNG, coloured by the page's style sheet."""

from __future__ import annotations

import io
import re

from tools.plots.look import LOOKS, Look, Theme
from tools.plots.picture import DRAWING, WIDTH, figure_of
from tools.records import PlotSpec

NARROW = 4.4
"""Inches, for the screen of a phone."""
NAMELESS = {"Creator": None, "Date": None, "Format": None, "Type": None}
_FONTS = re.compile(r"'DejaVu Sans'[^;\"]*")
_COLOR = re.compile(r"#[0-9a-f]{6}\b(?=[^<>\"]*\")")


def to_svg(spec: PlotSpec, salt: str, *, narrow: bool = False) -> str:
    """The plot as an <svg> element. Its colours are the variables of `svg_colors`.

    salt: another one for each picture of a page, since they refer to their parts by id.
    """
    from matplotlib import rc_context

    out = io.StringIO()
    with DRAWING, rc_context({"svg.fonttype": "none", "svg.hashsalt": f"{salt} {narrow}"}):
        figure = figure_of(spec, NARROW if narrow else WIDTH)
        figure.savefig(out, format="svg", transparent=True, metadata=NAMELESS)
    text = out.getvalue()
    return _COLOR.sub(_variable, _FONTS.sub("sans-serif", text[text.index("<svg") :]))


def svg_colors(theme: Theme) -> dict[str, str]:
    """Style sheet variable -> colour."""
    return dict(zip(map(_VARIABLES.__getitem__, _colors(LOOKS["light"])), _colors(LOOKS[theme]), strict=True))


def _colors(look: Look) -> tuple[str, ...]:
    return (*look.lines, look.text, look.faint_text, look.grid, look.ground, *look.severity.values())


_VARIABLES = {color: f"--plot-{i}" for i, color in enumerate(_colors(LOOKS["light"]))}


def _variable(found: re.Match[str]) -> str:
    name = _VARIABLES.get(found[0])
    return f"var({name})" if name else found[0]
