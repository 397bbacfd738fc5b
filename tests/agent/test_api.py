"""runwhy from Python gives what the command line gives."""

from __future__ import annotations

import math
import re
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import agent
from agent import Debugger, ask, debug
from agent.docs import README
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


RUN = samples_path() / "run-7"
WRONGLY: Any = agent
"""The package for calls that no type checker lets pass."""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: WRONGLY.Debugger().debug_training_run(RUN, ["lr", 0.1]),
            "hyperparams must be a dict, not ['lr', 0.1] (list)",
        ),
        (
            lambda: WRONGLY.Debugger().debug_training_run(RUN, "lr=0.1"),
            "hyperparams must be a dict, not 'lr=0.1' (str)",
        ),
        (lambda: WRONGLY.Debugger().debug_training_run(RUN, Namespace(lr=0.1)), "vars(...) makes one of it"),
        (
            lambda: WRONGLY.Debugger().debug_training_run(RUN, {1: 0.1}),
            "A key of hyperparams must be a string, not 1 (int)",
        ),
        (lambda: WRONGLY.Debugger().debug_training_run(None), "A path must be a string or a Path, not None"),
        (lambda: WRONGLY.Debugger(model=3), "model must be a string, not 3 (int)"),
        (lambda: WRONGLY.debug(), "No path was given"),
        (lambda: WRONGLY.debug(""), "A path must be a string or a Path, not ''"),
        (lambda: WRONGLY.debug([RUN]), "Pass each on its own, not in a list"),
        (lambda: WRONGLY.debug(RUN, params=0.1), "params must be a dict, not 0.1 (float)"),
        (lambda: WRONGLY.debug(RUN, roles="val_loss=x"), "roles must be a dict, not 'val_loss=x' (str)"),
        (
            lambda: WRONGLY.debug(RUN, roles={"val_loss": None}),
            "The metric that plays val_loss must be a string, not None",
        ),
        (lambda: WRONGLY.debug(RUN, goals=["val_loss"]), "goals must be a dict, not ['val_loss'] (list)"),
        (lambda: WRONGLY.ask(RUN, None), "question must be a string, not None"),
        (
            lambda: WRONGLY.ask(RUN, "why?", verbosity="loud"),
            "verbosity must be one of short, normal, detailed, not 'loud'",
        ),
        (lambda: WRONGLY.ask(RUN, "why?", model="gpt5nosuch"), "There is no model 'gpt5nosuch'"),
        (lambda: WRONGLY.ask(RUN, "why?", record=RUN), "The investigation cannot be written to"),
        (lambda: WRONGLY.suggest(samples_path(), count=0), "count must be a whole number from 1 on, not 0"),
        (lambda: WRONGLY.suggest(samples_path(), run="run-77"), "Did you mean run-7"),
        (lambda: WRONGLY.replay(None), "file must be a string or a Path, not None"),
    ],
)
def test_a_wrong_argument_is_told_with_what_is_wanted(runwhy: Command, call: Callable[[], object], said: str) -> None:
    with pytest.raises(ToolError, match=re.escape(said)):
        call()


def test_settings_may_be_nested_and_may_be_numbers_of_numpy(runwhy: Command) -> None:
    told = {"optim": {"lr": np.float32(0.5)}, "layers": [64, 64]}
    (run,) = debug(RUN, params=told)["runs"]
    assert run["params"]["optim.lr"] == 0.5
    assert run["params"]["layers"] == "[64, 64]"


def test_importing_the_package_loads_nothing(tmp_path: Path) -> None:
    code = "import agent, sys; print([m for m in ('numpy', 'duckdb', 'langchain_core') if m in sys.modules])"
    out, _ = separately(cache=tmp_path, code=code).communicate(timeout=60)
    assert out.strip() == "[]"


def test_the_debugger_returns_data_issues_analysis_and_suggestions(runwhy: Command) -> None:
    review = Debugger().debug_training_run(samples_path() / "run-7", {"gpus": 8})
    assert list(review["data"].columns) == ["run", "metric", "role", "step", "epoch", "value"]
    loss = review["data"].query("metric == 'train_loss' and step == 391")
    assert math.isfinite(loss["value"].item())
    assert review["issues"][0]["id"] == "exploding_gradients"
    assert {issue["run"] for issue in review["issues"]} == {"run-7"}
    parts = ["Overall assessment", "Root cause", "Specific recommendations", "Priority actions"]
    assert [review["analysis"].index(part) for part in parts] == sorted(map(review["analysis"].index, parts))
    assert {"run", "param", "current", "proposed", "reason"} <= set(review["suggestions"][0])
    assert review["verdicts"] == {"run-7": "faulty"}
    assert all(gap["reason"] for gap in review["not_checked"])


def test_the_debugger_lets_a_model_write_the_analysis(runwhy: Command) -> None:
    review = Debugger(model="offline").debug_training_run(samples_path() / "run-7")
    assert "run-7" in review["analysis"]


def test_the_debugger_says_that_there_is_nothing_to_debug(runwhy: Command, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="missing"):
        Debugger().debug_training_run(tmp_path / "missing")


def test_the_example_of_the_readme_runs(runwhy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs").symlink_to(samples_path(), target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert any("Debugger" in code for code in examples)
    for code in examples:
        exec(code, {})
