"""What went wrong with a model or its server, in words that a person can act on."""

from __future__ import annotations

import re

import httpx
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
    OutputParserException,
)

_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (ModelAuthenticationError, "the model's server refused the API key (401); check {key}"),
    (ModelPermissionDeniedError, "the API key may not use this model (403)"),
    (ModelNotFoundError, "the model's server does not know this model or address (404); check RUNWHY_MODEL"),
    (ModelRateLimitError, "the model's server is out of capacity for this key (429)"),
    (ModelAPIError, "the model's server failed (5xx)"),
    (ModelTimeoutError, "the model's server did not answer in time"),
    (TimeoutError, "the model did not answer in time"),
    (ModelConnectionError, "the connection to the model's server broke or could not be made"),
    (ModelInvalidRequestError, "the model's server refused the request (400)"),
    (
        OutputParserException,
        "the model's server sent a web page or other text, no answer; check its address",
    ),
    (ConnectionError, "the connection to the model's server broke or could not be made"),
    (httpx.TimeoutException, "the model's server did not answer in time"),
    (httpx.TransportError, "the connection to the model's server broke or could not be made"),
)
_STATUSES: dict[int, type[BaseException]] = {
    401: ModelAuthenticationError,
    403: ModelPermissionDeniedError,
    404: ModelNotFoundError,
    429: ModelRateLimitError,
}
"""What a status means where the client of a provider has one class for all errors."""
_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota", re.IGNORECASE)
_TOOLS = re.compile(r"not support (?:tools|tool|function)|tools? (?:is|are) not supported", re.IGNORECASE)
_STREAM = re.compile(r"stream\w*[^.]*tool|tool[^.]*stream|No generations found in stream", re.IGNORECASE)
_SYSTEM = re.compile(r"system (?:role|message|prompt)[^.]*(?:not (?:supported|allowed)|unsupported)", re.IGNORECASE)
_COUNT = re.compile(r"stream_options|include_usage", re.IGNORECASE)
_OVERFLOW = re.compile(
    r"context[_ ](?:length|window|size)|maximum context|too many tokens|prompt is too long|prompt too long"
    r"|exceeds the maximum (?:number of )?tokens|inputs? tokens? [^.]{0,40}must be",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:context[_ ](?:length|window|size)(?: of| is|:|=)?(?: only)?|context size \(|n_ctx\W{1,4}|with )\s*(\d{3,8})"
    r"|(\d{3,8}) (?:tokens? )?(?:maximum context|maximum\b|context)",
    re.IGNORECASE,
)


def is_overflow(error: BaseException) -> bool:
    """Whether the server says that the prompt is too long for the model."""
    return isinstance(error, ContextOverflowError) or bool(_OVERFLOW.search(str(error)))


def named_context(error: BaseException) -> int | None:
    """The tokens that the server says the model can read."""
    found = _NAMED.search(str(error))
    return int(found[1] or found[2]) if found else None


def is_of_counting(error: BaseException) -> bool:
    """Whether the server refuses to be asked for the tokens of a stream."""
    return bool(_COUNT.search(str(error)))


def is_of_streaming(error: BaseException) -> bool:
    """Whether another try without a stream may work: the server refuses it, or sends one that cannot be read."""
    return bool(_STREAM.search(str(error)))


def is_of_system_role(error: BaseException) -> bool:
    """Whether the server wants no system message."""
    return bool(_SYSTEM.search(str(error)))


def failure_sentence(error: BaseException) -> str:
    """Half a sentence that can follow "because"; it never repeats the server's own text, which may hold a key."""
    message = str(error)
    if _QUOTA.search(message):
        return "the quota of this API key is used up (429)"
    if is_overflow(error):
        return "the prompt is too long for the model; set RUNWHY_CONTEXT_TOKENS to what it can read"
    if _TOOLS.search(message):
        return "the model cannot call tools"
    meant = _kind(error)
    for kind, sentence in _SENTENCES:
        if issubclass(meant, kind):
            return sentence.format(key=_key(error))
    return f"the model's server sent something that is no answer ({type(error).__name__}); check its address"


def _kind(error: BaseException) -> type[BaseException]:
    """The class of the error, or the one that its status stands for."""
    if any(isinstance(error, kind) for kind, _ in _SENTENCES):
        return type(error)
    status = getattr(error, "status_code", None)
    if not isinstance(status, int) or status < 400:
        return type(error)
    return _STATUSES.get(status, ModelAPIError if status >= 500 else ModelInvalidRequestError)


def _key(error: BaseException) -> str:
    """What to check where a key was refused; each provider has its own variable."""
    return "OPENAI_API_KEY" if "openai" in type(error).__module__ else "the key that this provider wants"


def may_be_a_bug(error: BaseException) -> bool:
    """True for the errors of Python itself that no server causes; providers have classes of their own."""
    is_expected = isinstance(error, OSError | TimeoutError) or "No generations found" in str(error)
    return type(error).__module__ == "builtins" and not is_expected
