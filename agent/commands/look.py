"""Commands that show runs without judging anew: list, compare, plot, sql."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType

from agent.commands._runs import Opened, open_runs, open_some
from agent.progress import bar_for
from agent.tables import comparison, next_steps, run_list, tab_separated, table
from agent.terminal import console_for
from tools.amounts import counted
from tools.errors import ToolError
from tools.plots import to_png
from tools.render import as_dict
from tools.results import Result
from tools.roles import Given
from tools.store import Store
from tools.store.views import JUDGEMENTS
from tools.toolbox import Toolbox
from tools.toolbox.functions import MAX_COMPARED
from tools.toolbox.judging import Judge

LISTED = 1_000_000
MAX_ROWS, SHOWN_ROWS = 10_000, 200
PLOTTED = ("train_loss", "eval_loss")


def list_runs(paths: Sequence[str], as_document: bool, given: Given) -> int:
    """All runs with their verdicts, broken ones first; a document lists none where there are none."""
    opened = open_runs(paths, given) if as_document else open_some(paths, given)
    _judge(opened)
    result = Toolbox(opened.store).list_runs(limit=LISTED)
    return _show(opened, result, run_list(result), as_document)


def compare(paths: Sequence[str], metric: str, as_document: bool, given: Given) -> int:
    """All runs under the paths side by side."""
    opened = open_some(paths, given)
    if len(opened.runs) < 2:
        raise ToolError(f"Only {opened.runs[0].name} was found; comparing takes two runs.", "Give another path.")
    if len(opened.runs) > MAX_COMPARED:
        raise ToolError(
            f"{len(opened.runs)} runs are too many to stand side by side; {MAX_COMPARED} at most.",
            "Name the ones that matter; runwhy list shows all.",
        )
    result = Toolbox(opened.store).compare_runs([run.run for run in opened.runs], metric)
    return _show(opened, result, comparison(result), as_document)


def suggest(paths: Sequence[str], run: str, metric: str, count: int, as_document: bool, given: Given) -> int:
    """What to try next: for one run, or the next trials of all of them."""
    opened = open_some(paths, given)
    toolbox = Toolbox(opened.store, opened.settings.context.as_context())
    only = opened.runs[0].run if len(opened.runs) == 1 else ""
    result = toolbox.suggest_next(run or only, metric, count)
    return _show(opened, result, next_steps(result), as_document)


def sql(paths: Sequence[str], query: str, as_document: bool, given: Given) -> int:
    """The rows of one SELECT over the views: a table for people, tab-separated values for programs."""
    opened = open_some(paths, given)
    if any(view in query.lower() for view in JUDGEMENTS):
        _judge(opened)
    piped = not sys.stdout.isatty()
    result = opened.store.query(query, limit=MAX_ROWS if piped or as_document else SHOWN_ROWS)
    if piped and not as_document:
        sys.stdout.writelines(tab_separated(result))
    else:
        _show(opened, result, table(result), as_document)
    if result.truncated:
        print(f"runwhy: only the first {counted(len(result.rows), 'row')}; aggregate or filter", file=sys.stderr)
    return opened.status


def plot(paths: Sequence[str], out: Path, metrics: Sequence[str], runs: Sequence[str], given: Given) -> int:
    """Write a PNG."""
    opened = open_some(paths, given)
    chosen = list(runs) or [run.run for run in opened.runs]
    result = Toolbox(opened.store).plot_metric(list(metrics) or _losses(opened.store, chosen), chosen)
    try:
        out.write_bytes(to_png(result.spec))
    except OSError as error:
        raise ToolError(f"The plot cannot be written to {out}: {error.strerror}.") from None
    print(f"plot written to {out}", file=sys.stderr)
    return opened.status


def _judge(opened: Opened) -> None:
    """Have all runs judged, behind a bar."""
    with bar_for("judging") as bar:
        Judge(opened.store).judge_all(bar.show)


def _losses(store: Store, runs: Sequence[str]) -> list[str]:
    """The losses where any run has one, else the first metric that is logged."""
    logged = [m for run in runs for m in store.summaries(store.run(run).run)]
    roles = [role for role in PLOTTED if any(m.role == role for m in logged)]
    return roles or [m.name for m in logged[:1]]


def _show(opened: Opened, result: Result, picture: RenderableType, as_document: bool) -> int:
    if as_document:
        json.dump(as_dict(result), sys.stdout, allow_nan=False, ensure_ascii=False, indent=1)
        print()
    else:
        console_for().print(picture)
    return opened.status
