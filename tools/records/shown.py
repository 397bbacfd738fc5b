"""What is handed out: tables and plots, and paths that could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from tools.records.kinds import Scalar, Severity


@dataclass(frozen=True)
class Table:
    """The result of a query: column names, rows of plain Python values. `truncated`: there were more rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    truncated: bool = False
    sql: str = ""


@dataclass(frozen=True)
class Mark:
    """A place on a plot: a vertical line (an onset, a resume) or, with `y`, a point of a panel (a best value)."""

    x: float
    text: str
    severity: Severity = "info"
    run: str = ""
    y: float | None = None
    panel: int = 0


@dataclass(frozen=True)
class PlotLine:
    """One line of a plot; x and y of equal length, at most a few thousand points (already thinned), NaN allowed.

    `kind`: what the line shows, whatever its run calls it; lines of one kind are drawn with the same stroke.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    run: str = ""
    metric: str = ""
    panel: int = 0
    kind: str = ""


@dataclass(frozen=True)
class Panel:
    """One of the stacked charts of a plot: its own y axis over the shared x axis.

    y_range: where a few values far out would squash the rest, the part of the axis that is shown.
    """

    y_label: str
    log_y: bool = False
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class PlotSpec:
    """A plot as data; `plots.to_plotly` and `plots.to_png` render the same spec.

    y_label and log_y are those of the first panel; `panels` may be empty where there is only one.
    """

    title: str
    x_label: str
    y_label: str
    lines: tuple[PlotLine, ...]
    marks: tuple[Mark, ...] = ()
    log_y: bool = False
    panels: tuple[Panel, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A path that gave no run, with the reason in one line."""

    path: str
    reason: str
