"""A conversation as the analyst needs it: earlier questions and what they were about, this one, its results so far."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from agent.offline.read import result_of
from agent.verbosity import Verbosity
from tools.results import Result


@dataclass(frozen=True)
class Call:
    """A tool call that is wanted; arguments as JSON, so that calls compare by value."""

    tool: str
    arguments: str

    @property
    def args(self) -> dict[str, Any]:
        """The arguments as the tool takes them."""
        return dict(json.loads(self.arguments))


def call(tool: str, **arguments: Any) -> Call:
    """A wanted call."""
    return Call(tool, json.dumps(arguments, sort_keys=True))


@dataclass(frozen=True)
class Cited:
    """A piece of evidence that an answer may cite."""

    id: str
    run: str
    metric: str
    step: float | None
    value: object
    label: str = ""
    axis: str = "step"


@dataclass(frozen=True)
class Failed:
    """A call that brought no result; `text` is what the tool said."""

    text: str


Outcome = Result | Failed


@dataclass(frozen=True)
class Turn:
    """An earlier question with its answer. runs: those it was about; None where another model answered."""

    question: str
    answer: str
    runs: tuple[str, ...] | None = None
    outcomes: Mapping[Call, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class Thread:
    """The conversation up to now; the results and evidence are those of the question at hand."""

    question: str
    earlier: tuple[Turn, ...] = ()
    outcomes: Mapping[Call, Outcome] = field(default_factory=dict)
    evidence: tuple[Cited, ...] = ()
    verbosity: Verbosity = "normal"


def thread_of(messages: Sequence[BaseMessage], verbosity: Verbosity = "normal") -> Thread:
    """Cut the messages at the questions. Several human messages in a row are one question."""
    turns = _cut(messages)
    if not turns:
        return Thread("")
    earlier = tuple(_turn(part) for part in turns[:-1])
    now = turns[-1]
    return Thread(_question(now), earlier, _outcomes(now), _evidence(now), verbosity)


def _cut(messages: Sequence[BaseMessage]) -> list[list[BaseMessage]]:
    parts: list[list[BaseMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) and not (parts and isinstance(parts[-1][-1], HumanMessage)):
            parts.append([])
        if parts:
            parts[-1].append(message)
    return parts


def _question(part: Sequence[BaseMessage]) -> str:
    return "\n".join(str(m.text) for m in part if isinstance(m, HumanMessage)).strip()


def _turn(part: Sequence[BaseMessage]) -> Turn:
    replies = [m for m in part if isinstance(m, AIMessage) and not m.tool_calls]
    last = replies[-1] if replies else None
    about = last.response_metadata.get("about") if last else None
    runs = tuple(str(run) for run in about) if isinstance(about, list | tuple) else None
    return Turn(_question(part), str(last.text) if last else "", runs, _outcomes(part))


def _outcomes(part: Sequence[BaseMessage]) -> dict[Call, Outcome]:
    asked = {c["id"]: call(c["name"], **c["args"]) for m in part if isinstance(m, AIMessage) for c in m.tool_calls}
    answers = [m for m in part if isinstance(m, ToolMessage) and m.tool_call_id in asked]
    return {asked[m.tool_call_id]: _outcome(m) for m in answers}


def _outcome(message: ToolMessage) -> Outcome:
    artifact = message.artifact if isinstance(message.artifact, Mapping) else {}
    data = artifact.get("result")
    result = result_of(data) if isinstance(data, Mapping) and message.status != "error" else None
    return Failed(_unfenced(str(message.text))) if result is None else result


def _unfenced(text: str) -> str:
    """The words of a tool without the marks that fence them."""
    return re.sub(r"</?tool_result[^>]*>", "", text).strip()


def _evidence(part: Sequence[BaseMessage]) -> tuple[Cited, ...]:
    found: list[Cited] = []
    for message in part:
        artifact = getattr(message, "artifact", None)
        entries = artifact.get("evidence", ()) if isinstance(artifact, Mapping) else ()
        found.extend(_cited(entry) for entry in entries if isinstance(entry, Mapping) and entry.get("id"))
    return tuple(found)


def _cited(entry: Mapping[str, Any]) -> Cited:
    step = entry.get("step")
    return Cited(
        str(entry["id"]),
        str(entry.get("run") or ""),
        str(entry.get("metric") or ""),
        float(step) if isinstance(step, int | float) else None,
        entry.get("value"),
        str(entry.get("label") or ""),
        str(entry.get("axis") or "step"),
    )
