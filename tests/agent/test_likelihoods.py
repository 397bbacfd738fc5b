"""What is maximised below zero, as Kaldi logs it, is no loss: rising towards zero is learning."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.agent.command import Command, command

FIXTURE = Path(__file__).parents[1] / "fixtures" / "formats" / "kaldi" / "tdnn"
HEAD = "LOG (nnet3-train[5.5]:PrintTotalStats():nnet-training.cc:348) Overall"


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def rising(at: int) -> float:
    """From -2.1 to -1.0, as a healthy objective goes."""
    return -1.0 - 1.1 * math.exp(-at / 8)


def breaking_down(at: int) -> float:
    """Rises at first, then falls without end."""
    return rising(at) if at < 20 else -1.1 - 1.5 * (at - 20)


def trained(folder: Path, iterations: int, objective: Callable[[int], float] = rising) -> Path:
    """The logs of a run with this objective."""
    folder.mkdir()
    for at in range(iterations):
        value = objective(at)
        text = f"{HEAD} average objective function for 'output' is {value:.4f} over 505600 frames.\n"
        (folder / f"train.{at}.1.log").write_text(text)
        held_out = f"{HEAD} log-likelihood for 'output' is {value - 0.1:.4f} per frame, over 20000 frames.\n"
        held_out += f"{HEAD} log-probability for 'output-xent' is {value * 1.3:.4f} per frame, over 20000 frames.\n"
        (folder / f"compute_prob_valid.{at}.log").write_text(held_out)
    return folder


def test_a_kaldi_run_whose_objective_rises_towards_zero_has_no_fault(runwhy: Command, tmp_path: Path) -> None:
    (run,) = runwhy("debug", trained(tmp_path / "tdnn", 40), "--json").document["runs"]
    assert (run["verdict"], run["findings"]) == ("healthy", [])


def test_an_objective_that_falls_without_end_is_a_divergence_told_with_the_values_of_the_log(
    runwhy: Command, tmp_path: Path
) -> None:
    (run,) = runwhy("debug", trained(tmp_path / "tdnn", 40, breaking_down), "--json").document["runs"]
    (found,) = [finding for finding in run["findings"] if finding["id"] in ("divergence", "loss_spike")]
    assert found["metric"] == "train/objective function for output"
    assert 20 <= found["onset_step"] <= 26
    assert all(point["value"] < 0 for point in found["evidence"])
    assert "with its sign turned" in found["summary"]


def test_a_score_that_the_user_calls_better_when_higher_is_judged_as_what_is_trained_on(
    runwhy: Command, tmp_path: Path
) -> None:
    log = tmp_path / "elbo.csv"
    log.write_text("step,elbo\n" + "".join(f"{at},{breaking_down(at)}\n" for at in range(40)))
    (run,) = runwhy("debug", log, "--goal", "elbo=higher", "--json").document["runs"]
    assert run["verdict"] == "faulty"


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
