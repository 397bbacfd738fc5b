"""The command line of judging and asking: options of `runwhy debug`, `ask`, `replay` and `feedback`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.commands._options import AsJson, FailOn, Goals, Length, Model, Paths, Roles, given


def debug(
    paths: Paths,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Write the report to this file: .md, .html (with plots), .json, .sarif or .xml (JUnit). May repeat.",
        ),
    ] = None,
    summary: Annotated[
        Path | None, typer.Option(metavar="FILE.md", help="Write a few lines for a pull-request comment.")
    ] = None,
    as_json: AsJson = False,
    fail_on: Annotated[FailOn | None, typer.Option(help="Exit with 1 for findings at least this severe.")] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", help="Tell what is new, gone or worse than in this run: a path, or one of the runs."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="M", help="Let this model write an analysis as well.")] = None,
    params: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="Hyperparameters that the logs do not tell, such as lr=0.1.")
    ] = None,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Judge runs: what is wrong, since when, why, and what to change."""
    from agent.commands.debug import debug as command

    raise typer.Exit(
        command(
            paths,
            output or [],
            summary,
            as_json,
            fail_on.value if fail_on else None,
            model,
            params or [],
            given(role, goal),
            baseline,
        )
    )


def ask(
    path: Annotated[str, typer.Argument(metavar="PATH", help="Log files or folder; existing paths may follow it.")],
    questions: Annotated[
        list[str], typer.Argument(metavar="QUESTION...", help="Each one is a turn of one conversation.")
    ],
    as_json: AsJson = False,
    model: Model = None,
    thread: Annotated[
        str | None, typer.Option(metavar="NAME", help="Go on with the conversation of this name about these runs.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the investigation in this file, for runwhy replay.")
    ] = None,
    show_request: Annotated[
        bool, typer.Option("--show-request", help="Print what would be sent to the model's server, and send nothing.")
    ] = False,
    verbosity: Length = None,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Ask about runs in your own words."""
    from agent.commands.ask import ask as command
    from agent.commands.ask import show_request as show

    told = given(role, goal)
    if show_request:
        raise typer.Exit(show([path], questions, model, verbosity, told))
    raise typer.Exit(command([path], questions, as_json, model, thread, record, verbosity, told))


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What ask --record or the chat has written.")],
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH...]", help="Where the logs are now; as in the file if none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the calls of an investigation again, without a model: is the evidence the same?"""
    from agent.commands.replay import replay_file as command

    raise typer.Exit(command(file, paths or [], as_json))


def feedback(
    id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Only this one; the beginning of its id will do.")
    ] = None,
    as_json: AsJson = False,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write its investigation to this file, for runwhy replay.")
    ] = None,
) -> None:
    """What people said about answers: thumbs, comments, findings dismissed with a reason."""
    from agent.commands.feedback import feedback as command

    raise typer.Exit(command(id, as_json, record))
