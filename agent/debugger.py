"""One training run debugged from Python, in four pieces: what was logged, what is wrong, why, and what to try."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from agent.api import Roles, opened
from agent.arguments import model_of, settings_of
from agent.markdown import as_markdown
from agent.report import Json, Report, RunReport, judge_all, plain, with_advice
from tools.errors import ToolError
from tools.records import Goal, RunData

if TYPE_CHECKING:
    from pandas import DataFrame


class Review(TypedDict):
    """What `Debugger.debug_training_run` returns.

    data: every logged point, one a row: run, metric, role, step, epoch, value. Steps are missing where none are logged.
    issues: what was found, the root cause of each run first, with the fields of `findings` in `runwhy debug --json` and
    `run`. Empty means that nothing was found, not that nothing is wrong: see `not_checked`.
    analysis: Markdown in four parts: overall assessment, root cause, specific recommendations, priority actions.
    suggestions: settings to change, each with `run`, `param`, `current`, `proposed` and `reason`.
    verdicts: run -> "healthy", "faulty" or "cannot_judge".
    not_checked: what the logs cannot tell, with `run`, `id`, `reason` and what to log next time.
    """

    data: DataFrame
    issues: list[dict[str, Json]]
    analysis: str
    suggestions: list[dict[str, Json]]
    verdicts: dict[str, str]
    not_checked: list[dict[str, Json]]


class Debugger:
    """Debugs training runs. What it is told about names of metrics holds for all of them.

    model: lets a language model write the analysis, such as "openai:gpt-5-mini"; without one nothing leaves the
    machine. roles and goals: as in `agent.debug`.
    """

    def __init__(
        self, model: str | None = None, roles: Roles | None = None, goals: Mapping[str, Goal] | None = None
    ) -> None:
        self.model = model_of(model)
        self.roles = roles
        self.goals = goals

    def debug_training_run(self, log_path: str | Path, hyperparams: Mapping[str, object] | None = None) -> Review:
        """Read a log, or a folder of one or several runs, and say what is wrong.

        hyperparams: settings that the log does not tell, such as {"learning_rate": 0.1}; they are laid over its own.
        Raises ToolError where there is no run to read, and where an argument is not what it should be.
        """
        told = settings_of(hyperparams, "hyperparams")
        store, intake, settings = opened([log_path], self.roles, self.goals)
        if not intake.runs:
            raise ToolError("; ".join(u.reason for u in intake.unreadable) or f"There is no run in {log_path}.")
        judged = with_advice(store, judge_all(store, intake.runs, told))
        analysis = as_markdown(Report(judged, intake.unreadable))
        if self.model is not None:
            from agent.session import Session

            analysis = Session(store, settings, self.model).analyse([run.name for run in intake.runs]).answer
        return Review(
            data=_frame(list(store.load_each(run.run for run in intake.runs))),
            issues=_listed(judged, "findings"),
            analysis=analysis,
            suggestions=[{"run": r.run.run, **_plain(s)} for r in judged for s in r.suggestions],
            verdicts={r.run.run: r.diagnosis.verdict for r in judged},
            not_checked=_listed(judged, "not_checked"),
        )


def _listed(judged: Sequence[RunReport], field: str) -> list[dict[str, Json]]:
    return [{"run": r.run.run, **_plain(one)} for r in judged for one in getattr(r.diagnosis, field)]


def _plain(record: object) -> dict[str, Json]:
    fields = plain(asdict(record))  # type: ignore[call-overload]
    return fields if isinstance(fields, dict) else {}


def _frame(runs: Sequence[RunData]) -> DataFrame:
    from pandas import DataFrame, concat

    columns = ("run", "metric", "role", "step", "epoch", "value")
    frames = [DataFrame(dict(zip(columns, values, strict=True))) for run in runs for values in _columns(run)]
    return concat(frames, ignore_index=True) if frames else DataFrame(columns=list(columns))


def _columns(run: RunData) -> Iterator[tuple[object, ...]]:
    for series in run.series.values():
        yield run.run.run, series.metric, series.role, series.step, series.epoch, np.asarray(series.value)
