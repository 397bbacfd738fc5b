"""A Slack of our own: Web API, files and socket mode over real HTTP and a real websocket, in a thread.

It enforces what Slack documents (limits of blocks and texts, membership, scopes, tokens), can be told to be busy or to
refuse, and can cut the websocket. `Slack` is what tests look at and what they say in it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import socket
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.slack.limits import complaints

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-test-0123456789", "xapp-test-0123456789", "s3cret"
ME, TEAM, CHANNEL, ELSEWHERE, ANNA, EVE = "UBOT", "TEAM1", "C0TRAIN", "C0ELSE", "UANNA", "UEVE"
DIRECT = "DANNA"
Json = dict[str, Any]
WRITES = ("chat.postMessage", "chat.update", "chat.postEphemeral")


@dataclass
class Posted:
    """A message as the channel shows it now, with everything that it has shown before."""

    channel: str
    ts: str
    thread: str
    body: Json
    before: list[Json] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """All text in it."""
        return "\n".join(_texts(self.body.get("blocks") or []))

    def button(self, action: str) -> Json:
        """The element with this action."""
        found = [e for block in self.body["blocks"] for e in [*block.get("elements", []), block.get("accessory", {})]]
        return next(e for e in found if e.get("action_id") == action)

    @property
    def actions(self) -> list[str]:
        """What can be clicked."""
        found = [e for block in self.body["blocks"] for e in [*block.get("elements", []), block.get("accessory", {})]]
        return [e["action_id"] for e in found if "action_id" in e]


@dataclass
class Uploaded:
    """A file that was handed out."""

    name: str
    alt: str
    content: bytes = b""
    channel: str = ""
    thread: str = ""


class Slack:
    """The workspace. Used as a context manager; `url` is the api_url of the settings."""

    def __init__(self) -> None:
        self.messages: dict[str, Posted] = {}
        self.whispers: list[Json] = []
        self.homes: dict[str, Json] = {}
        self.uploads: dict[str, Uploaded] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.calls: list[tuple[str, float]] = []
        self.busy: defaultdict[str, list[int]] = defaultdict(list)
        self.refusals: dict[str, Json] = {}
        self.responses: list[Json] = []
        self.receipts: list[Json] = []
        self.sockets: list[WebSocket] = []
        self.connections = 0
        self.members = {CHANNEL}
        self.before_answer: Callable[[str, Json], None] | None = None
        self._numbers = itertools.count(int(time.time()))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.url = f"{self.origin}/api/"
        routes = [
            Route("/api/{method}", self._api, methods=["POST"]),
            Route("/upload/{id}", self._upload, methods=["POST"]),
            Route("/files/{id}", self._file),
            Route("/respond/{id}", self._respond, methods=["POST"]),
            WebSocketRoute("/socket", self._websocket),
        ]
        config = uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None

    def _run(self) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await self._server.serve([self._socket])

        asyncio.run(serve())

    def __enter__(self) -> Slack:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def clear(self) -> None:
        """An empty workspace again, on the same port."""
        for kept in (self.messages, self.homes, self.uploads, self.files, self.busy, self.refusals):
            kept.clear()
        for listed in (self.whispers, self.calls, self.responses, self.receipts):
            listed.clear()
        self.members, self.before_answer = {CHANNEL}, None

    # What tests look at.

    def in_thread(self, thread: str) -> list[Posted]:
        """Messages of a thread, oldest first."""
        return [one for one in self.messages.values() if one.thread == thread or one.ts == thread]

    @property
    def posts(self) -> list[Posted]:
        """All messages of ours, oldest first."""
        return list(self.messages.values())

    def count(self, method: str) -> int:
        """How often a method was called."""
        return sum(1 for name, _ in self.calls if name == method)

    # What tests say in it.

    def ts(self) -> str:
        """A fresh timestamp, as Slack's."""
        return f"{next(self._numbers)}.000100"

    def event(self, event: Json, event_id: str = "") -> Json:
        """The body of the Events API around an event."""
        return {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": "A1",
            "event": event,
            "event_id": event_id or f"Ev{uuid.uuid4().hex}",
            "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": ME, "is_bot": True}],
        }

    def message(self, text: str, channel: str = CHANNEL, user: str = ANNA, thread: str = "", **more: Any) -> Json:
        """Somebody writes something; a mention where it names us."""
        mention = f"<@{ME}>" in text and not channel.startswith("D")
        event = {"type": "app_mention" if mention else "message", "channel": channel, "user": user, "text": text}
        event |= {"ts": self.ts(), "team": TEAM, **({"thread_ts": thread} if thread else {}), **more}
        return self.event(event)

    def command(self, text: str, channel: str = CHANNEL, user: str = ANNA) -> Json:
        """Somebody types /runwhy."""
        key = uuid.uuid4().hex
        return {
            "command": "/runwhy", "text": text, "channel_id": channel, "user_id": user, "team_id": TEAM,
            "trigger_id": key, "response_url": f"{self.origin}/respond/{key}", "api_app_id": "A1",
        }  # fmt: skip

    def click(self, posted: Posted | None, action: Json, user: str = ANNA, value: str = "") -> Json:
        """Somebody presses a button of a message, or of the home tab."""
        key = uuid.uuid4().hex
        pressed = {**action, **({"selected_option": {"value": value}} if action["type"] == "overflow" else {})}
        pressed |= {"value": value} if value and action["type"] != "overflow" else {}
        body: Json = {
            "type": "block_actions", "user": {"id": user, "team_id": TEAM}, "team": {"id": TEAM}, "trigger_id": key,
            "response_url": f"{self.origin}/respond/{key}", "actions": [{"block_id": "b", **pressed}],
            "container": {"type": "view"},
        }  # fmt: skip
        if posted is not None:
            place = {"type": "message", "message_ts": posted.ts, "channel_id": posted.channel}
            thread = {"thread_ts": posted.thread} if posted.thread else {}
            body |= {"container": {**place, **thread}, "channel": {"id": posted.channel}, "message": {**thread}}
        return body

    def drop(self, name: str, content: bytes, **more: Any) -> Json:
        """A file in the workspace, as a message tells of it."""
        id = f"F{next(self._numbers)}"
        self.files[id] = (name, content)
        return {"id": id, "name": name, "size": 3, "url_private_download": f"{self.origin}/files/{id}", **more}

    def push(self, kind: str, payload: Json, envelope: str = "", **more: Any) -> str:
        """Send an envelope over the websocket; returns its id."""
        envelope = envelope or uuid.uuid4().hex
        text = json.dumps({"type": kind, "envelope_id": envelope, "payload": payload, **more})
        self._on_loop(self.sockets[-1].send_text(text))
        return envelope

    def cut(self) -> None:
        """Break the websocket without a word."""
        self._on_loop(self.sockets[-1].close(1011))

    def _on_loop(self, coroutine: Any) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(5)

    # The Web API.

    async def _api(self, request: Request) -> Response:
        method = request.path_params["method"]
        body = await _body(request)
        self.calls.append((method, time.monotonic()))
        if self.before_answer is not None:
            self.before_answer(method, body)
        if self.busy[method]:
            return _busy(self.busy[method].pop(0))
        if method in self.refusals:
            return JSONResponse({"ok": False, **self.refusals[method]})
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if request.headers.get("authorization") != f"Bearer {wanted}":
            return JSONResponse({"ok": False, "error": "invalid_auth"})
        try:
            return JSONResponse({"ok": True, **self._does[method](self, body)})
        except Wrong as wrong:
            return JSONResponse({"ok": False, "error": wrong.args[0]})

    def _post(self, body: Json) -> Json:
        self._check(body)
        ts = self.ts()
        self.messages[ts] = Posted(body["channel"], ts, body.get("thread_ts", ""), body)
        return {"ts": ts, "channel": body["channel"]}

    def _update(self, body: Json) -> Json:
        self._check(body)
        posted = self.messages.get(body["ts"])
        if posted is None:
            raise Wrong("message_not_found")
        posted.before.append(posted.body)
        posted.body = body
        return {"ts": body["ts"], "channel": body["channel"]}

    def _whisper(self, body: Json) -> Json:
        self._check(body)
        self.whispers.append(body)
        return {"message_ts": self.ts()}

    def _check(self, body: Json) -> None:
        if not body["channel"].startswith("D") and body["channel"] not in self.members:
            raise Wrong("not_in_channel")
        if len(body["text"]) > 40_000:
            raise Wrong("msg_too_long")
        if not body["text"] and not body.get("blocks"):
            raise Wrong("no_text")
        if complaints(body.get("blocks") or []):
            raise Wrong("invalid_blocks")

    def _home(self, body: Json) -> Json:
        view = body["view"] if isinstance(body["view"], dict) else json.loads(body["view"])
        if complaints(view["blocks"], 100):
            raise Wrong("invalid_arguments")
        self.homes[body["user_id"]] = view
        return {"view": {}}

    def _upload_url(self, body: Json) -> Json:
        if len(body.get("alt_txt") or "") > 1000:
            raise Wrong("alt_txt_too_large")
        id = f"F{next(self._numbers)}"
        self.uploads[id] = Uploaded(body["filename"], body.get("alt_txt") or "")
        return {"file_id": id, "upload_url": f"{self.origin}/upload/{id}"}

    def _uploaded(self, body: Json) -> Json:
        files = json.loads(body["files"])
        for one in files:
            self.uploads[one["id"]].channel = body.get("channel_id", "")
            self.uploads[one["id"]].thread = body.get("thread_ts", "")
        return {"files": files}

    _does: Mapping[str, Callable[[Slack, Json], Json]] = {
        "auth.test": lambda self, body: {"user_id": ME, "bot_id": "BBOT", "team_id": TEAM, "team": "t", "url": "u"},
        "apps.connections.open": lambda self, body: {"url": f"{self.origin.replace('http', 'ws')}/socket"},
        "chat.postMessage": _post,
        "chat.update": _update,
        "chat.postEphemeral": _whisper,
        "conversations.open": lambda self, body: {"channel": {"id": f"D{body['users'][1:]}"}},
        "views.publish": _home,
        "files.getUploadURLExternal": _upload_url,
        "files.completeUploadExternal": _uploaded,
    }

    async def _upload(self, request: Request) -> Response:
        self.calls.append(("upload", time.monotonic()))
        if self.busy["upload"]:
            return _busy(self.busy["upload"].pop(0))
        self.uploads[request.path_params["id"]].content = await request.body()
        return PlainTextResponse("OK - 10")

    async def _file(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {BOT_TOKEN}":
            return Response("<html>Sign in</html>", media_type="text/html")
        return Response(self.files[request.path_params["id"]][1], media_type="application/octet-stream")

    async def _respond(self, request: Request) -> Response:
        self.responses.append(await request.json())
        return JSONResponse({"ok": True})

    async def _websocket(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self.sockets.append(websocket)
        self.connections += 1
        await websocket.send_text(json.dumps({"type": "hello", "num_connections": 1}))
        try:
            while True:
                self.receipts.append(json.loads(await websocket.receive_text()))
        except (WebSocketDisconnect, RuntimeError):
            return


class Wrong(Exception):
    """What Slack answers in the place of ok."""


def signed(body: Json, secret: str = SECRET, age: float = 0.0, form: str = "") -> tuple[bytes, dict[str, str]]:
    """A body and its headers as Slack sends them. `form`: events are JSON, the others forms of this kind."""
    if form == "payload":
        text = urlencode({"payload": json.dumps(body)})
    else:
        text = urlencode(body) if form else json.dumps(body)
    stamp = str(int(time.time() - age))
    mac = hmac.new(secret.encode(), f"v0:{stamp}:{text}".encode(), hashlib.sha256).hexdigest()
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    headers = {"x-slack-signature": f"v0={mac}", "x-slack-request-timestamp": stamp, "content-type": kind}
    return text.encode(), headers


async def deliver(client: httpx.AsyncClient, body: Json, **how: Any) -> httpx.Response:
    """Send something to the relay over HTTP."""
    retry = how.pop("retry", 0)
    content, headers = signed(body, **how)
    if retry:
        headers |= {"x-slack-retry-num": str(retry), "x-slack-retry-reason": "http_timeout"}
    return await client.post("/slack/events", content=content, headers=headers)


def _busy(seconds: int) -> Response:
    return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(seconds)})


async def _body(request: Request) -> Json:
    """JSON, a form, or the query: what the client uses depends on the method."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return dict(await request.json())
    form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
    return {**dict(request.query_params), **form}


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [text for inner in value.values() for text in _texts(inner)]
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []
