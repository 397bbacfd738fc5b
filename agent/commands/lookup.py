"""Commands that need no runs: explain, formats."""

from __future__ import annotations

from rich.table import Table as Grid
from rich.text import Text

from agent.terminal import console_for
from tools.formats import formats as known_formats


def formats() -> None:
    """Every log format with the programs that write it."""
    grid = Grid(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for column in ("format", "what it is", "written by"):
        grid.add_column(column, no_wrap=column == "format")
    for known in known_formats():
        grid.add_row(Text(known.name, "bold"), Text(known.title), Text(known.writers, "dim"))
    console_for().print(grid)
