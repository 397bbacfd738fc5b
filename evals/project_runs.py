"""The runs of the projects, of which it is known what they are: whether the detectors say so, and only so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import Field

from evals.dataset import Range, Strict
from evals.projects import PROJECTS
from tools.diagnosis import diagnose
from tools.records import Diagnosis, Finding, RunData, Verdict
from tools.store import Store

TRUTH = PROJECTS.parent / "truth.yaml"


class Truth(Strict):
    """What is true of a run; the head of truth.yaml says what each word means."""

    note: str = ""
    faults: tuple[str, ...] = Field((), alias="is")
    may: tuple[str, ...] = ()
    remark: tuple[str, ...] = ()
    wrong: tuple[str, ...] = Field((), alias="not")
    onset: Mapping[str, Range] = Field(default_factory=dict)
    cites: Mapping[str, Range] = Field(default_factory=dict)
    verdict: Verdict | None = None

    @property
    def named(self) -> frozenset[str]:
        """Every finding that this truth says something about."""
        parts = (*self.faults, *self.remark)
        return frozenset({*self.wrong, *self.onset, *(one for part in parts for one in part.split("|"))})


@dataclass(frozen=True)
class KnownRun:
    """A run of a project with what is known of it."""

    project: str
    data: RunData
    truth: Truth

    @property
    def name(self) -> str:
        """As the reader of a table knows it."""
        return f"{self.project}/{self.data.run.name}"


def read_truth() -> Mapping[str, Mapping[str, Truth]]:
    """What is known, by project and run."""
    written = yaml.safe_load(TRUTH.read_text(encoding="utf-8"))
    return {
        project: {run: Truth.model_validate(said) for run, said in runs.items()} for project, runs in written.items()
    }


def known_runs(folder: Path) -> Iterator[KnownRun]:
    """Every run that something is known of, read among its siblings."""
    for project, truths in read_truth().items():
        with Store(folder / f"project-{project}") as store:
            for run in store.ingest([PROJECTS / project]).runs:
                yield KnownRun(project, store.load(run.run), truths[run.name])


def judge_projects(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """What is wrong with what is said of each run; nothing where all is right."""
    return {known.name: tuple(mistakes(diagnose(known.data), known.truth)) for known in known_runs(folder)}


def mistakes(said: Diagnosis, truth: Truth) -> Iterator[str]:
    """Faults missed, false alarms, onsets outside their window, evidence without the place that proves it."""
    found = {f.id: f for f in said.findings}
    faults = {f.id for f in said.findings if f.severity != "info"}
    for wanted in truth.faults:
        if not faults.intersection(wanted.split("|")):
            yield f"{wanted} is missed"
    for wanted in truth.remark:
        if wanted not in found:
            yield f"{wanted} is not remarked"
    allowed = {one for part in truth.faults for one in part.split("|")} | {*truth.may}
    yield from (f"{one} is a false alarm" for one in sorted(faults - allowed))
    yield from (f"{one} is wrong" for one in truth.wrong if one in found)
    yield from _misplaced(found, truth)
    usual: Verdict = "faulty" if truth.faults else "healthy"
    expected = truth.verdict or usual
    if said.verdict != expected and not (expected == "healthy" and faults and faults <= allowed):
        yield f"called {said.verdict}"


def _misplaced(found: Mapping[str, Finding], truth: Truth) -> Iterator[str]:
    for one, (low, high) in truth.onset.items():
        if one not in found:
            continue
        step, epoch = found[one].onset_step, found[one].onset_epoch
        at = epoch if step is None else step
        if at is None or not low <= at <= high:
            yield f"{one} begins at {at}, not within {low:g} to {high:g}"
    for finding in found.values():
        if finding.id in truth.named and not finding.evidence:
            yield f"{finding.id} has no evidence"
    shown = [e for f in found.values() for e in f.evidence]
    for metric, (low, high) in truth.cites.items():
        if not any(e.metric == metric and e.step is not None and low <= e.step <= high for e in shown):
            yield f"no evidence of {metric} within {low:g} to {high:g}"
