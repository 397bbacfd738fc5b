"""The OpenAI path: a scripted model behind a real server on the loopback; real client, real tools, the sample runs.

Each way in which a model or its server fails ends in a finished answer and a sentence that says what happened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent.events import Event, Notice, PlotMade, Restart, Thinking, Token, ToolFinished, Turn
from agent.models import chat_model
from agent.session import Session
from agent.settings import Settings
from evals.models.openai_server import KEY, Call, Exchange, Fail, OpenAIServer, Page, Reply, Say, Silence, unpaired
from tests.agent.toys import collect, turn_of
from tools.store import Store

QUESTION = "why did run 7 diverge?"
DIAGNOSE = Say("", (Call("diagnose", {"run": "7"}),))


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"{pattern} is not in:\n{text}"
    return match[1]


def investigator(seen: Exchange) -> Reply:
    """Looks at the run, then plots it and asks the table at once, then answers from what came back."""
    if not seen.results:
        return Say("I will look at run 7 first.", DIAGNOSE.calls)
    onset = found(r"divergence \[.*?from step (\d+)", seen.results[0])
    if len(seen.results) == 1:
        sql = f"select value from metrics where run = 'run-7' and role = 'train_loss' and step = {onset}"
        plot = Call("plot_metric", {"metrics": ["train_loss"], "runs": ["run-7"]})
        return Say("", (plot, Call("query_metrics", {"sql": sql})))
    cite = found(r"divergence \[.*?from step \d+ \(.*?\) \[(e\d+)\]", seen.results[0])
    return Say(f"**Run 7 diverged** at step {onset} [{cite}].\n\nLower the learning rate and clip the gradient norm.")


def then(first: Reply, otherwise: Callable[[Exchange], Reply] = investigator) -> Callable[[Exchange], Reply]:
    """The first request gets this, all others the scenario."""
    return lambda seen: first if seen.turn == 0 else otherwise(seen)


def always(reply: Reply) -> Callable[[Exchange], Reply]:
    return lambda _: reply


def loner(seen: Exchange) -> Reply:
    return Say("", (Call("list_runs", {}),))


def liar(seen: Exchange) -> Reply:
    if not seen.results:
        return DIAGNOSE
    return Say("Run 7 diverged at step 31337 with a loss of 123.456.")


def corrected_liar(seen: Exchange) -> Reply:
    """Lies until the program objects, then investigates for real."""
    if seen.last.startswith("(From the program"):
        return investigator(Exchange(seen.messages[:-2], seen.tools, seen.turn))
    return investigator(seen) if len(seen.results) > 1 else liar(seen)


def past_the_failure(seen: Exchange) -> Reply:
    """Goes on as the investigator does, without the failed result."""
    failed = next(i for i, message in enumerate(seen.messages) if message["role"] == "tool")
    return investigator(Exchange([*seen.messages[:failed], *seen.messages[failed + 1 :]], seen.tools, seen.turn))


def narrow(seen: Exchange) -> Reply:
    """Reads less than we think it can, and says so; else it asks for much and answers."""
    if len(json.dumps(seen.messages)) > 8_500:
        return Fail(400, "context_length_exceeded", "This model's maximum context length is 4096 tokens.")
    if not seen.results:
        return Say("", (DIAGNOSE.calls[0], *(Call("describe_run", {"run": run}) for run in "5678")))
    return Say("Run 7 diverged.")


LONG = "I am about to tell you everything about this run, in many words and at length. " * 4
SCENARIOS: dict[str, Callable[[Exchange], Reply]] = {
    "investigator": investigator,
    "busy-once": then(Fail(429, "rate_limit_exceeded")),
    "down-once": then(Fail(500)),
    "busy": always(Fail(429, "rate_limit_exceeded")),
    "quota": always(Fail(429, "insufficient_quota", "You exceeded your current quota")),
    "down": always(Fail(500)),
    "overflow": always(Fail(400, "context_length_exceeded", "This model's maximum context length is 10 tokens")),
    "refused": always(Fail(400, "invalid", "no")),
    "forbidden": always(Fail(403, "no_access", "no")),
    "portal": always(Page()),
    "silent": always(Silence()),
    "cut": always(Say(LONG, broken="cut")),
    "cut-later": then(DIAGNOSE, always(Say(LONG, broken="cut"))),
    "stalled": always(Say(LONG, broken="stall")),
    "error-event": always(Say(LONG, broken="error")),
    "garbage": then(Say("", (Call("diagnose", raw='"run 7"'),))),
    "garbage-for-ever": always(Say("", (Call("diagnose", raw='"run 7"'),))),
    "half-json": then(Say("", (Call("diagnose", raw="{run: 7!"),)), past_the_failure),
    "cut-off": then(Say("", (Call("diagnose", raw='{"run": "ru'),), finish="length")),
    "wrong-keys": then(Say("", (Call("diagnose", {"runn": "7"}),)), past_the_failure),
    "unknown-tool": then(Say("", (Call("launch_rocket", {}),)), past_the_failure),
    "endless": loner,
    "empty": always(Say("")),
    "empty-once": then(Say("")),
    "liar": liar,
    "narrow": narrow,
    "corrected-liar": corrected_liar,
}


@pytest.fixture(scope="module")
def running() -> Iterator[OpenAIServer]:
    with OpenAIServer(SCENARIOS) as server:
        yield server


@pytest.fixture
def server(running: OpenAIServer) -> OpenAIServer:
    """The one server, with its memory wiped."""
    running.requests.clear()
    return running


AskAs = Callable[..., Session]


@pytest.fixture
def session_with(server: OpenAIServer, sample_store: Store) -> AskAs:
    def build(model: str, key: str = KEY, **limits: Any) -> Session:
        limits = {"request_seconds": 20.0, "retries": 2, **limits}
        settings = Settings(
            store_dir=Path("unused"), openai_api_key=SecretStr(key), openai_base_url=server.url, **limits
        )
        return Session(sample_store, settings, f"openai:{model}")

    return build


async def ask(session: Session, question: str = QUESTION) -> tuple[Turn, list[Event]]:
    events = await collect(session.ask(question))
    return turn_of(events), events


async def test_a_scripted_model_answers_with_evidence_a_plot_and_token_counts(
    session_with: AskAs, server: OpenAIServer
) -> None:
    turn, events = await ask(session_with("investigator"))
    assert turn.answer.startswith("**Run 7 diverged** at step ")
    assert turn.answered
    assert turn.model == "openai:investigator"
    assert [use.name for use in turn.tool_calls] == ["diagnose", "plot_metric", "query_metrics"]
    assert turn.runs == ("run-7",)
    assert "divergence" in turn.findings
    assert turn.ungrounded_numbers == ()
    assert turn.notices == ()
    [cited] = turn.evidence
    assert f"at step {cited['value']} [{cited['id']}]" in turn.answer
    assert (turn.prompt_tokens, turn.completion_tokens) == (300, turn.completion_tokens)
    assert turn.completion_tokens > 30
    assert [event.text for event in events if isinstance(event, Thinking)] == ["I will look at run 7 first."]
    [plot] = [event for event in events if isinstance(event, PlotMade)]
    assert plot.runs == ("run-7",)
    assert plot.spec.lines[0].run == "run-7"
    assert len([event for event in events if isinstance(event, Token)]) >= 1
    assert all(body["stream"] and body["stream_options"]["include_usage"] for body in server.requests)


async def test_the_model_sees_fenced_results_and_the_manual_of_all_tools(
    session_with: AskAs, server: OpenAIServer
) -> None:
    await ask(session_with("investigator"))
    assert len(server.requests[0]["tools"]) == 12
    assert all(tool["function"]["description"] for tool in server.requests[0]["tools"])
    results = [message["content"] for message in server.requests[-1]["messages"] if message["role"] == "tool"]
    assert len(results) == 3
    assert all(text.startswith("<tool_result tool=") and text.endswith("</tool_result>") for text in results)


async def test_the_question_about_run_7_fits_a_small_context(session_with: AskAs, server: OpenAIServer) -> None:
    await ask(session_with("investigator"))
    largest = max(len(json.dumps(body)) for body in server.requests)
    assert largest < 24_000, "about 6,000 tokens, tools and all"


async def test_a_model_that_can_read_less_than_was_thought_gets_less(session_with: AskAs, server: OpenAIServer) -> None:
    turn, _ = await ask(session_with("narrow"))
    assert turn.answer == "Run 7 diverged."
    assert turn.model == "openai:narrow"
    first, *refused, repeated = (len(json.dumps(body["messages"])) for body in server.requests)
    assert max(first, repeated) < 8_500 < min(refused)


async def test_the_conversation_goes_on(session_with: AskAs) -> None:
    session = session_with("investigator")
    first, _ = await ask(session)
    second, _ = await ask(session, "and again, why did run 7 diverge?")
    assert second.answer != first.answer, "the evidence has new ids"
    assert int(second.evidence[0]["id"][1:]) > int(first.evidence[0]["id"][1:])


@pytest.mark.parametrize(
    "scenario",
    ["busy-once", "down-once", "empty-once", "garbage", "half-json", "cut-off", "wrong-keys", "unknown-tool"],
)
async def test_what_can_be_repaired_is_repaired_and_the_model_answers(session_with: AskAs, scenario: str) -> None:
    turn, _ = await ask(session_with(scenario))
    assert turn.answer.startswith("**Run 7 diverged** at step ")
    assert turn.model == f"openai:{scenario}"
    assert turn.notices == ()


@pytest.mark.parametrize(
    ("scenario", "because"),
    [
        ("busy", "the model's server is out of capacity for this key (429)"),
        ("quota", "the quota of this API key is used up (429)"),
        ("down", "the model's server failed (5xx)"),
        ("overflow", "the prompt is too long for the model"),
        ("refused", "the model's server refused the request (400)"),
        ("forbidden", "the API key may not use this model (403)"),
        ("no-such-model", "does not know this model or address (404)"),
        ("portal", "sent a web page or other text, no answer; check its address"),
        ("cut", "the connection to the model's server broke"),
        ("cut-later", "the connection to the model's server broke"),
        ("error-event", "the model's server"),
        ("garbage-for-ever", "the model's tool calls could not be read"),
        ("endless", "the model had not come to an answer after 5 steps"),
        ("empty", "the model's answer was empty"),
    ],
)
async def test_what_cannot_be_repaired_is_answered_offline(session_with: AskAs, scenario: str, because: str) -> None:
    session = session_with(scenario, model_calls=5)
    turn, events = await ask(session)
    assert "diverge" in turn.answer
    assert turn.answered
    assert turn.model == "offline"
    [notice] = [event.text for event in events if isinstance(event, Notice)]
    assert notice.startswith("Answered offline because ")
    assert because in notice
    again, _ = await ask(session, "which run is best?")
    assert again.answered, "the thread can still be used"


async def test_the_limit_on_calls_of_a_model_is_none_for_the_offline_analyst(
    session_with: AskAs, sample_store: Store
) -> None:
    few = Settings(store_dir=Path("unused"), model_calls=2)
    for session in (session_with("endless", model_calls=2), Session(sample_store, few, "offline")):
        turn, _ = await ask(session)
        assert "diverged" in turn.answer
        assert "learning_rate" in turn.answer


@pytest.mark.parametrize("scenario", ["silent", "stalled"])
async def test_a_server_that_falls_silent_is_not_waited_for(session_with: AskAs, scenario: str) -> None:
    turn, _ = await ask(session_with(scenario, request_seconds=0.3, retries=0))
    assert "diverge" in turn.answer
    assert "in time" in turn.notices[0]


async def test_a_wrong_key_is_said_in_a_clear_sentence_without_the_key(session_with: AskAs) -> None:
    turn, _ = await ask(session_with("investigator", key="sk-wrong"))
    assert turn.notices == (
        "Answered offline because the model's server refused the API key (401); check OPENAI_API_KEY.",
    )
    assert "sk-" not in str(turn.to_json())


async def test_a_server_that_is_not_there_is_said_in_a_clear_sentence(sample_store: Store) -> None:
    settings = Settings(store_dir=Path("unused"), openai_base_url="http://127.0.0.1:9/v1", retries=0)
    turn, _ = await ask(Session(sample_store, settings, "openai:any"))
    assert turn.notices == (
        "Answered offline because the connection to the model's server broke or could not be made.",
    )


@pytest.mark.parametrize("scenario", ["cut", "error-event"])
async def test_tokens_of_a_broken_stream_are_taken_back(session_with: AskAs, scenario: str) -> None:
    turn, events = await ask(session_with(scenario))
    assert any(isinstance(event, Restart) for event in events)
    assert LONG[:40] not in turn.answer


async def test_invented_numbers_are_marked_and_counted(session_with: AskAs) -> None:
    turn, _ = await ask(session_with("liar"))
    assert turn.ungrounded_numbers == ("31337", "123.456")
    assert "31337 [unverified]" in turn.answer


async def test_a_model_that_corrects_itself_is_not_marked(session_with: AskAs, server: OpenAIServer) -> None:
    turn, _ = await ask(session_with("corrected-liar"))
    assert turn.ungrounded_numbers == ()
    assert "31337" not in turn.answer
    assert any("31337" in message["content"] for body in server.requests for message in _users(body))


def _users(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [message for message in body["messages"] if message["role"] == "user"]


async def test_a_failed_result_keeps_the_pairing_the_server_insists_on(
    session_with: AskAs, server: OpenAIServer
) -> None:
    await ask(session_with("wrong-keys"))
    assert all(unpaired(body["messages"]) is None for body in server.requests)
    assert unpaired(server.requests[-1]["messages"][:-1][:3]) is not None


async def test_without_streaming_the_client_and_the_server_agree_too(server: OpenAIServer) -> None:
    settings = Settings(store_dir=Path("unused"), openai_api_key=SecretStr(KEY), openai_base_url=server.url)
    reply = await chat_model("openai:investigator", settings).ainvoke(QUESTION)
    assert reply.tool_calls[0]["name"] == "diagnose"
    garbled = await chat_model("openai:half-json", settings).ainvoke(QUESTION)
    assert garbled.invalid_tool_calls


async def test_a_tool_that_fails_is_reported_as_failed(session_with: AskAs) -> None:
    _, events = await ask(session_with("unknown-tool"))
    finished = [event for event in events if isinstance(event, ToolFinished)]
    assert [event.ok for event in finished] == [False, True, True, True]
