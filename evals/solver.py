"""Puts the turns of a sample to a solver and scores the last answer. An error fails the sample only."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from langchain_core.messages import AIMessage

from agent.budget import Usage
from agent.events import Turn
from agent.failures import failure_sentence
from agent.models import OFFLINE
from agent.project import Project
from agent.session import Session
from agent.settings import Settings
from evals.dataset import Sample
from evals.listener import Listener, listening
from evals.log import Called, EvalSample
from evals.scorers import score
from tools.store import Store

Solver = Callable[[Sample, int], Sequence[Turn]]
"""A sample and which repetition of it (an epoch, in Inspect's words) -> a turn for each of its questions."""
Record = Callable[[Sample, int, Sequence[AIMessage]], None]


class SessionSolver:
    """Our own session as the solver; samples over the same logs share a store. Several threads may ask."""

    def __init__(self, folder: Path, settings: Settings, model: str) -> None:
        self._folder, self._settings, self._model = folder, settings, model
        self._stores: dict[tuple[Path, str], Store] = {}
        self._lock = threading.Lock()

    def __call__(self, sample: Sample, _epoch: int = 1) -> list[Turn]:
        """Ask all turns in one conversation."""
        return self.ask(sample, self._model)

    def ask(self, sample: Sample, model: str) -> list[Turn]:
        """The same of another model."""
        return self.conversation(sample.logs_path(), sample.turns, model, sample.project)

    def conversation(
        self, logs: Path, questions: Sequence[str], model: str | None = None, project: Project | None = None
    ) -> list[Turn]:
        """One turn per question. project: what its owner said about names and judging."""
        project = project or Project()
        session = Session(self.store(logs, project), project.over(self._settings), model or self._model)
        return [session.ask_and_wait(question) for question in questions]

    def store(self, logs: Path, project: Project) -> Store:
        """The runs of a folder of logs, read once."""
        key = logs, project.model_dump_json()
        with self._lock:
            if key not in self._stores:
                settings = project.over(self._settings)
                store = Store(self._folder / f"store-{len(self._stores)}", settings.given, settings.rules)
                store.ingest([logs])
                self._stores[key] = store
            return self._stores[key]


def solve(sample: Sample, epoch: int, solver: Solver, record: Record | None = None) -> EvalSample:
    """The sample as it was run. What a model said is recorded if there was no error.

    An answer that the offline analyst wrote because a server failed is no answer of the model: that is an error. One
    that it wrote because the model would not come to an end is what people get, and counts.
    """
    with listening() as heard:
        try:
            turns = solver(sample, epoch)
        except Exception:  # noqa: BLE001 - a broken sample is a result; its traceback is kept and printed
            return EvalSample(sample.id, epoch, sample.tags, sample.turns, error=traceback.format_exc())
    last = turns[-1]
    failed = bool(heard.errors) and last.model == OFFLINE
    if record is not None and not failed:
        record(sample, epoch, heard.replies)
    return EvalSample(
        sample.id,
        epoch,
        sample.tags,
        sample.turns,
        last.answer,
        last.model,
        () if failed else score(last, sample.target),
        tuple(Called(use.name, dict(use.args), use.ok) for turn in turns for use in turn.tool_calls),
        _usage(turns, heard),
        sum(turn.seconds for turn in turns),
        failure_sentence(heard.errors[-1]) if failed else "",
    )


def _usage(turns: Sequence[Turn], heard: Listener) -> Usage:
    told = sum((Usage(t.model_calls, t.prompt_tokens, t.completion_tokens) for t in turns), Usage())
    return told if told.calls else heard.usage
