"""The runs of the projects are what their truth says, and what is said wrongly of them is noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evals.project_runs import KnownRun, known_runs, mistakes, read_truth
from evals.projects import PROJECTS
from evals.projects.streams import PLANS
from tools.detectors import detectors
from tools.diagnosis import diagnose


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, KnownRun]:
    return {known.name: known for known in known_runs(tmp_path_factory.mktemp("projects"))}


def test_every_run_is_judged_as_its_truth_says(runs: dict[str, KnownRun]) -> None:
    wrong = {name: said for name, known in runs.items() if (said := [*mistakes(diagnose(known.data), known.truth)])}
    assert not wrong


def test_every_truth_has_a_run_and_every_finding_a_truth(runs: dict[str, KnownRun]) -> None:
    assert set(runs) == {f"{project}/{run}" for project, known in read_truth().items() for run in known}
    named = frozenset().union(*(known.truth.named for known in runs.values()))
    assert {d.id for d in detectors()} <= named


def test_a_third_of_the_runs_is_sound_or_cannot_be_judged(runs: dict[str, KnownRun]) -> None:
    sound = [name for name, known in runs.items() if not known.truth.faults]
    assert len(sound) > len(runs) / 3


def test_a_wrong_onset_and_missing_evidence_are_mistakes(runs: dict[str, KnownRun]) -> None:
    known = runs["sensors/run-3"]
    said = diagnose(known.data)
    late = replace(said, findings=tuple(replace(f, onset_step=600, evidence=()) for f in said.findings))
    found = [*mistakes(late, known.truth)]
    assert any("begins at 600" in one for one in found)
    assert any("no evidence" in one for one in found)


def test_the_logs_are_what_their_script_trains(tmp_path: Path) -> None:
    plan = next(p for p in PLANS if p.run == "s2")
    plan.write(tmp_path)
    made, kept = ((root / "streams" / "s2" / plan.file).read_text() for root in (tmp_path, PROJECTS))
    assert made == kept
