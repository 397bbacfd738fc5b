"""What a question may cost, and what leaves the machine for it: real client, real HTTP, a server on the loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent.budget import Budget, TokenPrice, Usage, footer
from agent.events import Notice, Turn
from agent.preview import first_request
from agent.session import Session
from agent.settings import Settings, load_settings
from evals.models.openai_server import KEY, Call, Exchange, OpenAIServer, Reply, Say
from evals.samples import samples_path
from tests.agent.command import Command, command
from tests.agent.toys import collect, turn_of
from tools.errors import ToolError
from tools.store import Store

QUESTION = "why did run 7 diverge?"
PASSWORD = "hf_abcdefghijklmnopqrstuvwxyz123456"
PRICE = TokenPrice(2.0, 8.0, "EUR")


def curious(seen: Exchange) -> Reply:
    """Asks for run after run, and answers once it has no tools any more."""
    if not seen.tools:
        return Say("Run 7 is the broken one.")
    return Say("", (Call("describe_run", {"run": str(len(seen.results) + 1)}),))


def stubborn(seen: Exchange) -> Reply:
    """Asks for ever, with tools and without."""
    return Say("", (Call("describe_run", {"run": "7"}),))


@pytest.fixture(scope="module")
def running() -> Iterator[OpenAIServer]:
    with OpenAIServer({"curious": curious, "stubborn": stubborn}) as server:
        yield server


@pytest.fixture
def server(running: OpenAIServer) -> OpenAIServer:
    running.requests.clear()
    return running


Ask = Callable[..., Any]


@pytest.fixture
def ask(server: OpenAIServer, sample_store: Store) -> Ask:
    async def asked(model: str, question: str = QUESTION, **limits: Any) -> tuple[Turn, list[str]]:
        settings = Settings(
            store_dir=Path("unused"), openai_api_key=SecretStr(KEY), openai_base_url=server.url, **limits
        )
        events = await collect(Session(sample_store, settings, f"openai:{model}").ask(question))
        return turn_of(events), [event.text for event in events if isinstance(event, Notice)]

    return asked


async def test_shortly_before_a_limit_on_tokens_the_model_has_to_answer(ask: Ask, server: OpenAIServer) -> None:
    turn, notices = await ask("curious", turn_tokens=500)
    assert turn.answer == "Run 7 is the broken one."
    assert turn.model == "openai:curious"
    assert notices == ["The model was told to answer now, before the 500 tokens that a question may use are used up."]
    assert turn.prompt_tokens + turn.completion_tokens < 500
    assert "tools" not in server.requests[-1]


async def test_at_a_limit_on_tokens_the_offline_analyst_goes_on_with_what_is_known(
    ask: Ask, server: OpenAIServer
) -> None:
    turn, [notice] = await ask("stubborn", turn_tokens=50)
    assert notice == "Answered offline because the 50 tokens that a question may use are used up."
    assert turn.model == "offline"
    assert "diverge" in turn.answer
    assert turn.answered
    assert turn.tool_calls[0].args == {"run": "7"}, "what was found before counts"
    assert len(server.requests) == 1


async def test_at_a_limit_on_money_too(ask: Ask, server: OpenAIServer) -> None:
    turn, [notice] = await ask(
        "stubborn", turn_cost=0.0001, prompt_price=2.0, completion_price=8.0, price_currency="EUR"
    )
    assert notice == "Answered offline because the 0.0001 EUR that a question may cost are used up."
    assert turn.cost == pytest.approx((turn.prompt_tokens * 2 + turn.completion_tokens * 8) / 1e6)
    assert turn.answered
    assert turn.model_calls == len(server.requests) == 1


async def test_an_answer_says_what_it_took(ask: Ask) -> None:
    turn, _ = await ask("curious", model_calls=3, prompt_price=2.0, completion_price=8.0)
    document = turn.to_json()
    assert (document["model_calls"], document["cost"]) == (3, turn.cost)
    assert turn.footer.startswith("openai:curious · 3 model calls · ")
    assert f"{turn.prompt_tokens + turn.completion_tokens:,} tokens · 2 tool calls · " in turn.footer
    assert turn.footer.endswith(f"{turn.cost:.2g} USD")


def test_the_footer_of_the_offline_analyst_knows_no_tokens_and_no_money() -> None:
    assert footer("offline", Usage(), 1, 0.25, 0.0, "USD") == "offline analyst · 1 tool call · 0.2 s"


@pytest.mark.parametrize(
    ("budget", "used", "is_up", "short"),
    [
        (Budget(), Usage(9, 10**9, 10**9), False, False),
        (Budget(tokens=1000), Usage(1, 400, 100), False, True),
        (Budget(tokens=1000), Usage(1, 300, 30), False, False),
        (Budget(tokens=1000), Usage(2, 900, 100), True, True),
        (Budget(money=0.01, price=PRICE), Usage(1, 1000, 1000), True, True),
        (Budget(money=0.01, price=PRICE), Usage(1, 100, 100), False, False),
    ],
)
def test_a_budget_knows_when_it_is_used_up_and_when_it_is_short(
    budget: Budget, used: Usage, is_up: bool, short: bool
) -> None:
    assert bool(budget.used_up(used)) == is_up
    assert bool(budget.short_of(used, used)) == short


def test_a_limit_on_money_needs_prices(tmp_path: Path) -> None:
    env = {"RUNWHY_CONFIG": str(tmp_path / "none"), "RUNWHY_TURN_COST": "0.1"}
    with pytest.raises(ToolError, match="prompt_price"):
        load_settings(env)
    priced = {**env, "RUNWHY_PROMPT_PRICE": "2", "RUNWHY_COMPLETION_PRICE": "8"}
    assert load_settings(priced).budget == Budget(None, 0.1, TokenPrice(2.0, 8.0))


async def test_secrets_in_a_question_do_not_leave_the_machine(ask: Ask, server: OpenAIServer) -> None:
    await ask("curious", f"is {PASSWORD} or password=hunter2secret used in run 7?", model_calls=3)
    sent = json.dumps(server.requests)
    assert PASSWORD not in sent
    assert "hunter2secret" not in sent
    assert "used in run 7?" in sent


async def test_the_request_that_is_shown_is_the_one_that_would_be_sent(
    ask: Ask, server: OpenAIServer, sample_store: Store
) -> None:
    await ask("curious", f"why did run 7 diverge? {PASSWORD}")
    sent = server.requests[0]
    server.requests.clear()
    settings = Settings(store_dir=Path("unused"), openai_api_key=SecretStr(KEY), openai_base_url=server.url)
    text = await first_request(sample_store, settings, "openai:curious", f"why did run 7 diverge? {PASSWORD}")
    shown = json.loads(text)
    assert server.requests == []
    assert shown["body"] == sent
    assert shown["url"] == f"{server.url}/chat/completions"
    assert shown["headers"]["authorization"] == "***"
    assert KEY not in text
    assert PASSWORD not in text


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def test_the_command_shows_the_request_and_sends_nothing(
    runwhy: Command, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = f"openai:curious@{server.url}"
    ran = runwhy("ask", samples_path() / "run-7", QUESTION, "--model", model, "--show-request")
    assert ran.status == 0
    assert ran.document["body"]["messages"][-1]["content"] == QUESTION
    assert server.requests == []


def test_what_another_provider_would_be_handed_is_shown_too(
    runwhy: Command, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", server.url)
    monkeypatch.setenv("OPENAI_API_VERSION", "2025-01-01")
    asked = ("ask", samples_path() / "run-7", f"{QUESTION} {PASSWORD}", "--model", "azure_openai:gpt", "--show-request")
    ran = runwhy(*asked)
    assert ran.status == 0
    assert QUESTION in ran.document["messages"][-1]["content"]
    assert [tool["function"]["name"] for tool in ran.document["tools"]][:1] == ["list_runs"]
    assert KEY not in ran.out
    assert PASSWORD not in ran.out
    assert server.requests == []


def test_there_is_no_request_to_show_where_nothing_is_sent(runwhy: Command) -> None:
    ran = runwhy("ask", samples_path() / "run-7", QUESTION, "--show-request")
    assert ran.status == 2
    assert "nothing would be sent" in ran.err


def test_the_command_ends_an_answer_with_what_it_took(
    runwhy: Command, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("RUNWHY_MODEL_CALLS", "2")
    ran = runwhy("ask", samples_path() / "run-7", QUESTION, "--model", f"openai:curious@{server.url}")
    assert "openai:curious · 2 model calls · " in ran.out
    assert "offline analyst · " in runwhy("ask", samples_path() / "run-7", QUESTION).out
