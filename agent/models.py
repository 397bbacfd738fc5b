"""From a model string to a chat model: offline, openai:<model>, <provider>:<model>, each with @<base URL> or without.

Without a key nothing is sent anywhere: the offline analyst answers, and the choice says so.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.settings import Settings
from tools.errors import ToolError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_openai import ChatOpenAI
    from openai import DefaultAsyncHttpxClient

OFFLINE = "offline"
DEFAULT_OPENAI = "openai:gpt-5-mini"
CHOICES = (
    "Choose offline, openai:<model>, openai:<model>@<base URL>, or <provider>:<model> (with @<base URL> or without) "
    "for another provider of LangChain (anthropic, ollama, google_genai, ...)."
)
NO_KEY = "No OPENAI_API_KEY is set: the offline analyst answers, and nothing leaves this machine."
UNKEYED = "unused"
"""Sent as the key to a server that the user runs without one; the client refuses to be built with none."""

TIMEOUTS = ("timeout", "request_timeout", "default_request_timeout", "timeout_seconds")
"""What the classes of providers call the seconds that a request may take."""

_KINDS: dict[str, type[BaseChatModel]] = {}
"""Provider -> its class."""
_OPENAI = re.compile(r"openai:(?P<name>[^@\s]+)(?:@(?P<url>https?://\S+))?")
_PROVIDER = re.compile(r"(?P<provider>[a-z][a-z0-9_-]*):(?P<name>\S+?)(?:@(?P<url>https?://\S+))?")


@dataclass(frozen=True)
class ModelChoice:
    """The model string to use, and a sentence for people where it is not the one they would expect ("" where it is)."""

    model: str
    notice: str = ""

    @property
    def name(self) -> str:
        """The model string without its address, which may carry a password."""
        return self.model.partition("@http")[0]


def choose_model(requested: str | None, settings: Settings) -> ModelChoice:
    """What to use for a request (None: as set, else by key). ToolError lists the choices when it is none of them."""
    wanted = requested or settings.model
    if wanted == OFFLINE:
        return ModelChoice(OFFLINE)
    if wanted is None and settings.openai_api_key is None:
        return ModelChoice(OFFLINE, NO_KEY)
    wanted = wanted or DEFAULT_OPENAI
    _check(wanted)
    if _OPENAI.fullmatch(wanted) and not _key_and_url(wanted, settings)[0]:
        name = ModelChoice(wanted).name
        return ModelChoice(OFFLINE, f"{name} needs OPENAI_API_KEY: the offline analyst answers instead.")
    return ModelChoice(wanted)


def chat_model(model: str, settings: Settings) -> BaseChatModel:
    """The chat model behind a model string that `choose_model` gave."""
    if model == OFFLINE:
        from agent.offline import OfflineAnalyst

        return OfflineAnalyst(verbosity=settings.verbosity)
    _check(model)
    return _openai(model, settings) if _OPENAI.fullmatch(model) else _from_provider(model, settings)


@asynccontextmanager
async def connected_model(
    model: str, settings: Settings, client: DefaultAsyncHttpxClient | None = None
) -> AsyncIterator[BaseChatModel]:
    """The chat model for one question. Its connections belong to the event loop that asks, and are closed with it.

    The client's own default is one pool for the whole process, which breaks as soon as a second loop uses it.
    client: used instead, and left open.
    """
    if not _OPENAI.fullmatch(model):
        yield chat_model(model, settings)
        return
    if client is not None:
        yield _openai(model, settings, client)
        return
    from openai import DefaultAsyncHttpxClient

    async with DefaultAsyncHttpxClient() as own:
        yield _openai(model, settings, own)


def _check(model: str) -> None:
    if not (_OPENAI.fullmatch(model) or (_PROVIDER.fullmatch(model) and not model.startswith("openai:"))):
        raise ToolError(f"There is no model {model!r}.", CHOICES)


def _key_and_url(model: str, settings: Settings) -> tuple[str, str | None]:
    """The key to send ("" where one is needed but missing) and the custom address, if any."""
    match = _OPENAI.fullmatch(model)
    url = (match["url"] if match else None) or settings.openai_base_url
    if settings.openai_api_key is not None:
        return settings.openai_api_key.get_secret_value(), url
    return (UNKEYED if url else ""), url


def _openai(model: str, settings: Settings, client: DefaultAsyncHttpxClient | None = None) -> ChatOpenAI:
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    from agent.lenient import LenientChatOpenAI

    key, url = _key_and_url(model, settings)
    if not key:
        raise ToolError(f"{model} needs OPENAI_API_KEY, which is not set.", CHOICES)
    match = _OPENAI.fullmatch(model)
    assert match is not None
    kind = LenientChatOpenAI if url else ChatOpenAI
    if url and not _is_address(url):
        raise ToolError("The address of the model's server is none.", "It looks like http://127.0.0.1:8000/v1.")
    return kind(
        model=match["name"],
        api_key=SecretStr(key),
        base_url=url,
        # Compatible servers speak Chat Completions only, and report no token counts in a stream unless asked.
        use_responses_api=False if url else None,
        stream_usage=True,
        timeout=settings.request_seconds,
        stream_chunk_timeout=settings.request_seconds,
        max_retries=settings.retries,
        http_async_client=client,
    )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", url)
    except ValueError:
        return False


def _from_provider(model: str, settings: Settings) -> BaseChatModel:
    """The model with those of the settings that the class of its provider takes, which shows once one is made."""
    match = _PROVIDER.fullmatch(model)
    assert match is not None
    given: dict[str, Any] = {"model_provider": match["provider"]}
    given |= {"base_url": match["url"]} if match["url"] else {}
    if (kind := _KINDS.get(match["provider"])) is None:
        made = _made(match["name"], given)
        kind = _KINDS[match["provider"]] = type(made)
        if not _taken(kind, settings):
            return made
    return _made(match["name"], given | _taken(kind, settings))


def _made(name: str, given: dict[str, Any]) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    provider = given["model_provider"]
    try:
        made: BaseChatModel = init_chat_model(name, **given)
    except ImportError as error:
        raise ToolError(f"{provider}:{name} cannot be used: {error}.") from None
    except ValueError as error:
        reason, _, known = str(error).partition("\n")
        near = get_close_matches(provider, re.findall(r"\w+", known), n=1)
        meant = f"Did you mean {near[0]}:{name}? " if near else ""
        raise ToolError(f"{provider}:{name} cannot be used: {reason.rstrip('.')}.", meant + CHOICES) from None
    return made


def _taken(kind: type[BaseChatModel], settings: Settings) -> dict[str, Any]:
    """Time-outs, retries and the size of the context, by the names that a class has for them."""
    fields = {name for field, info in kind.model_fields.items() for name in (field, info.alias) if name}
    seconds = settings.request_seconds
    known: dict[str, Any] = dict.fromkeys(("stream_chunk_timeout", *_one_of(TIMEOUTS, fields)), seconds)
    known |= {"max_retries": settings.retries, "num_ctx": settings.context_tokens}
    if not fields.intersection(TIMEOUTS):
        known |= {"client_kwargs": {"timeout": seconds}}
    return {name: value for name, value in known.items() if name in fields}


def _one_of(names: Sequence[str], fields: Set[str]) -> list[str]:
    return [name for name in names if name in fields][:1]
