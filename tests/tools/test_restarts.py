"""What an event file holds beyond the place that a later one went on from, and what is left alone."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.discovery import discover, read_run_files
from tools.records import Points

NO_CHECKSUM = 0
"""Checksums are not what is tested here."""


def record(step: int, wall: float, value: float) -> bytes:
    """An event of one float under the tag "loss"; step below 128."""
    summary = b"\x0a\x04loss\x15" + struct.pack("<f", value)
    entry = b"\x0a" + bytes([len(summary)]) + summary
    event = b"\x09" + struct.pack("<d", wall) + b"\x10" + bytes([step]) + b"\x2a" + bytes([len(entry)]) + entry
    return struct.pack("<QI", len(event), NO_CHECKSUM) + event + struct.pack("<I", NO_CHECKSUM)


def file(folder: Path, began: int, steps: Sequence[int], every: float = 1.0) -> None:
    folder.mkdir(exist_ok=True)
    events = (record(step, began + every * at, began % 1000) for at, step in enumerate(steps))
    (folder / f"events.out.tfevents.{began}.host").write_bytes(b"".join(events))


def steps(folder: Path) -> list[float]:
    (run,) = discover([folder]).runs
    return [float(at) for part in read_run_files(run) if isinstance(part, Points) for at in part.step]


@pytest.mark.parametrize("again", [range(6, 8), range(7, 8)])
def test_points_that_a_restart_took_back_and_never_reached_are_left_out(again: range, tmp_path: Path) -> None:
    file(tmp_path / "calm", 1_700_000_001, range(1, 20))
    file(tmp_path / "calm", 1_700_000_100, again)
    assert steps(tmp_path / "calm") == [*range(1, 8), *again]


def test_of_several_restarts_each_takes_back_what_was_before_it(tmp_path: Path) -> None:
    file(tmp_path / "calm", 1_700_000_001, range(1, 20))
    file(tmp_path / "calm", 1_700_000_100, range(10, 15))
    file(tmp_path / "calm", 1_700_000_200, range(5, 8))
    assert steps(tmp_path / "calm") == [1, 2, 3, 4, 5, 6, 7, 5, 6, 7]


def test_a_restart_that_got_further_takes_nothing_back(tmp_path: Path) -> None:
    file(tmp_path / "calm", 1_700_000_001, range(1, 10))
    file(tmp_path / "calm", 1_700_000_100, range(5, 12))
    assert steps(tmp_path / "calm") == [*range(1, 10), *range(5, 12)]


def test_a_second_launch_from_the_start_takes_nothing_back(tmp_path: Path) -> None:
    file(tmp_path / "calm", 1_700_000_001, range(1, 10))
    file(tmp_path / "calm", 1_700_000_100, range(1, 4))
    assert steps(tmp_path / "calm") == [*range(1, 10), *range(1, 4)]


def test_two_writers_at_the_same_time_take_nothing_back(tmp_path: Path) -> None:
    file(tmp_path / "calm", 1_700_000_001, range(1, 20), every=100.0)
    file(tmp_path / "calm", 1_700_000_002, range(3, 6), every=100.0)
    assert steps(tmp_path / "calm") == [*range(1, 20), *range(3, 6)]
