"""The log of a run, a line for each thing that happens: what is run, each sample as it is done, how it ended.

The words are those of Inspect: eval, samples with an epoch for each repetition, scores with explanations, status.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from agent.budget import Usage
from agent.report import runwhy_version
from evals.dataset import EVALS, Sample
from evals.scorers import Score
from tools.render.plain import Json

Status = Literal["started", "success", "cancelled", "error"]
CODE = ("agent", "tools", "evals")
DATA = ("cases", "projects", "samples", "baselines", "transcripts", "output")
"""Folders of the evals that are no code; what of them is asked about is part of the dataset."""


@dataclass(frozen=True)
class EvalSpec:
    """What is run. dataset: a hash of all questions and logs; code: of what answers and scores."""

    model: str
    epochs: int
    tag: str | None
    dataset: str
    code: str
    created: str
    runwhy: str
    task: Literal["runwhy"] = "runwhy"

    @property
    def key(self) -> EvalSpec:
        """The same for runs of the same thing."""
        return replace(self, created="")


@dataclass(frozen=True)
class Called:
    """A tool call."""

    name: str
    args: dict[str, object]
    ok: bool


@dataclass(frozen=True)
class EvalSample:
    """A sample that was run. `completion` is the answer that is scored; `model`: who wrote it in the end.

    usage: as a server says, else estimated. seconds: of all turns. error: why there is no answer to score.
    """

    id: str
    epoch: int
    tags: tuple[str, ...]
    input: tuple[str, ...]
    completion: str = ""
    model: str = ""
    scores: tuple[Score, ...] = ()
    tool_calls: tuple[Called, ...] = ()
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    error: str = ""

    @property
    def passed(self) -> bool:
        """Every score that counts holds."""
        return not self.error and all(s.passed for s in self.scores if s.counts)

    @property
    def failures(self) -> tuple[str, ...]:
        """Why it did not pass, a line each."""
        broken = [self.error.strip().splitlines()[-1]] if self.error else []
        return (*broken, *(f"{s.scorer}: {s.explanation}" for s in self.scores if not s.passed and s.counts))


@dataclass(frozen=True)
class EvalLog:
    """A log as it is read."""

    eval: EvalSpec
    samples: tuple[EvalSample, ...]
    status: Status = "started"


class LogFile:
    """A log that is written as the run goes. Samples may come from several threads."""

    def __init__(self, file: Path, spec: EvalSpec, done: Sequence[EvalSample] = ()) -> None:
        self.file, self._lock = file, threading.Lock()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_line("eval", asdict(spec)), encoding="utf-8")
        for sample in done:
            self.add(sample)

    def add(self, sample: EvalSample) -> None:
        """A sample that is done."""
        self._append(_line("sample", asdict(sample)))

    def finish(self, status: Status) -> None:
        """How it ended; a log without this line was killed."""
        self._append(_line("end", {"status": status}))

    def _append(self, line: str) -> None:
        with self._lock, self.file.open("a", encoding="utf-8") as out:
            out.write(line)


def _line(kind: str, what: Json) -> str:
    return json.dumps({kind: what}, ensure_ascii=False, default=str) + "\n"


@dataclass(frozen=True)
class _End:
    status: Status


@dataclass(frozen=True)
class _Line:
    """One of the three."""

    eval: EvalSpec | None = None
    sample: EvalSample | None = None
    end: _End | None = None


def read_log(file: Path) -> EvalLog | None:
    """What a log holds; None where no line says what was run. A last line that was cut off is left out."""
    lines = list(_lines(file))
    spec = next((line.eval for line in lines if line.eval is not None), None)
    samples = tuple(line.sample for line in lines if line.sample is not None)
    ends = [line.end.status for line in lines if line.end is not None]
    return EvalLog(spec, samples, ends[-1] if ends else "started") if spec is not None else None


def _lines(file: Path) -> Iterator[_Line]:
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            yield _kind().validate_json(line)
        except ValidationError:
            continue


@cache
def _kind() -> TypeAdapter[_Line]:
    return TypeAdapter(_Line)


def interrupted(folder: Path, spec: EvalSpec) -> tuple[EvalSample, ...]:
    """What the latest run of the very same thing had done when it was broken off; nothing where it came to its end."""
    for file in sorted(folder.glob("*.jsonl"), reverse=True):
        log = read_log(file)
        if log is not None and log.eval.key == spec.key:
            return () if log.status == "success" else tuple(s for s in log.samples if not s.error)
    return ()


def spec_of(model: str, samples: Sequence[Sample], epochs: int, tag: str | None) -> EvalSpec:
    """What is about to be run."""
    asked = sha256("".join(digest(sample) for sample in samples).encode()).hexdigest()
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return EvalSpec(model, epochs, tag, asked, _code(), now, runwhy_version())


def file_of(folder: Path, spec: EvalSpec) -> Path:
    """Where the log of a run belongs; names sort by time."""
    return folder / f"{re.sub(r'[^0-9]', '', spec.created)}-{file_name(spec.model)}.jsonl"


def file_name(model: str) -> str:
    """A model string as part of a file's name."""
    return re.sub(r"[^\w.-]+", "-", model)


def digest(sample: Sample) -> str:
    """Changes with the questions and the logs of a sample, not with what is asked of the answer."""
    state = sha256(json.dumps([sample.id, sample.turns]).encode())
    state.update(_files(sample.logs_path()).encode())
    return state.hexdigest()


@cache
def _files(root: Path) -> str:
    return _hash(root, [file for file in (root, *root.rglob("*")) if file.is_file()])


@cache
def _code() -> str:
    files = [
        file for part in CODE for file in (EVALS.parent / part).rglob("*") if file.suffix in (".py", ".md", ".json")
    ]
    return _hash(EVALS.parent, [file for file in files if not _is_data(file.relative_to(EVALS.parent))])


def _is_data(file: Path) -> bool:
    return file.parts[0] == EVALS.name and file.parts[1] in DATA


def _hash(root: Path, files: Sequence[Path]) -> str:
    state = sha256()
    for file in sorted(files):
        content = file.read_bytes()
        state.update(f"{file.relative_to(root)} {len(content)}\n".encode() + content)
    return state.hexdigest()


def as_document(log: EvalLog) -> dict[str, Json]:
    """A whole log as one document."""
    return {"status": log.status, "eval": asdict(log.eval), "samples": list(_documents(log.samples))}


def _documents(samples: Sequence[EvalSample]) -> Iterator[dict[str, Json]]:
    for sample in samples:
        yield {**asdict(sample), "passed": sample.passed}
