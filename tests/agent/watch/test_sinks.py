"""Events reach a webhook, Slack, a command and a stop file, each over its real way."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agent.slack.sink import SlackBot, SlackHook, told
from agent.watch import WatchEvent
from agent.watch.events import TO_BE_TOLD
from agent.watch.sinks import Outlets, Unreachable
from agent.watch.sinks.command import Command
from agent.watch.sinks.stop import StopCommand, StopFile
from agent.watch.sinks.webhook import SIGNATURE, TIMESTAMP, Webhook
from tests.slack.limits import complaints
from tools.errors import ToolError
from tools.records import Evidence

EVENT = WatchEvent(
    *("found", 1e9, "run-7", "run-7", 7, "/logs/run-7"),
    finding="nan_loss",
    severity="critical",
    confidence=0.97,
    metric="loss",
    onset_step=412,
    summary="loss is NaN from step 412 on.",
    evidence=(Evidence("loss", 412.0, float("nan")),),
    fix="Clip gradients.",
)
CERTAIN = replace(EVENT, kind="certain")


@dataclass
class Server:
    """Keeps what is posted to it; answers with these statuses, then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    posted: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    kept = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.posted.append((self.path, dict(self.headers), body))
            self.send_response(kept.statuses.pop(0) if kept.statuses else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"ok": true, "ts": "1.0"}' if "/api/" in self.path else b"ok")

        def log_message(self, format: str, *args: object) -> None:
            return

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield kept
    listening.shutdown()
    listening.server_close()


async def test_a_webhook_gets_the_event_as_signed_json(server: Server) -> None:
    await Webhook(f"{server.url}/hook", "a secret").send(EVENT)
    ((path, headers, body),) = server.posted
    event = json.loads(body)
    assert (path, event["kind"], event["finding"], event["onset_step"]) == ("/hook", "found", "nan_loss", 412)
    assert event["evidence"] == [{"metric": "loss", "step": 412, "value": "NaN"}]
    signed = hmac.new(b"a secret", f"{headers[TIMESTAMP]}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"sha256={signed}"


async def test_a_webhook_is_tried_again_while_its_server_is_down(server: Server) -> None:
    server.statuses = [503, 429]
    await Webhook(server.url, pause=0.01).send(EVENT)
    assert len(server.posted) == 3


async def test_a_webhook_that_refuses_is_not_tried_again(server: Server) -> None:
    server.statuses = [403]
    with pytest.raises(ToolError, match="403"):
        await Webhook(server.url, pause=0.01).send(EVENT)
    assert len(server.posted) == 1


async def test_an_incoming_webhook_of_slack_gets_blocks(server: Server) -> None:
    await SlackHook(f"{server.url}/services/T/B/x").send(EVENT)
    message = json.loads(server.posted[0][2])
    assert "run-7: found nan" in message["text"]
    assert message["blocks"][0]["text"]["text"].startswith(":red_circle: *run-7: found nan_loss")
    assert [one["type"] for one in message["blocks"]] == ["section", "context", "section"]
    assert not {"started", "certain"} & SlackHook.kinds


async def test_a_bot_writes_to_its_channel(server: Server) -> None:
    await SlackBot("xoxb-test", "#training", f"{server.url}/api/").send(EVENT)
    path, headers, body = server.posted[0]
    assert path == "/api/chat.postMessage"
    assert headers["Authorization"] == "Bearer xoxb-test"
    assert b"training" in body


def test_the_name_of_a_run_calls_nobody_in_slack() -> None:
    named = replace(EVENT, label="<!channel> *run* <http://evil|x> :fire:", summary="a <@U1> & `b`")
    message = told(named)
    text = json.dumps([message.text, *message.blocks], ensure_ascii=False)
    assert not any(mark in text for mark in ("<!", "<@", "<http"))
    assert " :fire:" not in str(message.blocks)
    assert "`*run*`" in text
    assert complaints(message.blocks) == []


def kept_by(folder: Path, what: str) -> str:
    """A command that writes an expression over `event` and `os.environ` to a file."""
    code = f"import json, os, sys; event = json.load(sys.stdin); open({str(folder / 'kept')!r}, 'a').write({what})"
    return f"{sys.executable} -c {json.dumps(code)}"


async def test_a_command_gets_the_event_on_stdin_and_in_its_environment(tmp_path: Path) -> None:
    await Command(kept_by(tmp_path, "event['finding'] + os.environ['RUNWHY_SEVERITY']")).send(EVENT)
    assert (tmp_path / "kept").read_text() == "nan_losscritical"


async def test_the_name_of_a_run_is_no_command(tmp_path: Path) -> None:
    named = replace(EVENT, label=f"$(touch {tmp_path}/owned); touch {tmp_path}/owned\0")
    await Command(kept_by(tmp_path, "os.environ['RUNWHY_RUN']")).send(named)
    assert not (tmp_path / "owned").exists()
    assert (tmp_path / "kept").read_text().startswith("$(touch")


async def test_a_command_that_hangs_is_ended() -> None:
    with pytest.raises(ToolError, match="longer than"):
        await Command(f"{sys.executable} -c 'import time; time.sleep(60)'", seconds=0.2).send(EVENT)


async def test_a_command_that_fails_or_is_not_there_is_told() -> None:
    with pytest.raises(ToolError, match="status 3"):
        await Command(f"{sys.executable} -c 'raise SystemExit(3)'").send(EVENT)
    with pytest.raises(ToolError, match="cannot be run"):
        await Command("/no/such/command").send(EVENT)
    with pytest.raises(ToolError, match="cannot be read"):
        Command("echo 'half")


async def test_a_stop_file_is_named_by_the_run_and_lies_where_it_should(tmp_path: Path) -> None:
    await StopFile(str(tmp_path / "stop-{run}")).send(replace(CERTAIN, label="../run 7"))
    assert [file.name for file in tmp_path.iterdir()] == ["stop-__run_7"]


async def test_a_finding_is_told_and_only_what_is_certain_stops(tmp_path: Path) -> None:
    outlets = Outlets([Command(kept_by(tmp_path, "event['kind'] + ' '")), StopFile(str(tmp_path / "stop-{run}"))])
    outlets.put(EVENT)
    outlets.put(replace(CERTAIN, label="run-8"))
    await outlets.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["kept", "stop-run-8"]
    assert (tmp_path / "kept").read_text() == "found "


async def test_a_stop_command_is_run_once_for_a_run(tmp_path: Path) -> None:
    stop = StopCommand(kept_by(tmp_path, "'stop '"))
    for event in (CERTAIN, replace(CERTAIN, finding="divergence")):
        await stop.send(event)
    assert (tmp_path / "kept").read_text() == "stop "


async def test_a_stop_command_is_run_for_each_run_of_one_log(tmp_path: Path) -> None:
    stop = StopCommand(kept_by(tmp_path, "event['run'] + ' '"))
    for event in (CERTAIN, replace(CERTAIN, run="run-8", label="run-8")):
        await stop.send(event)
    assert (tmp_path / "kept").read_text() == "run-7 run-8 "


async def test_a_stop_command_that_failed_is_tried_again(tmp_path: Path) -> None:
    file = tmp_path / "stopped"
    file.touch()
    stop = StopCommand(f"mkdir {file}")
    with pytest.raises(Unreachable, match="status 1"):
        await stop.send(CERTAIN)
    file.unlink()
    await stop.send(CERTAIN)
    assert file.exists()


async def test_what_nobody_takes_for_now_is_tried_again_in_order_until_it_is_taken(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.statuses = [503] * 10
    outlets = Outlets([Webhook(server.url, pause=0.0)], pause=0.01)
    for finding in ("nan_loss", "divergence"):
        outlets.put(replace(EVENT, finding=finding))
    while len(server.posted) < 12:
        await asyncio.sleep(0.01)
    await outlets.close()
    assert [json.loads(body)["finding"] for _, _, body in server.posted[10:]] == ["nan_loss", "divergence"]
    assert outlets.failures == 0
    assert "It is tried again for a day." in caplog.text
    assert "events are taken again" in caplog.text


async def test_what_could_not_be_sent_when_the_watcher_ends_is_tried_a_last_time_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Away:
        name, kinds = "away", TO_BE_TOLD
        tries = 0

        async def send(self, event: WatchEvent) -> None:
            self.tries += 1
            raise Unreachable("no network")

    away = Away()
    outlets = Outlets([away], pause=60)
    for _ in range(2):
        outlets.put(EVENT)
    await asyncio.sleep(0.01)
    assert away.tries == 1
    await outlets.close()
    assert (away.tries, outlets.failures) == (3, 2)
    assert "2 events could not be handed on" in caplog.text


async def test_slack_that_is_busy_or_away_is_tried_again_and_one_that_refuses_is_not(server: Server) -> None:
    for status, error in ((503, Unreachable), (404, ToolError)):
        server.statuses = [status]
        with pytest.raises(error):
            await SlackHook(f"{server.url}/services/T/B/x").send(EVENT)
    with pytest.raises(Unreachable):
        await SlackHook("http://127.0.0.1:9/x").send(EVENT)


async def test_a_sink_that_fails_or_is_slow_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        name, kinds = "broken", TO_BE_TOLD

        async def send(self, event: WatchEvent) -> None:
            raise RuntimeError("no way with hf_abcdefghijklmnopqrstuvwxyz0123")

    class Kept:
        name, kinds = "kept", TO_BE_TOLD

        def __init__(self) -> None:
            self.events: list[WatchEvent] = []

        async def send(self, event: WatchEvent) -> None:
            await asyncio.sleep(0.01)
            self.events.append(event)

    kept = Kept()
    outlets = Outlets([Broken(), kept])
    for _ in range(3):
        outlets.put(EVENT)
    await outlets.close()
    assert len(kept.events) == outlets.failures == 3
    assert "broken: RuntimeError" in caplog.text
    assert "hf_abc" not in caplog.text
