"""A conversation stays: after a reload, after a restart of the server, under another name, until it is deleted."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import ROOT, Visit, Visitor, chat_server

QUESTION = "Why did run 7 diverge?"


class Lasting:
    """A chat that can be stopped and started again over the same cache."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self._running = ExitStack()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = str(free.getsockname()[1])
        self.url = self.start()

    def start(self) -> str:
        return self._running.enter_context(chat_server(self.cache, "--port", self._port))

    def stop(self) -> None:
        self._running.close()

    def feedback(self) -> list[dict[str, Any]]:
        """What `runwhy feedback` lists."""
        env = {**os.environ, "XDG_CACHE_HOME": str(self.cache), "PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-m", "agent", "feedback", "--json"]
        found = subprocess.run(words, env=env, capture_output=True, check=True, timeout=60)
        return list(json.loads(found.stdout)["feedback"])


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lasting]:
    made = Lasting(tmp_path_factory.mktemp("lasting") / "cache")
    yield made
    made.stop()


def seems_whole(visitor: Visitor) -> None:
    """An answer with all that belongs to it: steps, card, chart, citation, thumbs, download."""
    page = visitor.page
    visitor.answers.first.wait_for()
    page.get_by_test_id("finding-divergence").wait_for()
    page.locator(".js-plotly-plot").first.wait_for()
    page.get_by_role("button", name="Download").first.wait_for()
    diagnosed = visitor.steps.filter(has_text="Diagnose run-7")
    diagnosed.first.wait_for()
    assert diagnosed.count() == 1
    assert page.locator("#side-view-content").count() == 0
    visitor.citations.nth(2).click()
    page.get_by_test_id("cited").get_by_text("grad_norm at step 391").wait_for()
    page.keyboard.press("Escape")


def test_an_answer_is_whole_after_a_reload_and_the_conversation_goes_on(lasting: Lasting, visit: Visit) -> None:
    visitor = visit(lasting.url)
    page = visitor.page
    visitor.shoot("history-empty-light-1280")
    visitor.ask(QUESTION)
    page.locator("li[id^=thread-]", has_text=QUESTION).wait_for()
    page.reload()
    seems_whole(visitor)
    visitor.shoot("history-reloaded-light-1280")
    assert "run-8" in visitor.ask("and run 8?")


def test_a_thumb_with_a_comment_is_kept_with_its_investigation(lasting: Lasting, visit: Visit) -> None:
    visitor = visit(lasting.url, "dark", 390, 844)
    page = visitor.page
    visitor.ask(QUESTION)
    page.locator(".negative-feedback-off").first.click()
    page.locator("textarea").last.fill("the wrong step")
    visitor.shoot("thumb-dark-390")
    page.locator("#submit-feedback").click()
    page.locator(".negative-feedback-on").wait_for()
    finding = page.get_by_test_id("finding-divergence")
    finding.get_by_role("button", name="Dismiss").click()
    finding.get_by_role("textbox").fill("on purpose")
    finding.get_by_role("button", name="Dismiss").last.click()
    finding.get_by_text("Does not count").wait_for()
    kept = {one["verdict"]: one for one in lasting.feedback()}
    assert sorted(kept) == ["dismissed", "down"]
    down, dismissed = kept["down"], kept["dismissed"]
    assert (down["verdict"], down["comment"], down["who"]) == ("down", "the wrong step", "you (this machine)")
    assert [turn["question"] for turn in down["record"]["turns"]] == [QUESTION]
    assert down["record"]["turns"][0]["calls"]
    assert dismissed["dismissed"] == {"run": "run-7", "finding": "divergence"}
    assert dismissed["comment"] == "on purpose"
    page.reload()
    page.locator(".negative-feedback-on").wait_for()


def test_a_conversation_goes_on_after_a_restart_is_renamed_and_deleted(lasting: Lasting, visit: Visit) -> None:
    first = visit(lasting.url)
    first.ask(QUESTION)
    lasting.stop()
    first.page.get_by_text("No connection to the server").wait_for()
    first.shoot("no-connection-light-1280")
    lasting.start()
    visitor = visit(lasting.url, "dark")
    page = visitor.page
    page.locator("li[id^=thread-]", has_text=QUESTION).first.click()
    seems_whole(visitor)
    assert "run-9" in first.ask("and run 9?")
    assert not first.page.get_by_text("No connection to the server").is_visible()
    # What could not be reached in the meantime.
    first.complaints.clear()
    visitor.shoot("history-restarted-dark-1280")
    kept = lasting.cache / "runwhy" / "store" / "chat" / "threads" / page.url.partition("#")[0].rpartition("/")[2]
    assert (kept / "thread.db").is_file()

    page.click("#search-chats-button")
    page.get_by_role("dialog").get_by_text(QUESTION).first.wait_for()
    visitor.shoot("history-search-dark-1280")
    page.keyboard.press("Escape")
    entry = page.locator(f"[id='thread-{kept.name}']")
    entry.locator("#thread-options").click()
    page.locator("#delete-thread").wait_for()
    visitor.shoot("history-menu-dark-1280")
    page.locator("#rename-thread").click()
    page.locator("#name").fill("Rates too high")
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    page.locator("li[id^=thread-]", has_text="Rates too high").wait_for()

    entry.locator("#thread-options").click()
    page.locator("#delete-thread").click()
    visitor.shoot("history-delete-dark-1280")
    page.get_by_role("alertdialog").get_by_role("button", name="Confirm").click()
    entry.wait_for(state="detached")
    page.locator("#welcome-screen").wait_for()
    # What belonged to it is gone, also for the page that still shows it and may just be fetching a chart.
    for one in (first, visitor):
        one.complaints = [said for said in one.complaints if "404 (Not Found)" not in said]
    assert not kept.exists()
