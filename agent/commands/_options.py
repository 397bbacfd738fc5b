"""Arguments and options that several commands share, as typer takes them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from agent.verbosity import Verbosity

if TYPE_CHECKING:
    from tools.roles import Given


class SignInBy(StrEnum):
    """How people show who they are."""

    password = "password"
    header = "header"
    oauth = "oauth"


class FailOn(StrEnum):
    """From which severity on `debug` exits with 1."""

    warning = "warning"
    critical = "critical"


Paths = Annotated[
    list[str], typer.Argument(metavar="PATH...", help="Log files or folders of runs.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role", metavar="ROLE=NAME", help="Which logged metric plays a role, such as val_loss=my_metric. May repeat."
    ),
]
Goals = Annotated[
    list[str] | None,
    typer.Option("--goal", metavar="NAME=lower|higher", help="Which direction of a metric is better. May repeat."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="M", help='"offline", "openai:gpt-5" or any other model string; RUNWHY_MODEL if not given.'
    ),
]

Length = Annotated[
    Verbosity | None,
    typer.Option("--verbosity", help="How much is said; RUNWHY_VERBOSITY, else normal, if not given."),
]


def given(roles: list[str] | None, goals: list[str] | None) -> Given:
    """What --role and --goal say together."""
    from tools.roles import given_pairs

    return given_pairs(roles or [], goals or [])
