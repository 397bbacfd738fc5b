"""A thread in the room that a prompt has: the newest results whole, older ones in short, what was said before in notes.

Only what is sent is shortened; the thread keeps everything, so that evidence can still be followed back and answers
are proved against all of it. LangChain's own context editing is not used, as it copies every message with all of its
evidence before every call.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agent.evidence import fence, unfence
from agent.phrases import first_sentence, one_line
from agent.prompts import render
from agent.tokens import tokens_in, tokens_of

EARLIER = 0.3
"""The share of the room that earlier questions may take even where the results of this one would fill all of it."""
ASKED = 0.4
"""The largest share that the question, or a draft that goes back, may take; a whole log may be pasted into one."""
SHORT = 160
"""Tokens of an older result for which the newest make room: its first lines tell most."""
KEPT_TURNS = 2
"""So many of the last turns keep their question and their answer when there is too little room."""
TOLD = 12
"""So many turns before those are told in a line each."""
ANSWER = 500
"""Tokens that are kept of such an answer, or of what is said beside a call."""
LINE = 200
CUT = "shortened: {left} more characters; the same call shows them again"
CROWDED = "cut for want of room: {left} more characters; make the call alone, or ask for less"
OF_A_TEXT = "cut for want of room: {left} more characters"
NOTED = 10
"""Tokens around such a note, and of the number in it."""
_WORD = re.compile(r"\S+\s*")


def shortened(messages: Sequence[AnyMessage], room: int) -> list[AnyMessage]:
    """The same messages where they fit into so many tokens; else what the question at hand needs most of them."""
    if tokens_of(*messages) <= room:
        return list(messages)
    turns = _turns(messages)
    at_hand = [_cut(turns[-1][0], int(ASKED * room), OF_A_TEXT), *turns[-1][1:]]
    before = _before(turns[:-1], max(int(EARLIER * room), room - tokens_of(*at_hand)))
    return [*before, *_at_hand(at_hand, room - tokens_of(*before))]


def shortened_draft(messages: Sequence[AnyMessage], room: int) -> list[AnyMessage]:
    """What is said to the model once, beside the thread, where it may take its share of the room."""
    return [_cut(message, int(ASKED * room), OF_A_TEXT) for message in messages]


def _turns(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    """The messages from one question to the next."""
    turns: list[list[AnyMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def _at_hand(turn: Sequence[AnyMessage], room: int) -> list[AnyMessage]:
    """The question and its results: the newest have what they need, and the older ones share the rest."""
    replied = max((i for i, message in enumerate(turn) if isinstance(message, AIMessage)), default=0)
    results = [i for i, message in enumerate(turn) if isinstance(message, ToolMessage)]
    older, newest = [i for i in results if i < replied], [i for i in results if i > replied]
    shown = [_cut(m, ANSWER, OF_A_TEXT) if isinstance(m, AIMessage) else m for m in turn]
    left = room - tokens_of(*(message for i, message in enumerate(shown) if i not in results))
    for i, message in _sharing(turn, newest, left - min(SHORT * len(older), left // 2), CROWDED):
        shown[i] = message
    left -= tokens_of(*(shown[i] for i in newest))
    for i, message in _sharing(turn, older, left, CUT):
        shown[i] = message
    return _without_oldest(shown, room)


def _sharing(
    turn: Sequence[AnyMessage], results: Sequence[int], room: int, why: str
) -> Iterator[tuple[int, AnyMessage]]:
    """These results, cut where all of them together do not fit."""
    share = _share([tokens_of(turn[i]) for i in results], max(room, 0))
    yield from ((i, _cut(turn[i], share, why)) for i in results)


def _share(sizes: Sequence[int], room: int) -> int:
    """What each may have, so that all fit and none that is smaller is cut for another."""
    left = room
    for rank, size in enumerate(sorted(sizes)):
        if size > (share := left // (len(sizes) - rank)):
            return share
        left -= size
    return room


def _without_oldest(turn: Sequence[AnyMessage], room: int) -> list[AnyMessage]:
    """Without the oldest calls where even their notes are too many, and with a word about them instead."""
    question, rounds = turn[:1], _rounds(turn[1:])
    dropped: list[AnyMessage] = []
    while len(rounds) > 1 and tokens_of(*question, *dropped[:1], *(m for one in rounds for m in one)) > room:
        names = Counter(_calls([*dropped[1:], *(gone := rounds.pop(0))]))
        told = ", ".join(f"{name} ({times} times)" if times > 1 else name for name, times in names.items())
        dropped = [HumanMessage(render("left_out", calls=told)), *dropped[1:], *gone]
    return [*question, *dropped[:1], *(message for one in rounds for message in one)]


def _rounds(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    """Each reply of the model with the results of its calls; servers refuse one without the other."""
    rounds: list[list[AnyMessage]] = []
    for message in messages:
        if not isinstance(message, ToolMessage) or not rounds:
            rounds.append([])
        rounds[-1].append(message)
    return rounds


def _calls(messages: Sequence[AnyMessage]) -> Iterator[str]:
    return (call["name"] for message in messages if isinstance(message, AIMessage) for call in message.tool_calls)


def _cut(message: AnyMessage, room: int, why: str) -> AnyMessage:
    """The message with the beginning of its text, as far as it fits, and a note of what is missing."""
    if tokens_of(message) <= room or not isinstance(message.content, str):
        return message
    is_result = isinstance(message, ToolMessage)
    text = unfence(message.content) if is_result else message.content
    around = tokens_of(message) - tokens_in(text) + tokens_in(why) + NOTED
    kept = _head(text, room - around)
    cut = f"{kept}\n[{why.format(left=len(text) - len(kept))}]".strip()
    return message.model_copy(update={"content": fence(message.name or "tool", cut) if is_result else cut})


def _head(text: str, room: int) -> str:
    """As many words as fit, and no part of a row of a table."""
    ends = [found.end() for found in _WORD.finditer(text)]
    fitting = bisect_right(ends, room, key=lambda end: tokens_in(text[:end]))
    kept = text[: ends[fitting - 1]].rstrip() if fitting else ""
    row = text.rfind("\n", 0, len(kept)) + 1
    return kept[:row].rstrip() if " | " in text[row:].partition("\n")[0] and text[len(kept) :][:1] not in "\n" else kept


def _before(turns: Sequence[Sequence[AnyMessage]], room: int) -> list[AnyMessage]:
    """Earlier questions: whole where they fit; else the last ones without their results, and notes of others."""
    whole = [message for turn in turns for message in turn]
    if tokens_of(*whole) <= room:
        return whole
    for kept, told in ((KEPT_TURNS, TOLD), (1, TOLD), (1, TOLD // 2), (0, TOLD // 2), (0, 2)):
        first = max(len(turns) - kept, 0)
        shown = [*_notes(turns[:first], told), *(message for turn in turns[first:] for message in _said(turn))]
        if tokens_of(*shown) <= room:
            return shown
    return []


def _said(turn: Sequence[AnyMessage]) -> list[AnyMessage]:
    return [_cut(message, ANSWER, OF_A_TEXT) for message in _spoken(turn)]


def _spoken(turn: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The question and the answer, without calls and results."""
    return [m for m in turn if isinstance(m, HumanMessage) or (isinstance(m, AIMessage) and not m.tool_calls)]


def _notes(turns: Sequence[Sequence[AnyMessage]], told: int) -> list[AnyMessage]:
    if not turns:
        return []
    more = f"{len(turns) - told} earlier ones are left out\n" if len(turns) > told else ""
    lines = "\n".join(_line(turn) for turn in turns[-told:])
    return [HumanMessage(render("earlier", notes=fence("conversation", more + lines)))]


def _line(turn: Sequence[AnyMessage]) -> str:
    spoken = [one_line(message.text) for message in _spoken(turn)]
    question, answer = spoken[0], spoken[-1] if len(spoken) > 1 else "no answer"
    return f"- asked: {question[:LINE]} - answered: {first_sentence(answer)[:LINE]}"
