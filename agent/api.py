"""runwhy from Python: `from agent import ask, debug`. For a conversation of several turns use `session.Session`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.report import Report, as_json, judge_all, with_advice
from agent.settings import load_settings
from agent.workspace import open_workspace
from tools.errors import ToolError
from tools.records import Scalar

if TYPE_CHECKING:
    from agent.events import Turn


def debug(*paths: str | Path, params: Mapping[str, Scalar] | None = None) -> dict[str, Any]:
    """The document of `runwhy debug --json`; params are hyperparameters that the logs do not tell.

    What cannot be read is listed under "unreadable" and raises nothing.
    """
    store, intake = open_workspace([Path(p) for p in paths], load_settings())
    judged = judge_all(store, intake.runs, params or {})
    return as_json(Report(with_advice(store, judged), intake.unreadable))


def ask(path: str | Path, question: str, model: str | None = None) -> Turn:
    """The answer to a question about the runs under a path, with its evidence. ToolError where there is no run."""
    from agent.session import Session

    settings = load_settings()
    store, intake = open_workspace([Path(path)], settings)
    if not intake.runs:
        raise ToolError("; ".join(u.reason for u in intake.unreadable) or f"There is no run in {path}.")
    return Session(store, settings, model).ask_and_wait(question)
