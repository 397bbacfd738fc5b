"""The message that stands where an answer will be: it shows the steps and what is written so far, edited in place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Sequence

from agent.events import Answered, Event, Notice, Restart, Thinking, Token, ToolFinished, ToolStarted, Turn
from agent.links import PlainStream
from agent.slack.document import blocks_of
from agent.slack.kit import Block, Message, actions, button, context, escaped, escaped_within, section
from agent.slack.line import UNREACHABLE, Line, Refused
from agent.slack.memory import Memory, Open
from agent.slack.places import Place
from agent.steps import step_title, took

EDIT_SECONDS = 1.2
"""Between two edits. Slack lets a message be edited about fifty times a minute."""
LATEST = 8
"""Steps that are shown; earlier ones are counted."""
STEP, ASKED = 160, 600
"""Characters of a step, and of a question that is repeated."""
WRITING = 12
"""Blocks of a half-written answer that are shown; the rest comes with the whole."""
WORKING, WAITING = "_Looking into it …_", "_The question before this one comes first …_"
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""Somebody has deleted the placeholder, or the workspace lets nobody edit that late."""
PAUSES = (5.0, 15.0, 60.0, 180.0)
"""Seconds between the attempts to put an answer where Slack cannot be reached: it may have taken a model minutes."""
STOP, AGAIN = "runwhy_stop", "runwhy_again"

log = logging.getLogger("runwhy.slack")


class Placeholder:
    """Open from its post until `finish` or `close`."""

    def __init__(self, line: Line, memory: Memory, place: Place, ts: str, asked: str, edit_seconds: float) -> None:
        self.place, self.ts = place, ts
        self._line, self._memory, self._asked, self._edit_seconds = line, memory, asked, edit_seconds
        self._head, self.is_done = WORKING, False
        self._steps: dict[str, str] = {}
        self._notices: list[str] = []
        self._stream, self._written = PlainStream(), ""
        self._changed = asyncio.Event()
        self._sending = asyncio.Lock()
        self._editor = asyncio.create_task(self._keep_edited())

    @classmethod
    async def post(
        cls, line: Line, memory: Memory, place: Place, question: str, asker: str, edit_seconds: float
    ) -> Placeholder:
        """Post it. `asker`: who asks, where nobody sees that else; in a channel such a message begins a thread."""
        asked = f"<@{asker}> asked: {escaped_within(question, ASKED)}" if asker else ""
        ts = await line.post(place.channel, Message("Looking into it …", _shown(asked, WORKING, ())), place.thread)
        if asker and not place.thread and not place.is_private:
            place = Place(place.channel, ts)
            memory.joined(place.channel, ts, asker)
        memory.opened(Open(place.channel, ts, place.thread, question))
        return cls(line, memory, place, ts, asked, edit_seconds)

    def say(self, head: str) -> None:
        """What is being done, as mrkdwn."""
        self._head = head
        self._changed.set()

    async def follow(self, events: AsyncIterable[Event]) -> tuple[Turn, tuple[str, ...]]:
        """Show events as they come, until the last one; returns the turn and what was noted beside it."""
        async for event in events:
            if isinstance(event, Answered):
                return event.turn, tuple(self._notices)
            self._note(event)
            self._changed.set()
        raise RuntimeError("the events ended without an answer")

    def _note(self, event: Event) -> None:
        match event:
            case Thinking():
                self._steps[f"thought {len(self._steps)}"] = escaped_within(" ".join(event.text.split()), STEP)
            case ToolStarted():
                self._steps[event.id] = f"… {escaped_within(step_title(event.name, event.args), STEP)}"
            case ToolFinished():
                mark = "✓" if event.ok else "✗"
                title = self._steps.get(event.id, event.name).removeprefix("… ")
                self._steps[event.id] = f"{mark} {title} · {took(event.seconds)}"
            case Token():
                self._written += self._stream.feed(event.text)
            case Restart():
                self._stream, self._written = PlainStream(), ""
            case Notice():
                self._notices.append(event.text)

    async def _keep_edited(self) -> None:
        """One edit at a time, with what is to be shown when it is sent: what Slack wants less of is left out."""
        await asyncio.sleep(self._edit_seconds / 2)
        while True:
            await self._changed.wait()
            self._changed.clear()
            async with self._sending:
                wait = await self._line.try_edit(self.place.channel, self.ts, self._message())
            if wait:
                self._changed.set()
            await asyncio.sleep(max(wait, self._edit_seconds))

    def _message(self) -> Message:
        steps = list(self._steps.values())
        earlier = [f"{len(steps) - LATEST} earlier steps"] if len(steps) > LATEST else []
        told = [context("\n".join([*earlier, *steps[-LATEST:]]))] if steps else []
        written = blocks_of(self._written)[:WRITING] if self._written.strip() else []
        return Message("Looking into it …", _shown(self._asked, self._head, [*told, *written]))

    async def finish(self, message: Message) -> None:
        """Put the answer, or its first part, in its place."""
        await self._end_edits()
        blocks = (context(self._asked), *message.blocks) if self._asked else message.blocks
        answer = Message(message.text, blocks)
        for pause in (*PAUSES, 0.0):
            try:
                await self._line.edit(self.place.channel, self.ts, answer)
                return
            except Refused as refused:
                if refused.code in GONE:
                    self.ts = await self._line.post(self.place.channel, answer, self.place.thread)
                    return
                if not refused.may_pass or not pause:
                    raise
            await asyncio.sleep(pause)

    async def close(self, why: str, question: str = "") -> None:
        """Say why no answer will come, or nothing more; with a question there is a button to ask it again."""
        await self._end_edits()
        if self.is_done:
            await self._line.post(
                self.place.channel, Message(escaped(why), (section(escaped(why)),)), self.place.thread
            )
            return
        self.is_done = True
        await give_up(self._line, self._memory, Open(self.place.channel, self.ts, self.place.thread, question), why)

    def done(self) -> None:
        """All of the answer has been posted."""
        self.is_done = True
        self._memory.closed(self.place.channel, self.ts)

    async def _end_edits(self) -> None:
        async with self._sending:
            self._editor.cancel()
        await asyncio.wait([self._editor])
        if not self._editor.cancelled() and (error := self._editor.exception()) is not None:
            # The answer matters more than what was shown on the way to it.
            log.error("a placeholder was not kept up to date", exc_info=error)


async def give_up(line: Line, memory: Memory, one: Open, why: str) -> None:
    """Make a placeholder say why no answer will come. It stays open where Slack cannot be reached: the next relay
    says it then."""
    blocks: list[Block] = [section(escaped_within(why, 2000))]
    if one.question:
        memory.keep(one.channel, one.ts, one.thread, {"again": one.question})
        blocks += [context(f"Asked: {escaped_within(one.question, 300)}"), actions("again", button(AGAIN, "Ask again"))]
    try:
        await line.edit(one.channel, one.ts, Message(escaped(why), tuple(blocks)))
    except Refused as refused:
        log.warning("a placeholder could not be closed: %s", refused)
        if refused.code == UNREACHABLE:
            return
    memory.closed(one.channel, one.ts)


def _shown(asked: str, head: str, middle: Sequence[Block]) -> tuple[Block, ...]:
    above = (context(asked),) if asked else ()
    return (*above, section(head), *middle, actions("stop", button(STOP, "Stop")))
