"""The command line of looking at runs and looking things up: options of `runwhy list`, `compare`, `sql` and so on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.commands._options import AsJson, Goals, Paths, Roles, given


def list_runs(paths: Paths, as_json: AsJson = False, role: Roles = None, goal: Goals = None) -> None:
    """List runs with their verdict, broken ones first."""
    from agent.commands.look import list_runs as command

    raise typer.Exit(command(paths, as_json, given(role, goal)))


def compare(
    paths: Paths,
    metric: Annotated[str, typer.Option(help="Compare by this metric or role.")] = "",
    as_json: AsJson = False,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Put runs side by side: what was set differently and what came out differently."""
    from agent.commands.look import compare as command

    raise typer.Exit(command(paths, metric, as_json, given(role, goal)))


def suggest(
    paths: Paths,
    run: Annotated[str, typer.Option(help="Advise on this run; without it on all of them together.")] = "",
    metric: Annotated[str, typer.Option(help="What is to improve: a metric or role.")] = "",
    count: Annotated[int, typer.Option(min=1, max=8, help="At most so many pieces of advice.")] = 3,
    as_json: AsJson = False,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Say what to try next, with the outcome that is predicted, and score the advice that was followed."""
    from agent.commands.look import suggest as command

    raise typer.Exit(command(paths, run, metric, count, as_json, given(role, goal)))


def context(
    path: Annotated[str, typer.Argument(metavar="PATH", help="Logs of the project.")],
    pairs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE...]", help="architecture, dataset, hardware, matters or notes."),
    ] = None,
) -> None:
    """Say once what a project is about; answers and advice keep it in mind. Without pairs, show what was said."""
    from agent.commands.context import context as command

    raise typer.Exit(command(path, pairs or []))


def plot(
    paths: Paths,
    out: Annotated[Path, typer.Option(metavar="FILE.png", help="The image to write.")],
    metric: Annotated[
        list[str] | None, typer.Option(help="Metric or role; may be repeated. The losses if none.")
    ] = None,
    run: Annotated[
        list[str] | None, typer.Option(help="Run name or number; may be repeated. All runs if none.")
    ] = None,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Plot metrics with the onset of the trouble marked."""
    from agent.commands.look import plot as command

    raise typer.Exit(command(paths, out, metric or [], run or [], given(role, goal)))


def sql(
    paths: Annotated[list[str], typer.Argument(metavar="PATH... SELECT", help="Paths, then one SELECT in quotes.")],
    as_json: AsJson = False,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """One SELECT over runs, metrics, roles, params, log_lines, findings, suppressed, not_checked and waste."""
    from agent.commands.look import sql as command

    if len(paths) < 2:
        raise typer.BadParameter('Give a path and a query: runwhy sql PATH "SELECT * FROM runs"')
    raise typer.Exit(command(paths[:-1], paths[-1], as_json, given(role, goal)))


def explain(
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="The id of a finding, such as overfitting.")],
) -> None:
    """Explain a finding: what it looks for, when it is wrong, how to confirm it, what to change."""
    from agent.commands.lookup import explain as command

    command(finding)


def formats(as_json: AsJson = False) -> None:
    """List the log formats that can be read."""
    from agent.commands.lookup import formats as command

    command(as_json)
