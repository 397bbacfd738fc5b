"""runwhy from Python gives what the command line gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent import ask, debug
from evals.samples import samples_path
from tests.agent.command import Command, command, separately
from tools.errors import ToolError


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def test_debug_gives_the_document_of_the_command(runwhy: Command) -> None:
    run = samples_path() / "run-7"
    assert debug(run) == runwhy("debug", run, "--json").document


def test_hyperparameters_may_be_given(runwhy: Command) -> None:
    (run,) = debug(samples_path() / "run-7", params={"gpus": 8})["runs"]
    assert run["params"]["gpus"] == 8


def test_what_cannot_be_read_is_listed_and_raises_nothing(runwhy: Command, tmp_path: Path) -> None:
    document = debug(tmp_path / "missing")
    assert document["runs"] == []
    assert document["unreadable"]


def test_ask_gives_an_answer_with_its_evidence(runwhy: Command) -> None:
    turn = ask(samples_path(), "why did run 7 diverge?")
    assert "run-7" in turn.answer
    assert turn.evidence


def test_asking_about_nothing_is_a_tool_error(runwhy: Command, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="missing"):
        ask(tmp_path / "missing", "why?")


def test_importing_the_package_loads_nothing(tmp_path: Path) -> None:
    code = "import agent, sys; print([m for m in ('numpy', 'duckdb', 'langchain_core') if m in sys.modules])"
    out, _ = separately(cache=tmp_path, code=code).communicate(timeout=60)
    assert out.strip() == "[]"
