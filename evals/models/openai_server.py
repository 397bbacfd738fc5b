"""A local server that speaks the OpenAI Chat Completions protocol over real HTTP. The model's name picks the scenario.

A scenario is a function from the request to a reply, so a scripted model decides in view of what the tools returned.
Like the original it streams on demand, counts tokens when asked and refuses threads in which a tool call has no answer.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

KEY = "sk-test"
Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A tool call; `raw` replaces the JSON of the arguments for servers that garble it."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    raw: str | None = None

    @property
    def arguments(self) -> str:
        """As they are sent."""
        return json.dumps(dict(self.args)) if self.raw is None else self.raw


@dataclass(frozen=True)
class Say:
    """A reply: words, tool calls, or both. `broken`: how the stream ends instead of well (cut, stall, error).

    usage: tokens of prompt and completion to report; made up if None.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    finish: str = ""
    broken: str = ""
    usage: tuple[int, int] | None = None


@dataclass(frozen=True)
class Fail:
    """An error as the API reports it."""

    status: int
    code: str = ""
    message: str = "something is wrong"


@dataclass(frozen=True)
class Page:
    """What a captive portal or a wrong address sends: a web page with status 200."""


@dataclass(frozen=True)
class Deltas:
    """A reply word for word, for servers that speak a dialect: each delta as it is, and no token counts.

    whole: one body although a stream was asked for.
    """

    deltas: tuple[Json, ...]
    finish: str = "stop"
    whole: bool = False


@dataclass(frozen=True)
class Silence:
    """No answer at all until the client gives up."""


Reply = Say | Deltas | Fail | Page | Silence


@dataclass(frozen=True)
class Exchange:
    """A request as a scenario sees it. `turn`: how many requests this scenario has had before.

    streams, counts: as asked.
    """

    messages: list[Json]
    tools: list[str]
    turn: int
    streams: bool = True
    counts: bool = False

    @property
    def results(self) -> list[str]:
        """Texts of the tool results since the last thing a person said, oldest first."""
        since = max(i for i, message in enumerate(self.messages) if message["role"] == "user")
        return [message["content"] for message in self.messages[since:] if message["role"] == "tool"]

    @property
    def last(self) -> str:
        """The text of the last message."""
        return str(self.messages[-1]["content"])


Scenario = Callable[[Exchange], Reply]


class OpenAIServer:
    """Runs in a thread on a free port of the loopback while used as a context manager. `requests` keeps every body."""

    def __init__(self, scenarios: Mapping[str, Scenario]) -> None:
        self.scenarios = dict(scenarios)
        self.requests: list[Json] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])
        config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        # The socket listens already, so whoever connects before the thread has begun is kept waiting, not refused.
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> OpenAIServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        refused = self._refusal(request, body)
        reply = refused or self.scenarios[body["model"]](self._exchange(body))
        if isinstance(reply, Fail):
            return _failure(reply)
        if isinstance(reply, Page):
            return HTMLResponse("<html><body>Sign in to the network</body></html>")
        if isinstance(reply, Silence):
            await _until_gone(request)
            return Response()
        if isinstance(reply, Deltas):
            return _as_it_is(reply, bool(body.get("stream")))
        if body.get("stream"):
            usage = bool((body.get("stream_options") or {}).get("include_usage"))
            stream = _stream(reply, len(self.requests), usage, request)
            return StreamingResponse(stream, media_type="text/event-stream")
        return JSONResponse(_whole(reply, len(self.requests)))

    def _refusal(self, request: Request, body: Json) -> Fail | None:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Fail(401, "invalid_api_key", "Incorrect API key provided: sk-wr*ng.")
        if body["model"] not in self.scenarios:
            return Fail(404, "model_not_found", f"The model `{body['model']}` does not exist.")
        return unpaired(body["messages"])

    def _exchange(self, body: Json) -> Exchange:
        before = sum(1 for earlier in self.requests[:-1] if earlier["model"] == body["model"])
        tools = [tool["function"]["name"] for tool in body.get("tools") or []]
        return Exchange(body["messages"], tools, before, bool(body.get("stream")), "stream_options" in body)


def unpaired(messages: list[Json]) -> Fail | None:
    """The API's rule: each tool call is answered by a tool message before anything else, and only once."""
    waiting: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return Fail(400, message="messages with role 'tool' must be a response to a preceding 'tool_calls'.")
            waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            break
        waiting = {call["id"] for call in message.get("tool_calls") or []}
    if waiting:
        return Fail(400, message="An assistant message with 'tool_calls' must be followed by tool messages.")
    return None


def _failure(fail: Fail) -> JSONResponse:
    body = {"error": {"message": fail.message, "type": "error", "code": fail.code or None, "param": None}}
    return JSONResponse(body, fail.status, {"retry-after-ms": "1"})


def _as_it_is(reply: Deltas, streams: bool) -> Response:
    if reply.whole or not streams:
        message = {"role": "assistant", **reply.deltas[0]}
        choice = {"index": 0, "message": message, "finish_reason": reply.finish}
        return JSONResponse({**_frame("chat.completion"), "choices": [choice]})
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in reply.deltas]
    ended = {"index": 0, "delta": {}, "finish_reason": reply.finish}
    events = [_event({**_frame(), "choices": [one]}) for one in (*choices, ended)]
    return Response("".join([*events, "data: [DONE]\n\n"]), media_type="text/event-stream")


async def _until_gone(request: Request) -> None:
    while not await request.is_disconnected():
        await anyio.sleep(0.02)


def _calls(reply: Say, request: int) -> list[Json]:
    return [
        {
            "index": i,
            "id": f"call_{request}_{i}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for i, call in enumerate(reply.calls)
    ]


def _finish(reply: Say) -> str:
    return reply.finish or ("tool_calls" if reply.calls else "stop")


def _usage(reply: Say) -> Json:
    made_up = 100, len(reply.text.split()) + sum(len(call.arguments) for call in reply.calls)
    prompt, completion = made_up if reply.usage is None else reply.usage
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _whole(reply: Say, number: int) -> Json:
    calls = [{key: value for key, value in call.items() if key != "index"} for call in _calls(reply, number)]
    message = {"role": "assistant", "content": reply.text or None, **({"tool_calls": calls} if calls else {})}
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply)}
    return {**_frame("chat.completion"), "choices": [choice], "usage": _usage(reply)}


async def _stream(reply: Say, number: int, usage: bool, request: Request) -> AsyncIterator[str]:
    for delta in _deltas(reply, number):
        yield _event({**_frame(), "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    if reply.broken == "cut":
        raise ConnectionResetError("the stream is cut on purpose")
    if reply.broken == "stall":
        await _until_gone(request)
        return
    if reply.broken == "error":
        yield _event({"error": {"message": "The server had an error.", "type": "server_error", "code": None}})
        return
    yield _event({**_frame(), "choices": [{"index": 0, "delta": {}, "finish_reason": _finish(reply)}]})
    if usage:
        yield _event({**_frame(), "choices": [], "usage": _usage(reply)})
    yield "data: [DONE]\n\n"


def _deltas(reply: Say, number: int) -> Iterator[Json]:
    """Words, then each call as the API sends it: its name first, its arguments in pieces."""
    yield {"role": "assistant", "content": ""}
    for word in re.findall(r"\s*\S+|\s+$", reply.text):
        yield {"content": word}
    for call in _calls(reply, number):
        arguments = call["function"]["arguments"]
        yield {"tool_calls": [{**call, "function": {"name": call["function"]["name"], "arguments": ""}}]}
        for at in range(0, len(arguments), 12):
            yield {"tool_calls": [{"index": call["index"], "function": {"arguments": arguments[at : at + 12]}}]}


def _frame(kind: str = "chat.completion.chunk") -> Json:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": "scripted"}


def _event(body: Json) -> str:
    return f"data: {json.dumps(body)}\n\n"
