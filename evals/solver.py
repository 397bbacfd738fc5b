"""Puts the turns of a sample to a session over its logs and scores the last answer. An error fails the sample only."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.events import Turn
from agent.session import Session
from agent.settings import Settings
from evals.dataset import Sample
from evals.scorers import Score, score
from tools.store import Store

Solver = Callable[[Sample], Turn]


@dataclass(frozen=True)
class Outcome:
    """A sample with its answer and scores; `turn` is None and `error` a traceback where the session broke."""

    sample: Sample
    turn: Turn | None
    scores: tuple[Score, ...]
    error: str = ""

    @property
    def passed(self) -> bool:
        """Every score holds."""
        return not self.error and all(s.passed for s in self.scores)

    @property
    def failures(self) -> tuple[str, ...]:
        """Why it did not pass, a line each."""
        broken = [self.error.strip().splitlines()[-1]] if self.error else []
        return (*broken, *(f"{s.scorer}: {s.explanation}" for s in self.scores if not s.passed))


class SessionSolver:
    """Our own session as the solver; samples over the same logs share a store."""

    def __init__(self, folder: Path, settings: Settings, model: str) -> None:
        self._folder, self._settings, self._model = folder, settings, model
        self._stores: dict[Path, Store] = {}

    def __call__(self, sample: Sample) -> Turn:
        """Ask all turns in one conversation; the last turn is the answer."""
        return self.conversation(sample.logs_path(), sample.turns)[-1]

    def conversation(self, logs: Path, questions: tuple[str, ...]) -> list[Turn]:
        """One turn per question."""
        session = Session(self._store(logs), self._settings, self._model)
        return [session.ask_and_wait(question) for question in questions]

    def _store(self, logs: Path) -> Store:
        if logs not in self._stores:
            store = Store(self._folder / f"store-{len(self._stores)}")
            store.ingest([logs])
            self._stores[logs] = store
        return self._stores[logs]


def solve(sample: Sample, solver: Solver) -> Outcome:
    """The outcome of one sample."""
    try:
        turn = solver(sample)
    except Exception:  # noqa: BLE001 - a broken sample is a result; its traceback is kept and printed
        return Outcome(sample, None, (), traceback.format_exc())
    return Outcome(sample, turn, score(turn, sample.target))
