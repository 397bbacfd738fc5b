"""An investigation that was kept gives the same evidence again, and says what is not the same."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from agent import ask, replay
from agent.chat import Desk
from agent.commands.replay import told
from agent.investigation import read_file
from agent.loading import Workspace
from agent.settings import load_settings
from evals.samples import samples_path
from tests.agent.command import Command, command
from tests.agent.toys import collect
from tools.errors import ToolError

QUESTIONS = ("why did run 7 diverge?", "and run 6?")


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    for number in (6, 7):
        shutil.copytree(samples_path() / f"run-{number}", tmp_path / "logs" / f"run-{number}")
    return tmp_path / "logs"


@pytest.fixture(scope="module")
def recorded() -> dict[str, str]:
    """What `kept` has written first, so that it is written only once."""
    return {}


@pytest.fixture
def kept(runwhy: Command, logs: Path, tmp_path: Path, recorded: dict[str, str]) -> Path:
    """What `ask --record` writes about these logs."""
    if not recorded:
        ran = runwhy("ask", logs, *QUESTIONS, "--record", tmp_path / "kept.json")
        assert "investigation written to" in ran.err
        recorded |= {"logs": str(logs), "text": (tmp_path / "kept.json").read_text(encoding="utf-8")}
    (tmp_path / "kept.json").write_text(recorded["text"].replace(recorded["logs"], str(logs)), encoding="utf-8")
    return tmp_path / "kept.json"


def document(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def test_the_file_holds_questions_answers_calls_evidence_and_hashes(kept: Path, logs: Path) -> None:
    held = document(kept)
    assert [turn["question"] for turn in held["turns"]] == list(QUESTIONS)
    assert held["paths"] == [str(logs)]
    assert "run-7" in held["turns"][0]["answer"]
    call = held["turns"][0]["calls"][0]
    assert (call["ok"], bool(call["evidence"])) == (True, True)
    assert len(held["data"]) == 2
    assert all(len(file["sha256"]) == 64 for file in held["data"])


def test_the_same_logs_give_the_same_evidence_without_a_model_or_a_network(
    runwhy: Command, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    ran = runwhy("replay", kept)
    assert ran.status == 0
    assert "THE SAME" in ran.out
    assert "2 log files, all as they were (sha256)" in ran.out
    assert runwhy("replay", kept, "--json").document["same"] is True


def test_a_log_that_has_changed_is_named_with_the_calls_that_differ(runwhy: Command, kept: Path, logs: Path) -> None:
    log = logs / "run-7" / "metrics.jsonl"
    log.write_text("".join(line for line in log.open() if '"step": 391,' not in line))
    ran = runwhy("replay", kept)
    assert ran.status == 1
    assert "✖ question 1: diagnose(" in ran.out
    assert f"changed: {log}" in ran.out
    assert "the logs have changed" in ran.out


def test_evidence_that_was_tampered_with_is_told_from_changed_logs(runwhy: Command, kept: Path) -> None:
    held = document(kept)
    entry = held["turns"][0]["calls"][0]["evidence"][0]
    entry["value"] = "another value"
    kept.write_text(json.dumps(held))
    ran = runwhy("replay", kept)
    assert ran.status == 1
    assert "then " in ran.out
    assert "= 'another value'" in ran.out
    assert "though the logs are the same" in ran.out


def test_a_call_that_worked_then_and_does_not_now_is_told(kept: Path, logs: Path) -> None:
    shutil.rmtree(logs / "run-7")
    made = replay(kept)
    assert any("it worked then and does not now" in said for one in made.different for said in one.differences)
    assert [one.how for one in made.data] == ["gone"]
    assert any("not there any more" in line for line in told(made))


def test_the_logs_may_lie_elsewhere_by_now(kept: Path, logs: Path, tmp_path: Path) -> None:
    logs.rename(tmp_path / "moved")
    with pytest.raises(ToolError, match="PATH"):
        replay(kept)
    assert replay(kept, tmp_path / "moved").different == ()
    assert replay(kept, tmp_path / "moved").data == ()


def test_what_was_said_about_names_and_thresholds_holds_again(runwhy: Command, logs: Path, tmp_path: Path) -> None:
    (logs / "runwhy.toml").write_text("[thresholds.exploding_gradients]\n")
    ask(logs, "what is wrong with run 7?", roles={"none": "grad_norm"}, record=tmp_path / "told.json")
    (logs / "runwhy.toml").unlink()
    assert document(tmp_path / "told.json")["project"]["roles"] == {"none": ["grad_norm"]}
    assert replay(tmp_path / "told.json").different == ()


def test_what_mattered_to_the_project_matters_again(tmp_path: Path) -> None:
    shutil.copytree(samples_path(), tmp_path / "logs")
    (tmp_path / "logs" / "runwhy.toml").write_text('[context]\nmatters = "loss"\n')
    ask(tmp_path / "logs", "which setting matters most?", record=tmp_path / "told.json")
    (tmp_path / "logs" / "runwhy.toml").unlink()
    kept = document(tmp_path / "told.json")
    [call] = [call for turn in kept["turns"] for call in turn["calls"] if call["name"] == "analyse_sweep"]
    call["args"].pop("metric", None)  # A model leaves it to the tool which metric counts.
    (tmp_path / "told.json").write_text(json.dumps(kept), encoding="utf-8")
    assert any(entry["metric"] == "val_loss" for entry in call["evidence"])
    assert replay(tmp_path / "told.json").different == ()


def test_a_file_that_somebody_wrote_opens_no_address_by_itself(kept: Path) -> None:
    held = document(kept)
    held["paths"] = ["http://127.0.0.1:9/#/experiments/x"]
    kept.write_text(json.dumps(held))
    with pytest.raises(ToolError, match="nothing is fetched"):
        replay(kept)


def test_a_file_that_somebody_wrote_chooses_no_model_and_no_code(kept: Path) -> None:
    for key, value in (("model", "openai:x@http://evil"), ("detectors", {"folder": "/evil"})):
        held = document(kept)
        held["project"] = {key: value}
        kept.write_text(json.dumps(held))
        with pytest.raises(ToolError, match=f"project.{key}"):
            replay(kept)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{}", "runwhy: field required"), ("not json", "wrote: invalid json")],
)
def test_a_file_that_is_none_is_refused_with_the_reason(runwhy: Command, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "odd.json").write_text(text)
    ran = runwhy("replay", tmp_path / "odd.json")
    assert ran.status == 2
    assert said in ran.err
    assert "--record" in ran.err
    assert runwhy("replay", tmp_path / "missing.json").status == 2


async def test_the_chat_hands_out_the_conversation(runwhy: Command, logs: Path, tmp_path: Path) -> None:
    desk = Desk(Workspace.open([logs], load_settings(paths=[logs])), tmp_path / "desk", "thread")
    for question in QUESTIONS:
        await collect(desk.ask(question))
    (tmp_path / "from-chat.json").write_text(desk.record(), encoding="utf-8")
    held = read_file(tmp_path / "from-chat.json")
    assert [turn.question for turn in held.turns] == list(QUESTIONS)
    assert replay(tmp_path / "from-chat.json").different == ()
