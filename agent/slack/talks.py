"""Questions on their way to answers: one at a time in each talk, a few at once in all, each with its placeholder."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from weakref import WeakValueDictionary

from agent.added import Added, announcement, first_question
from agent.chat import Desk
from agent.events import Turn
from agent.slack.answers import PLOTS, about, kept, picture, written
from agent.slack.document import messages
from agent.slack.files import Dropped, fetched
from agent.slack.kit import Message, escaped_within
from agent.slack.line import Line, Refused
from agent.slack.memory import Memory
from agent.slack.placeholder import EDIT_SECONDS, WAITING, WORKING, Placeholder, give_up
from agent.slack.places import Desks, Place
from tools.errors import ToolError

AT_ONCE = 4
"""Questions that are answered at the same time."""
WAITING_MOST = 5
"""Questions of one talk that may wait."""
STOPPED = "Stopped."
GOING_DOWN = "I was switched off before I could answer."
BROKEN_OFF = "I broke off before I could answer."
TOO_MANY = "There are questions enough waiting in this thread; ask again when they are answered."

log = logging.getLogger("runwhy.slack")


@dataclass(frozen=True)
class Question:
    """What somebody wants: words, files, or both. `asker`: who, where their words are seen nowhere else."""

    place: Place
    text: str
    files: tuple[Dropped, ...] = ()
    asker: str = ""


class Talks:
    """All that is being answered."""

    def __init__(self, line: Line, memory: Memory, desks: Desks, edit_seconds: float = EDIT_SECONDS) -> None:
        self.line, self.memory, self.desks = line, memory, desks
        self._edit_seconds = edit_seconds
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._turns: WeakValueDictionary[Place, asyncio.Lock] = WeakValueDictionary()
        self._tasks: dict[asyncio.Task[None], Place] = {}
        self._is_ending = False

    def ask(self, question: Question, refused: Callable[[str], Awaitable[None]] | None = None) -> None:
        """Begin to answer; what goes wrong is said in the talk. `refused` hears that nothing can be said there.

        ToolError where enough is asked there already.
        """
        if sum(where == question.place for where in self._tasks.values()) > WAITING_MOST:
            raise ToolError(TOO_MANY)
        task = asyncio.create_task(self._answer(question, refused))
        self._tasks[task] = question.place
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    def stop(self, place: Place) -> bool:
        """Stop what is being answered in a talk; False where nothing is."""
        found = [task for task, where in self._tasks.items() if where == place]
        for task in found:
            task.cancel()
        return bool(found)

    async def tidy_up(self) -> None:
        """Placeholders that a process before this one has left behind say so."""
        for one in self.memory.still_open():
            await give_up(self.line, self.memory, one, BROKEN_OFF)

    async def end(self) -> None:
        """Stop everything, each with a word of why."""
        self._is_ending = True
        for task in (tasks := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, question: Question, refused: Callable[[str], Awaitable[None]] | None) -> None:
        posting = asyncio.ensure_future(self._begin(question, refused))
        try:
            if (placeholder := await asyncio.shield(posting)) is not None:
                await self._say_or_answer(placeholder, question)
        except asyncio.CancelledError:
            # A placeholder that is on its way is waited for, so that none is left behind.
            if (placeholder := await posting) is not None and not placeholder.is_done:
                await placeholder.close(GOING_DOWN if self._is_ending else STOPPED, question.text)

    async def _begin(self, question: Question, refused: Callable[[str], Awaitable[None]] | None) -> Placeholder | None:
        try:
            return await Placeholder.post(
                self.line, self.memory, question.place, question.text, question.asker, self._edit_seconds
            )
        except Refused as why:
            log.warning("nothing can be posted in %s: %s", question.place.channel, why)
            if refused is not None:
                await refused(str(why))
            return None

    async def _say_or_answer(self, placeholder: Placeholder, question: Question) -> None:
        if (task := asyncio.current_task()) is not None:
            self._tasks[task] = placeholder.place
        try:
            await self._in_turn(placeholder, question)
        except ToolError as error:
            await placeholder.close(str(error))
        except Exception:
            # The outermost edge: the reason goes to the log, not into the channel.
            reference = uuid.uuid4().hex[:8]
            log.exception("a question could not be answered (reference %s)", reference)
            text = f"Something went wrong inside runwhy. The relay's log has the details under {reference}."
            await placeholder.close(text, question.text)

    async def _in_turn(self, placeholder: Placeholder, question: Question) -> None:
        turn = self._turns.setdefault(placeholder.place, asyncio.Lock())
        if turn.locked():
            placeholder.say(WAITING)
        async with turn, self._slots:
            placeholder.say(WORKING)
            desk = await asyncio.to_thread(self.desks.of, placeholder.place)
            added = await self._take(placeholder, desk, question.files) if question.files else None
            text = question.text or (first_question(added) if added else "")
            if added:
                await self._announce(placeholder, added, bool(text))
            if text:
                async with aclosing(desk.ask(text)) as events:
                    answered, notices = await placeholder.follow(events)
                await self._deliver(placeholder, desk, answered, notices)
        placeholder.done()

    async def _take(self, placeholder: Placeholder, desk: Desk, files: Sequence[Dropped]) -> Added:
        placeholder.say(f"_Reading {escaped_within(', '.join(one.name for one in files), 160)} …_")
        async with fetched(self.line.client, files) as arrived:
            added = await asyncio.to_thread(desk.add, arrived.uploads)
        return Added(added.runs, (*arrived.refused, *added.refused))

    async def _announce(self, placeholder: Placeholder, added: Added, goes_on: bool) -> None:
        told = messages(announcement(added))
        if goes_on:
            placeholder.say(WORKING)
            await self._post(placeholder.place, told)
        else:
            await placeholder.finish(told[0])
            await self._post(placeholder.place, told[1:])

    async def _deliver(self, placeholder: Placeholder, desk: Desk, turn: Turn, notices: Sequence[str]) -> None:
        """The answer in the place of the placeholder, what does not fit there below it, then files and plots."""
        one = await asyncio.to_thread(about, desk.store, turn, desk.answered)
        (first, *others), files = written(turn, notices, one)
        place = placeholder.place
        if not others:
            # Before its buttons are there to be pressed.
            self.memory.keep(place.channel, placeholder.ts, place.thread, kept(one))
        await placeholder.finish(first)
        last = await self._post(place, others) if others else placeholder.ts
        self.memory.keep(place.channel, last, place.thread, kept(one))
        placeholder.done()
        plots = [await asyncio.to_thread(picture, made.spec) for made in turn.plots[:PLOTS]]
        if files or plots:
            try:
                await self.line.hand_out(place.channel, place.thread, (*files, *plots))
            except Refused as refused:
                await self._post(place, messages(f"The plot could not be put here: {refused}"))

    async def _post(self, place: Place, parts: Sequence[Message]) -> str:
        ts = ""
        for part in parts:
            ts = await self.line.post(place.channel, part, place.thread)
        return ts
