"""Rotated logs are the past of the log whose name they carry."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tools.discovery import discover, read_run_files
from tools.discovery.rotated import is_past
from tools.records import Points


def lines(start: int, stop: int) -> str:
    return "".join(f"step {step} loss {2.0 / (1 + step / 50):.4f}\n" for step in range(start, stop))


def test_a_log_is_read_with_its_rotated_past_oldest_first(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    for name, start in (("run-7.log.10", 50), ("run-7.log.2", 100), ("run-7.log", 150), ("run-8.log", 0)):
        (logs / name).write_text(lines(start, start + 50))
    (logs / "run-7.log.11.gz").write_bytes(gzip.compress(lines(0, 50).encode()))
    run = next(one for one in discover([logs], tmp_path / "unpacked").runs if one.name == "run-7")
    points = [part for part in read_run_files(run) if isinstance(part, Points)]
    assert [step for part in points for step in part.step] == list(range(200))


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("train.log.1", True),
        ("train.log-20261127", True),
        ("train.log-20261127.gz", True),
        ("train-1.log", False),
        ("train.logs", False),
        ("other.log.1", False),
    ],
)
def test_a_name_tells_what_was_rotated(name: str, is_one: bool) -> None:
    assert is_past(Path(name), {Path("train.log"), Path("train")}) is is_one
