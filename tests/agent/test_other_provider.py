"""A provider other than OpenAI: its real client, made by init_chat_model, against a server on the loopback that speaks
Anthropic's Messages protocol."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from agent.events import Turn
from agent.session import Session
from agent.settings import Settings
from tests.agent.toys import collect, turn_of
from tools.store import Store

pytest.importorskip("langchain_anthropic", reason="langchain-anthropic is not installed")

Json = dict[str, Any]
QUESTION = "why did run 7 diverge?"
ANSWER = "Run 7 diverged: its gradients exploded."


class Server:
    """Answers what its replies say, one after the other, and keeps the requests."""

    def __init__(self, answer: Callable[[Json], Json | int]) -> None:
        self.requests: list[Json] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.requests.append(body)
                reply = answer(body)
                if isinstance(reply, int):
                    error = {"type": "error", "error": {"type": "overloaded_error", "message": "sk-secret is busy"}}
                    self._send(reply, "application/json", json.dumps(error))
                else:
                    self._send(200, "text/event-stream", "".join(_events(reply)))

            def _send(self, status: int, kind: str, text: str) -> None:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Tests stay silent."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def _events(block: Json) -> Iterator[str]:
    """A message of one block as the protocol streams it."""
    is_call = block["type"] == "tool_use"
    message = {"id": "m", "type": "message", "role": "assistant", "model": "claude", "content": []}
    start = {**block, "input": {}} if is_call else {**block, "text": ""}
    delta = (
        {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        if is_call
        else {"type": "text_delta", "text": block["text"]}
    )
    ended = {"stop_reason": "tool_use" if is_call else "end_turn", "stop_sequence": None}
    for event in (
        {"type": "message_start", "message": {**message, "usage": {"input_tokens": 70, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    ):
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"


def investigating(body: Json) -> Json:
    """Looks at the run, then answers."""
    if any(isinstance(message["content"], list) for message in body["messages"]):
        return {"type": "text", "text": ANSWER}
    return {"type": "tool_use", "id": "toolu_1", "name": "diagnose", "input": {"run": "7"}}


async def ask(server: Server, store: Store, monkeypatch: pytest.MonkeyPatch) -> Turn:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    session = Session(store, Settings(store_dir=Path("unused")), f"anthropic:claude-test@{server.url}")
    return turn_of(await collect(session.ask(QUESTION)))


async def test_a_model_of_another_provider_looks_and_answers(
    sample_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(investigating)
    turn = await ask(server, sample_store, monkeypatch)
    server.close()
    assert turn.answer == ANSWER
    assert turn.notices == ()
    assert [(use.name, use.ok) for use in turn.tool_calls] == [("diagnose", True)]
    assert turn.completion_tokens == 18
    assert turn.prompt_tokens > 4_000, "this client passes on no count of what is sent, so we count"
    first, second = server.requests
    assert first["system"].startswith("You are runwhy")
    assert {tool["name"] for tool in first["tools"]} >= {"diagnose", "query_metrics"}
    [result] = second["messages"][-1]["content"]
    assert (result["type"], result["tool_use_id"]) == ("tool_result", "toolu_1")
    assert "exploding_gradients" in str(result["content"])


@pytest.mark.parametrize(
    ("status", "because"),
    [
        (529, "the model's server failed (5xx)"),
        (401, "API key (401); check the key that"),
    ],
)
async def test_a_failure_of_another_provider_is_said_and_answered_offline(
    sample_store: Store, monkeypatch: pytest.MonkeyPatch, status: int, because: str
) -> None:
    server = Server(lambda _: status)
    turn = await ask(server, sample_store, monkeypatch)
    server.close()
    assert "diverged" in turn.answer
    assert turn.model == "offline"
    assert because in turn.notices[0]
    assert "sk-" not in str(turn.to_json())
