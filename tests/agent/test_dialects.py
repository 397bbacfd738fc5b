"""Servers that call themselves OpenAI-compatible and are not quite: Ollama, llama.cpp, vLLM, gateways.

Each is spoken by a server on the loopback over real HTTP to the real client, and each ends in a finished answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent.events import Turn
from agent.failures import is_overflow, named_context
from agent.session import Session
from agent.settings import Settings
from agent.ways import keep, ways_of
from evals.models.openai_server import KEY, Call, Deltas, Exchange, Fail, OpenAIServer, Reply, Say
from tests.agent.toys import collect, turn_of
from tools.store import Store

QUESTION = "why did run 7 diverge?"
ANSWER = "Run 7 diverged: its gradients exploded."
Json = dict[str, Any]
Scenario = Callable[[Exchange], Reply]


def first(*deltas: Json, finish: str = "tool_calls", whole: bool = False, then: Reply | None = None) -> Scenario:
    """These deltas until a result is there, then the answer."""
    return lambda seen: (then or Say(ANSWER)) if seen.results else Deltas(deltas, finish, whole)


def tool_call(**changed: Any) -> Json:
    function = {"name": "diagnose", "arguments": '{"run": "7"}'}
    return {"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": function, **changed}]}


def no_stream_with_tools(seen: Exchange) -> Reply:
    if seen.tools and seen.streams:
        return Fail(400, message="Automatic streaming tool choice is not supported")
    return Say(ANSWER) if seen.results else Say("", (Call("diagnose", {"run": "7"}),))


def no_system_role(seen: Exchange) -> Reply:
    if seen.messages[0]["role"] == "system":
        return Fail(400, message="System role not supported")
    return Say(ANSWER) if seen.results else Say("", (Call("diagnose", {"run": "7"}),))


def no_counting(seen: Exchange) -> Reply:
    if seen.counts:
        return Fail(422, message="Extra inputs are not permitted: body.stream_options")
    return Say(ANSWER) if seen.results else Say("", (Call("diagnose", {"run": "7"}),))


def small(seen: Exchange) -> Reply:
    """As llama.cpp says that a prompt is too long; about four letters are a token."""
    if (size := len(json.dumps(seen.messages)) // 4 + 200 * len(seen.tools)) > 3_500:
        return Fail(400, message=f"the request ({size} tokens) exceeds the available context size (4096 tokens)")
    return Say(ANSWER) if seen.results else Say("", (Call("diagnose", {"run": "7"}),))


def no_tools(seen: Exchange) -> Reply:
    return Fail(400, message="tiny:1b does not support tools") if seen.tools else Say("I cannot look.")


NUMBERLESS = {"tool_calls": [{key: value for key, value in tool_call()["tool_calls"][0].items() if key != "index"}]}
THINKING = ({"content": "<think>Step 31337?</think>\n\n"}, {"content": ANSWER})
THOUGHT = ({"content": "Step 31337?\n</think>\n\n"}, {"content": ANSWER})
OBJECT = {"name": "diagnose", "arguments": {"run": "7"}}
WRITTEN = json.dumps(OBJECT)
CALLED: dict[str, Scenario] = {
    "no stream with tools": no_stream_with_tools,
    "no system role": no_system_role,
    "no counting": no_counting,
    "a small context": small,
    "one body instead of a stream": first(tool_call(), whole=True),
    "an answer in one body": first(tool_call(), then=Deltas(({"content": ANSWER},), whole=True)),
    "no token counts": first(tool_call(), then=Deltas(({"content": ANSWER},))),
    "empty ids": first(tool_call(id="")),
    "null ids": first(tool_call(id=None)),
    "no index": first(NUMBERLESS),
    "arguments as an object": first(tool_call(function=OBJECT)),
    "arguments as an object, in one body": first(tool_call(function=OBJECT), whole=True),
    "finish reason stop": first(tool_call(), finish="stop"),
    "the name again with each piece": first(
        tool_call(function={"name": "diagnose", "arguments": '{"run"'}),
        tool_call(function={"name": "diagnose", "arguments": ': "7"}'}),
    ),
    "reasoning beside the content": first(
        {"reasoning_content": "Let me see."}, tool_call(),
        then=Deltas(({"reasoning_content": "So it is step 31337."}, {"content": ANSWER})),
    ),
    "content as a list": first(tool_call(), then=Deltas(({"content": [{"type": "text", "text": ANSWER}]},))),
    "content as a list, in one body": first(
        tool_call(), then=Deltas(({"content": [{"type": "text", "text": ANSWER}]},), whole=True)
    ),
    "thoughts in the text": first(tool_call(), then=Deltas(THINKING)),
    "thoughts without a beginning": first(tool_call(), then=Deltas(THOUGHT)),
    "a call in the text, in tags": first({"content": f"<tool_call>\n{WRITTEN}\n</tool_call>"}, finish="stop"),
    "a call in the text, as code": first({"content": f"```json\n{WRITTEN}\n```"}, finish="stop"),
    "a call in the text, bare": first({"content": '{"name": "diagnose", "parameters": {"run": "7"}}'}, finish="stop"),
    "a call in the text, behind thoughts": first(
        {"content": f"<think>I should look.</think><tool_call>{WRITTEN}</tool_call>"}, finish="stop"
    ),
    "null content": first({"role": "assistant", "content": None}, tool_call(content=None)),
}  # fmt: skip
OTHERWISE: dict[str, Scenario] = {"no tools": no_tools}


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer({name.replace(" ", "-"): scenario for name, scenario in {**CALLED, **OTHERWISE}.items()}) as one:
        yield one


async def ask(server: OpenAIServer, store: Store, dialect: str) -> Turn:
    settings = Settings(
        store_dir=Path("unused"), openai_api_key=SecretStr(KEY), openai_base_url=server.url, retries=0, model_calls=6
    )
    return turn_of(await collect(Session(store, settings, f"openai:{dialect.replace(' ', '-')}").ask(QUESTION)))


@pytest.mark.parametrize("dialect", CALLED)
async def test_the_model_looks_and_answers_in_whatever_dialect(
    server: OpenAIServer, sample_store: Store, dialect: str
) -> None:
    turn = await ask(server, sample_store, dialect)
    assert turn.answer == ANSWER
    assert turn.notices == ()
    assert [(use.name, use.ok) for use in turn.tool_calls] == [("diagnose", True)]
    assert turn.ungrounded_numbers == ()
    assert turn.prompt_tokens > 0


async def test_a_model_that_cannot_call_tools_is_replaced_and_it_is_said(
    server: OpenAIServer, sample_store: Store
) -> None:
    turn = await ask(server, sample_store, "no tools")
    assert "diverged" in turn.answer
    assert turn.notices == ("Answered offline because the model cannot call tools.",)


@pytest.mark.parametrize("dialect", ["no stream with tools", "no system role", "no counting", "a small context"])
async def test_what_a_server_does_not_take_is_not_sent_to_it_again(
    server: OpenAIServer, sample_store: Store, dialect: str
) -> None:
    await ask(server, sample_store, dialect)
    server.requests.clear()
    turn = await ask(server, sample_store, dialect)
    assert (turn.answer, turn.model_calls) == (ANSWER, 2)
    assert len(server.requests) == 2, "no call was refused"


async def test_a_small_context_gets_the_manual_in_short(server: OpenAIServer, sample_store: Store) -> None:
    server.requests.clear()
    await ask(server, sample_store, "a small context")
    assert [len(body["tools"]) for body in server.requests[-2:]] == [9, 9]
    assert ways_of(f"openai:a-small-context {server.url}", 8_000).context == 4_096
    assert ways_of(f"openai:a-small-context {server.url}", 3_500).context == 3_500


def test_a_context_that_was_only_set_is_not_taken_for_the_servers() -> None:
    keep("a server", ways_of("a server", 4_096))
    assert ways_of("a server", 8_000).context == 8_000
    keep("a server", replace(ways_of("a server", 8_000), context=5_000))
    keep("a server", ways_of("a server", 4_096))
    assert ways_of("a server", 8_000).context == 5_000


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("This model's maximum context length is 4097 tokens. However, your messages resulted in 5000 tokens.", 4097),
        ("the request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it", 4096),
        ("However, the model is loaded with context length of only 4096 tokens, which is not enough.", 4096),
        (
            "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
            32768,
        ),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200000),
        ("Your input exceeds the context window of this model.", None),
    ],
)
def test_a_context_that_is_too_small_is_recognised_by_what_servers_say(said: str, named: int | None) -> None:
    error = ValueError(said)
    assert is_overflow(error)
    assert named_context(error) == named
