"""Who answers the samples: the offline analyst, a lookup of words, a model on a server, or the record of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from agent.models import CHOICES, OFFLINE, choose_model
from agent.settings import Settings
from evals import keyword_lookup
from evals.dataset import Sample
from evals.keyword_lookup import KeywordSolver
from evals.models.transcripts import read_transcripts, replayed
from evals.solver import SessionSolver, Solver
from tools.errors import ToolError

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Brain:
    """name: for log and baseline. samples: those that it can answer. solver: over sessions that share their stores.

    is_remote: a server answers, several questions at once. is_paid: each answer may cost something.
    epochs: how often each sample was recorded; None where it can be asked as often as one likes.
    """

    name: str
    samples: Sequence[Sample]
    sessions: SessionSolver
    solver: Solver
    is_remote: bool = False
    is_paid: bool = False
    epochs: int | None = None


@contextmanager
def brain_of(
    model: str, replay: Path | None, samples: Sequence[Sample], settings: Settings, folder: Path
) -> Iterator[Brain]:
    """The brain for a model string, or for a folder of transcripts. ToolError where it cannot answer."""
    if replay is not None:
        known = read_transcripts(replay, samples)
        with replayed(known, folder) as (sessions, solver):
            yield Brain(known.model, known.samples, sessions, solver, epochs=known.epochs)
    elif model == keyword_lookup.MODEL:
        sessions = SessionSolver(folder, Settings(store_dir=folder), OFFLINE)
        yield Brain(model, samples, sessions, KeywordSolver(sessions.store))
    elif model == OFFLINE:
        sessions = SessionSolver(folder, Settings(store_dir=folder), OFFLINE)
        yield Brain(model, samples, sessions, sessions)
    else:
        choice = choose_model(model, settings)
        if choice.model == OFFLINE:
            raise ToolError(f"{model} cannot be evaluated: {choice.notice}", CHOICES)
        sessions = SessionSolver(folder, settings.model_copy(update={"store_dir": folder}), model)
        yield Brain(choice.name, samples, sessions, sessions, is_remote=True, is_paid=not _is_local(model, settings))


def _is_local(model: str, settings: Settings) -> bool:
    """Whether it is a server on this machine, which asks for no money."""
    address = model.partition("@")[2] or (settings.openai_base_url or "" if model.startswith("openai:") else "")
    return urlsplit(address).hostname in LOCAL
