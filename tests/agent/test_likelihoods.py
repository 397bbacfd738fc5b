"""What is maximised below zero, as Kaldi logs it, is no loss: rising towards zero is learning."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

from tests.agent.command import Command, command

FIXTURE = Path(__file__).parents[1] / "fixtures" / "formats" / "kaldi" / "tdnn"
HEAD = "LOG (nnet3-train[5.5]:PrintTotalStats():nnet-training.cc:348) Overall"


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def trained(folder: Path, iterations: int) -> Path:
    """A run whose objective rises from -2.1 to -1.0, as a healthy one does."""
    folder.mkdir()
    for at in range(iterations):
        value = -1.0 - 1.1 * math.exp(-at / 8)
        text = f"{HEAD} average objective function for 'output' is {value:.4f} over 505600 frames.\n"
        (folder / f"train.{at}.1.log").write_text(text)
        held_out = f"{HEAD} log-likelihood for 'output' is {value - 0.1:.4f} per frame, over 20000 frames.\n"
        held_out += f"{HEAD} log-probability for 'output-xent' is {value * 1.3:.4f} per frame, over 20000 frames.\n"
        (folder / f"compute_prob_valid.{at}.log").write_text(held_out)
    return folder


def test_a_kaldi_run_whose_objective_rises_towards_zero_has_no_fault(runwhy: Command, tmp_path: Path) -> None:
    (run,) = runwhy("debug", trained(tmp_path / "tdnn", 40), "--json").document["runs"]
    assert run["findings"] == []


def test_every_objective_of_kaldi_is_better_when_higher(runwhy: Command, tmp_path: Path) -> None:
    logs = trained(tmp_path / "tdnn", 12)
    query = "select metric, role, goal from roles where metric like '%output%' order by metric"
    rows = runwhy("sql", logs, query, "--json").document["rows"]
    assert rows == [
        ["train/objective function for output", "train_score", "higher"],
        ["valid/log-likelihood for output", "eval_score", "higher"],
        ["valid/log-probability for output-xent", "eval_score", "higher"],
    ]


def test_the_kaldi_fixture_has_no_fault(runwhy: Command, tmp_path: Path) -> None:
    logs = shutil.copytree(FIXTURE, tmp_path / "tdnn")
    (run,) = runwhy("debug", logs, "--json").document["runs"]
    assert run["findings"] == []
