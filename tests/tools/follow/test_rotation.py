"""Logs that grow, are cut, renamed, written anew and deleted while they are followed."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tools.discovery import discover
from tools.errors import ToolError
from tools.follow import follower
from tools.follow.follower import Follower
from tools.follow.growing import GrowingSource
from tools.follow.live import FollowedRun
from tools.formats import HEAD_BYTES, Source
from tools.roles import NOTHING_GIVEN

HEADER = "step,train_loss\n"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def rows(start: int, stop: int) -> str:
    return "".join(f"{step},{2 / (1 + step)!r}\n" for step in range(start, stop))


def records(start: int, stop: int) -> str:
    return "".join(f'{{"step": {step}, "train_loss": {2 / (1 + step)!r}}}\n' for step in range(start, stop))


class Log:
    """A log in a folder, and the run that is followed."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        path.write_text(text)
        self.clock = Clock()
        (files,) = discover([path]).runs
        self.run = FollowedRun(files, self.clock)
        self.run.look()

    @property
    def follower(self) -> Follower:
        return self.run.followers[0]

    def add(self, text: str) -> bool:
        with self.path.open("a") as file:
            file.write(text)
        return self.look()

    def look(self) -> bool:
        self.clock.now += 0.1
        return self.run.look()

    @property
    def steps(self) -> list[float]:
        (run,) = self.run.so_far(NOTHING_GIVEN)
        (series,) = run.series.values()
        return [float(step) for step in series.step]


@pytest.fixture
def csv(tmp_path: Path) -> Log:
    return Log(tmp_path / "run-7.csv", HEADER + rows(0, 50))


@pytest.fixture
def jsonl(tmp_path: Path) -> Log:
    return Log(tmp_path / "run-7.jsonl", records(0, 50))


def test_half_a_line_waits_for_its_end(csv: Log) -> None:
    csv.add("50,0.0")
    assert csv.steps[-1] == 49
    csv.add("39\n51,0.03\n")
    assert csv.steps[-2:] == [50, 51]


def test_a_last_line_without_an_end_is_read_once_nothing_more_comes(jsonl: Log) -> None:
    jsonl.add('{"step": 50, "train_loss": 0.04}')
    assert jsonl.steps[-1] == 49
    jsonl.clock.now += 5
    assert jsonl.look()
    assert jsonl.steps[-1] == 50
    jsonl.add('\n{"step": 51, "train_loss": 0.04}\n')
    assert jsonl.steps == [float(step) for step in range(52)]


def test_a_log_that_does_not_grow_is_not_read(csv: Log) -> None:
    csv.clock.now += 2 * follower.LONG_QUIET
    csv.look()
    csv.clock.now += 500
    assert not csv.look()


def test_a_log_that_writes_now_and_then_is_not_read_again_in_its_pauses(csv: Log, bytes_read: Counter[Path]) -> None:
    for at in range(50, 60):
        csv.clock.now += 40
        csv.look()
        csv.add(rows(at, at + 1))
    assert bytes_read[csv.path] <= csv.path.stat().st_size + 1000


def test_of_a_long_log_only_what_is_new_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "SETTLED_BYTES", HEAD_BYTES)
    log = Log(tmp_path / "run-7.csv", HEADER + rows(0, HEAD_BYTES // 20))
    monkeypatch.delattr(GrowingSource, "open")
    monkeypatch.delattr(Source, "open")
    for start in range(HEAD_BYTES // 20, HEAD_BYTES // 20 + 30, 3):
        assert log.add(rows(start, start + 3))
        assert log.steps[-1] == start + 2


def test_a_log_that_is_renamed_goes_on_in_the_new_file(jsonl: Log) -> None:
    with jsonl.path.open("a") as writer:
        writer.write(records(50, 55))
        jsonl.path.rename(jsonl.path.with_suffix(".jsonl.1"))
    jsonl.path.write_text(records(55, 60))
    jsonl.look()
    assert jsonl.steps == [float(step) for step in range(60)]


def test_a_log_that_is_copied_and_cut_goes_on(jsonl: Log) -> None:
    shutil.copy(jsonl.path, jsonl.path.with_suffix(".jsonl.1"))
    os.truncate(jsonl.path, 0)
    jsonl.look()
    assert len(jsonl.steps) == 50
    jsonl.add(records(50, 60))
    assert jsonl.steps == [float(step) for step in range(60)]


def test_a_log_that_was_cut_and_has_grown_beyond_its_old_size_goes_on(jsonl: Log) -> None:
    os.truncate(jsonl.path, 0)
    jsonl.add(records(50, 150))
    assert jsonl.steps == [float(step) for step in range(150)]


def test_a_table_that_was_cut_goes_on_without_its_header(csv: Log) -> None:
    os.truncate(csv.path, 0)
    csv.add(rows(50, 60))
    csv.add(rows(60, 70))
    assert csv.steps == [float(step) for step in range(70)]


def test_a_training_that_begins_again_in_the_same_file_is_another_one(csv: Log) -> None:
    csv.path.write_text(HEADER + rows(0, 10))
    csv.look()
    assert csv.steps == [float(step) for step in range(10)]


def test_a_table_that_is_written_anew_with_more_in_it_has_nothing_twice(csv: Log) -> None:
    draft = csv.path.with_suffix(".tmp")
    draft.write_text(HEADER + rows(0, 70))
    draft.replace(csv.path)
    csv.look()
    assert csv.steps == [float(step) for step in range(70)]


def test_a_line_that_was_corrected_in_place_is_read_again(csv: Log) -> None:
    csv.path.write_text(HEADER + rows(0, 49) + "490,1.0\n" + rows(491, 500))
    csv.look()
    assert csv.steps[-10:] == [490.0, *range(491, 500)]


def test_a_log_that_vanishes_keeps_what_was_read_and_is_taken_up_when_it_is_back(csv: Log) -> None:
    text = csv.path.read_text()
    csv.path.unlink()
    assert csv.look()
    assert csv.follower.missing
    assert not csv.look()
    assert len(csv.steps) == 50
    csv.path.write_text(text + rows(50, 60))
    csv.look()
    assert not csv.follower.missing
    assert csv.steps == [float(step) for step in range(60)]


def test_a_document_is_read_as_a_whole_and_half_of_one_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    log = Log(path, '{"loss": [2.0, 1.0, 0.5], "val_loss": [2.0, 1.5, 1.0]}')
    assert log.follower.whole
    path.write_text('{"loss": [2.0, 1.0, 0.5, 0.2], "val_l')
    log.look()
    (run,) = log.run.so_far(NOTHING_GIVEN)
    assert len(run.series["val_loss"].value) == 3
    path.write_text('{"loss": [2.0, 1.0, 0.5, 0.2], "val_loss": [2.0, 1.5, 1.0, 0.9]}')
    log.look()
    (run,) = log.run.so_far(NOTHING_GIVEN)
    assert len(run.series["val_loss"].value) == 4


def test_a_log_without_numbers_yet_says_so_and_is_followed_when_they_come(tmp_path: Path) -> None:
    log = Log(tmp_path / "train.log", "starting up\nloading the data\n")
    with pytest.raises(ToolError):
        log.run.so_far(NOTHING_GIVEN)
    for step in range(20):
        log.add(f"step {step} loss {2 / (1 + step):.4f}\n")
    assert len(log.steps) == 20
    assert not log.follower.whole


def test_a_bar_that_is_drawn_over_for_hours_is_read_as_it_moves(tmp_path: Path) -> None:
    def bar(at: int) -> str:
        return f"\rEpoch 0: {at:3d}%|##   | {at}/100 [00:10<00:10, 9.8it/s, loss={2 / (1 + at):.4f}]"

    log = Log(tmp_path / "train.log", "starting\n" + bar(1) + bar(2))
    for at in range(3, 40):
        log.add(bar(at))
        assert log.steps[-1] >= at - 2
    assert not log.follower.whole
    log.add("\nvalidating\n")
    assert log.steps == [float(step) for step in range(1, 40)]


def test_dicts_that_name_no_step_are_told_at_once_with_what_is_known_of_it_now(tmp_path: Path) -> None:
    def dict_at(step: int) -> str:
        bar = f"{step}%|##   | {step - 1}/300 [00:10<00:10, 9.8it/s]"
        return f"{bar}\n{{'loss': {2 / step:.4f}, 'learning_rate': 1e-05, 'epoch': {step / 100:.2f}}}\n"

    log = Log(tmp_path / "train.log", "".join(map(dict_at, range(10, 60, 10))))
    for step in range(60, 160, 10):
        log.add(dict_at(step))
        (run,) = log.run.so_far(NOTHING_GIVEN)
        assert run.series["loss"].step.tolist() == [float(at) for at in range(10, step + 10, 10)]
    assert not log.follower.whole
