"""What people say about answers is kept with its investigation, and can be listed and taken out again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.evidence import EvidenceEntry
from agent.feedback import Dismissed, Feedback, all_feedback, feedback_of, keep, now, place, withdraw
from agent.investigation import Asked, Investigation, MadeCall, read_file
from agent.project import Project
from agent.settings import Settings
from tests.agent.command import command
from tools.errors import ToolError


def record(*questions: str) -> Investigation:
    entry = EvidenceEntry(
        id="e1", call="c1", tool="diagnose", run="run-7", metric="loss", step=3.0, axis="step", value=0.5, label=""
    )
    call = MadeCall("diagnose", {"run": "7"}, True, (entry,))
    turns = tuple(Asked(question, f"Answer to {question}", "offline", True, (call,)) for question in questions)
    return Investigation("0.1", ("/logs",), Project(goals={"score": "lower"}), (), turns)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store_dir=tmp_path / "cache" / "runwhy" / "store")


def said(id: str = "a1b2c3d4e5", verdict: str = "down") -> Feedback:
    kept = record("why did run 7 diverge?", "and run 8?")
    return Feedback(id, verdict, kept, "anna", "chat", now(), "wrong step")  # type: ignore[arg-type]


def test_what_is_kept_comes_back_with_its_investigation(settings: Settings) -> None:
    keep(settings, said())
    (back,) = all_feedback(settings).feedback
    assert back.questions == ("why did run 7 diverge?", "and run 8?")
    assert back.answer == "Answer to and run 8?"
    assert (back.who, back.face, back.verdict, back.comment) == ("anna", "chat", "down", "wrong step")
    assert back.when == back.when.astimezone()
    assert back.record.project.goals == {"score": "lower"}
    assert back.record.turns[0].calls[0].name == "diagnose"


def test_whoever_thinks_again_replaces_what_was_said_and_may_take_it_back(settings: Settings) -> None:
    keep(settings, said())
    keep(settings, said("other"))
    keep(settings, replace(said(), verdict="up", comment="right after all"))
    assert [(one.id, one.verdict) for one in all_feedback(settings).feedback] == [
        ("other", "down"),
        ("a1b2c3d4e5", "up"),
    ]
    withdraw(settings, "other")
    assert [one.comment for one in all_feedback(settings).feedback] == ["right after all"]


def test_a_line_that_cannot_be_read_is_told_and_the_others_are_kept(settings: Settings) -> None:
    keep(settings, said())
    with place(settings).open("a") as file:
        file.write('{"id": "half", "verdi\n')
    keep(settings, said("third"))
    kept = all_feedback(settings)
    assert len(kept.feedback) == 2
    assert "feedback.jsonl cannot be read in line 2" in kept.complaint


def test_one_of_them_is_found_by_the_beginning_of_its_id(settings: Settings) -> None:
    keep(settings, said("aab"))
    keep(settings, said("aac"))
    assert feedback_of(settings, "aab").id == "aab"
    with pytest.raises(ToolError, match="2 of them are called 'aa'"):
        feedback_of(settings, "aa")
    with pytest.raises(ToolError, match="No feedback is called 'x'"):
        feedback_of(settings, "x")


def test_the_command_lists_it_and_writes_a_record_that_replay_takes(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runwhy = command(monkeypatch, capsys, tmp_path / "cache")
    assert "Nobody has said anything yet" in runwhy("feedback").out
    keep(settings, said())
    keep(settings, replace(said("dd"), verdict="dismissed", dismissed=Dismissed("run-7", "divergence")))
    listed = runwhy("feedback").out
    assert "and run 8?" in listed
    assert "divergence of run-7" in listed
    assert [one["verdict"] for one in runwhy("feedback", "--json").document["feedback"]] == ["down", "dismissed"]
    file = tmp_path / "case.json"
    assert runwhy("feedback", "a1b2", "--record", file).status == 0
    assert read_file(file).turns[1].question == "and run 8?"
    assert runwhy("feedback", "--record", file).status == 2


def test_only_its_owner_reads_what_people_said(settings: Settings) -> None:
    keep(settings, said())
    assert place(settings).stat().st_mode & 0o077 == 0
