"""A conversation as a file: questions, answers, the calls behind them with their evidence, and what the logs were.

`replay` makes the calls again without a model. Nothing in such a file chooses where a key is sent or which code runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from agent.events import Turn
from agent.evidence import EvidenceEntry
from agent.project import Project
from agent.report import runwhy_version
from agent.settings import Settings
from tools.errors import ToolError
from tools.render.plain import Json
from tools.store import Store
from tools.trackers import is_address, spoken

CHUNK = 1 << 20


@dataclass(frozen=True)
class KnownFile:
    """A log file of a run as it was. sha256 is None where there is no file to look at, such as on a server."""

    run: str
    path: str
    sha256: str | None


@dataclass(frozen=True)
class MadeCall:
    """A tool call: what it was given, whether it worked, and the evidence it returned."""

    name: str
    args: Mapping[str, object]
    ok: bool
    evidence: tuple[EvidenceEntry, ...]


@dataclass(frozen=True)
class Asked:
    """A question with its answer and the calls made for it."""

    question: str
    answer: str
    model: str
    answered: bool
    calls: tuple[MadeCall, ...]


@dataclass(frozen=True)
class Investigation:
    """What a file holds. `project` is what was said about names and judging: roles, goals, thresholds and so on."""

    runwhy: str
    paths: tuple[str, ...]
    project: Project
    data: tuple[KnownFile, ...]
    turns: tuple[Asked, ...]
    kind: Literal["runwhy investigation"] = "runwhy investigation"
    layout: Literal[1] = 1


def investigation(
    paths: Sequence[str | Path], store: Store, settings: Settings, turns: Iterable[Turn | Asked]
) -> Investigation:
    """What there is to keep of a conversation about the runs under the paths; reads each log file once for its hash."""
    shown = tuple(spoken(Path(path)) if is_address(Path(path)) else str(Path(path).absolute()) for path in paths)
    project = Project(**{name: getattr(settings, name) for name in Project.model_fields})
    return Investigation(runwhy_version(), shown, project, known_files(store), tuple(map(asked, turns)))


def asked(turn: Turn | Asked) -> Asked:
    """What there is to keep of a turn."""
    if isinstance(turn, Asked):
        return turn
    calls = tuple(MadeCall(use.name, use.args, use.ok, use.evidence) for use in turn.tool_calls)
    return Asked(turn.question, turn.answer, turn.model, turn.answered, calls)


def known_files(store: Store) -> tuple[KnownFile, ...]:
    """The log files of all runs with their hashes; of a file in an archive that of the archive."""
    hashes: dict[Path, str] = {}

    def hash_of(log: str) -> str | None:
        place = Path(log)
        file = next((one for one in (place, *place.parents) if one.is_file()), None)
        if file is not None and file not in hashes:
            hashes[file] = _sha256(file)
        return None if file is None else hashes[file]

    return tuple(KnownFile(run.run, log, hash_of(log)) for run in store.runs() for log in store.logs(run.run))


@cache
def _whole() -> TypeAdapter[Investigation]:
    return TypeAdapter(Investigation)


def _sha256(file: Path) -> str:
    state = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(CHUNK):
            state.update(piece)
    return state.hexdigest()


def document(kept: Investigation) -> dict[str, Json]:
    """What the file says, as plain values."""
    return {**asdict(kept), "project": kept.project.model_dump(mode="json", exclude_defaults=True)}


def as_file(kept: Investigation) -> str:
    """The text of the file."""
    return json.dumps(document(kept), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def read_file(file: Path) -> Investigation:
    """What a file holds; ToolError says what is wrong with it."""
    try:
        return _whole().validate_json(file.read_bytes())
    except OSError as error:
        raise ToolError(f"{file} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) + ": " if first["loc"] else ""
        raise ToolError(
            f"{file} is no investigation that runwhy wrote: {where}{first['msg'].lower()}.",
            "runwhy ask PATH QUESTION --record FILE writes one.",
        ) from None
