"""Tables on a terminal: the runs, a comparison, the rows of a query."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from agent.curves import SEVERITY_STYLE
from agent.phrases import (
    VERDICT_WORDS,
    changes,
    dimension,
    number,
    one_line,
    outcome,
    scored,
    since_briefly,
    spent_in_all,
)
from agent.terminal import VERDICT_SIGN, VERDICT_STYLE
from tools.amounts import counted
from tools.records import MetricSummary, Scalar, Table
from tools.results import Comparison, NextSteps, RunList, RunRow


def run_list(runs: RunList) -> RenderableType:
    """One row per run: what it is, how it was judged, its headline metric."""
    grid = _grid("", "#", "run", "verdict", "main finding", "since", "metric", "best", "last", "format")
    for at in (1, 7, 8):
        grid.columns[at].justify = "right"
    grid.columns[4].no_wrap = True
    for row in runs.rows:
        grid.add_row(*_run_row(row))
    wasted = spent_in_all([row.waste for row in runs.rows if row.waste is not None])
    return Group(grid, Text(), Text(wasted, "yellow")) if wasted else grid


def _run_row(row: RunRow) -> tuple[RenderableType, ...]:
    head = row.headline_finding
    return (
        Text(VERDICT_SIGN[row.verdict], VERDICT_STYLE[row.verdict]),
        str(row.run.number),
        Text(one_line(row.run.name), "bold"),
        Text(VERDICT_WORDS[row.verdict], VERDICT_STYLE[row.verdict]),
        Text(head.id, SEVERITY_STYLE[head.severity]) if head else Text("–", "dim"),
        since_briefly(head) if head else "",
        Text(one_line(row.metric), "cyan"),
        _value(row.best),
        _value(row.last),
        Text(row.run.format, "dim"),
    )


def comparison(compared: Comparison) -> RenderableType:
    """What was set differently above what came out differently; the winner of each metric is marked."""
    names = [one_line(run.name) for run in compared.runs]
    settings = _grid("setting", *names)
    for p in compared.params:
        settings.add_row(Text(one_line(p.key), "cyan"), *(_value(v) for v in p.values))
    outcomes = _grid("metric", *names)
    outcomes.add_row("verdict", *(Text(VERDICT_WORDS[d.verdict], VERDICT_STYLE[d.verdict]) for d in compared.diagnoses))
    for m in compared.metrics:
        best = [_best(s, m.goal, run.run == m.winner) for s, run in zip(m.summaries, compared.runs, strict=True)]
        outcomes.add_row(Text(one_line(m.metric), "cyan"), *best)
    same = Text(f"{counted(compared.same_params, 'setting')} the same in all", "dim")
    won = [Text(f"best by {one_line(compared.metric)}: {compared.winner}", "bold green")] if compared.winner else []
    return Group(*([settings] if compared.params else []), same, Text(), outcomes, *won)


def _best(summary: MetricSummary | None, goal: str, won: bool) -> Text:
    if summary is None:
        return Text("–", "dim")
    value, at = (summary.max, summary.max_step) if goal == "higher" else (summary.min, summary.min_step)
    text = Text("–" if value is None else number(value), "bold green" if won else "")
    return text if at is None else text.append(f" at {number(at)}", "dim")


def next_steps(steps: NextSteps) -> RenderableType:
    """What to try next: the changes, what each is predicted to bring, and what became of earlier advice."""
    lines: list[RenderableType] = [Text(scored(one), "green" if one.held else "yellow") for one in steps.followed]
    if steps.advice:
        best = "" if steps.base_best is None else f", {one_line(steps.metric)} {number(steps.base_best)} so far"
        lines.append(Text(f"build on {one_line(steps.base)}{best}; change nothing but this", "bold"))
        grid = _grid("advice", "change", "predicted", "because")
        for one in steps.advice:
            grid.add_row(str(one.number), Text(changes(one), "bold"), Text(outcome(one), "cyan"), one_line(one.reason))
        lines.append(grid)
    lines += [Text(f"search space: {one_line('; '.join(map(dimension, steps.space)))}", "dim")] if steps.space else []
    lines += [Text(one_line(f"{note[0].upper()}{note[1:]}."), "yellow") for note in steps.notes]
    if steps.advice:
        lines.append(Text(f"kept in {steps.kept_in}; a run that follows it is scored", "dim"))
    return Group(*lines)


def table(rows: Table) -> RenderableType:
    """The rows of a query."""
    grid = _grid(*rows.columns)
    for row in rows.rows:
        grid.add_row(*(_value(v) for v in row))
    return grid


def tab_separated(rows: Table) -> Iterator[str]:
    """The rows of a query with all digits, a header line first; NULL is empty."""
    yield "\t".join(map(one_line, rows.columns)) + "\n"
    for row in rows.rows:
        yield "\t".join("" if v is None else one_line(str(v)) for v in row) + "\n"


def _grid(*columns: str) -> Grid:
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        grid.add_column(Text(one_line(column)), overflow="fold")
    return grid


def _value(value: Scalar) -> Text:
    if value is None:
        return Text("–", "dim")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Text(number(float(value)))
    return Text(one_line(str(value)))
