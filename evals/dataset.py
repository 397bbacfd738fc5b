"""The cases: a folder each with a case.yaml, its turns and what must and must not come out of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.samples import samples_path

CASES = Path(__file__).parent / "cases"
SAMPLES = "samples"


class Strict(BaseModel):
    """Unknown keys are mistakes: a check with a typo in its name would pass for ever."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Citation(Strict):
    """The evidence of the answer must hold a value of this metric at a step in this range, ends included."""

    metric: str
    steps: tuple[float, float]


class Fact(Strict):
    """A number that the answer must hold."""

    what: str
    value: float
    tolerance: Annotated[float, Field(ge=0)] = 0.0


class Target(Strict):
    """What must be true of the last answer. Finding ids may be alternatives: "divergence|lr_too_high"."""

    runs: tuple[str, ...] = ()
    must_report: tuple[str, ...] = ()
    must_not_report: tuple[str, ...] = ()
    must_cite: tuple[Citation, ...] = ()
    facts: tuple[Fact, ...] = ()
    must_say: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    answered: bool | None = None
    plot: bool | None = None


class Sample(Strict):
    """One case. `logs` is a folder inside the case, or "samples", or "samples/run-7"."""

    id: str
    turns: Annotated[tuple[str, ...], Field(min_length=1)]
    logs: str = SAMPLES
    tags: Annotated[tuple[str, ...], Field(min_length=1)]
    target: Target
    folder: Path

    def logs_path(self) -> Path:
        """Where the logs of this case are."""
        if self.logs == SAMPLES or self.logs.startswith(f"{SAMPLES}/"):
            return samples_path() / self.logs.removeprefix(SAMPLES).lstrip("/")
        return self.folder / self.logs


def load_samples(tag: str | None = None, cases: Path = CASES) -> tuple[Sample, ...]:
    """All cases, or those with the tag, by name. A case file that does not fit says which and why."""
    samples = [_load(file) for file in sorted(cases.glob("*/case.yaml"))]
    return tuple(s for s in samples if tag is None or tag in s.tags)


def _load(file: Path) -> Sample:
    try:
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Sample.model_validate({**written, "id": file.parent.name, "folder": file.parent})
    except (yaml.YAMLError, ValidationError, TypeError) as error:
        raise ValueError(f"{file}: {error}") from error
