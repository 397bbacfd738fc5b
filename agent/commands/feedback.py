"""`runwhy feedback`: what people said about answers, and the investigation behind it as a file."""

from __future__ import annotations

import json
from pathlib import Path

from rich.table import Table as Grid
from rich.text import Text

from agent.commands._files import write
from agent.feedback import Feedback, all_feedback, feedback_of
from agent.investigation import as_file
from agent.phrases import one_line
from agent.settings import load_settings
from agent.terminal import console_for
from tools.errors import ToolError

SHOWN = 8
"""Letters of an id in the list."""


def feedback(id: str | None, as_document: bool, record: Path | None) -> int:
    """List all of it, or one; `record` is the file for the investigation of that one."""
    settings = load_settings()
    if record is not None and id is None:
        raise ToolError("Which feedback is to be written?", "Name it: runwhy feedback ID --record FILE.")
    kept = all_feedback(settings)
    chosen = kept.feedback if id is None else (feedback_of(settings, id),)
    if record is not None:
        write(record, as_file(chosen[0].record), "investigation")
    if kept.complaint:
        console_for("stderr").print(Text(f"runwhy: {kept.complaint}"))
    if as_document:
        print(json.dumps({"feedback": [one.to_json() for one in chosen]}, ensure_ascii=False, indent=1))
    elif record is None:
        _show(chosen)
    return 2 if kept.complaint else 0


def _show(chosen: tuple[Feedback, ...]) -> None:
    out = console_for()
    if not chosen:
        out.print("Nobody has said anything yet; the chat has thumbs below each answer.")
        return
    grid = Grid(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for column in ("id", "when", "who", "verdict", "about", "comment"):
        grid.add_column(column, no_wrap=column != "comment")
    for one in chosen:
        row = (one.id[:SHOWN], f"{one.when:%Y-%m-%d %H:%M}", one.who, one.verdict, about(one), one.comment)
        grid.add_row(*(Text(one_line(cell)) for cell in row))
    out.print(grid)


def about(one: Feedback) -> str:
    """The finding or the question that it is about."""
    if one.dismissed is not None:
        return f"{one.dismissed.finding} of {one.dismissed.run}"
    return one_line(one.questions[-1])[:60] if one.questions else ""
