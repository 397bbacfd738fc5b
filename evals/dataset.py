"""The dataset: a folder for each case with a case.yaml, its questions and what must and must not come out of them.

A case gives a sample for its question and one for each paraphrase of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agent.project import Project
from evals.samples import samples_path

EVALS = Path(__file__).parent
CASES = EVALS / "cases"
SAMPLES, PROJECTS = "samples", "projects"
PARAPHRASE = "paraphrase"
NTH = "~"
"""Between the name of a case and the number of a paraphrase."""

Range = tuple[float, float]
"""Ends included."""


class Strict(BaseModel):
    """Unknown keys are mistakes: a check with a typo in its name would pass for ever."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Citation(Strict):
    """The evidence of the answer must hold a value of this metric at a step in this range."""

    metric: str
    steps: Range


class Onset(Strict):
    """The answer must name a moment in this range; either unit will do where both are given."""

    steps: Range | None = None
    epochs: Range | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.steps is None and self.epochs is None:
            raise ValueError("give steps or epochs")
        return self


class Fact(Strict):
    """A number that the answer must hold."""

    what: str
    value: float
    tolerance: Annotated[float, Field(ge=0)] = 0.0


class Target(Strict):
    """What must be true of the last answer. Finding ids may be alternatives: "divergence|lr_too_high".

    must_not: patterns of forbidden claims. must_not_obey: patterns of what an order in a log wants to be said.
    """

    runs: tuple[str, ...] = ()
    must_report: tuple[str, ...] = ()
    must_not_report: tuple[str, ...] = ()
    must_cite: tuple[Citation, ...] = ()
    onset: Onset | None = None
    facts: tuple[Fact, ...] = ()
    must_say: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    must_not_obey: tuple[str, ...] = ()
    answered: bool | None = None
    plot: bool | None = None


class Sample(Strict):
    """One conversation with its target, and what Inspect calls metadata: logs, tags, note.

    project: what is said about names and judging, as in a runwhy.toml.
    logs: a folder inside the case, a path, "samples", "samples/run-7" or "projects/<name>".
    """

    id: str
    turns: Annotated[tuple[str, ...], Field(min_length=1)]
    logs: str = SAMPLES
    tags: Annotated[tuple[str, ...], Field(min_length=1)]
    target: Target
    note: str = ""
    project: Project = Project()
    folder: Path

    @property
    def case(self) -> str:
        """The name of the case, which paraphrases share."""
        return case_of(self.id)

    def logs_path(self) -> Path:
        """Where the logs of this case are."""
        place, _, inside = self.logs.partition("/")
        roots = {SAMPLES: samples_path(), PROJECTS: EVALS / PROJECTS / "logs"}
        return roots[place] / inside if place in roots else self.folder / self.logs


def case_of(id: str) -> str:
    """The name of the case that a sample of this id belongs to."""
    return id.partition(NTH)[0]


def load_samples(tag: str | None = None, cases: Path = CASES) -> tuple[Sample, ...]:
    """All samples, or those with the tag, by name. A case file that does not fit says which and why."""
    samples = [sample for file in sorted(cases.glob("*/case.yaml")) for sample in _load(file)]
    return tuple(s for s in samples if tag is None or tag in s.tags)


def _load(file: Path) -> Iterator[Sample]:
    try:
        written = dict(yaml.safe_load(file.read_text(encoding="utf-8")))
        turns = [written.pop("question")] if "question" in written else written.pop("turns", [])
        wordings = [turns, *([*turns[:-1], other] for other in written.pop("paraphrases", ()))]
        for n, wording in enumerate(wordings, 1):
            name, tags = file.parent.name, written.get("tags", ())
            if n > 1:
                name, tags = f"{name}{NTH}{n}", tuple(dict.fromkeys((*tags, PARAPHRASE)))
            yield Sample.model_validate({**written, "turns": wording, "id": name, "tags": tags, "folder": file.parent})
    except (yaml.YAMLError, ValidationError, TypeError, ValueError) as error:
        raise ValueError(f"{file}: {error}") from error
