"""Runs held against a baseline, and the example for GitHub whose commands are run here."""

from __future__ import annotations

import json
import random
import re
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
import yaml

from agent.docs import README
from tests.agent.command import ROOT, Command, command


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def run(folder: Path, name: str = "run-1", floor: float = 0.3, broken: bool = False) -> Path:
    """A run of 300 steps whose loss falls to a floor, with noise of 0.01; or turns NaN at step 250."""
    folder.mkdir(exist_ok=True)
    rows = ["step,train_loss,val_loss"]
    rng = random.Random(name)
    for step in range(300):
        loss = floor + 2 / (1 + step / 10) + rng.gauss(0, 0.01)
        shown = "nan" if broken and step >= 250 else f"{loss:.5f}"
        rows.append(f"{step},{shown},{loss + 0.05:.5f}")
    path = folder / f"{name}.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def gate(runwhy: Command, new: Path, old: Path | str) -> tuple[int, dict[str, object]]:
    ran = runwhy("debug", new, "--baseline", old, "--fail-on", "warning", "--json")
    return ran.status, ran.document["runs"][0].get("baseline")


def test_a_fault_that_the_baseline_has_too_passes(runwhy: Command, tmp_path: Path) -> None:
    old, new = run(tmp_path / "old", broken=True), run(tmp_path / "new", broken=True)
    status, found = gate(runwhy, new, old)
    assert (status, found["new"]) == (0, [])
    assert "nan_loss" in found["same"]  # type: ignore[operator]


def test_a_new_fault_fails_and_one_that_is_gone_is_told(runwhy: Command, tmp_path: Path) -> None:
    good, bad = run(tmp_path / "good"), run(tmp_path / "bad", broken=True)
    status, found = gate(runwhy, bad, good)
    assert (status, found["new"]) == (1, ["nan_loss"])
    status, found = gate(runwhy, good, bad)
    assert (status, found["gone"]) == (0, ["nan_loss"])


def test_a_metric_that_is_worse_beyond_noise_fails(runwhy: Command, tmp_path: Path) -> None:
    old = run(tmp_path / "old")
    status, found = gate(runwhy, run(tmp_path / "worse", floor=0.5), old)
    assert (status, found["regressed"], found["metric"]) == (1, True, "val_loss")
    runwhy("debug", tmp_path / "worse", "--baseline", old, "--output", tmp_path / "worse.sarif")
    results = json.loads((tmp_path / "worse.sarif").read_text())["runs"][0]["results"]
    (told,) = [one for one in results if one["ruleId"] == "regression"]
    assert "worse beyond noise" in told["message"]["text"]
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith(".csv")
    status, found = gate(runwhy, run(tmp_path / "same", floor=0.304), old)
    assert (status, found["regressed"], found["improved"]) == (0, False, False)
    status, found = gate(runwhy, run(tmp_path / "better", floor=0.1), old)
    assert (status, found["improved"]) == (0, True)


def test_seeds_of_the_baseline_say_how_far_runs_lie_apart(runwhy: Command, tmp_path: Path) -> None:
    for number, floor in enumerate((0.2, 0.3, 0.4), 1):
        run(tmp_path / "seeds", f"seed-{number}", floor)
    status, found = gate(runwhy, run(tmp_path / "new", "run-9", 0.45), tmp_path / "seeds")
    assert (status, found["regressed"], len(found["baseline"])) == (0, False, 3)  # type: ignore[arg-type]
    assert gate(runwhy, run(tmp_path / "new", "run-9", 0.8), tmp_path / "seeds")[0] == 1


def test_one_of_the_runs_can_be_the_baseline(runwhy: Command, tmp_path: Path) -> None:
    run(tmp_path / "runs", "run-1")
    run(tmp_path / "runs", "run-2", broken=True)
    ran = runwhy("debug", tmp_path / "runs", "--baseline", "run-1", "--fail-on", "warning")
    assert ran.status == 1
    assert "Against run-1: new nan_loss" in ran.out
    ran = runwhy("debug", tmp_path / "runs", "--baseline", "run-5")
    assert (ran.status, "run-5" in ran.err) == (2, True)


def commands() -> list[list[str]]:
    """The commands of runwhy in the example of the guide."""
    (block,) = re.findall(r"```yaml\n(name: training\n.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    steps = yaml.safe_load(block)["jobs"]["gate"]["steps"]
    return [words for step in steps if "run" in step and (words := shlex.split(step["run"]))[0] == "runwhy"]


def test_the_example_for_github_works_as_it_stands(tmp_path: Path) -> None:
    run(tmp_path / "runs", broken=True)
    run(tmp_path / "baseline")
    (words,) = commands()
    ran = subprocess.run(
        [sys.executable, "-m", "agent", *words[1:]],
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 1, ran.stderr
    (log,) = json.loads((tmp_path / "runwhy.sarif").read_text())["runs"]
    assert "new" in [result["baselineState"] for result in log["results"]]
    assert Xml.parse(tmp_path / "runwhy.xml").getroot().get("failures") == "1"
    assert "new nan_loss" in (tmp_path / "comment.md").read_text()
    assert "new nan_loss" in (tmp_path / "report.md").read_text()
