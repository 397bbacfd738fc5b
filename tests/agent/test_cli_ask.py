"""`runwhy ask`: a conversation on the command line, answered without any key."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.commands.ask import split_questions
from agent.commands.debug import scalar
from evals.samples import samples_path
from tests.agent.command import Command, command
from tools.errors import ToolError


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def test_an_answer_goes_to_stdout_and_the_steps_to_stderr(runwhy: Command) -> None:
    ran = runwhy("ask", samples_path(), "why did run 7 diverge?")
    assert ran.status == 0
    assert "run-7" in ran.out
    assert "learning_rate" in ran.out
    assert "diagnose(" in ran.err
    assert "diagnose(" not in ran.out


def test_questions_are_turns_of_one_conversation(runwhy: Command) -> None:
    ran = runwhy("ask", samples_path(), "why did run 7 diverge?", "since when?", "--json")
    document = ran.document
    assert document["model"] == "offline"
    assert [turn["question"] for turn in document["turns"]] == ["why did run 7 diverge?", "since when?"]
    assert "run-7" in document["turns"][1]["answer"]


def test_the_document_has_the_promised_keys(runwhy: Command) -> None:
    (turn,) = runwhy("ask", samples_path(), "plot the train loss of run 7", "--json").document["turns"]
    promised = {
        *("question", "answer", "evidence", "tool_calls", "runs", "findings", "plots", "answered"),
        *("ungrounded_numbers", "tokens", "seconds"),
    }
    assert promised <= set(turn)
    assert set(turn["tokens"]) == {"prompt", "completion"}
    assert all({"name", "args", "ok"} <= set(call) for call in turn["tool_calls"])
    assert all({"id", "tool", "value", "run", "metric", "step"} <= set(e) for e in turn["evidence"])
    (plot,) = turn["plots"]
    assert Path(plot).read_bytes().startswith(b"\x89PNG")


def test_what_the_data_cannot_answer_is_not_answered(runwhy: Command) -> None:
    (turn,) = runwhy("ask", samples_path(), "how hot was the GPU in run 7?", "--json").document["turns"]
    assert turn["answered"] is False


def test_an_unknown_model_is_one_clear_line(runwhy: Command) -> None:
    ran = runwhy("ask", samples_path() / "run-7", "why?", "--model", "no-such-provider:thing")
    assert ran.status == 2
    assert "no-such-provider" in ran.err
    assert "Traceback" not in ran.err


def test_existing_paths_before_the_first_question_are_paths(tmp_path: Path) -> None:
    (tmp_path / "b.csv").touch()
    second = str(tmp_path / "b.csv")
    assert split_questions(["a"], [second, "why?", second]) == (["a", second], ["why?", second])


def test_paths_without_a_question_are_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="no question"):
        split_questions(["a"], [str(tmp_path)])


def test_a_question_before_its_logs_is_told_the_order(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=f'runwhy ask {tmp_path} "is it ok\\?"'):
        split_questions(["is it ok?"], [str(tmp_path)])


def test_a_question_longer_than_a_file_name_may_be_is_a_question() -> None:
    long = "why " * 2000
    assert split_questions(["a"], [long]) == (["a"], [long])


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.1", 0.1), ("1e-3", 0.001), ("32", 32), ("true", True), ("None", None), ("adam", "adam"), ("", "")],
)
def test_a_hyperparameter_on_the_command_line_is_read_as_what_it_looks_like(text: str, value: object) -> None:
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)
