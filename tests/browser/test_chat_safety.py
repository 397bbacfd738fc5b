"""Nobody talks to the chat from another site, nothing in an answer leads out, and stop stops."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.models.openai_server import KEY, Call, Exchange, OpenAIServer, Reply, Say, Silence
from tests.browser.conftest import PATIENCE, Visit, chat_server

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
SOCKET = "/ws/socket.io/?EIO=4&transport=websocket"


def status(url: str, path: str, headers: dict[str, str], method: str = "GET") -> int:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    connection.request(method, path, headers=headers)
    found = connection.getresponse().status
    connection.close()
    return found


def test_a_websocket_from_another_site_is_refused_and_the_own_one_is_not(server: str) -> None:
    assert status(server, SOCKET, {**HANDSHAKE, "Origin": server}) == 101
    assert status(server, SOCKET, {**HANDSHAKE, "Origin": "http://evil.example"}) == 403
    assert status(server, SOCKET, {**HANDSHAKE, "Origin": "http://localhost:1"}) == 403
    assert status(server, SOCKET, {**HANDSHAKE, "Host": "evil.example", "Origin": "http://evil.example"}) == 403


def test_requests_from_another_site_or_under_another_name_are_refused(server: str) -> None:
    assert status(server, "/auth/config", {}) == 200
    assert status(server, "/auth/config", {"Origin": "http://evil.example"}) == 403
    assert status(server, "/", {"Host": "evil.example"}) == 421
    large = {"Origin": server, "Content-Length": str(1 << 30)}
    assert status(server, "/project/file?session_id=x", large, "POST") == 413


def test_a_page_elsewhere_cannot_open_the_socket(server: str, chromium: Any) -> None:
    page = chromium.new_page()
    page.route("http://evil.example/", lambda route: route.fulfill(body="<p>evil</p>", content_type="text/html"))
    page.goto("http://evil.example/")
    script = """address => new Promise(done => {
        const socket = new WebSocket(address);
        socket.onopen = () => done("open");
        socket.onerror = () => done("refused");
    })"""
    address = server.replace("http:", "ws:") + SOCKET
    assert page.evaluate(script, address) == "refused"
    page.goto(server)
    assert page.evaluate(script, address) == "open"
    page.close()


def evil(exchange: Exchange) -> Reply:
    if not exchange.results:
        return Say(calls=(Call("diagnose", {"run": "7"}),))
    return Say("Look: ![x](http://evil.example/p.png) and [here](http://evil.example/?q=1), http://evil.example/2 too.")


def cut(exchange: Exchange) -> Reply:
    """A connection that breaks in the middle of the answer."""
    if not exchange.results:
        return Say(calls=(Call("diagnose", {"run": "7"}),))
    return Say("Half of an answer, half of an answer, half of an answer.", broken="cut")


def read(exchange: Exchange) -> Reply:
    return Say("That is the log.") if exchange.results else Say(calls=(Call("read_log", {"run": "13"}),))


def silent(exchange: Exchange) -> Reply:
    return Silence() if "forever" in str(exchange.messages[-1]["content"]) else Say("Here I am again.")


def endless(exchange: Exchange) -> Reply:
    """An answer of which the end never comes."""
    if not exchange.results:
        return Say(calls=(Call("diagnose", {"run": "7"}),))
    return Say("Slowly" + ", word by word" * 20, broken="stall")


def told(exchange: Exchange) -> Reply:
    return Say("On Gaudi cards." if "Gaudi cards" in str(exchange.messages) else "Nobody told me.")


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The chat with a language model that says what this test wants."""

    def scenario(exchange: Exchange) -> Reply:
        asked = str([message for message in exchange.messages if message["role"] == "user"][-1]["content"])
        if "diverge" in asked:
            return cut(exchange)
        if "read" in asked:
            return read(exchange)
        if "slowly" in asked:
            return endless(exchange)
        if "hardware" in asked:
            return told(exchange)
        return evil(exchange) if "picture" in asked else silent(exchange)

    with OpenAIServer({"m": scenario}) as model:
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.url, "RUNWHY_MODEL": "openai:m"}
        with chat_server(tmp_path_factory.mktemp("scripted") / "cache", **env) as url:
            yield url


def test_pictures_and_links_in_an_answer_lead_nowhere(scripted: str, visit: Visit) -> None:
    visitor = visit(scripted)
    answer = visitor.ask("show me a picture")
    assert "http://evil.example/?q=1" in answer
    content = visitor.answers.last
    assert content.locator("img").count() == 0
    assert content.locator("a").count() == 0


def test_a_log_cannot_step_out_of_the_result_that_shows_it(scripted: str, visit: Visit, tmp_path: Path) -> None:
    log = tmp_path / "console.log"
    lines = [f"step {step}: train loss {3 / (step + 1):.4f}, lr 0.1" for step in range(60)]
    lines.insert(30, "WARNING: odd\n```\nWARNING: ![x](http://evil.example/p.png) [here](http://evil.example/)\n```")
    log.write_text("\n".join(lines) + "\n")
    visitor = visit(scripted)
    visitor.page.locator("#upload-button-input").set_input_files([log])
    visitor.ask("read it")
    visitor.steps.filter(has_text="Read the log").click()
    result = visitor.page.locator("[data-step-type=tool]").filter(has_text="Read the log")
    result.get_by_text("evil.example").first.wait_for()
    assert result.locator("img").count() == 0
    assert result.locator("a").count() == 0


def test_half_an_answer_gives_way_to_a_whole_one(scripted: str, visit: Visit) -> None:
    visitor = visit(scripted)
    visitor.ask("why did run 7 diverge?")
    shown = "\n".join(visitor.answers.all_inner_texts())
    assert "learning" in shown
    assert "Half of an answer" not in shown
    assert "offline" in shown


def test_stop_stops_and_the_chat_goes_on(scripted: str, visit: Visit) -> None:
    visitor = visit(scripted)
    page = visitor.page
    page.click("#chat-input")
    page.keyboard.type("take forever")
    page.click("#chat-submit")
    page.locator("#stop-button").click()
    started = time.monotonic()
    page.locator("#stop-button").wait_for(state="detached")
    assert time.monotonic() - started < PATIENCE / 2000
    visitor.answers.get_by_text("stopped").wait_for()
    assert re.search("Here I am again", visitor.ask("and now?"))


def test_an_answer_is_read_while_it_is_written_and_stays_when_it_is_stopped(scripted: str, visit: Visit) -> None:
    visitor = visit(scripted, "dark")
    page = visitor.page
    page.click("#chat-input")
    page.keyboard.type("say it slowly")
    page.click("#chat-submit")
    visitor.answers.get_by_text("Slowly").wait_for()
    page.locator("#stop-button").wait_for()
    visitor.shoot("streaming-dark-1280")
    page.locator("#stop-button").click()
    visitor.answers.get_by_text("stopped").wait_for()
    assert visitor.answers.first.inner_text().startswith("Slowly")


def test_what_is_said_about_the_project_reaches_the_model_and_is_kept(scripted: str, visit: Visit) -> None:
    visitor = visit(scripted, "light", 390, 844)
    page = visitor.page
    assert "Nobody told me" in visitor.ask("on what hardware?")
    page.click("#chat-settings-open-modal")
    page.locator("input#hardware").fill("Gaudi cards")
    page.get_by_role("button", name="Confirm").click()
    assert "On Gaudi cards" in visitor.ask("and on what hardware now?")
    visitor.open()
    page.click("#chat-settings-open-modal")
    page.locator("input#hardware").scroll_into_view_if_needed()
    assert page.locator("input#hardware").input_value() == "Gaudi cards"
    visitor.shoot("context-light-390")


def test_nothing_is_left_in_the_folder_it_was_started_from(
    server: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = Path(tmp_path_factory.getbasetemp()) / "chat0" / "cache"
    # The caches of runwhy and of matplotlib, which draws reports, are here because XDG_CACHE_HOME says so.
    assert {path.name for path in folder.iterdir()} <= {"errors", "runwhy", "matplotlib"}
