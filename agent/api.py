"""runwhy from Python: `from agent import Debugger, ask, debug, replay`. For a conversation of several turns use
`session.Session`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.arguments import (
    count_of,
    mapping_of,
    model_of,
    names_of,
    path_of,
    run_of,
    settings_of,
    text_of,
    verbosity_of,
)
from agent.document import as_json
from agent.investigation import as_file, investigation, read_file
from agent.report import Report, judge_all, with_advice
from agent.rerun import Replay, rerun
from agent.settings import Settings, load_settings
from agent.verbosity import Verbosity
from agent.workspace import open_workspace
from tools.errors import ToolError
from tools.records import Goal
from tools.render import as_dict
from tools.roles import given_pairs
from tools.store import Intake, Store
from tools.toolbox import Toolbox

if TYPE_CHECKING:
    from agent.events import Turn

Roles = Mapping[str, str | Sequence[str]]


def debug(
    *paths: str | Path,
    params: Mapping[str, object] | None = None,
    roles: Roles | None = None,
    goals: Mapping[str, Goal] | None = None,
) -> dict[str, Any]:
    """The document of `runwhy debug --json`; params are hyperparameters that the logs do not tell.

    roles: which logged metric plays a role, {"val_loss": "my_metric"}. goals: which direction of a metric is better.
    What cannot be read is listed under "unreadable" and raises nothing.
    """
    told = settings_of(params, "params")
    store, intake, _ = opened(paths, roles, goals)
    judged = judge_all(store, intake.runs, told)
    return as_json(Report(with_advice(store, judged), intake.unreadable))


def ask(
    path: str | Path,
    question: str,
    model: str | None = None,
    roles: Roles | None = None,
    goals: Mapping[str, Goal] | None = None,
    record: str | Path | None = None,
    verbosity: Verbosity | None = None,
) -> Turn:
    """The answer to a question about the runs under a path, with its evidence. ToolError where there is no run.

    roles and goals as in `debug`. record: a file to keep the investigation in, for `replay`. verbosity: how much is
    said; as set if None.
    """
    from agent.session import Session

    asked = text_of(question, "question", "For several turns use agent.session.Session.")
    length, by, kept = verbosity_of(verbosity), model_of(model), None if record is None else path_of(record, "record")
    store, intake, settings = opened([path], roles, goals)
    if not intake.runs:
        raise ToolError("; ".join(u.reason for u in intake.unreadable) or f"There is no run in {path}.")
    turn = Session(store, settings.at_length(length), by).ask_and_wait(asked)
    if kept is not None:
        _keep(as_file(investigation([path], store, settings, [turn])), kept)
    return turn


def suggest(
    *paths: str | Path,
    run: str | int = "",
    metric: str = "",
    count: int = 3,
    roles: Roles | None = None,
    goals: Mapping[str, Goal] | None = None,
) -> dict[str, Any]:
    """The document of `runwhy suggest --json`: what to try next for a run, or for all of them together.

    roles and goals as in `debug`. ToolError where there is no run.
    """
    wanted, outcome, most = run_of(run), text_of(metric, "metric"), count_of(count, "count")
    store, intake, settings = opened(paths, roles, goals)
    if not intake.runs:
        raise ToolError("; ".join(u.reason for u in intake.unreadable) or "There is no run under these paths.")
    only = intake.runs[0].run if len(intake.runs) == 1 else ""
    return as_dict(Toolbox(store, settings.context.as_context()).suggest_next(wanted or only, outcome, most))


def replay(file: str | Path, *paths: str | Path) -> Replay:
    """Make the calls of a recorded investigation again, on the logs it names or on these; no model is asked.

    Its `different` are the calls whose evidence is not what it was, its `data` the log files that have changed.
    """
    return rerun(read_file(path_of(file, "file")), [str(path_of(path)) for path in paths])


def opened(
    paths: Sequence[str | Path], roles: Roles | None, goals: Mapping[str, Goal] | None
) -> tuple[Store, Intake, Settings]:
    """The runs under the paths; a name that no run logs is a warning."""
    played = mapping_of(roles, "roles", {"val_loss": "my_metric"})
    wanted = mapping_of(goals, "goals", {"my_metric": "lower"})
    given = given_pairs(
        [f"{role}={name}" for role, names in played.items() for name in names_of(names, role)],
        [f"{name}={goal}" for name, goal in wanted.items()],
    )
    if not paths:
        raise ToolError("No path was given.", 'For instance "runs/", or "." for this folder.')
    found = [path_of(path) for path in paths]
    settings = load_settings(paths=found).told(given)
    store, intake = open_workspace(found, settings)
    for unlogged in store.unlogged() if intake.runs else ():
        warnings.warn(str(unlogged), stacklevel=3)
    return store, intake, settings


def _keep(text: str, file: Path) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ToolError(f"The investigation cannot be written to {file}: {error.strerror}.") from None
