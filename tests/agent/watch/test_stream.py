"""Events of runs that grow while they are watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from agent.settings import Settings
from agent.watch import WatchEvent, WatchOptions, watching
from agent.watch.engine import Watcher
from agent.workspace import open_workspace
from tools.diagnosis import diagnose
from tools.follow import follower
from tools.records import Diagnosis, RunData
from tools.toolbox.judging import Judge

QUICK = WatchOptions(every=0.05)


def healthy(steps: int) -> str:
    return "step,train_loss\n" + "".join(f"{step},{2.0 / (1 + step / 50)}\n" for step in range(steps))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store_dir=tmp_path / "cache")


def diverging(start: int, stop: int) -> str:
    return "".join(f"{step},nan\n" for step in range(start, stop))


class Watch:
    """Events of the runs below a folder, taken until one that is waited for."""

    def __init__(self, folder: Path, settings: Settings, options: WatchOptions = QUICK) -> None:
        self._events = watching([folder], options, settings)
        self.told: list[WatchEvent] = []

    async def until(self, kind: str) -> WatchEvent:
        """The next event of a kind."""
        async with asyncio.timeout(60):
            async for event in self._events:
                self.told.append(event)
                if event.kind == kind:
                    return event
        raise AssertionError([event.kind for event in self.told])

    async def rest(self) -> list[WatchEvent]:
        """All events of a watcher that ends by itself."""
        return [event async for event in self._events]

    async def close(self) -> None:
        await self._events.aclose()


def add(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


@pytest.fixture
async def watch(tmp_path: Path, settings: Settings) -> AsyncGenerator[Watch]:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "run-6.csv").write_text(healthy(150))
    (tmp_path / "runs" / "run-7.csv").write_text(healthy(200))
    found = Watch(tmp_path / "runs", settings)
    yield found
    await found.close()


async def test_a_loss_that_turns_nan_is_told_while_the_run_goes_on(watch: Watch, tmp_path: Path) -> None:
    await watch.until("started")
    add(tmp_path / "runs" / "run-7.csv", diverging(200, 210))
    event = await watch.until("found")
    assert (event.finding, event.severity, event.number, event.label) == ("nan_loss", "critical", 7, "run-7")
    assert event.onset_step == 200
    assert [one.kind for one in watch.told] == ["started", "started", "found"]


async def test_a_run_that_begins_later_is_watched_too(watch: Watch, tmp_path: Path) -> None:
    await watch.until("started")
    await watch.until("started")
    (tmp_path / "runs" / "run-8.csv").write_text(healthy(100))
    assert (await watch.until("started")).number == 8
    add(tmp_path / "runs" / "run-8.csv", diverging(100, 120))
    assert (await watch.until("found")).number == 8


async def test_links_to_nowhere_hide_no_run_beside_them(watch: Watch, tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / "runs" / f"latest-{number}").symlink_to(tmp_path / "deleted")
    await watch.until("started")
    await watch.until("started")
    (tmp_path / "runs" / "run-8.csv").write_text(healthy(100))
    assert (await watch.until("started")).number == 8


async def test_a_crash_ends_a_run(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "SHORT_QUIET", 0.2)
    log = tmp_path / "run-3.log"
    log.write_text("".join(f"step {step} loss {2 / (1 + step / 50):.4f}\n" for step in range(200)))
    watch = Watch(log, settings)
    await watch.until("started")
    add(log, 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n')
    add(log, "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB\n")
    event = await watch.until("ended")
    assert "oom_crash" in event.summary
    assert "oom_crash" in [one.finding for one in watch.told if one.kind == "found"]
    await watch.close()


async def test_once_tells_everything_and_ends(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "run-7.csv").write_text(healthy(200) + diverging(200, 210))
    events = await Watch(tmp_path / "run-7.csv", settings, WatchOptions(once=True)).rest()
    assert [one.finding for one in events if one.kind == "found"] == ["nan_loss"]


async def test_a_watcher_of_the_same_name_tells_nothing_twice(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "run-7.csv").write_text(healthy(200) + diverging(200, 210))
    options = WatchOptions(once=True, name="night")
    await Watch(tmp_path / "run-7.csv", settings, options).rest()
    again = await Watch(tmp_path / "run-7.csv", settings, options).rest()
    assert [one.finding for one in again if one.kind == "found"] == []


async def test_a_log_that_is_deleted_is_told(watch: Watch, tmp_path: Path) -> None:
    await watch.until("started")
    (tmp_path / "runs" / "run-7.csv").unlink()
    assert (await watch.until("trouble")).finding == "gone"


async def test_what_a_watcher_finds_the_gate_finds_too(watch: Watch, tmp_path: Path, settings: Settings) -> None:
    await watch.until("started")
    add(tmp_path / "runs" / "run-7.csv", diverging(200, 260))
    told = await watch.until("found")
    store, _ = open_workspace([tmp_path / "runs" / "run-7.csv"], settings)
    with store:
        (run,) = store.runs()
        (found,) = [one for one in Judge(store).diagnosis(run.run).findings if one.id == told.finding]
    assert str((found.summary, found.evidence)) == str((told.summary, told.evidence))


async def test_secrets_in_a_log_are_hidden(tmp_path: Path, settings: Settings) -> None:
    log = tmp_path / "run-3.log"
    log.write_text("".join(f"step {step} loss {2 / (1 + step / 50):.4f}\n" for step in range(200)))
    add(log, 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n')
    add(log, "RuntimeError: cannot log in with hf_abcdefghijklmnopqrstuvwxyz0123\n")
    events = await Watch(log, settings, WatchOptions(once=True)).rest()
    assert "crash" in [one.finding for one in events]
    assert "hf_abcdef" not in str(events)


async def test_a_run_that_cannot_be_judged_does_not_end_the_watch(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watch.until("started")
    await watch.until("started")

    def broken(data: RunData) -> Diagnosis:
        if data.run.number == 6:
            raise ZeroDivisionError
        return diagnose(data)

    monkeypatch.setattr("agent.watch.engine.diagnose", broken)
    add(tmp_path / "runs" / "run-6.csv", healthy(300).split("\n", 201)[-1])
    assert (await watch.until("trouble")).finding == "unjudged"
    add(tmp_path / "runs" / "run-7.csv", diverging(200, 210))
    assert (await watch.until("found")).number == 7


async def test_a_look_that_fails_halfway_tells_what_it_has_found(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watch.until("started")
    await watch.until("started")

    def broken(*_: object) -> None:
        raise OSError("the network is gone")

    monkeypatch.setattr(Watcher, "_grown_silent", broken)
    add(tmp_path / "runs" / "run-7.csv", diverging(200, 210))
    assert (await watch.until("found")).number == 7


async def test_who_wants_to_end_hears_where_the_runs_will_end(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "run-7.csv").write_text(healthy(200))
    ending = asyncio.Event()
    ending.set()
    events = [event async for event in watching([tmp_path / "run-7.csv"], QUICK, settings, ending)]
    assert [event.kind for event in events] == ["started", "outlook"]
    assert events[-1].outlook is not None
    assert events[-1].outlook.metric == "train_loss"
