"""What a conversation in the chat keeps beside its messages, so that it goes on after a restart.

In the folder of its thread: turns.jsonl with a line for each answered question, and choices.json with what was chosen
and said for this conversation alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from agent.domain import Domain
from agent.events import Turn
from agent.investigation import Asked, asked
from agent.phrases import shortened
from agent.project import FROZEN, Suppress
from agent.verbosity import Verbosity
from tools.store import Store

TURNS, CHOICES, AT_WORK = "turns.jsonl", "choices.json", "at_work"


class Choices(BaseModel):
    """What was chosen in one conversation; "" and None as the server was started."""

    model_config = FROZEN

    model: str = ""
    tokens: int | None = None
    verbosity: Verbosity | None = None
    context: Domain | None = None
    suppress: tuple[Suppress, ...] = ()


@dataclass(frozen=True)
class KeptTurn:
    """A question with its answer, and how many values each run had that it is about."""

    turn: Asked
    runs: dict[str, int]


class Memory:
    """The two files of one conversation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.turns: list[KeptTurn] = list(_read(folder / TURNS))
        self.choices = _choices(folder / CHOICES)

    def add(self, turn: Turn, store: Store) -> None:
        """Keep an answered question."""
        points = {run.run: run.points for run in store.runs()}
        kept = KeptTurn(asked(turn), {run: points[run] for run in turn.runs if run in points})
        self.turns.append(kept)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / TURNS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(kept), ensure_ascii=False) + "\n")

    def choose(self, choices: Choices) -> None:
        """Keep what was chosen."""
        self.choices = choices
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._folder / CHOICES).write_text(choices.model_dump_json(exclude_defaults=True), encoding="utf-8")

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While this is open something is being answered; a server that is killed leaves the mark behind."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        mark = self._folder / AT_WORK
        mark.touch()
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)

    @property
    def is_at_work(self) -> bool:
        """Whether something is being answered, or was when the server was killed."""
        return (self._folder / AT_WORK).exists()

    def changes(self, store: Store) -> str:
        """What has become of the runs that the answers are about, as a sentence or two; "" if they are as they were."""
        now = {run.run: run.points for run in store.runs()}
        then = {run: points for kept in self.turns for run, points in kept.runs.items()}
        gone = [run for run in then if run not in now]
        changed = [run for run, points in then.items() if run in now and now[run] != points]
        said = []
        if gone:
            said.append(f"{shortened(gone)} {_are(gone)} not among the runs of this chat any longer.")
        if changed:
            said.append(f"The log of {shortened(changed)} has changed since.")
        return " ".join(said)


def _are(runs: list[str]) -> str:
    return "is" if len(runs) == 1 else "are"


def _read(file: Path) -> Iterator[KeptTurn]:
    """What can be read of it: a crash may have cut the last line."""
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            yield _kind().validate_json(line)
        except ValidationError:
            continue


def _choices(file: Path) -> Choices:
    try:
        return Choices.model_validate_json(file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return Choices()


@cache
def _kind() -> TypeAdapter[KeptTurn]:
    return TypeAdapter(KeptTurn)
