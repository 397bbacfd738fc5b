"""`runwhy watch` as a person meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent.command import ROOT, Command, command


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def log(folder: Path, broken: bool) -> Path:
    path = folder / "run-7.csv"
    rows = [f"{step},{2 / (1 + step / 50)}" for step in range(200)] + [
        f"{step},nan" for step in range(200, 220)
    ] * broken
    path.write_text("\n".join(["step,train_loss", *rows]) + "\n")
    return path


def test_what_is_broken_is_told_in_words(runwhy: Command, tmp_path: Path) -> None:
    ran = runwhy("watch", log(tmp_path, broken=True), "--once", "--fail-on", "critical")
    assert ran.status == 1
    assert "run-7: found nan_loss (critical) since step 200" in ran.out
    assert "Watched 1 run" in ran.err


def test_a_gate_fails_each_time(runwhy: Command, tmp_path: Path) -> None:
    words = ("watch", log(tmp_path, broken=True), "--once", "--fail-on", "critical")
    assert [runwhy(*words).status for _ in range(2)] == [1, 1]


def test_events_are_lines_of_json(runwhy: Command, tmp_path: Path) -> None:
    ran = runwhy("watch", log(tmp_path, broken=True), "--once", "--json")
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.status == 0
    assert [one["kind"] for one in events][:2] == ["started", "found"]


def test_a_healthy_run_passes_and_a_path_without_runs_does_not(runwhy: Command, tmp_path: Path) -> None:
    assert runwhy("watch", log(tmp_path, broken=False), "--once", "--fail-on", "warning").status == 0
    (tmp_path / "empty").mkdir()
    assert runwhy("watch", tmp_path / "empty", "--once").status == 2
    assert runwhy("watch", tmp_path / "absent").status == 2


def test_settings_beside_the_logs_may_say_how_but_not_whom_to_tell(runwhy: Command, tmp_path: Path) -> None:
    path = log(tmp_path, broken=True)
    (tmp_path / "runwhy.toml").write_text("[watch]\nevery = 0.5\n")
    assert runwhy("watch", path, "--once").status == 0
    (tmp_path / "runwhy.toml").write_text("watch_command = 'touch owned'\n")
    ran = runwhy("watch", path, "--once")
    assert ran.status == 2
    assert "your own config file" in ran.err


def test_a_channel_without_a_token_is_refused(runwhy: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    ran = runwhy("watch", log(tmp_path, broken=True), "--once", "--slack", "#training")
    assert (ran.status, "SLACK_BOT_TOKEN" in ran.err) == (2, True)


def test_control_c_ends_with_what_was_seen_and_what_is_to_be_expected(tmp_path: Path) -> None:
    words = ["watch", str(log(tmp_path, broken=False)), "--every", "0.1", "--json"]
    running = subprocess.Popen(
        [sys.executable, "-m", "agent", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "RUNWHY_STORE": str(tmp_path / "store")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    first = json.loads(running.stdout.readline())
    running.send_signal(signal.SIGINT)
    rest, said = running.communicate(timeout=60)
    assert json.loads(rest.splitlines()[-1])["kind"] == "outlook"
    assert (first["kind"], running.returncode) == ("started", 0)
    assert "Watched 1 run" in said
    assert "Traceback" not in said
