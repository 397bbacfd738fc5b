"""What may be typed behind a slash in the chat: shortcuts to questions, and things that need no analyst."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import pandas as pd

from agent.markdown import as_markdown
from agent.page import PLOTTED, as_page
from agent.report import Report, judge_all, with_advice, with_plots
from tools.amounts import counted
from tools.errors import ToolError
from tools.records import Scalar
from tools.store import Store
from tools.toolbox import Toolbox


@dataclass(frozen=True)
class Command:
    """`icon`: by Lucide's name."""

    id: str
    icon: str
    description: str


COMMANDS = (
    Command("debug", "stethoscope", "What is wrong with a run: /debug 7"),
    Command("compare", "git-compare", "Runs side by side: /compare 6 7"),
    Command("plot", "chart-line", "Draw metrics: /plot loss, grad_norm of run 7"),
    Command("sql", "database", "One SELECT: /sql select run, verdict from runs"),
    Command("report", "file-text", "The report on all runs, or on some: /report 7"),
    Command("watch", "bell", "Be told when a run turns bad: /watch 7, /watch all"),
    Command("unwatch", "bell-off", "Be told no longer: /unwatch 7, /unwatch all"),
    Command("runs", "list", "The table of runs beside the conversation"),
)
_TYPED = re.compile(r"/(\w+)\b\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Typed:
    """A command with what stands behind it; `command` is "" where it is none of ours."""

    command: str
    rest: str


def typed(text: str, chosen: str | None) -> Typed:
    """What was typed: the command that was chosen from the list, or written out in front of the text."""
    known = {one.id for one in COMMANDS}
    if chosen in known:
        return Typed(str(chosen), text.strip())
    found = _TYPED.fullmatch(text.strip())
    return Typed(found[1], found[2].strip()) if found and found[1] in known else Typed("", text.strip())


def question_of(said: Typed) -> str:
    """The question that a command stands for, "" where it stands for none."""
    runs = _runs(said.rest)
    if said.command == "debug":
        return f"What is wrong with {', '.join(runs)}?" if runs else "Which runs are broken, and why?"
    if said.command == "compare":
        if len(runs) < 2:
            raise ToolError("Comparing takes two runs.", "Try /compare 6 7.")
        return f"Compare {' and '.join(runs)}"
    if said.command == "plot":
        return f"Plot {said.rest or 'the loss of all runs'}"
    return said.rest if not said.command else ""


def rows_of(store: Store, sql: str) -> tuple[pd.DataFrame, str]:
    """The rows of one SELECT for the page's paged table, and what is to be said about them."""
    if not sql:
        raise ToolError("A SELECT is missing.", "Try /sql select run, finding, severity from findings.")
    found = Toolbox(store).query_metrics(sql)
    frame = pd.DataFrame([[_shown(v) for v in row] for row in found.rows], columns=list(found.columns), dtype=object)
    more = ", only the first ones; aggregate or filter" if found.truncated else ""
    return frame, f"{counted(len(found.rows), 'row')}{more}"


def report_files(store: Store, runs: str) -> dict[str, str]:
    """The report on these runs (none named: on all) by file name, as Markdown and as a page with its plots."""
    chosen = [store.run(name) for name in _runs(runs)] or list(store.runs())
    judged = with_advice(store, judge_all(store, chosen, {}))
    report = Report(judged, (), own_detectors=store.rules.folder)
    return {"report.html": as_page(with_plots(store, report, PLOTTED)), "report.md": as_markdown(report)}


def _runs(text: str) -> list[str]:
    """Names and numbers of runs, apart by spaces or commas: "6 7", "run 6, run-7", "#6 and 7"."""
    words = [word for word in re.split(r"[\s,]+", text) if word and word.lower() not in ("run", "runs", "and", "with")]
    return [f"run {word.lstrip('#')}" if word.lstrip("#").isdigit() else word for word in words]


def _shown(value: Scalar) -> Scalar:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
