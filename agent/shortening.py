"""A long thread in the little room of a small context: the question at hand whole, what was said before in short.

Only what is sent is shortened; the thread keeps everything, so that evidence can still be followed back. LangChain's
own context editing is not used, as it copies every message with all of its evidence before every call.
"""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.messages.utils import count_tokens_approximately

from agent.evidence import fence
from agent.phrases import first_sentence, one_line
from agent.prompts import render

ROOM = 2_500
"""Tokens of earlier questions, answers and results that are sent as they are."""
KEPT_TURNS = 2
"""So many of the last turns keep their question and their answer when there is too little room."""
TOLD = 12
"""So many turns before those are told in a line each."""
LINE = 200


def shortened(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The same messages where what came before the question fits; else results go, and older turns become notes."""
    turns = _turns(messages)
    earlier = [message for turn in turns[:-1] for message in turn]
    if not earlier or count_tokens_approximately(earlier) <= ROOM:
        return list(messages)
    older, recent = turns[:-1][:-KEPT_TURNS], turns[:-1][-KEPT_TURNS:]
    kept = [message for turn in recent for message in _spoken(turn)]
    return [*_notes(older), *kept, *turns[-1]]


def _turns(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    """The messages from one question to the next."""
    turns: list[list[AnyMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def _spoken(turn: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The question and the answer, without calls and results."""
    return [m for m in turn if isinstance(m, HumanMessage) or (isinstance(m, AIMessage) and not m.tool_calls)]


def _notes(turns: Sequence[Sequence[AnyMessage]]) -> list[AnyMessage]:
    if not turns:
        return []
    more = f"{len(turns) - TOLD} earlier ones are left out\n" if len(turns) > TOLD else ""
    lines = "\n".join(_line(turn) for turn in turns[-TOLD:])
    return [HumanMessage(render("earlier", notes=fence("conversation", more + lines)))]


def _line(turn: Sequence[AnyMessage]) -> str:
    spoken = [one_line(message.text) for message in _spoken(turn)]
    question, answer = spoken[0], spoken[-1] if len(spoken) > 1 else "no answer"
    return f"- asked: {question[:LINE]} - answered: {first_sentence(answer)[:LINE]}"
