"""Signing in as it is done: by a provider of OAuth, by a proxy's header, and a password given at a terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.signin import is_right, passwords
from tests.browser.conftest import OUTPUT, PATIENCE, ROOT, chat_server
from tests.browser.person import Person
from tests.servers.oauth_server import SECRET, OAuthServer

ANNA, EVE = {"email": "anna@example.org"}, {"email": "eve@evil.example"}


@dataclass(frozen=True)
class Front:
    """A chat that a provider lets people into."""

    url: str
    provider: OAuthServer
    errors: Path


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    cache = tmp_path_factory.mktemp("oauth") / "cache"
    (cache / "runwhy").mkdir(parents=True)
    (cache / "runwhy" / "config.toml").write_text('[chat]\nallowed = ["*@example.org"]\n')
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    public = f"http://localhost:{port}"
    options = ("--sign-in", "oauth", "--public-url", public, "--port", str(port))
    with OAuthServer() as provider, chat_server(cache, *options, **provider.env) as url:
        yield Front(url, provider, cache / "errors")


def visitor(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, follow_redirects=True, timeout=PATIENCE / 1000)


def test_whom_a_provider_knows_and_the_config_allows_comes_in(front: Front) -> None:
    front.provider.person = ANNA
    anna = visitor(front.url)
    came = anna.get("/auth/oauth/generic")
    assert came.status_code == 200
    assert SECRET not in "".join(str(one.url) + one.text for one in (*came.history, came))
    cookies = [it for one in came.history for it in one.headers.get_list("set-cookie") if it.startswith("runwhy-")]
    assert cookies
    assert all("HttpOnly" in one and "SameSite=lax" in one for one in cookies)
    known = anna.get("/user").json()
    assert (known["identifier"], known["display_name"]) == ("generic:anna@example.org", "anna@example.org")
    anna.headers["Origin"] = front.url
    assert "12 runs" in asyncio.run(Person(front.url, anna).ask("How many runs are there?"))


def test_somebody_signs_in_and_out_by_clicking(front: Front, chromium: Any) -> None:
    context = chromium.browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(front.url)
    front.provider.person = EVE
    page.get_by_role("button", name="Continue with Generic").click()
    page.get_by_text("perhaps you are not on the list").wait_for()
    page.screenshot(path=OUTPUT / "oauth-refused-light-1280.png")
    front.provider.person = ANNA
    page.get_by_role("button", name="Continue with Generic").click()
    page.locator("#starters button:not([disabled])").first.wait_for()
    page.locator("#user-nav-button").click()
    page.get_by_text("anna@example.org").wait_for()
    page.screenshot(path=OUTPUT / "oauth-light-1280.png")
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_role("button", name="Continue with Generic").wait_for()
    context.close()


@pytest.mark.parametrize("person", [EVE, {"email": ""}, {"name": "no address"}])
def test_whom_nobody_allows_is_sent_back_to_the_page_that_says_so(front: Front, person: dict[str, str]) -> None:
    front.provider.person = person
    refused(visitor(front.url), "/auth/oauth/generic")


def test_a_provider_that_fails_and_an_answer_that_was_not_asked_for_let_nobody_in(front: Front) -> None:
    front.provider.person, front.provider.refuses = ANNA, True
    try:
        refused(visitor(front.url), "/auth/oauth/generic")
    finally:
        front.provider.refuses = False
    begun = visitor(front.url)
    begun.get("/auth/oauth/generic", follow_redirects=False)
    for query in ("code=x&state=forged", "code=x", "error=access_denied", ""):
        refused(begun, f"/auth/oauth/generic/callback?{query}")
    assert visitor(front.url).get("/auth/oauth/nobody").status_code == 404
    assert SECRET not in front.errors.read_text()


def refused(client: httpx.Client, path: str) -> None:
    """Nobody is let in; the page that says so shows nothing of what went wrong inside."""
    came = client.get(path)
    assert (came.status_code, came.url.path, came.url.params["error"]) == (200, "/login", "oauthSignin")
    assert "INSIDE" not in came.text
    assert "Traceback" not in came.text
    assert client.get("/user").status_code == 401


def test_a_proxy_says_who_it_is_and_who_is_not_allowed_stays_out(tmp_path: Path) -> None:
    (tmp_path / "runwhy").mkdir()
    (tmp_path / "runwhy" / "config.toml").write_text(
        '[chat]\nsign_in = "header"\nheader = "X-Who"\npublic_url = "http://runs.example.org"\n'
        'allowed = ["*@example.org"]\ntrusted_proxies = ["127.0.0.1/32"]\n'
    )
    with chat_server(tmp_path) as url:

        def comes(address: str, **headers: str) -> tuple[int, str]:
            with httpx.Client(transport=httpx.HTTPTransport(local_address=address), base_url=url) as client:
                status = client.post("/auth/header", headers={"Origin": url, **headers}).status_code
                return status, str(client.get("/user").json().get("identifier", ""))

        assert comes("127.0.0.1", **{"X-Who": "anna@example.org"}) == (200, "anna@example.org")
        assert comes("127.0.0.1", **{"X-Who": "eve@evil.example"}) == (401, "")
        assert comes("127.0.0.1") == (401, "")
        assert comes("127.0.0.1", **{"X-Forwarded-User": "anna@example.org"}) == (401, "")
        assert comes("127.0.0.2", **{"X-Who": "anna@example.org"}) == (401, "")


def test_a_password_is_asked_for_twice_at_a_terminal_and_never_shown(tmp_path: Path) -> None:
    users = tmp_path / "users.toml"
    typed = ("correct horse", "correct hearse", "correct horse", "correct horse")
    prompts = ("Password for anna: ", "Repeat for confirmation: ") * 2
    shown = at_a_terminal(users, zip(prompts, typed, strict=True))
    assert "do not match" in shown
    assert "correct" not in shown
    assert is_right("correct horse", passwords(users)["anna"])
    assert users.stat().st_mode & 0o077 == 0


def at_a_terminal(users: Path, answers: Iterable[tuple[str, str]]) -> str:
    """What `--add-user anna` shows until it ends, where this is typed at its prompts."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "RUNWHY_USERS": str(users), "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    words = [sys.executable, "-m", "agent", "chat", "--add-user", "anna"]
    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True)
    os.close(theirs)
    try:
        shown = ""
        for prompt, answer in answers:
            shown += read_until(ours, prompt)
            os.write(ours, f"{answer}\n".encode())
        return shown + read_until(ours, "no such words")
    finally:
        os.close(ours)
        process.kill()
        process.wait(20)


def read_until(terminal: int, words: str) -> str:
    """What is shown up to these words, or until the program ends."""
    shown = ""
    while words not in shown and select.select([terminal], [], [], PATIENCE / 1000)[0]:
        try:
            block = os.read(terminal, 4096)
        except OSError:
            break
        shown += block.decode(errors="replace")
    return shown
