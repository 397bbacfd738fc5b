"""Events of runs that grow while they are watched."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from agent.settings import Settings
from agent.watch import WatchEvent, WatchOptions, watching

QUICK = WatchOptions(every=0.05)


def healthy(steps: int) -> str:
    return "step,train_loss\n" + "".join(f"{step},{2.0 / (1 + step / 50)}\n" for step in range(steps))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store_dir=tmp_path / "cache")


async def first(paths: list[Path], settings: Settings, kind: str, write: str = "") -> WatchEvent:
    """The first event of a kind; `write` is added to the first path as soon as somebody listens."""
    async with aclosing(watching(paths, QUICK, settings)) as events, asyncio.timeout(60):
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.2)
        with paths[0].open("a") as log:
            log.write(write)
        while (event := await waiting).kind != kind:
            waiting = asyncio.ensure_future(anext(events))
        return event
    raise AssertionError


def test_a_loss_that_turns_nan_is_told_while_the_run_goes_on(tmp_path: Path, settings: Settings) -> None:
    log = tmp_path / "run-7.csv"
    log.write_text(healthy(200))
    more = "".join(f"{step},nan\n" for step in range(200, 210))
    event = asyncio.run(first([log], settings, "found", more))
    assert (event.finding, event.severity, event.number) == ("nan_loss", "critical", 7)
    assert event.onset_step == 200
