"""The findings on labelled runs as tables: by label, half beside half, and ours beside the naive rules."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from evals.finding_bench import FindingBench, FindingScores, LabelScore

GOOD_F1 = 0.85
HALVES = (
    "A hash of the run's id tells the halves apart. Both were looked at while the detectors were written; from now on"
    " thresholds and confidences are chosen by one of them only, and the other must do as well."
)


def finding_tables(bench: FindingBench) -> RenderableType:
    """All of it, the shares first."""
    rows = {
        "all runs": bench.ours,
        "half looked at": bench.looked_at,
        "half held back": bench.held_back,
        "naive rules, all runs": bench.naive,
    }
    return Group(_shares(rows), Text(HALVES, "dim"), Text(), _labels(bench))


def _shares(rows: dict[str, FindingScores]) -> Grid:
    names = ("findings", "runs", "macro-F1", "found", "first right", "false alarms", "onset inside")
    grid = grid_of(*names)
    for name, s in rows.items():
        onset = "–" if s.onset_hits is None else f"{s.onset_hits:.1%}"
        shares = (f"{s.macro_f1:.3f}", f"{s.found:.1%}", f"{s.first_right:.1%}", f"{s.false_alarms:.1%}", onset)
        grid.add_row(name, str(s.healthy + s.faulty), *shares)
    return grid


def _labels(bench: FindingBench) -> Grid:
    names = ("label", "runs", "precision", "recall", "F1", "false alarms", "onset inside", "onset error", "naive F1")
    grid = grid_of(*names)
    naive = {label.label: label.f1 for label in bench.naive.labels}
    for label in bench.ours.labels:
        style = "green" if label.f1 >= GOOD_F1 else "yellow" if label.f1 > 0 else "red"
        grid.add_row(*_cells(label, style), f"{naive[label.label]:.2f}")
    return grid


def _cells(label: LabelScore, style: str) -> Iterator[str | Text]:
    inside, of = label.onsets
    yield label.label
    yield str(label.runs)
    yield f"{label.precision:.2f}"
    yield f"{label.recall:.2f}"
    yield Text(f"{label.f1:.2f}", style)
    yield f"{label.false_alarms:g}"
    yield f"{inside}/{of}" if of else "–"
    yield "–" if label.onset_error is None else f"{label.onset_error:.1%}"


def grid_of(first: str, *names: str) -> Grid:
    """An empty table: names to the left, figures to the right."""
    grid = Grid(box=None, padding=(0, 3, 0, 0), pad_edge=False, header_style="dim")
    grid.add_column(first)
    for name in names:
        grid.add_column(name, justify="right")
    return grid
