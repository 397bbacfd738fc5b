"""What Slack refuses, limits or breaks off: signatures, rate limits, permissions, crashes, files of other places."""

from __future__ import annotations

import asyncio
import io
import re
import time
import zipfile
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from agent.chat import Desk
from agent.events import Turn
from agent.loading import Workspace
from agent.settings import Settings
from agent.slack.access import Access
from agent.slack.answers import About, written
from agent.slack.kit import Message, section
from agent.slack.line import Line, Picture, Refused, is_of
from agent.slack.memory import DAY, Memory, Open
from agent.slack.placeholder import give_up
from agent.slack.serve import who_we_are
from agent.slack_settings import SlackSettings
from tests.servers.slack_server import APP_TOKEN, BOT_TOKEN, CHANNEL, ELSEWHERE, ME, Slack, deliver, signed
from tests.slack.conftest import over_http, settings_for, until
from tests.slack.test_relay import RATE, WHAT, WHY, answers, ask
from tools.errors import ToolError

WORDS = Message("x", (section("x"),))
CSV = b"step,train_loss\n" + b"".join(b"%d,%f\n" % (n, 2 / (n + 1)) for n in range(200))


async def test_what_is_signed_by_somebody_else_or_long_ago_is_refused(slack: Slack, relay: httpx.AsyncClient) -> None:
    body = slack.message(WHAT)
    assert (await deliver(relay, body, secret="other")).status_code == 401
    assert (await deliver(relay, body, age=301)).status_code == 401
    assert (await deliver(relay, body, age=-301)).status_code == 401
    content, headers = signed(body)
    assert (await relay.post("/slack/events", content=content + b" ", headers=headers)).status_code == 401
    assert (await relay.post("/slack/events", content=content)).status_code == 401
    assert (await relay.post("/slack/events", content=b"\xff\xfe", headers=headers)).status_code == 400
    assert (await relay.post("/slack/events", content=b"x" * (2 << 20), headers=headers)).status_code == 413
    smuggled = urlencode({**slack.command("runs"), "ssl_check": "1"}).encode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    await relay.post("/slack/events", content=smuggled, headers=form)
    assert (await deliver(relay, body, age=200)).status_code == 200
    await until(lambda: answers(slack))
    assert len(slack.posts) == 1
    assert slack.whispers == slack.responses == []


async def test_commands_and_buttons_come_as_forms(slack: Slack, relay: httpx.AsyncClient) -> None:
    await deliver(relay, slack.command("help"), form="form")
    await until(lambda: slack.whispers)
    answer = await ask(slack, relay, slack.message(RATE))
    await deliver(relay, slack.click(answer, answer.button("runwhy_evidence")), form="payload")
    await until(lambda: len(slack.whispers) == 2)


async def test_where_slack_wants_less_we_wait_as_long_as_it_says(slack: Slack) -> None:
    slack.busy["chat.postMessage"], slack.busy["upload"], slack.members = [1], [1], {CHANNEL, ELSEWHERE}
    line = Line(BOT_TOKEN, slack.url, 0)
    picture = Picture("a.png", b"x", "A")
    await asyncio.gather(line.post(CHANNEL, WORDS), line.hand_out(ELSEWHERE, "", [picture]))
    for method in ("chat.postMessage", "upload"):
        first, second = (at for name, at in slack.calls if name == method)
        assert second - first >= 1
    assert len(slack.posts) == len(slack.uploads) == 1


async def test_an_edit_that_slack_refuses_for_now_is_left_out_and_the_answer_comes(
    slack: Slack, relay: httpx.AsyncClient
) -> None:
    slack.busy["chat.update"] = [1]
    answer = await ask(slack, relay, slack.message(RATE))
    assert "0.4" in answer.shown
    assert slack.count("chat.update") <= 5


async def test_posts_in_a_channel_keep_their_distance(slack: Slack) -> None:
    line = Line(BOT_TOKEN, slack.url, post_seconds=0.2)
    await asyncio.gather(*(line.post(CHANNEL, WORDS) for _ in range(3)))
    times = [at for name, at in slack.calls if name == "chat.postMessage"]
    assert times[2] - times[0] >= 0.4


async def test_a_refusal_names_what_to_do(slack: Slack) -> None:
    line = Line(BOT_TOKEN, slack.url, 0)
    with pytest.raises(Refused, match="/invite @runwhy"):
        await line.post("C9OTHER", WORDS)
    slack.refusals["chat.postMessage"] = {"error": "missing_scope", "needed": "chat:write"}
    with pytest.raises(Refused, match=r"permission chat:write.*--manifest"):
        await line.post(CHANNEL, WORDS)
    with pytest.raises(Refused, match="SLACK_BOT_TOKEN"):
        await who_we_are(Line("xoxb-wrong", slack.url))
    with pytest.raises(ToolError, match="cannot be reached"):
        await who_we_are(Line(BOT_TOKEN, "http://127.0.0.1:9/api/"))


async def test_blocks_that_slack_does_not_know_are_left_out(slack: Slack) -> None:
    odd = Message("the text", (section("the text"), {"type": "hologram"}))
    await Line(BOT_TOKEN, slack.url, 0).post(CHANNEL, odd)
    assert slack.posts[0].shown == "the text"
    assert slack.count("chat.postMessage") == 2


async def test_an_answer_whose_plot_is_refused_says_so(slack: Slack, relay: httpx.AsyncClient) -> None:
    slack.refusals["files.getUploadURLExternal"] = {"error": "missing_scope", "needed": "files:write"}
    await ask(slack, relay, slack.message(WHY))
    await until(lambda: len(slack.posts) == 2)
    assert "files:write" in slack.posts[1].shown


async def test_an_answer_whose_placeholder_was_deleted_is_posted_anew(slack: Slack, relay: httpx.AsyncClient) -> None:
    def delete(method: str, body: object) -> None:
        if method == "chat.update":
            slack.before_answer = None
            slack.messages.clear()

    slack.before_answer = delete
    answer = await ask(slack, relay, slack.message(RATE))
    assert "0.4" in answer.shown
    # Nobody can press a button before the relay has heard from Slack what its message is called; a test can.
    await asyncio.sleep(0.3)
    await deliver(relay, slack.click(answer, answer.button("runwhy_evidence")))
    await until(lambda: slack.whispers)
    assert "e203  run-7" in str(slack.whispers)


async def test_an_answer_waits_where_slack_cannot_take_it_for_now(
    slack: Slack, relay: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.slack.placeholder.PAUSES", (0.05,) * 100)
    slack.refusals["chat.update"] = {"error": "internal_error"}
    await deliver(relay, slack.message(RATE))
    await until(lambda: slack.count("chat.update") > 4)
    slack.refusals.clear()
    await until(lambda: answers(slack))
    assert "0.4" in answers(slack)[0].shown


async def test_an_answer_longer_than_a_few_messages_goes_on_in_a_file() -> None:
    long = Turn("q", "\n\n".join(f"Paragraph {n} " + "word " * 400 for n in range(40)), "offline", True)
    parts, (file,) = written(long, (), About(None, 1, (), ""))
    assert len(parts) == 4
    assert file.name == "answer.md"
    assert b"Paragraph 39" in file.content
    short = Turn("q", "Yes.", "offline", True)
    (only,), none = written(short, ("*note* <!here>",), About(None, 1, (), ""))
    assert none == ()
    assert "&lt;!here&gt;" in str(only.blocks)


async def test_a_connection_that_breaks_leaves_the_placeholder_for_the_next_relay(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.opened(Open(CHANNEL, "1.0", "", "why?"))
    gone = Line(BOT_TOKEN, "http://127.0.0.1:9/api/", 0)
    assert await gone.try_edit(CHANNEL, "1.0", WORDS) > 0
    await give_up(gone, memory, memory.still_open()[0], "x")
    assert len(memory.still_open()) == 1
    memory.close()


async def test_a_crash_in_the_middle_leaves_a_sentence_and_a_reference(
    slack: Slack, relay: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Desk, text: str) -> None:
        raise KeyError("secret/path")

    monkeypatch.setattr(Desk, "ask", broken)
    await deliver(relay, slack.message(WHAT))
    await until(lambda: slack.posts and "went wrong" in slack.posts[0].shown)
    assert "secret" not in slack.posts[0].shown
    reference = re.search(r"under ([0-9a-f]{8})", slack.posts[0].shown)
    assert reference
    assert reference[1] in caplog.text
    assert slack.posts[0].actions == ["runwhy_again"]


async def test_where_not_even_a_refusal_can_be_said_the_log_has_a_line_of_it(
    slack: Slack, relay: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await deliver(relay, slack.message(WHAT, channel=ELSEWHERE))
    await until(lambda: "an event could not be answered: I am not in that channel." in caplog.text)
    assert "Traceback" not in caplog.text


async def test_a_relay_that_is_switched_off_says_so_in_what_it_leaves(
    slack: Slack, samples: Workspace, tmp_path: Path
) -> None:
    settings = settings_for(slack, tmp_path)
    async with over_http(samples, settings) as relay:
        await deliver(relay, slack.message(WHAT))
        await until(lambda: slack.posts)
    assert "switched off before" in slack.posts[0].shown or answers(slack)


async def test_a_log_dropped_into_the_channel_becomes_a_run_of_its_thread(
    slack: Slack, relay: httpx.AsyncClient
) -> None:
    body = slack.message("", subtype="file_share", files=[slack.drop("mine.csv", CSV), slack.drop("cat.png", b"x")])
    answer = await ask(slack, relay, body)
    thread = body["event"]["ts"]
    assert "Read *mine* as *run" in slack.in_thread(thread)[1].shown or "Read *mine*" in str(slack.in_thread(thread))
    assert "cat.png: no training log by its ending" in str([one.shown for one in slack.posts])
    assert answer.thread == thread
    other = await ask(slack, relay, slack.message(f"<@{ME}> which runs are there?"))
    assert "mine" not in other.shown


async def test_a_zip_is_unpacked_with_care(slack: Slack, relay: httpx.AsyncClient) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../escaped.csv", CSV)
        archive.writestr("inside/log.csv", CSV)
    files = [slack.drop("two.zip", packed.getvalue())]
    await deliver(relay, slack.message(f"<@{ME}>", subtype="file_share", files=files))
    await until(lambda: any("Read *" in one.shown for one in slack.posts))
    said = "\n".join(one.shown for one in slack.posts)
    assert "inside" in said or "log" in said
    assert not list(Path("/").glob("escaped.csv"))


async def test_pictures_between_people_are_none_of_our_business(slack: Slack, relay: httpx.AsyncClient) -> None:
    await deliver(relay, slack.message("look", subtype="file_share", files=[slack.drop("cat.png", b"x")]))
    await ask(slack, relay, slack.message(WHAT))
    assert len(slack.posts) == 1


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("big.csv", {}, "larger than"),
        ("far.csv", {"url_private_download": "http://169.254.169.254/latest/far.csv"}, "other places are not fetched"),
        ("far.csv", {"url_private_download": ""}, "other places are not fetched"),
        ("gone.csv", {"url_private_download": "{origin}/nowhere"}, "does not hand it out (404)"),
        ("empty.csv", {}, "it is empty"),
    ],
)
async def test_files_that_are_not_taken_are_told(
    slack: Slack, relay: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, name: str, more: dict[str, str], said: str
) -> None:
    monkeypatch.setattr("agent.slack.files.MAX_BYTES", 1000)
    content = {"big.csv": b"x" * 2000, "empty.csv": b""}.get(name, CSV)
    more = {key: value.format(origin=slack.origin) for key, value in more.items()}
    await deliver(relay, slack.message(f"<@{ME}>", subtype="file_share", files=[slack.drop(name, content, **more)]))
    await until(lambda: slack.posts and said in slack.posts[0].shown)


async def test_a_sign_in_page_is_no_log(slack: Slack, tmp_path: Path) -> None:
    from agent.slack.files import dropped, fetched

    line = Line("xoxb-without-files-read", slack.url)
    async with fetched(line.client, dropped([slack.drop("a.csv", CSV)])) as arrived:
        assert arrived.uploads == ()
        assert "files:read" in arrived.refused[0]


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.csv", True),
        ("https://slack.com/files/a.csv", True),
        ("http://files.slack.com/a.csv", False),
        ("https://files.slack.com.evil.example/a.csv", False),
        ("https://evilslack.com/a.csv", False),
        ("https://files.slack.com@evil.example/a.csv", False),
        ("https://user:pw@files.slack.com/a.csv", False),
        ("https://files.slack.com:8443/a.csv", False),
        ("https://evil.example\\@files.slack.com/a.csv", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_the_token_goes_to_slack_alone(url: str, ours: bool) -> None:
    assert is_of(url, "https://slack.com/api/") is ours


def test_a_relay_that_nobody_may_use_does_not_start() -> None:
    with pytest.raises(ToolError, match=r"Nobody may use.*allowed_channels.*RUNWHY_SLACK_USERS"):
        Access(SlackSettings())


def test_two_relays_do_not_share_a_memory(tmp_path: Path) -> None:
    first = Memory(tmp_path)
    with pytest.raises(ToolError, match="Another relay"):
        Memory(tmp_path)
    first.opened(Open("C1", "1.0", "", "why?"))
    first.close()
    again = Memory(tmp_path)
    assert [one.question for one in again.still_open()] == ["why?"]
    again.close()


def test_events_are_remembered_for_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(tmp_path)
    now = 1_000_000.0
    monkeypatch.setattr("agent.slack.memory.time.time", lambda: now)
    assert memory.is_new("Ev1")
    now += 3500
    assert not memory.is_new("Ev1")
    now += 200
    assert memory.is_new("Ev1")
    memory.close()


def test_what_is_three_months_old_is_forgotten_while_the_relay_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(tmp_path)
    now = time.time()
    old, young = f"{now:.6f}", f"{now + 80 * DAY:.6f}"
    for thread in (old, young):
        memory.joined(CHANNEL, thread, "")
        memory.keep(CHANNEL, thread, thread, {})
    monkeypatch.setattr("agent.slack.memory.time.time", lambda: now + 100 * DAY)
    memory.is_new("Ev1")
    assert [memory.takes_part(CHANNEL, thread, "U1") for thread in (old, young)] == [False, True]
    assert memory.known(CHANNEL, old) is None
    memory.close()


def test_tokens_are_shown_nowhere(slack: Slack, tmp_path: Path) -> None:
    shown = repr(settings_for(slack, tmp_path))
    assert not any(secret in shown for secret in (BOT_TOKEN, APP_TOKEN, "s3cret"))
    assert Settings(store_dir=tmp_path).slack.allowed_channels == ()
