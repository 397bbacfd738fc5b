"""Bad input: one clear line for each, exit status 2, and the other paths are judged all the same."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.samples import samples_path
from tests.agent.command import ROOT, Command, command


def missing(path: Path) -> None:
    pass


def empty(path: Path) -> None:
    path.touch()


def binary(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(5000))


def only_blanks(path: Path) -> None:
    path.write_text("\n\n   \n")


def folder_without_logs(path: Path) -> None:
    path.mkdir()
    (path / "README.md").write_text("Nothing to see.\n")
    (path / "model.py").write_text("import torch\n\nloss = 3\n")


def empty_folder(path: Path) -> None:
    path.mkdir()


def csv_without_numbers(path: Path) -> None:
    path.write_text("name,city\nada,london\ngrace,new york\n")


def csv_with_only_a_header(path: Path) -> None:
    path.write_text("epoch,loss,val_loss\n")


def half_a_json(path: Path) -> None:
    path.write_text('{"history": {"loss": [')


def json_without_numbers(path: Path) -> None:
    path.write_text('{"name": "ada", "tags": ["a", "b"]}')


def prose(path: Path) -> None:
    path.write_text("It was a dark and stormy night.\nThe rain fell in torrents.\n")


def broken_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(b"step,loss\n1,2\n" * 500)[:20])


def dangling_link(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


CASES: dict[str, Callable[[Path], None]] = {
    "missing.csv": missing,
    "empty.csv": empty,
    "noise.bin": binary,
    "noise.csv": binary,
    "blank.log": only_blanks,
    "nothing": folder_without_logs,
    "hollow": empty_folder,
    "people.csv": csv_without_numbers,
    "header.csv": csv_with_only_a_header,
    "half.json": half_a_json,
    "words.json": json_without_numbers,
    "night.txt": prose,
    "cut.csv.gz": broken_gzip,
    "link.csv": dangling_link,
}


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return Path(shutil.copy(samples_path() / "run-12" / "log.csv", tmp_path / "good.csv"))


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_one_line_and_exit_status_2(runwhy: Command, tmp_path: Path, name: str) -> None:
    CASES[name](tmp_path / name)
    ran = runwhy("debug", tmp_path / name)
    assert ran.status == 2
    assert not ran.out
    (line,) = ran.err.splitlines()
    assert line.startswith("runwhy: ")
    assert name in line


@pytest.mark.parametrize("name", CASES)
def test_beside_bad_input_the_others_are_judged(runwhy: Command, good: Path, tmp_path: Path, name: str) -> None:
    CASES[name](tmp_path / name)
    ran = runwhy("debug", tmp_path / name, good, "--json")
    assert ran.status == 2
    document = ran.document
    assert [run["name"] for run in document["runs"]] == ["good"]
    assert [Path(u["path"]).name for u in document["unreadable"]] == [name]
    assert all("\n" not in u["reason"] and u["reason"] for u in document["unreadable"])


def test_half_a_json_with_values_in_it_is_judged_by_what_stands_before_the_cut(runwhy: Command, tmp_path: Path) -> None:
    (tmp_path / "half.json").write_text('[{"step": 1, "loss": 0.5}, {"step": 2, "lo')
    ran = runwhy("debug", tmp_path / "half.json", "--json")
    assert ran.status == 2
    (run,) = ran.document["runs"]
    assert run["verdict"] == "cannot_judge"
    assert run["skipped_lines"] == 1
    assert "half.json" in ran.err


def test_a_line_that_cannot_be_used_is_counted_and_shown(runwhy: Command, good: Path) -> None:
    lines = good.read_text().splitlines()
    good.write_text("\n".join([*lines[:50], "1000,oops,,,", *lines[50:]]) + "\n")
    ran = runwhy("debug", good, "--json")
    (run,) = ran.document["runs"]
    assert run["skipped_lines"] == 1
    assert run["skipped_examples"][0]["line"] == 51
    assert "oops" in run["skipped_examples"][0]["text"]
    assert "oops" in runwhy("debug", good).out


@pytest.mark.parametrize("words", [["list"], ["compare"], ["ask"], ["sql"], ["plot"]])
def test_other_commands_complain_as_clearly(runwhy: Command, tmp_path: Path, words: list[str]) -> None:
    rest = {"ask": ["why?"], "sql": ["select 1"], "plot": ["--out", str(tmp_path / "p.png")]}.get(words[0], [])
    ran = runwhy(*words, tmp_path / "missing.csv", *rest)
    assert ran.status == 2
    assert not ran.out
    assert "missing.csv" in ran.err
    assert "Traceback" not in ran.err


def test_chat_over_a_missing_path_does_not_start(runwhy: Command, tmp_path: Path) -> None:
    ran = runwhy("chat", tmp_path / "missing", "--headless")
    assert ran.status == 2
    assert "missing" in ran.err


def test_a_file_without_permission_is_said_and_the_others_are_judged(good: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    shutil.copy(good, secret)
    secret.chmod(0)
    ran = without_privileges("debug", str(secret), str(good), "--json", cache=tmp_path / "cache")
    assert ran.returncode == 2
    (line,) = ran.stderr.splitlines()
    assert "secret.csv" in line
    assert "permission" in line.lower()
    assert '"name": "good"' in ran.stdout


def without_privileges(*words: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line; root, who may read everything, gives up the right to do so first."""
    prefix = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root reads any file, and there is no setpriv to drop that right")
        prefix = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    command_line = [*prefix, sys.executable, "-m", "agent", *words]
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    return subprocess.run(command_line, capture_output=True, text=True, env=environment, check=False, cwd=ROOT)


def test_a_cache_that_cannot_be_written_is_said_with_the_way_out(
    runwhy: Command, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNWHY_STORE", str(good / "below-a-file"))
    ran = runwhy("debug", good)
    assert ran.status == 2
    (line,) = ran.err.splitlines()
    assert "RUNWHY_STORE" in line
