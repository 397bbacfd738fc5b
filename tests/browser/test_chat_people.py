"""Several people share one chat: each signs in, and what is another's cannot be seen, opened, changed or guessed."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio

from agent.signin import add_user
from tests.browser.conftest import OUTPUT, PATIENCE, chat_server
from tests.browser.person import SECRET, Person

PASSWORDS = {"anna": "correct horse", "berta": "battery staple"}


@dataclass(frozen=True)
class House:
    url: str
    cache: Path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A chat with two people, behind a public address."""
    cache = tmp_path_factory.mktemp("people") / "cache"
    for name, password in PASSWORDS.items():
        add_user(cache / "users.toml", name, password)
    options = ("--sign-in", "password", "--public-url", "http://runs.example.org")
    with chat_server(cache, *options, RUNWHY_USERS=str(cache / "users.toml")) as url:
        yield House(url, cache)


def person(house: House, name: str) -> Person:
    http = httpx.Client(base_url=house.url, headers={"Origin": house.url}, timeout=PATIENCE / 1000)
    found = http.post("/login", data={"username": name, "password": PASSWORDS[name]})
    assert found.status_code == 200, found.text
    return Person(house.url, http)


@pytest.fixture(scope="module")
def kept(house: House) -> dict[str, Any]:
    """A conversation of Anna's with an upload, as she sees it."""
    anna = person(house, "anna")

    asyncio.run(anna.ask("How many runs are there?"))
    thread = anna.threads()[0]["id"]
    found = anna.http.get(f"/project/thread/{thread}").json()
    return {"anna": anna, "thread": thread, "found": found}


def test_without_a_right_password_nothing_is_shown(house: House) -> None:
    stranger = httpx.Client(base_url=house.url, headers={"Origin": house.url})
    for name, password in (("anna", "wrong"), ("nobody", "correct horse"), ("anna", "")):
        assert stranger.post("/login", data={"username": name, "password": password}).status_code in (401, 422)
    for path in ("/user", "/project/settings", "/project/thread/x"):
        assert stranger.get(path).status_code == 401
    assert stranger.post("/auth/header").status_code == 400
    assert stranger.post("/project/threads", json={"pagination": {"first": 5}, "filter": {}}).status_code == 401
    with pytest.raises(socketio.exceptions.ConnectionError):
        asyncio.run(Person(house.url, stranger).ask("hello"))


def test_too_many_wrong_passwords_lead_to_a_pause(house: House) -> None:
    stranger = httpx.Client(base_url=house.url)
    tried = [stranger.post("/login", data={"username": "zoe", "password": "x"}) for _ in range(6)]
    assert [one.status_code for one in tried] == [401] * 5 + [429]
    assert "Wait a minute" in tried[-1].json()["detail"]


def test_the_public_address_is_answered_and_others_are_refused(house: House) -> None:
    def status(**headers: str) -> int:
        return httpx.get(f"{house.url}/auth/config", headers=headers).status_code

    assert status(Host="runs.example.org") == 200
    assert status(Host="runs.example.org", Origin="http://runs.example.org") == 200
    assert status(Origin="http://runs.example.org") == 200
    assert status(Host="runs.example.org", Origin="http://evil.example") == 403
    assert status(Host="runs.example.org.evil") == 421


def test_what_is_annas_is_not_there_for_berta(house: House, kept: dict[str, Any]) -> None:
    berta, anna, thread = person(house, "berta"), kept["anna"], kept["thread"]
    step = next(one for one in kept["found"]["steps"] if one["type"] == "assistant_message")
    assert [one["name"] for one in anna.threads()] == ["How many runs are there?"]
    assert thread not in [one["id"] for one in berta.threads()]
    assert berta.http.get(f"/project/thread/{thread}").status_code == 401
    assert berta.http.put("/project/thread", json={"threadId": thread, "name": "mine"}).status_code == 401
    assert berta.http.request("DELETE", "/project/thread", json={"threadId": thread}).status_code == 401
    feedback = {"feedback": {"forId": step["id"], "value": 0}, "sessionId": berta.session}
    assert berta.http.put("/feedback", json=feedback).status_code == 404
    taken = {"feedbackId": f"{step['id']}-thumb"}
    assert berta.http.request("DELETE", "/feedback", json=taken).status_code == 404
    with pytest.raises(socketio.exceptions.ConnectionError):
        asyncio.run(berta.ask("go on", thread))
    with pytest.raises(socketio.exceptions.ConnectionError):
        asyncio.run(Person(house.url, berta.http, anna.session).ask("go on"))
    action = {"action": {"name": "record", "payload": {}}, "sessionId": anna.session}
    assert berta.http.post("/project/action", json=action).status_code == 404
    assert anna.http.get(f"/project/thread/{thread}").json()["name"] == "How many runs are there?"


def test_uploads_and_elements_are_served_to_their_owner_alone(house: House) -> None:
    berta, anna = person(house, "berta"), person(house, "anna")

    told = asyncio.run(anna.ask("What is wrong with this run?", upload="secret_run.csv"))
    assert "secret_run" in told
    thread = anna.threads()[0]["id"]
    elements = anna.http.get(f"/project/thread/{thread}").json()["elements"]
    log = next(one for one in elements if one["name"] == "secret_run.csv")
    assert anna.http.get(log["url"]).text == SECRET
    assert anna.http.get(log["url"]).headers["content-disposition"].startswith("attachment")
    for one in elements:
        assert berta.http.get(one["url"]).status_code == 404
        assert httpx.get(house.url + one["url"]).status_code == 401
        overwritten = {"element": {**one, "type": "custom", "props": {}}, "sessionId": berta.session}
        assert berta.http.put("/project/element", json=overwritten).status_code == 404
    assert anna.http.get(f"/chat/elements/{thread}/{uuid.uuid4()}").status_code == 404
    assert "secret_run" not in asyncio.run(berta.ask("List all runs"))
    shared = {"threadId": thread, "isShared": True}
    assert anna.http.put("/project/thread/share", json=shared).status_code == 404
    assert httpx.get(f"{house.url}/project/share/{thread}").status_code == 404
    lying = list((house.cache / "runwhy" / "store" / "chat" / "threads" / thread).rglob("secret_run.csv"))
    assert lying
    assert anna.http.request("DELETE", "/project/thread", json={"threadId": thread}).status_code == 200
    assert not (house.cache / "runwhy" / "store" / "chat" / "threads" / thread).exists()
    assert anna.http.get(log["url"]).status_code == 404


def test_what_was_said_without_a_connection_is_shown_when_it_is_back(house: House) -> None:
    berta = person(house, "berta")

    async def back() -> list[str]:
        shown: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        async with berta.connected() as client:
            client.on("resume_thread", lambda thread: shown.set_result([step["output"] for step in thread["steps"]]))
            await client.emit("connection_successful")
            return await asyncio.wait_for(shown, PATIENCE / 1000)

    said = asyncio.run(berta.ask("Which run is best?"))
    assert said in asyncio.run(back())


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_a_wrong_password_is_told_and_a_right_one_lets_in(house: House, chromium: Any, scheme: str, width: int) -> None:
    context = chromium.browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(house.url)
    page.fill("#email", "berta")
    page.fill("#password", "wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("do not belong together").first.wait_for()
    page.screenshot(path=OUTPUT / f"signin-wrong-{scheme}-{width}.png")
    page.fill("#password", PASSWORDS["berta"])
    page.get_by_role("button", name="Sign in").click()
    page.locator("#starters button:not([disabled])").first.wait_for()
    page.screenshot(path=OUTPUT / f"signed-in-{scheme}-{width}.png")
    assert page.locator("li[id^=thread-]", has_text="How many runs").count() == 0
    context.close()
