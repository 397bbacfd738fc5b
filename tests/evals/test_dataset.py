"""The cases of the evals are sound: they load, they are balanced, and a mistake in one is loud."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.cases.train import CASES, PLANS, Plan, write
from evals.dataset import load_samples
from tools.detectors import detectors

NOT_FAULTY = {"healthy", "insufficient", "wrong-premise", "red-herring"}


def test_there_are_enough_cases_and_a_third_of_them_has_no_fault_to_find() -> None:
    samples = load_samples()
    calm = [s for s in samples if NOT_FAULTY & set(s.tags)]
    assert len(samples) >= 25
    assert len(calm) >= len(samples) / 3


def test_the_logs_of_every_case_exist() -> None:
    assert all(s.logs_path().exists() for s in load_samples())


def test_every_case_checks_something() -> None:
    for sample in load_samples():
        assert sample.target.model_dump(exclude_defaults=True), sample.id


def test_findings_in_cases_are_findings_that_exist() -> None:
    symptoms = {"slow_convergence", "not_converged", "plateau", "noisy_loss"}
    known = {d.id for d in detectors()} | symptoms
    for sample in load_samples():
        named = [id for ids in (*sample.target.must_report, *sample.target.must_not_report) for id in ids.split("|")]
        assert set(named) <= known, sample.id


def test_a_tag_selects_its_cases() -> None:
    assert {s.id for s in load_samples("injection")} < {s.id for s in load_samples()}
    assert not load_samples("no-such-tag")


def case(folder: Path, text: str) -> Path:
    (folder / "a-case").mkdir()
    (folder / "a-case" / "case.yaml").write_text(text)
    return folder


def test_each_paraphrase_of_a_question_is_a_sample_of_its_case(tmp_path: Path) -> None:
    written = "turns: [why, since when]\nparaphrases: [from which step on]\ntags: [when]\ntarget: {answered: true}"
    first, second = load_samples(cases=case(tmp_path, written))
    assert (first.id, second.id) == ("a-case", "a-case~2")
    assert second.turns == ("why", "from which step on")
    assert second.tags == ("when", "paraphrase")
    assert first.case == second.case == "a-case"


def test_an_onset_without_a_range_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="give steps or epochs"):
        load_samples(cases=case(tmp_path, "question: why?\ntags: [a]\ntarget: {onset: {}}"))


@pytest.mark.parametrize("text", ["turns: []", "turns: [why?]\ntags: [a]\ntarget: {must_reprot: [x]}", "just words"])
def test_a_mistake_in_a_case_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "case.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"odd.case\.yaml"):
        load_samples(cases=tmp_path)


@pytest.mark.parametrize("plan", [p for p in PLANS if p.steps <= 300], ids=lambda plan: plan.case)
def test_the_logs_of_a_case_are_what_its_training_script_writes(plan: Plan, tmp_path: Path) -> None:
    write(plan, tmp_path)
    kept = CASES / plan.case / "logs" / "run"
    assert (tmp_path / "config.json").read_text() == (kept / "config.json").read_text()
    made, stored = ((d / "metrics.csv").read_text().splitlines() for d in (tmp_path, kept))
    assert len(made) == len(stored)
    assert made[0] == stored[0]
    # Later rows may differ in their last digits: processors round differently, and training amplifies it.
    assert [row.split(",")[0] for row in made] == [row.split(",")[0] for row in stored]
