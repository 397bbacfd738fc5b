"""What the buttons do: plot, compare, explain, evidence, mute, stop, ask again, thumbs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from agent import feedback
from agent.cards import plot_around
from agent.chat import Desk
from agent.links import without_links
from agent.slack.alert_text import WHY, WORTH
from agent.slack.answers import (
    COMPARE,
    EXPLAIN,
    MUTE,
    PLOT,
    SHOW_EVIDENCE,
    THUMBS,
    Subject,
    evidence_table,
    picture,
    read,
    subject_in,
)
from agent.slack.document import messages
from agent.slack.memory import Known
from agent.slack.overview import ASK
from agent.slack.placeholder import AGAIN, STOP
from agent.slack.places import Place
from agent.slack.relay import Relay
from agent.slack.talks import Question
from tools.errors import ToolError
from tools.toolbox import Toolbox

DAY = 86400.0
GONE = "What this button was about is no longer known; ask again."
REACTIONS: Mapping[str, Literal["up", "down"]] = {"+1": "up", "thumbsup": "up", "-1": "down", "thumbsdown": "down"}


@dataclass(frozen=True)
class Click:
    """A button that somebody has pressed, and the message that it belongs to ("" on the home tab)."""

    action: str
    value: str
    user: str
    channel: str
    ts: str
    thread: str


class Clicks:
    """The buttons of a relay. What cannot be done is told to whoever clicked, and to nobody else."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._does: Mapping[str, Callable[[Click], Awaitable[None]]] = {
            STOP: self._stop,
            AGAIN: self._again,
            PLOT: self._plot,
            WHY: self._why,
            WORTH: self._worth,
            COMPARE: self._compare,
            EXPLAIN: self._explain,
            SHOW_EVIDENCE: self._evidence,
            MUTE: self._mute,
            THUMBS: self._thumbs,
        }

    async def do(self, click: Click) -> None:
        """Do what a button is for."""
        if click.action.startswith(ASK):
            await self._relay.ask_in_private(click.user, click.value)
        elif click.action in self._does:
            try:
                await self._does[click.action](click)
            except ToolError as error:
                await self._whisper(click, str(error))

    async def react(self, user: str, channel: str, ts: str, reaction: str, taken_back: bool) -> None:
        """A thumb that somebody has put under an answer, or has taken away."""
        verdict, known = REACTIONS.get(reaction.partition("::")[0]), self._relay.memory.known(channel, ts)
        if verdict is None or known is None or read(known.what) is None:
            return
        if taken_back:
            await asyncio.to_thread(feedback.withdraw, self._relay.settings, _vote(user, channel, ts))
        else:
            await self._keep_thumb(user, channel, ts, known, verdict)

    async def _stop(self, click: Click) -> None:
        if not self._relay.talks.stop(self._place(click)) and not self._relay.talks.stop(
            Place(click.channel, click.ts)
        ):
            raise ToolError("There is nothing to stop any more.")

    async def _again(self, click: Click) -> None:
        question = self._known(click).what.get("again")
        if not question:
            raise ToolError(GONE)
        self._relay.talks.ask(Question(self._place(click), str(question)))

    async def _plot(self, click: Click) -> None:
        place, subject, desk = await self._at(click)
        plot = await asyncio.to_thread(plot_around, desk.store, subject.run, subject.finding)
        made = await asyncio.to_thread(picture, plot.spec)
        await self._relay.line.hand_out(place.channel, place.thread, [made])

    async def _why(self, click: Click) -> None:
        place, subject, _ = await self._at(click)
        self._relay.talks.ask(Question(place, f"What is wrong with run {subject.number}?"))

    async def _worth(self, click: Click) -> None:
        place, subject, _ = await self._at(click)
        self._relay.talks.ask(Question(place, f"Is run {subject.number} worth continuing?"))

    async def _compare(self, click: Click) -> None:
        place, subject, _ = await self._at(click)
        text = f"Compare run {subject.number} with healthy run {subject.sibling}"
        self._relay.talks.ask(Question(place, text))

    async def _explain(self, click: Click) -> None:
        place, subject, desk = await self._at(click)
        text = await asyncio.to_thread(lambda: Toolbox(desk.store).explain_finding(subject.finding).text)
        for message in messages(without_links(text)):
            await self._relay.line.post(place.channel, message, place.thread)

    async def _evidence(self, click: Click) -> None:
        answer = read(self._known(click).what)
        if answer is None:
            raise ToolError(GONE)
        await self._whisper(click, evidence_table(answer))

    async def _mute(self, click: Click) -> None:
        _, subject, desk = await self._at(click)
        if click.value == "dismiss":
            reason = "dismissed in Slack"
            told = await asyncio.to_thread(desk.dismiss, subject.run, subject.finding, reason)
            await asyncio.to_thread(self._keep_dismissal, click, subject, desk, reason)
            await self._whisper(click, told)
            return
        finding = subject.finding if click.value == "finding" else ""
        self._relay.memory.mute(subject.run, finding, time.time() + DAY)
        what = finding.replace("_", " ") or "anything"
        await self._whisper(click, f"No alerts about {what} in run {subject.number} for a day.")

    async def _thumbs(self, click: Click) -> None:
        verdict: Literal["up", "down"] = "up" if click.value == "up" else "down"
        await self._keep_thumb(click.user, click.channel, click.ts, self._known(click), verdict)
        await self._whisper(click, "Thank you. It is kept with this investigation (`runwhy feedback`).")

    async def _keep_thumb(self, user: str, channel: str, ts: str, known: Known, verdict: Literal["up", "down"]) -> None:
        answer = read(known.what)
        if answer is None:
            raise ToolError(GONE)
        desk = await asyncio.to_thread(self._relay.desks.of, Place(channel, known.thread))
        record = await asyncio.to_thread(desk.investigation, answer.turns)
        said = feedback.Feedback(_vote(user, channel, ts), verdict, record, user, "slack", feedback.now())
        await asyncio.to_thread(feedback.keep, self._relay.settings, said)

    def _keep_dismissal(self, click: Click, subject: Subject, desk: Desk, reason: str) -> None:
        dismissed = feedback.Dismissed(subject.run, subject.finding)
        record = desk.investigation(desk.answered)
        id = f"{_vote(click.user, click.channel, click.ts)}-{subject.finding}"
        said = feedback.Feedback(id, "dismissed", record, click.user, "slack", feedback.now(), reason, dismissed)
        feedback.keep(self._relay.settings, said)

    async def _at(self, click: Click) -> tuple[Place, Subject, Desk]:
        subject = subject_in(self._known(click).what)
        if subject is None:
            raise ToolError(GONE)
        place = self._place(click)
        return place, subject, await asyncio.to_thread(self._relay.desks.of, place)

    def _known(self, click: Click) -> Known:
        known = self._relay.memory.known(click.channel, click.ts)
        if known is None:
            raise ToolError(GONE)
        return known

    def _place(self, click: Click) -> Place:
        """The talk of a message: the one it was kept with, else the thread that it stands in."""
        known = self._relay.memory.known(click.channel, click.ts)
        return Place(click.channel, known.thread if known else click.thread)

    async def _whisper(self, click: Click, text: str) -> None:
        for message in messages(text):
            await self._relay.line.whisper(click.channel, click.user, message, self._place(click).thread)


def _vote(user: str, channel: str, ts: str) -> str:
    return f"slack-{channel}-{ts}-{user}"
