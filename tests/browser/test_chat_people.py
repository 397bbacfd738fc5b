"""Several people share one chat: each signs in, and what is another's cannot be seen, opened, changed or guessed."""

from __future__ import annotations

import asyncio
import http.client
import re
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


def test_scripts_come_compressed_to_those_who_are_elsewhere_and_are_kept_by_browsers(house: House) -> None:
    script = re.search(r"/assets/index-[\w-]+\.js", httpx.get(f"{house.url}/login").text)
    assert script is not None
    small = httpx.get(house.url + script[0])
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(small.content) / 3
    assert "immutable" in small.headers["cache-control"]
    assert httpx.get(house.url + script[0], headers={"Accept-Encoding": "identity"}).content == small.content
    assert httpx.get(f"{house.url}/assets/nothing.js").status_code == 404


ODD_PATHS = (
    "/public/../chainlit_en-US.md",
    "/public/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%2f..%2f..%2fetc/passwd",
    "/avatars/..%2f..%2fetc",
    "/project/translations?language=../../../../etc/passwd",
    "/project/file/..%2f..%2fetc%2fpasswd?session_id=x",
    "/project/thread/..%2f..%2fx",
    "/chat/elements/..%2f..%2fhistory.db/x",
    "/chat/elements/%2e%2e/history.db",
    "/project/settings?language=../x",
    "/nothing/here",
)


def test_no_path_leads_out_and_every_answer_carries_the_policy_and_nothing_from_inside(house: House) -> None:
    anna = person(house, "anna")
    cookie = "; ".join(f"{name}={value}" for name, value in anna.http.cookies.items())
    for path in (*ODD_PATHS, "/", "/auth/config", "/user", "/health", "/login"):
        found = raw(house.url, path, {"Cookie": cookie, "Origin": house.url})
        assert "default-src 'self'" in found.headers["content-security-policy"]
        assert found.headers["x-content-type-options"] == "nosniff"
        for inside in ("Traceback", "root:x:", "site-packages", str(house.cache), "SQLite format"):
            assert inside not in found.text
    foreign = raw(house.url, "/", {"Host": "evil.example"})
    assert foreign.status_code == 421
    assert "default-src 'self'" in foreign.headers["content-security-policy"]
    broken = anna.http.post("/project/threads", content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 422
    assert "Traceback" not in broken.text


def raw(url: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """The answer to a path as it stands: httpx itself would tidy it up."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    connection.request("GET", path, headers=headers)
    found = connection.getresponse()
    response = httpx.Response(found.status, headers=found.getheaders(), content=found.read())
    connection.close()
    return response


def test_an_upload_is_handed_out_as_a_file_to_its_page_alone_and_there_are_only_so_many(house: House) -> None:
    anna, berta = person(house, "anna"), person(house, "berta")

    drawing = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"

    def sent(who: Person, name: str, kind: str) -> httpx.Response:
        file = {"file": (name, drawing, kind)}
        return who.http.post("/project/file", params={"session_id": anna.session}, files=file)

    async def uploaded() -> None:
        async with anna.at() as page:
            for name, kind in (("../../x.svg", "image/svg+xml"), ("page.html", "text/html")):
                id = (await asyncio.to_thread(sent, anna, name, kind)).json()["id"]
                where = f"/project/file/{id}?session_id={anna.session}"
                got = await asyncio.to_thread(anna.http.get, where)
                assert got.text == drawing
                assert got.headers["content-disposition"].startswith("attachment")
                assert (await asyncio.to_thread(berta.http.get, where)).status_code == 404
                assert (await asyncio.to_thread(httpx.get, house.url + where)).status_code == 401
            await page.answered("what is this?", [id])
            await page.told("no training log by its ending")
            assert (await asyncio.to_thread(sent, berta, "a.csv", "text/csv")).status_code == 404

    asyncio.run(uploaded())


def test_a_conversation_whose_name_is_a_path_is_none(house: House) -> None:
    async def asked() -> str:
        async with person(house, "berta").at("../../../etc") as page:
            return await page.answered("Which run is best?")

    assert "no conversation" in asyncio.run(asked())


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
    if width > 1000:
        page.locator("li[id^=thread-]").or_(page.get_by_text("No conversations")).first.wait_for()
        assert page.locator("li[id^=thread-]", has_text="How many runs").count() == 0
    page.locator("#user-nav-button").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.locator("#password").wait_for()
    page.goto(house.url)
    page.locator("#password").wait_for()
    context.close()
