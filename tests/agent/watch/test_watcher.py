"""What befalls logs, disks and clocks while runs are watched, look by look."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from agent.settings import Settings
from agent.watch import WatchEvent, WatchOptions
from agent.watch.engine import Watcher
from agent.watch.events import TO_BE_TOLD
from tools.errors import ToolError
from tools.follow.runs import RunsBelow

HEADER = "step,train_loss\n"


def rows(start: int, stop: int, bad: bool = False) -> str:
    return "".join(f"{step},{'nan' if bad else 2.0 / (1 + step / 50)}\n" for step in range(start, stop))


def add(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    for name in ("run-6", "run-7"):
        (folder / f"{name}.csv").write_text(HEADER + rows(0, 200))
    return folder


@pytest.fixture
def begin(runs: Path, tmp_path: Path) -> Iterator[Callable[[], Watcher]]:
    """Watchers of one store that have opened, and looked at each log once."""
    begun: list[Watcher] = []

    def begin() -> Watcher:
        watcher = Watcher([runs], WatchOptions(name="night"), Settings(store_dir=tmp_path / "cache"))
        begun.append(watcher)
        list(watcher.open())
        list(watcher.look())
        return watcher

    yield begin
    for one in begun:
        one.close()


def told(events: Iterable[WatchEvent]) -> list[str]:
    return [f"{one.kind} {one.finding or one.label}" for one in events if one.kind in TO_BE_TOLD]


def look_for_ever(watcher: Watcher) -> None:
    while True:
        list(watcher.look())


@pytest.mark.parametrize("way", ["copied and cut", "renamed"])
def test_a_table_that_is_rotated_is_followed_without_its_header_also_when_other_logs_come(
    begin: Callable[[], Watcher], runs: Path, way: str
) -> None:
    watcher, log = begin(), runs / "run-7.csv"
    if way == "renamed":
        log.rename(runs / "run-7.csv.1")
        log.write_text(rows(200, 210))
    else:
        shutil.copy(log, runs / "run-7.csv.1")
        os.truncate(log, 0)
        add(log, rows(200, 210))
    assert told(watcher.look()) == []
    (runs / "run-8.csv").write_text(HEADER + rows(0, 100))
    while "started run-8" not in told(watcher.look()):
        pass
    add(log, rows(210, 220, bad=True))
    event, _ = watcher.look()
    assert (event.label, event.finding, event.onset_step) == ("run-7", "nan_loss", 210)


def test_what_is_broken_is_told_before_the_rest_has_been_judged(runs: Path, tmp_path: Path) -> None:
    add(runs / "run-7.csv", rows(200, 210, bad=True))
    watcher = Watcher([runs], WatchOptions(), Settings(store_dir=tmp_path / "cache"))
    kinds = [None if one is None else one.kind for one in watcher.open()]
    assert None in kinds[kinds.index("found") + 1 :]
    watcher.close()


def test_a_clock_that_is_set_makes_no_run_silent(
    begin: Callable[[], Watcher], runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher, now = begin(), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_400)
    assert told(watcher.look()) == []
    monkeypatch.setattr(time, "time", lambda: now - 86_400)
    add(runs / "run-7.csv", rows(200, 210, bad=True))
    assert told(watcher.look()) == ["found nan_loss"]


def test_a_full_disk_ends_no_watch_and_what_came_meanwhile_is_found_when_there_is_room(
    begin: Callable[[], Watcher], runs: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = begin()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("agent.watch.memory.replace", full)
        patched.setattr("tools.store.workspace.ingest", full)
        (runs / "run-8.csv").write_text(HEADER + rows(0, 100))
        with pytest.raises(ToolError, match=r"cannot be written: No space left.*RUNWHY_STORE"):
            look_for_ever(watcher)
        add(runs / "run-7.csv", rows(200, 210, bad=True))
        patched.setattr(RunsBelow, "_is_due", lambda _: False)
        assert told(watcher.look()) == ["found nan_loss"]
        watcher.remember()
        assert "cannot be kept (No space left on device)" in caplog.text
    while "started run-8" not in told(watcher.look()):
        pass


def test_two_watchers_of_one_store_both_tell_and_a_third_knows(begin: Callable[[], Watcher], runs: Path) -> None:
    two = [begin(), begin()]
    add(runs / "run-7.csv", rows(200, 210, bad=True))
    for watcher in two:
        assert told(watcher.look()) == ["found nan_loss"]
        watcher.remember()
    third = begin()
    add(runs / "run-7.csv", rows(210, 220, bad=True))
    assert told(third.look()) == []


def test_a_draft_that_did_not_fit_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.store.files import replace

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tools.store.files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace(tmp_path / "told.json", "{}")
    assert list(tmp_path.iterdir()) == []


def console(start: int, stop: int, bad: bool = False) -> str:
    return "".join(f"step {step} loss {'nan' if bad else 2.0 / (1 + step / 50)}\n" for step in range(start, stop))


def test_a_console_log_that_is_rotated_is_followed_also_when_the_store_reads_other_logs_and_by_the_next_watcher(
    begin: Callable[[], Watcher], runs: Path
) -> None:
    log = runs / "run-9.log"
    log.write_text(console(0, 100))
    watcher = begin()
    log.rename(runs / "run-9.log.1")
    log.write_text(console(100, 150))
    list(watcher.look())
    (runs / "run-8.csv").write_text(HEADER + rows(0, 100))
    while "started run-8" not in told(watcher.look()):
        pass
    add(log, console(150, 160))
    list(watcher.look())
    watcher.close()
    watcher = begin()
    (runs / "run-9.log.1").rename(runs / "run-9.log.2")
    log.rename(runs / "run-9.log.1")
    log.write_text(console(160, 170, bad=True))
    event, _ = watcher.look()
    assert (event.label, event.finding, event.onset_step) == ("run-9", "nan_loss", 160)
    assert [one.points for one in watcher.runs.values() if one.run.name == "run-9"] == [170]


def flat(start: int, stop: int) -> str:
    return "".join(f"{step},{2.3 + 0.001 * random.Random(step).gauss()}\n" for step in range(start, stop))


def test_a_run_that_has_just_begun_is_not_yet_said_to_learn_nothing(begin: Callable[[], Watcher], runs: Path) -> None:
    log = runs / "run-9.csv"
    log.write_text(HEADER + flat(0, 20))
    watcher = begin()
    assert "found not_learning" not in told(watcher.look())
    assert [one.foreseen for one in watcher.runs.values() if one.run.name == "run-9"] == [0]
    add(log, flat(20, 40))
    events = [*watcher.look()]
    add(log, flat(40, 60))
    events += watcher.look()
    assert told(events) == ["early not_learning"]
    assert events[0].summary.endswith("The run goes on: nothing says how long it is to be.")


@pytest.mark.parametrize("planned", ["max_steps: 100", ""])
def test_what_is_read_off_the_whole_course_is_a_verdict_past_half_of_the_way(
    begin: Callable[[], Watcher], runs: Path, planned: str
) -> None:
    log = runs / "run-9" / "metrics.csv"
    log.parent.mkdir()
    (log.parent / "config.yaml").write_text(f"lr: 0.1\n{planned}\n")
    log.write_text(HEADER + flat(0, 20))
    watcher = begin()
    add(log, flat(20, 51))
    assert ("found not_learning" in told(watcher.look())) is bool(planned)
    assert any("not_learning" in one.summary for one in watcher.outlooks() if one.label == "run-9") is bool(planned)


def test_one_value_that_is_no_number_is_told_and_stops_nothing_before_more_follow(
    begin: Callable[[], Watcher], runs: Path
) -> None:
    watcher, log = begin(), runs / "run-7.csv"
    kinds = []
    for step in range(200, 205):
        add(log, rows(step, step + 1, bad=True))
        kinds.append([event.kind for event in watcher.look()])
    assert kinds == [["found"], [], ["certain"], [], []]


def test_a_loss_that_is_no_number_before_the_first_evaluation_is_no_news(
    begin: Callable[[], Watcher], runs: Path
) -> None:
    log = runs / "run-9.csv"
    log.write_text("step,train_loss,val_loss\n0,2.0,nan\n")
    watcher = begin()
    add(log, "".join(f"{step},{2.0 / (1 + step / 50)},nan\n" for step in range(1, 8)))
    assert told(watcher.look()) == []
