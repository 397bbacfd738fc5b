"""The real server in a process of its own and a headless Chromium in front of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "tests" / "output" / "browser"
PATIENCE = 30_000
"""Milliseconds a page may take for anything, on a machine that is busy with other things."""
CHAINLITS_OWN = "`DialogTitle`"
"""On a narrow screen Chainlit's side panel has a title that its own dialog does not find."""
KEYS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "RUNWHY_MODEL", "RUNWHY_CONFIG", "RUNWHY_STORE", "RUNWHY_USERS")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Closed after each module: as long as it is open, this thread counts as running an event loop."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    # No host but this machine can be found: whatever the page asks for outside fails and is recorded.
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run"]
    only_here = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*quiet, only_here])
        # One context, so that the page's scripts are compiled once; each page is still a visitor of its own.
        context = browser.new_context()
        context.set_default_timeout(PATIENCE)
        yield context
        browser.close()


def chat_server(cache: Path, *options: str, **env: str) -> AbstractContextManager[str]:
    """The address of `runwhy chat` over the bundled runs, in a working directory that is empty at first."""
    return served(cache, options, env, signal.SIGINT)


@contextmanager
def served(cache: Path, options: Sequence[str], env: Mapping[str, str], ending: int) -> Iterator[str]:
    """The same, until it gets this signal."""
    cache.mkdir(parents=True, exist_ok=True)
    clean = {name: value for name, value in os.environ.items() if name not in KEYS}
    clean |= {"XDG_CACHE_HOME": str(cache), "XDG_CONFIG_HOME": str(cache), "PYTHONPATH": str(ROOT), **env}
    command = [sys.executable, "-m", "agent", "chat", "--headless", "--port", "0", *options]
    with (cache / "errors").open("w+") as errors:
        process = subprocess.Popen(command, cwd=cache, env=clean, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            assert process.stdout is not None
            found = re.search(r"http://localhost:\d+", process.stdout.readline())
            if found is None:
                errors.seek(0)
                pytest.fail(f"the chat did not start: {errors.read()[-2000:]}")
            yield found[0]
        finally:
            process.send_signal(ending)
            process.wait(20)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chat_server(tmp_path_factory.mktemp("chat") / "cache") as url:
        yield url


@dataclass
class Visitor:
    """A page and what went wrong in it. `outside`: requests to any host but the chat's own."""

    page: Any
    url: str
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Write down what goes outside and what goes wrong."""
        own = (self.url, "data:", "blob:")
        self.page.on("request", lambda r: self.outside.extend([] if r.url.startswith(own) else [r.url]))
        self.page.on("console", lambda m: self.hear(f"{m.text} {m.location['url']}") if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def hear(self, complaint: str) -> None:
        if CHAINLITS_OWN not in complaint:
            self.complaints.append(complaint)

    def open(self) -> None:
        self.page.goto(self.url)
        self.page.locator("#starters button:not([disabled])").first.wait_for()

    def ask(self, question: str) -> str:
        """Type a question, wait until it is answered, return the last answer."""
        before = self.answers.count()
        self.page.click("#chat-input")
        self.page.keyboard.type(question)
        self.page.locator("#chat-submit:not([disabled])").click()
        return self.wait(before)

    def wait(self, before: int = 0) -> str:
        """Wait for one more answer than before, until nothing is being answered any longer."""
        self.answers.nth(before).wait_for()
        self.page.locator("#stop-button").wait_for(state="detached")
        # While the code of an element is being fetched, this stands for it, and React hides what stands beside it.
        self.page.locator(".message-content").get_by_text("Loading...", exact=True).first.wait_for(state="detached")
        self.page.locator("[style*='display: none !important']").first.wait_for(state="detached")
        return str(self.answers.last.inner_text())

    @property
    def answers(self) -> Any:
        return self.page.locator("[data-step-type=assistant_message] .message-content")

    @property
    def steps(self) -> Any:
        return self.page.locator("[data-step-type=tool] button[id^=step-]")

    @property
    def citations(self) -> Any:
        return self.answers.last.locator("a[href^='#e']")

    def shoot(self, name: str) -> None:
        OUTPUT.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=OUTPUT / f"{name}.png", animations="disabled")


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(chromium: Any) -> Iterator[Visit]:
    """Open the chat; afterwards nothing may have been asked of another host and nothing complained about."""
    visitors: list[Visitor] = []

    def new(url: str, scheme: str = "light", width: int = 1280, height: int = 900) -> Visitor:
        visitor = Visitor(chromium.new_page(), url)
        visitor.page.set_viewport_size({"width": width, "height": height})
        visitor.page.emulate_media(color_scheme=scheme)
        visitor.watch()
        visitors.append(visitor)
        visitor.open()
        return visitor

    yield new
    for visitor in visitors:
        visitor.page.close()
        assert visitor.outside == []
        assert visitor.complaints == []
