"""What people say about answers: thumbs, comments, findings dismissed with a reason, each with its investigation.

It is a JSON file in the cache folder beside the threads (feedback.jsonl), a line for each. A later line with the same
id takes the place of an earlier one, or takes it back.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from agent.investigation import Investigation, document
from agent.settings import Settings
from tools.errors import ToolError
from tools.render.plain import Json

FILE = "feedback.jsonl"
Verdict = Literal["up", "down", "dismissed"]
Face = Literal["chat", "slack"]


@dataclass(frozen=True)
class Dismissed:
    """A finding of a run that somebody says does not count; why stands in the comment."""

    run: str
    finding: str


@dataclass(frozen=True)
class Feedback:
    """What somebody says about the last answer of `record`, which holds the questions up to it.

    id: of the message that it is about, so that whoever thinks again replaces it. dismissed: with that verdict only,
    and then `record` may hold no question.
    """

    id: str
    verdict: Verdict
    record: Investigation
    who: str
    face: Face
    when: datetime
    comment: str = ""
    dismissed: Dismissed | None = None

    @property
    def questions(self) -> tuple[str, ...]:
        """What was asked, up to the answer that this is about."""
        return tuple(turn.question for turn in self.record.turns)

    @property
    def answer(self) -> str:
        """The answer that this is about; "" where a finding was dismissed before anything was asked."""
        return self.record.turns[-1].answer if self.record.turns else ""

    def to_json(self) -> dict[str, Json]:
        """As it is kept: with the record as `ask --record` writes it."""
        return {**asdict(self), "when": self.when.isoformat(), "record": document(self.record)}


@dataclass(frozen=True)
class Withdrawn:
    """A feedback that was taken back."""

    id: str
    withdrawn: Literal[True] = True


@dataclass(frozen=True)
class AllFeedback:
    """Oldest first; `complaint` says which lines of the file cannot be read ("" where all can)."""

    feedback: tuple[Feedback, ...]
    complaint: str = ""


def place(settings: Settings) -> Path:
    """The file that feedback is kept in."""
    return settings.store_dir / FILE


def keep(settings: Settings, feedback: Feedback) -> None:
    """Write it down."""
    _append(place(settings), feedback.to_json())


def withdraw(settings: Settings, id: str) -> None:
    """Take back what was said under this id."""
    _append(place(settings), {"id": id, "withdrawn": True})


def all_feedback(settings: Settings) -> AllFeedback:
    """Everything that is kept and was not taken back."""
    kept: dict[str, Feedback] = {}
    lost: list[str] = []
    for number, one in _lines(place(settings)):
        if one is None:
            lost.append(str(number))
            continue
        kept.pop(one.id, None)
        if isinstance(one, Feedback):
            kept[one.id] = one
    complaint = f"{place(settings)} cannot be read in line {', '.join(lost)}" if lost else ""
    return AllFeedback(tuple(kept.values()), complaint)


def feedback_of(settings: Settings, id: str) -> Feedback:
    """The feedback whose id begins so; ToolError unless there is exactly one."""
    everything = all_feedback(settings).feedback
    found = [one for one in everything if one.id.startswith(id)]
    if len(found) != 1:
        said = "No feedback is" if not found else f"{len(found)} of them are"
        raise ToolError(f"{said} called {id!r}.", "`runwhy feedback` lists them.")
    return found[0]


def now() -> datetime:
    """When something is said."""
    return datetime.now(UTC).replace(microsecond=0)


def _append(file: Path, line: dict[str, Json]) -> None:
    """One write each, so that what two processes say does not mix."""
    text = json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(opened, "wb", buffering=0) as out:
        out.write(text.encode("utf-8", "replace"))


def _lines(file: Path) -> Iterator[tuple[int, Feedback | Withdrawn | None]]:
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return
    for number, line in enumerate(lines, 1):
        try:
            yield number, _kind().validate_json(line)
        except ValidationError:
            yield number, None


@cache
def _kind() -> TypeAdapter[Feedback | Withdrawn]:
    return TypeAdapter(Feedback | Withdrawn)
