import subprocess
import sys
from pathlib import Path

import pytest
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agent.models import DEFAULT_OPENAI, OFFLINE, chat_model, choose_model
from agent.settings import Settings
from tools.errors import ToolError

NOWHERE = Path("nowhere")
KEYLESS = Settings(store_dir=NOWHERE)
KEYED = Settings(store_dir=NOWHERE, openai_api_key=SecretStr("sk-test"))
LOCAL = Settings(store_dir=NOWHERE, openai_base_url="http://127.0.0.1:9/v1")


def test_without_a_key_the_offline_analyst_answers_and_says_so() -> None:
    choice = choose_model(None, KEYLESS)
    assert choice.model == OFFLINE
    assert "OPENAI_API_KEY" in choice.notice
    assert choose_model(None, KEYLESS).model == OFFLINE


def test_a_model_that_needs_the_missing_key_becomes_the_offline_analyst_and_says_so() -> None:
    choice = choose_model("openai:gpt-5-mini", KEYLESS)
    assert choice.model == OFFLINE
    assert choice.notice.startswith("openai:gpt-5-mini needs OPENAI_API_KEY")


def test_who_asks_for_offline_is_told_nothing() -> None:
    assert choose_model("offline", KEYED).notice == ""
    assert choose_model(None, KEYED.model_copy(update={"model": "offline"})).model == OFFLINE


def test_with_a_key_the_default_is_an_openai_model() -> None:
    assert choose_model(None, KEYED).model == DEFAULT_OPENAI


def test_the_request_wins_over_the_setting() -> None:
    settings = KEYED.model_copy(update={"model": "openai:set"})
    assert choose_model(None, settings).model == "openai:set"
    assert choose_model("openai:asked", settings).model == "openai:asked"


@pytest.mark.parametrize("model", ["gpt-4o", "openai:", "openai:m@ftp://x", "openai:a b", ":x", "", "foo:"])
def test_a_string_that_names_nothing_lists_the_choices(model: str) -> None:
    settings = KEYED if model else KEYED.model_copy(update={"model": "nonsense"})
    with pytest.raises(ToolError, match="offline, openai:<model>"):
        choose_model(model, settings)


def test_openai_itself_is_asked_for_token_counts() -> None:
    model = chat_model("openai:gpt-5-mini", KEYED)
    assert isinstance(model, ChatOpenAI)
    assert (model.model_name, model.stream_usage, model.openai_api_base) == ("gpt-5-mini", True, None)


@pytest.mark.parametrize("name", ["gpt-5-pro", "gpt-6-mini", "llama3:8b"])
def test_a_compatible_server_gets_chat_completions_only(name: str) -> None:
    model = chat_model(f"openai:{name}", LOCAL)
    assert isinstance(model, ChatOpenAI)
    assert (model.use_responses_api, model.stream_usage) == (False, True)
    assert model.openai_api_base == "http://127.0.0.1:9/v1"


def test_an_address_in_the_model_string_wins_and_is_not_part_of_the_name() -> None:
    text = "openai:qwen3@http://me:pass@127.0.0.1:8000/v1"
    model = chat_model(text, LOCAL)
    assert isinstance(model, ChatOpenAI)
    assert (model.model_name, model.openai_api_base) == ("qwen3", "http://me:pass@127.0.0.1:8000/v1")
    assert choose_model(text, LOCAL).name == "openai:qwen3"


@pytest.mark.parametrize("url", ["http://127.0.0.1:80000/v1", "http://host\n/v1", "http:///v1"])
def test_an_address_that_is_none_is_said_and_not_repeated(url: str) -> None:
    with pytest.raises(ToolError, match=r"none\. It looks like http://127\.0\.0\.1:8000/v1") as refused:
        chat_model("openai:llama3", KEYED.model_copy(update={"openai_base_url": url}))
    assert url not in str(refused.value)


def test_a_local_server_needs_no_key() -> None:
    assert choose_model("openai:llama3", LOCAL).model == "openai:llama3"
    assert isinstance(chat_model("openai:llama3", LOCAL), ChatOpenAI)


def test_a_client_is_never_built_without_a_key() -> None:
    with pytest.raises(ToolError, match="OPENAI_API_KEY"):
        chat_model("openai:gpt-5-mini", KEYLESS)


def test_a_provider_whose_package_is_missing_says_what_to_install() -> None:
    with pytest.raises(ToolError, match="langchain-mistralai"):
        chat_model("mistralai:small", KEYED)


def test_any_provider_may_have_an_address_and_takes_what_its_class_has_a_name_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ollama, anthropic = pytest.importorskip("langchain_ollama"), pytest.importorskip("langchain_anthropic")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    settings = KEYED.model_copy(update={"request_seconds": 9.0, "retries": 1, "context_tokens": 4096})
    local = chat_model("ollama:llama3:8b@http://127.0.0.1:11434", settings)
    assert isinstance(local, ollama.ChatOllama)
    assert (local.model, local.base_url) == ("llama3:8b", "http://127.0.0.1:11434")
    assert (local.num_ctx, local.client_kwargs) == (4096, {"timeout": 9.0})
    for _ in range(2):
        far = chat_model("anthropic:claude@https://gate/x", settings)
        assert isinstance(far, anthropic.ChatAnthropic)
        assert (far.model, far.anthropic_api_url) == ("claude", "https://gate/x")
        assert (far.default_request_timeout, far.max_retries) == (9.0, 1)


def test_a_provider_nobody_knows_is_refused() -> None:
    with pytest.raises(ToolError, match="cannot be used"):
        chat_model("nobody:model", KEYED)


def test_the_nearest_provider_is_named_where_one_is_misspelt() -> None:
    with pytest.raises(ToolError, match="Did you mean anthropic:claude"):
        chat_model("antropic:claude", KEYED)


def test_choosing_a_model_loads_no_model_library() -> None:
    code = "import sys, agent.models, agent.settings; print('langchain_core' in sys.modules, 'openai' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.split() == ["False", "False"]
