"""The command line of the evals: names and options of `runwhy eval` and `runwhy case`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    model: Annotated[str, typer.Option(metavar="M", help="Who answers; keyword-lookup is a yardstick.")] = "offline",
    repeat: Annotated[int, typer.Option(min=1, metavar="N", help="Ask each sample so often.")] = 1,
    tag: Annotated[str | None, typer.Option(metavar="T", help="Only cases with this tag.")] = None,
    cases: Annotated[Path | None, typer.Option(metavar="DIR", help="A folder of cases of your own.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="F", help="Write all scores to this file.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(metavar="F", help="Write a JUnit report to this file.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="F", help="Write a page with all answers to this file.")] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep what the model says, to be scored again later.")
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Score what was recorded there, as often as it was; nothing is sent anywhere."
        ),
    ] = None,
    judge: Annotated[
        str | None, typer.Option(metavar="M", help="Let this model grade the answers too; its grades do not count.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(min=0, metavar="MONEY", help="Stop before more than this is spent.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to what a model on a server costs.")] = False,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Store these scores as what later ones are held against.")
    ] = False,
    scorecard: Annotated[
        Path | None, typer.Option(metavar="F.md", help="Bring the scorecard in this file up to date.")
    ] = None,
) -> None:
    """Score findings and answers on cases with known truth; exit 1 below the stored baseline."""
    from evals.dataset import CASES
    from evals.run import Options
    from evals.run import evaluate as command

    chosen = (model, repeat, tag, cases or CASES, json_file, junit, html, record, replay, judge, budget, yes)
    raise typer.Exit(command(Options(*chosen, write_baseline, scorecard)))


def case(
    source: Annotated[
        str, typer.Argument(metavar="FEEDBACK", help="The id of a feedback, or a file that ask --record has written.")
    ],
    into: Annotated[Path, typer.Option(metavar="DIR", help="The folder of cases to write it to.")] = Path("cases"),
    name: Annotated[str, typer.Option(help="What to call the case.")] = "",
    must_report: Annotated[
        list[str] | None, typer.Option(metavar="FINDING", help="What a right answer names; a|b for either. May repeat.")
    ] = None,
    must_not_report: Annotated[list[str] | None, typer.Option(metavar="FINDING", help="What it must not name.")] = None,
    must_say: Annotated[list[str] | None, typer.Option(metavar="PATTERN", help="What must stand in it.")] = None,
    must_not: Annotated[list[str] | None, typer.Option(metavar="PATTERN", help="What must not stand in it.")] = None,
    unanswerable: Annotated[bool, typer.Option("--unanswerable", help="The data cannot answer this.")] = False,
    refer: Annotated[bool, typer.Option("--refer", help="Leave the logs where they are; nothing is copied.")] = False,
) -> None:
    """Turn what somebody said about an answer into a case for runwhy eval; secrets in copied logs are hidden."""
    from agent.commands.case import case as command
    from evals.new_case import Wanted

    named, words = (
        (tuple(must_report or ()), tuple(must_not_report or ())),
        (tuple(must_say or ()), tuple(must_not or ())),
    )
    raise typer.Exit(command(source, into, name, Wanted(*named, *words, unanswerable), refer))
