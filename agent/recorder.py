"""From the graph's stream to the events of a session, and to the turn that is kept of it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, RemoveMessage, ToolMessage

from agent.artifacts import findings_of, plot_spec, runs_of
from agent.board import Entry, board_of, board_of_turn
from agent.dialects import without_thoughts
from agent.events import (
    Answered,
    BoardChanged,
    Event,
    Notice,
    PlotMade,
    Restart,
    Thinking,
    Token,
    ToolFinished,
    ToolStarted,
    ToolUse,
    Turn,
)
from agent.evidence import EvidenceEntry, artifact_of, cited_ids, evidence_in, unfence
from agent.grounding import supporting
from agent.turn_state import TurnState

HELD_BACK = 160
"""Characters of a reply that wait before they are shown: what is said on the way to a tool call is mostly shorter."""

NO_ANSWER = re.compile(r"\W*the data does not say\b", re.IGNORECASE)
"""How an answer begins when the data cannot answer; the system prompt asks for it."""


class TurnRecorder:
    """Follows one turn. The tokens shown since the last Restart, joined, are the answer in the end."""

    def __init__(self, question: str, model: str) -> None:
        self.question = question
        self.model = model
        self.started = time.monotonic()
        self.notices: list[str] = []
        self._reply = ""
        self._calls_tools = False
        self._shown = ""
        self._candidate: AIMessage | None = None
        self._answer: AIMessage | None = None
        self._calls: dict[str, tuple[ToolStarted, float]] = {}
        self._returned: list[tuple[ToolMessage, float]] = []
        self._uses: list[ToolUse] = []
        self._results: list[ToolMessage] = []
        self._plots: list[PlotMade] = []
        self._board: tuple[Entry, ...] = ()

    def events(self, mode: str, data: Any) -> Iterator[Event]:
        """Events for one item of the graph's stream (modes messages, updates and custom)."""
        if mode == "messages":
            chunk, metadata = data
            if metadata.get("langgraph_node") == "model" and isinstance(chunk, AIMessageChunk):
                yield from self._chunk(chunk)
        elif mode == "custom":
            yield from self._told(data)
        else:
            for node, update in data.items():
                yield from self._update(node, (update or {}).get("messages", []))
                if node == "HypothesisBoard.before_model" and update:
                    self._board = tuple(update["board"])
                    yield BoardChanged(self._board)

    def note(self, text: str) -> Notice:
        """A notice, kept with the turn."""
        self.notices.append(text)
        return Notice(text)

    def _told(self, event: Event) -> Iterator[Event]:
        if isinstance(event, Notice):
            yield self.note(event.text)
        elif isinstance(event, Restart):
            yield from self._void(event.reason)
            self._reply, self._calls_tools = "", False

    def _void(self, reason: str) -> Iterator[Event]:
        if self._shown:
            yield Restart(reason)
        self._shown = ""

    def _chunk(self, chunk: AIMessageChunk) -> Iterator[Event]:
        self._reply += chunk.text
        self._calls_tools = self._calls_tools or bool(chunk.tool_call_chunks)
        if self._calls_tools:
            yield from self._void("that was said on the way to a tool call")
        elif len(spoken := without_thoughts(self._reply)) >= HELD_BACK:
            yield from self._show(spoken)

    def _show(self, text: str) -> Iterator[Event]:
        if not text.startswith(self._shown):
            yield from self._void("the answer was corrected")
        if rest := text[len(self._shown) :]:
            yield Token(rest)
        self._shown = text

    def _update(self, node: str, messages: list[Any]) -> Iterator[Event]:
        if node == "model":
            self._replied(messages)
        elif node == "ReplyCheck.after_model":
            yield from self._checked(messages)
        elif node == "tools":
            self._returned += [(message, time.monotonic()) for message in messages]
        elif node == "EvidenceNumbers.before_model":
            yield from self._numbered(messages)

    def _replied(self, messages: list[Any]) -> None:
        self._candidate = next((m for m in messages if isinstance(m, AIMessage)), None)
        self._reply, self._calls_tools = "", False

    def _checked(self, messages: list[Any]) -> Iterator[Event]:
        if any(isinstance(message, RemoveMessage) for message in messages):
            self._candidate = None
        reply = next((m for m in messages if isinstance(m, AIMessage)), self._candidate)
        if reply is None:
            return
        if not reply.tool_calls:
            self._answer = reply
            yield from self._show(reply.text)
            return
        if reply.text.strip():
            yield Thinking(reply.text.strip())
        for call in reply.tool_calls:
            started = ToolStarted(call["id"] or "", call["name"], call["args"])
            self._calls[started.id] = (started, time.monotonic())
            yield started

    def _numbered(self, messages: list[Any]) -> Iterator[Event]:
        """Results are passed on once they carry evidence ids, in the order of the calls."""
        order = list(self._calls)
        numbered = {message.tool_call_id: message for message in messages if isinstance(message, ToolMessage)}
        self._returned.sort(key=lambda item: order.index(item[0].tool_call_id))
        for message, at in self._returned:
            yield from self._finished(numbered.get(message.tool_call_id, message), at)
        self._returned = []

    def _finished(self, message: ToolMessage, at: float) -> Iterator[Event]:
        started, began = self._calls.pop(message.tool_call_id)
        ok, artifact = message.status != "error", artifact_of(message)
        self._uses.append(ToolUse(started.name, started.args, ok, tuple(artifact["evidence"]) if artifact else ()))
        self._results.append(message)
        yield ToolFinished(started.id, started.name, ok, unfence(message.text), artifact, at - began)
        spec = plot_spec(artifact["result"]) if artifact else None
        if artifact and spec:
            made = PlotMade(spec, tuple(runs_of(artifact["result"], "")), started.id)
            self._plots.append(made)
            yield made

    def finish(self, turn: TurnState, failure: str = "") -> Iterator[Event]:
        """The rest of the answer and the turn. `failure`: the sentence to end with when there is no answer."""
        answer = self._answer.text if self._answer and not failure else failure
        yield from self._show(answer)
        yield Answered(self._turn(turn, answer, self._is_answered(answer) and not failure))

    def _is_answered(self, answer: str) -> bool:
        said = self._answer.response_metadata.get("answered") if self._answer else False
        return bool(said) if said is not None else not NO_ANSWER.match(answer)

    def _turn(self, turn: TurnState, answer: str, answered: bool) -> Turn:
        results = [artifact["result"] for message in self._results if (artifact := artifact_of(message))]
        return Turn(
            question=self.question,
            answer=answer,
            model="offline" if turn.offline_because else self.model,
            answered=answered,
            evidence=self._evidence(turn, answer),
            tool_calls=tuple(self._uses),
            runs=tuple(dict.fromkeys(run for result in results for run in runs_of(result, answer))),
            findings=tuple(dict.fromkeys(found for result in results for found in findings_of(result, answer))),
            plots=tuple(self._plots),
            notices=tuple(self.notices),
            ungrounded_numbers=turn.ungrounded,
            board=board_of_turn(board_of(turn.thread), self._results),
            prompt_tokens=turn.used.prompt,
            completion_tokens=turn.used.completion,
            model_calls=turn.used.calls,
            cost=turn.budget.cost(turn.used),
            currency=turn.budget.price.currency if turn.budget.price else "",
            seconds=time.monotonic() - self.started,
        )

    def _evidence(self, turn: TurnState, answer: str) -> tuple[EvidenceEntry, ...]:
        known = evidence_in([*turn.thread, *self._results])
        cited = tuple(known[one] for one in cited_ids(answer) if one in known)
        return cited or supporting(answer, evidence_in(self._results).values())
