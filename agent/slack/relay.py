"""What the relay does with what it hears: questions, orders, files, the home tab, thumbs. No word of bolt here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.markdown import cell
from agent.settings import Settings
from agent.slack import overview
from agent.slack.access import Access, Person
from agent.slack.answers import subject_in
from agent.slack.document import messages
from agent.slack.files import Dropped
from agent.slack.kit import Block
from agent.slack.line import Line, Picture
from agent.slack.memory import Memory
from agent.slack.places import Desks, Place
from agent.slack.talks import Question, Talks
from agent.slack.words import HELP, Order, about_run, order_of
from agent.slash import report_files, rows_of
from tools.errors import ToolError

if TYPE_CHECKING:
    from agent.slack.alerts import Alerts

FOR_ALL = frozenset({"watch", "unwatch"})
"""Orders that concern a channel: everybody in it is told."""
REPORTING = "I write the report; with many runs that takes a while."
ROWS = 30
"""Rows of a query that are shown."""

log = logging.getLogger("runwhy.slack")


@dataclass(frozen=True)
class Said:
    """What somebody says: where, and whether it is said to us. `thread`: of the message itself, "" outside threads."""

    person: Person
    channel: str
    ts: str
    thread: str
    text: str
    files: tuple[Dropped, ...] = ()
    to_us: bool = False
    to_others: bool = False

    @property
    def in_private(self) -> bool:
        """Whether it is said in our private talk with them."""
        return self.channel.startswith("D")

    @property
    def place(self) -> Place:
        """The talk that it belongs to: in a channel, a message outside threads begins one."""
        return Place(self.channel, self.thread or ("" if self.in_private else self.ts))


class Relay:
    """One workspace of Slack with one set of runs."""

    def __init__(
        self, line: Line, memory: Memory, access: Access, desks: Desks, talks: Talks, settings: Settings, alerts: Alerts
    ) -> None:
        self.line, self.memory, self.access, self.desks, self.talks = line, memory, access, desks, talks
        self.settings, self.alerts = settings, alerts

    async def hear(self, said: Said) -> None:
        """A message: answer it if it is said to us, and by somebody who may."""
        if not self._is_for_us(said) or not self.memory.is_new(f"{said.channel}:{said.ts}"):
            return
        if refusal := self.access.refusal(said.person, said.channel):
            if said.to_us or said.in_private:
                await self.line.whisper(said.channel, said.person.user, messages(refusal)[0], said.thread)
            return
        place, user = said.place, said.person.user
        self.memory.joined(place.channel, place.thread, user)
        order = order_of(said.text)
        if order is not None and not said.files:
            await self.obey(order, place, user)
        elif said.text or said.files:
            await self._ask(place, self._question(said), said.files, user)
        else:
            await self._tell(place, HELP)

    def _is_for_us(self, said: Said) -> bool:
        if said.to_us or said.in_private:
            return True
        if any(one.may_be_a_log for one in said.files) and not said.to_others:
            return not self.access.refusal(said.person, said.channel)
        return bool(said.thread) and not said.to_others and self.memory.takes_part(*_talker(said))

    def _question(self, said: Said) -> str:
        """What is asked. Words beside a file that was dropped without naming us are for people, unless they ask."""
        addressed = said.to_us or said.in_private or self.memory.takes_part(*_talker(said))
        if said.files and not addressed and "?" not in said.text:
            return ""
        known = self.memory.known(said.channel, said.thread) if said.thread else None
        subject = subject_in(known.what) if known else None
        return about_run(said.text, subject.number) if subject and said.text and not said.files else said.text

    async def _ask(self, place: Place, text: str, files: Sequence[Dropped], user: str) -> None:
        try:
            self.talks.ask(Question(place, text, tuple(files)))
        except ToolError as error:
            await self.line.whisper(place.channel, user, messages(str(error))[0], place.thread)

    async def commanded(
        self, person: Person, channel: str, text: str, refused: Callable[[str], Awaitable[None]]
    ) -> None:
        """What was typed behind /runwhy. Lists are for whoever asks; an answer is for all, with the question."""
        if refusal := self.access.refusal(person, channel):
            raise ToolError(refusal)
        order = order_of(text)
        if order is not None or not text:
            await self.obey(order or Order("help"), Place(channel), person.user, alone=True)
            return
        self.talks.ask(Question(Place(channel), text, asker=person.user), refused)

    async def ask_in_private(self, user: str, question: str) -> None:
        """A button of the home tab: the answer comes in private."""
        place = Place(await self.line.private_talk(user))
        try:
            self.talks.ask(Question(place, question, asker=user))
        except ToolError as error:
            await self._tell(place, str(error))

    async def obey(self, order: Order, place: Place, user: str, alone: bool = False) -> None:
        """Do what needs no analyst. `alone`: lists are shown to whoever asked, and to nobody else."""
        if order.name == "report":
            await self.line.whisper(place.channel, user, messages(REPORTING)[0], place.thread)
        try:
            text, files = await self._done(order, place)
        except ToolError as error:
            text, files = str(error), ()
        for message in messages(text) if text else ():
            if alone and order.name not in FOR_ALL:
                await self.line.whisper(place.channel, user, message, place.thread)
            else:
                await self.line.post(place.channel, message, place.thread)
        if files:
            await self.line.hand_out(place.channel, place.thread, files)

    async def _done(self, order: Order, place: Place) -> tuple[str, Sequence[Picture]]:
        if order.name == "stop":
            return ("" if self.talks.stop(place) else "There is nothing to stop here."), ()
        if order.name == "help":
            return HELP, ()
        if order.name == "watch":
            return await self.alerts.watch(place.channel, order.rest), ()
        if order.name == "unwatch":
            return self.alerts.unwatch(place.channel), ()
        desk = await asyncio.to_thread(self.desks.of, place)
        if order.name == "runs":
            return await asyncio.to_thread(overview.listing, desk.store), ()
        if order.name == "sql":
            frame, said = await asyncio.to_thread(rows_of, desk.store, order.rest)
            return _table(frame.columns.tolist(), frame.head(ROWS).to_numpy().tolist(), said), ()
        made = await asyncio.to_thread(report_files, desk.store, order.rest)
        title = f"Report on {order.rest}" if order.rest else "Report on all runs"
        return "", [Picture(name, text.encode(), f"{title} ({name})") for name, text in made.items()]

    async def open_home(self, person: Person) -> None:
        """Show the home tab as it is now."""
        await self.line.show_home(person.user, await self._home(person))

    async def _home(self, person: Person) -> list[Block]:
        if not self.access.in_private(person):
            return overview.closed_home(self.access.channels)
        return await asyncio.to_thread(lambda: overview.home(self.desks.fresh()))

    async def _tell(self, place: Place, text: str) -> None:
        for message in messages(text):
            await self.line.post(place.channel, message, place.thread)


def _talker(said: Said) -> tuple[str, str, str]:
    return said.channel, said.thread, said.person.user


def _table(columns: Sequence[object], rows: Sequence[Sequence[object]], said: str) -> str:
    def line(values: Sequence[object]) -> str:
        return f"| {' | '.join(_cell(value) for value in values)} |"

    more = f"; the first {ROWS} are shown" if len(rows) == ROWS else ""
    return "\n".join([f"{said}{more}", "", line(columns), "|" + "---|" * len(columns), *map(line, rows)])


def _cell(value: object) -> str:
    return "–" if value is None else cell(f"{value:.6g}" if isinstance(value, float) else str(value))
