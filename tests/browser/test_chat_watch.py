"""What is watched in a conversation is told there, at an idle page, after a reload and after a restart of the server.

What was chosen in the settings lasts as long.
"""

from __future__ import annotations

import asyncio
import math
import time
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Visit, chat_server
from tests.browser.person import is_answer, passer_by


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two trainings that go on, healthy so far."""
    for name in ("run-1", "run-2"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        log(tmp_path / "runs", name).write_text("step,train_loss,lr\n" + rows(0, 120))
    return tmp_path / "runs"


def log(runs: Path, name: str) -> Path:
    return runs / name / "log.csv"


def rows(first: int, last: int, loss: float | None = None) -> str:
    return "".join(
        f"{s},{2 * 0.99**s + 0.01 * math.sin(s) if loss is None else loss},0.1\n" for s in range(first, last)
    )


def breaks(runs: Path, name: str) -> None:
    with log(runs, name).open("a") as file:
        file.write(rows(120, 160, math.nan))


def said_in(thread: dict[str, Any]) -> list[str]:
    return [step["output"] for step in thread["steps"] if is_answer(step)]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "runwhy.toml").write_text("[watch]\nevery = 0.2\n")
    return tmp_path / "cache"


SETTINGS = {"verbosity": "short", "model": "offline", "tokens": "5000", "hardware": "8xA100"}


def test_what_is_watched_and_what_was_chosen_outlasts_the_page_and_the_server(runs: Path, cache: Path) -> None:
    async def first(url: str) -> str:
        me = passer_by(url)
        async with me.at() as page, passer_by(url).at() as other:
            assert "Watching **all runs**" in await page.answered("/watch all")
            thread = str((await page.until("first_interaction"))["thread_id"])
            breaks(runs, "run-1")
            message = await page.told("turned bad")
            assert "**run 1** turned bad: **nan loss** since step 120 (critical)" in message["output"]
            card = await page.until("element", lambda it: it["forId"] == message["id"])
            assert card["props"]["findings"][0]["id"] == "nan_loss"
            await page.client.emit("chat_settings_change", SETTINGS)
            toast = await other.until("toast")
            assert "run 1 turned bad" in toast["message"]
        return thread

    async def second(url: str) -> None:
        me = passer_by(url)
        async with passer_by(url).at() as new:
            boxes = await new.until("chat_settings")
            assert {one["id"]: one["initial"] for one in boxes}.items() >= SETTINGS.items()
        await until(lambda: any("**run 2** turned bad" in said for said in said_in(me.thread(thread))))
        async with me.at(thread) as page:
            kept = await page.until("resume_thread")
            assert [said.partition(" since")[0] for said in said_in(kept) if "turned bad" in said] == [
                "**run 1** turned bad: **nan loss**",
                "**run 2** turned bad: **nan loss**",
            ]
            assert len([one for one in kept["elements"] if one["type"] == "custom"]) == 2
            assert "Nothing is watched" in await page.answered("/unwatch")

    with chat_server(cache, str(runs)) as url:
        thread = asyncio.run(first(url))
    breaks(runs, "run-2")
    with chat_server(cache, str(runs)) as url:
        asyncio.run(second(url))


def test_a_run_that_turns_bad_is_told_in_the_open_page_and_turns_red_in_the_table(
    runs: Path, cache: Path, visit: Visit
) -> None:
    for n in range(3, 30):
        (runs / f"run-{n}").mkdir()
        log(runs, f"run-{n}").write_text("step,train_loss\n1,1.0\n2,0.9\n")
    with chat_server(cache, str(runs)) as url:
        visitor = visit(url)
        page = visitor.page
        page.get_by_role("button", name="Runs", exact=True).click()
        row = page.get_by_test_id("run-1")
        page.get_by_role("button", name="Next").click()
        row.get_by_text("healthy").wait_for()
        page.get_by_role("button", name="Previous").click()
        row.wait_for(state="detached")
        assert "Watching all runs" in visitor.ask("/watch all")
        breaks(runs, "run-1")
        visitor.answers.get_by_text("turned bad").wait_for()
        row.get_by_text("faulty").wait_for()
        finding = page.get_by_test_id("finding-nan_loss")
        finding.get_by_role("button", name="Explain").click()
        finding.get_by_text("What it looks for").wait_for()
        visitor.shoot("watched-light-1280")
        assert "Nothing is watched" in visitor.ask("/unwatch")


async def until(holds: Any) -> None:
    end = time.monotonic() + 30
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < end
        await asyncio.sleep(0.1)
