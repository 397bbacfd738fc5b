"""What confidences are worth, as tables: the sums before and after the map, and the curve of stated and observed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from evals.calibration import Check, checks, halves, stored
from evals.finding_table import grid_of
from evals.labelled_runs import Judged
from tools.calibration import calibrated

EXPLAINED = (
    "Brier: mean squared difference of confidence and outcome; ECE: mean distance of stated and observed. The map was"
    " fitted on the halves looked at; generated faults are as they were measured then (python -m evals.calibration)."
)


def reliability_tables(judged: Sequence[Judged]) -> RenderableType:
    """The public bench as it is judged now, the generated faults as they were when the map was fitted."""
    measured = {**stored(), **checks(halves(judged), calibrated)}
    return Group(_sums(measured), Text(EXPLAINED, "dim"), Text(), _curves(measured))


def _sums(measured: Mapping[str, Check]) -> RenderableType:
    grid = grid_of("confidence", "findings", "right", "Brier before", "after", "ECE before", "after")
    for name, one in measured.items():
        sums = (one.before.brier, one.after.brier, one.before.ece, one.after.ece)
        grid.add_row(name, str(one.after.findings), str(one.after.right), *(f"{s:.3f}" for s in sums))
    return grid


def _curves(measured: Mapping[str, Check]) -> RenderableType:
    grid = grid_of("calibration curve", "stated", "observed", "findings")
    for name, one in measured.items():
        for place, b in enumerate(one.after.bins):
            grid.add_row("" if place else name, f"{b.stated:.2f}", f"{b.observed:.2f}", str(b.count))
    return grid
