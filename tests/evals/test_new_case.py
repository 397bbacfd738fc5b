"""What somebody says about an answer, and any recorded investigation, becomes a case that can be asked at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from agent.feedback import Dismissed, Feedback, keep, now
from agent.investigation import Investigation, as_file, investigation
from agent.project import Project
from agent.session import Session
from agent.settings import Settings
from evals.dataset import load_samples
from evals.new_case import Origin, Wanted, target_of
from evals.solver import SessionSolver, solve
from tests.agent.command import Command, command
from tools.errors import ToolError
from tools.store import Store

KEY = "sk-proj-" + "a1B2" * 10


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Investigation:
    """An investigation of a run that diverges, with a key in its settings and a role told by its owner."""
    root = tmp_path_factory.mktemp("project")
    run = root / "run-1"
    run.mkdir()
    rows = [f"{i},{2 / (1 + i / 10)}" for i in range(60)] + [f"{60 + i},{10.0**i}" for i in range(12)]
    (run / "metrics.csv").write_text("\n".join(["step,zeta", *rows]) + "\n")
    (run / "config.json").write_text(f'{{"learning_rate": 0.4, "note": "my key is {KEY}"}}')
    said = Project.model_validate({"roles": {"train_loss": "zeta"}})
    settings = said.over(Settings(store_dir=root / "cache"))
    store = Store(root / "store", settings.given, settings.rules)
    store.ingest([root / "run-1"])
    turn = Session(store, settings, "offline").ask_and_wait("what is wrong with run 1?")
    return investigation([root / "run-1"], store, settings, [turn])


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def said(record: Investigation, verdict: str, **more: object) -> Feedback:
    return Feedback("abc12345", verdict, record, "somebody", "chat", now(), **more)  # type: ignore[arg-type]


def test_a_corrected_diagnosis_becomes_a_case_by_one_command(
    record: Investigation, runwhy: Command, tmp_path: Path
) -> None:
    wrong = Dismissed("run-1", "divergence")
    keep(
        Settings(store_dir=tmp_path / "cache" / "runwhy" / "store"),
        said(record, "dismissed", dismissed=wrong, comment="that is how we log the bound"),
    )
    cases = tmp_path / "cases"
    ran = runwhy("case", "abc1", "--into", cases)
    assert ran.status == 0, ran.err
    (sample,) = load_samples(cases=cases)
    assert sample.target.must_not_report == ("divergence",)
    assert sample.note == "that is how we log the bound"
    scored = solve(sample, 1, SessionSolver(tmp_path, Settings(store_dir=tmp_path), "offline"))
    assert "run-1 diverged" in scored.completion, "run and role are those that its owner told"
    assert [s.scorer for s in scored.scores if not s.passed] == ["false claim"]


def test_no_secret_comes_along_with_the_logs(record: Investigation, runwhy: Command, tmp_path: Path) -> None:
    (tmp_path / "why.json").write_text(as_file(record))
    ran = runwhy("case", tmp_path / "why.json", "--into", tmp_path / "cases", "--must-report", "divergence|lr_too_high")
    assert ran.status == 0, ran.err
    files = [file for file in (tmp_path / "cases" / "why").rglob("*") if file.is_file()]
    assert {file.name for file in files} == {"case.yaml", "metrics.csv", "config.json"}
    assert not any(KEY in file.read_text() for file in files)
    assert runwhy("case", tmp_path / "why.json", "--into", tmp_path / "cases", "--must-say", "x").status == 2


def test_logs_may_stay_where_they_are(record: Investigation, runwhy: Command, tmp_path: Path) -> None:
    (tmp_path / "why.json").write_text(as_file(record))
    cases = tmp_path / "cases"
    assert runwhy("case", tmp_path / "why.json", "--into", cases, "--must-say", "diverg", "--refer").status == 0
    written = yaml.safe_load((cases / "why" / "case.yaml").read_text())
    assert Path(written["logs"]).is_absolute()
    assert runwhy("eval", "--cases", cases).status == 0


def test_a_thumb_up_holds_the_answer_to_its_proof(record: Investigation) -> None:
    target = target_of(Origin.of(said(record, "up")), Wanted())
    assert target["must_cite"]


def test_a_thumb_down_alone_does_not_say_what_is_right(record: Investigation) -> None:
    with pytest.raises(ToolError, match="what a right answer must hold"):
        target_of(Origin.of(said(record, "down", comment="no")), Wanted())
    assert target_of(Origin.of(said(record, "down")), Wanted(unanswerable=True)) == {"answered": False}


def test_a_finding_that_is_none_is_named_with_the_nearest(record: Investigation) -> None:
    with pytest.raises(ToolError, match="overfitting"):
        target_of(Origin(record, "x"), Wanted(must_report=("overfiting",)))


def test_what_lies_no_more_where_it_was_is_said(record: Investigation, runwhy: Command, tmp_path: Path) -> None:
    gone = replace(record.data[0], path="/nowhere/metrics.csv")
    (tmp_path / "why.json").write_text(as_file(replace(record, data=(gone,))))
    ran = runwhy("case", tmp_path / "why.json", "--into", tmp_path / "cases", "--must-say", "x")
    assert (ran.status, "/nowhere/metrics.csv" in ran.err) == (2, True)
    assert not (tmp_path / "cases").exists()
