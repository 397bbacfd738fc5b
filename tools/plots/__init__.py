"""Plots as data: runs become a PlotSpec, and one spec becomes a Plotly figure, a PNG, an SVG or a line of text."""

from tools.plots.browser import to_plotly
from tools.plots.files import as_files
from tools.plots.picture import to_png
from tools.plots.sparks import sparkline
from tools.plots.spec import Trace, Window, plot_spec
from tools.plots.vector import svg_colors, to_svg

__all__ = ["Trace", "Window", "as_files", "plot_spec", "sparkline", "svg_colors", "to_plotly", "to_png", "to_svg"]
