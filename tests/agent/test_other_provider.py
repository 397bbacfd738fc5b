"""Providers other than OpenAI: their real clients, made by init_chat_model, against a server on the loopback.

It speaks Anthropic's Messages protocol, or Ollama's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
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
    """Answers what `answer` says (None: nothing at all, a number: that status), and keeps the requests."""

    def __init__(
        self, answer: Callable[[Json], Json | int | None], speak: Callable[[Json], Iterator[str]] | None = None
    ) -> None:
        self.requests: list[Json] = []
        self.over = Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.requests.append(body)
                reply = answer(body)
                if reply is None:
                    outer.over.wait(5)
                    return
                if isinstance(reply, int):
                    error = {"type": "error", "error": {"type": "overloaded_error", "message": "sk-secret is busy"}}
                    self._send(reply, "application/json", json.dumps(error))
                else:
                    self._send(200, "text/event-stream", "".join((speak or _events)(reply)))

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
        self.over.set()
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


def session(server: Server, store: Store, monkeypatch: pytest.MonkeyPatch, **limits: Any) -> Session:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    settings = Settings(store_dir=Path("unused"), **{"retries": 0, **limits})
    return Session(store, settings, f"anthropic:claude-test@{server.url}")


async def ask(server: Server, store: Store, monkeypatch: pytest.MonkeyPatch, **limits: Any) -> Turn:
    return turn_of(await collect(session(server, store, monkeypatch, **limits).ask(QUESTION)))


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


async def test_a_provider_that_falls_silent_is_not_waited_for(
    sample_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(lambda _: None)
    turn = await ask(server, sample_store, monkeypatch, request_seconds=0.3)
    server.close()
    assert "diverged" in turn.answer
    assert turn.notices == ("Answered offline because the model's server did not answer in time.",)
    assert len(server.requests) == 1


async def test_a_provider_is_asked_again_as_often_as_is_set(
    sample_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(lambda _: 529)
    await ask(server, sample_store, monkeypatch, retries=1)
    server.close()
    assert len(server.requests) == 2


def test_each_question_may_come_from_an_event_loop_of_its_own(
    sample_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(investigating)
    one = session(server, sample_store, monkeypatch)
    turns = [one.ask_and_wait(QUESTION) for _ in range(3)]
    server.close()
    assert [(turn.answer, turn.notices) for turn in turns] == [(ANSWER, ())] * 3


def _lines(block: Json) -> Iterator[str]:
    """A message as Ollama streams it: a line of JSON for each piece, the counts in the last."""
    message: Json = {"role": "assistant", "content": block.get("text", "")}
    if block["type"] == "tool_use":
        message["tool_calls"] = [{"function": {"name": block["name"], "arguments": block["input"]}}]
    frame = {"model": "llama3", "created_at": "2026-01-01T00:00:00Z"}
    yield json.dumps({**frame, "message": message, "done": False}) + "\n"
    ends = {"done": True, "done_reason": "stop", "prompt_eval_count": 70, "eval_count": 9}
    yield json.dumps({**frame, "message": {"role": "assistant", "content": ""}, **ends}) + "\n"


def _looking(body: Json) -> Json:
    """As `investigating`, in the words of Ollama."""
    if any(message["role"] == "tool" for message in body["messages"]):
        return {"type": "text", "text": ANSWER}
    return {"type": "tool_use", "name": "diagnose", "input": {"run": "7"}}


async def test_a_model_of_ollama_is_given_the_context_that_is_set(sample_store: Store) -> None:
    pytest.importorskip("langchain_ollama", reason="langchain-ollama is not installed")
    server = Server(_looking, _lines)
    settings = Settings(store_dir=Path("unused"), context_tokens=4_096)
    turn = turn_of(await collect(Session(sample_store, settings, f"ollama:llama3@{server.url}").ask(QUESTION)))
    server.close()
    assert (turn.answer, turn.notices) == (ANSWER, ())
    assert [use.name for use in turn.tool_calls] == ["diagnose"]
    assert (turn.prompt_tokens, turn.completion_tokens) == (140, 18)
    assert [body["options"]["num_ctx"] for body in server.requests] == [4_096, 4_096]
    assert len(server.requests[0]["tools"]) < 12, "the short manual"


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        (None, "the model's server did not answer in time"),
        (404, "the model's server does not know this model or address (404); check RUNWHY_MODEL"),
        (500, "the model's server failed (5xx)"),
        ("gone", "the connection to the model's server broke or could not be made"),
    ],
)
async def test_a_failure_of_ollama_is_said(sample_store: Store, answer: Any, because: str) -> None:
    pytest.importorskip("langchain_ollama", reason="langchain-ollama is not installed")
    server = Server(lambda _: answer, _lines)
    url = "http://127.0.0.1:9" if answer == "gone" else server.url
    settings = Settings(store_dir=Path("unused"), request_seconds=0.3)
    turn = turn_of(await collect(Session(sample_store, settings, f"ollama:llama3@{url}").ask(QUESTION)))
    server.close()
    assert "diverged" in turn.answer
    assert turn.notices == (f"Answered offline because {because}.",)
