"""Users' own thresholds, suppressions, detectors and prices, as they meet them on the command line and from Python."""

from pathlib import Path

import pytest

from agent import debug
from tests.agent.command import Command, command
from tests.tools.detectors.cases import stepped
from tests.tools.test_rules import OWN


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    run = command(monkeypatch, capsys, tmp_path / "cache")
    monkeypatch.setenv("RUNWHY_CONFIG", str(tmp_path / "config.toml"))
    return run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with one run whose loss steps up at 180, half a minute a step."""
    folder = tmp_path / "runs"
    (folder / "run-7").mkdir(parents=True)
    y = stepped(180, 1.5).series["train/loss"].value
    rows = "".join(f"{i},{30 * i},{v:.5f}\n" for i, v in enumerate(y))
    (folder / "run-7" / "metrics.csv").write_text(f"step,time,train_loss\n{rows}")
    return folder


def test_a_suppressed_finding_is_shown_and_fails_nothing(runwhy: Command, runs: Path) -> None:
    assert runwhy("debug", runs, "--fail-on", "warning").status == 1
    (runs / "runwhy.toml").write_text("[[suppress]]\nrun = 'run-7'\nfinding = 'loss_spike'\nreason = 'new data'\n")
    ran = runwhy("debug", runs, "--fail-on", "warning")
    assert ran.status == 0
    assert "suppressed: loss_spike (new data)" in ran.out
    (run,) = runwhy("debug", runs, "--json").document["runs"]
    assert (run["verdict"], [s["reason"] for s in run["suppressed"]]) == ("healthy", ["new data"])
    assert debug(runs)["runs"][0]["verdict"] == "healthy"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[thresholds.overfiting]\nrise = 0.2\n", ["overfiting", "Did you mean overfitting?"]),
        ("[thresholds.overfitting]\nrise = 99\n", ["rise", "0.01", "10"]),
        ("[[suppress]]\nrun = '*'\nfinding = 'loss_spike'\n", ["runwhy.toml", "reason"]),
        ("[detectors]\nfolder = 'mine'\n", ["runwhy.toml", "your own config file"]),
    ],
)
def test_rules_that_make_no_sense_are_refused_in_words(
    runwhy: Command, runs: Path, text: str, words: list[str]
) -> None:
    (runs / "runwhy.toml").write_text(text)
    ran = runwhy("debug", runs)
    assert ran.status == 2
    assert [word for word in words if word not in ran.err] == []
    assert "Traceback" not in ran.err


def test_waste_is_told_in_steps_hours_and_money_everywhere(runwhy: Command, runs: Path) -> None:
    (runs / "runwhy.toml").write_text("[cost]\nper_hour = 2.4\ncurrency = 'EUR'\n")
    told = "119 steps, 59.5 minutes, 2.38 EUR"
    assert f"wasted in 1 run: {told}" in runwhy("list", runs).out
    assert "119 steps after step 180 (40% of the run), 59.5 minutes, 2.38 EUR" in runwhy("debug", runs).out
    answer = runwhy("ask", runs, "how much money did run 7 waste?").out
    assert "2.38" in answer
    assert "[unverified]" not in answer
    rows = runwhy("sql", runs, "select finding, amount, round(money, 2), currency from waste").out.splitlines()
    assert rows[1] == "loss_spike\t119.0\t2.38\tEUR"


def test_own_detectors_judge_and_are_explained(runwhy: Command, runs: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "loud.py").write_text(OWN)
    assert runwhy("explain", "loud").status == 2
    (tmp_path / "config.toml").write_text(f"[detectors]\nfolder = '{tmp_path / 'mine'}'\n")
    assert "A loss above ten." in runwhy("explain", "loud").out
    (run,) = runwhy("debug", runs, "--json").document["runs"]
    assert "loud" in [f["id"] for f in run["findings"]]
    (tmp_path / "mine" / "loud.py").write_text("x = (")
    ran = runwhy("debug", runs)
    assert ran.status == 2
    assert "loud.py" in ran.err
