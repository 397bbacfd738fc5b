"""A question and its answer on the page: steps as they come, the text as it is written, cards and charts below it."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's messages and steps carry no types.

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict
from datetime import UTC, datetime

import chainlit as cl
from plotly.graph_objects import Figure

from agent.cards import cards_below
from agent.chat import Desk
from agent.citations import apart, citations, linked
from agent.events import Answered, Event, Notice, PlotMade, Restart, Thinking, Token, ToolFinished, ToolStarted
from agent.events import Turn as Answer
from agent.links import PlainStream, for_page
from agent.markdown import cell
from agent.steps import board_title, in_words, step_icon, step_title, took
from agent.verbosity import Verbosity
from agent.weighed import weighed
from tools.plots import to_plotly
from tools.records import PlotSpec

THOUGHT_LENGTH = 160
PIECE_SECONDS = 0.05
CHARTS_KEPT = 30
CHART_BUTTONS = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "pan2d"]}


class Turn:
    """What the browser shows of one question and its answer: of a short one no steps and no findings."""

    def __init__(self, verbosity: Verbosity = "normal") -> None:
        self.verbosity = verbosity
        self.steps: dict[str, cl.Step] = {}
        self.charts: list[cl.Plotly] = []
        self.specs: list[PlotSpec] = []
        self.message: cl.Message | None = None
        self.stream = PlainStream(for_page)
        self.unsent, self.sent_at = "", 0.0

    async def show(self, desk: Desk, question: str) -> None:
        """Show events as they come; what is open when the user stops is closed."""
        try:
            async with aclosing(desk.ask(question)) as events:
                async for event in events:
                    await self.on(event, desk)
        except asyncio.CancelledError:
            await self.stopped()
            raise

    async def on(self, event: Event, desk: Desk) -> None:
        """Show one event."""
        match event:
            case Thinking() | ToolStarted() | ToolFinished() if self.verbosity == "short":
                return
            case Thinking():
                await open_step(event.text.strip()[:THOUGHT_LENGTH], "lightbulb").send()
            case ToolStarted():
                await self.begin(event)
            case ToolFinished():
                await self.end(event)
            case PlotMade():
                self.charts.append(chart(event.spec))
                self.specs.append(event.spec)
            case Token():
                await self.write(event.text)
            case Restart():
                await self.restart()
            case Notice():
                await cl.Message(f"*{for_page(event.text)}*").send()
            case Answered():
                await self.finish(event.turn, await asyncio.to_thread(self.below, desk, event.turn), desk.answered)

    async def begin(self, event: ToolStarted) -> None:
        """A tool was called."""
        step = self.steps[event.id] = open_step(step_title(event.name, event.args), step_icon(event.name))
        step.input = in_words(event.args)
        step.show_input = "asked"
        step.default_open = self.verbosity == "detailed"
        await step.send()

    async def end(self, event: ToolFinished) -> None:
        """A tool has answered."""
        step = self.steps.pop(event.id)
        step.name = f"{step.name} · {took(event.seconds)}"
        step.output = event.text.replace("```", "'''")
        step.language, step.is_error, step.end = "result", not event.ok, now()
        await step.update()

    async def write(self, text: str) -> None:
        """A piece of the answer. Pieces are sent in handfuls, since the page renders the whole answer for each."""
        self.unsent += self.stream.feed(text)
        if self.unsent and time.monotonic() - self.sent_at > PIECE_SECONDS:
            self.message = self.message or cl.Message("")
            await self.message.stream_token(self.unsent)
            self.unsent, self.sent_at = "", time.monotonic()

    async def restart(self) -> None:
        """What was written so far does not count."""
        if self.message is not None:
            await self.message.remove()
        self.message, self.stream, self.unsent = None, PlainStream(for_page), ""

    async def finish(self, turn: Answer, found: list[cl.Element], number: int) -> None:
        """The answer as a whole, with what was found, its charts and what it took; `number` counts the answers."""
        message = self.message or cl.Message("")
        text = for_page(f"{apart(turn.answer)}\n\n*{cell(turn.footer)}*")
        message.content = linked(text, (one["id"] for one in turn.evidence)) if found else text
        message.elements = [*found, *self.charts]  # type: ignore[list-item]
        message.actions = [keep_button(), *charts_button(self.specs)]
        message.metadata = {"turn": number}
        await message.send()

    def below(self, desk: Desk, turn: Answer) -> list[cl.Element]:
        """What belongs to an answer: cards of what it is about, the causes that were weighed, what its marks open."""
        is_short = self.verbosity == "short"
        cards, weighing = ((), ()) if is_short else (cards_below(desk.store, turn), turn.board)
        board = {"title": board_title(weighing), "rows": [*map(asdict, weighed(weighing))]} if weighing else None
        cited = {key: asdict(one) for key, one in citations(desk.store, turn.evidence).items()}
        behind = {"cited": cited, "board": board, "unfolded": self.verbosity == "detailed"}
        found: list[cl.Element] = []
        if cards:
            found.append(cl.CustomElement(name="Runs", props={"findings": [*map(asdict, cards)]}, display="inline"))
        if cited or board:
            found.append(cl.CustomElement(name="Evidence", props=behind, display="inline"))
        return found

    async def stopped(self) -> None:
        """Leave nothing open."""
        for step in self.steps.values():
            step.output, step.is_error, step.end = "stopped", True, now()
            await step.update()
        if self.message is not None:
            self.message.content = self.stream.finish()
            await self.message.send()


def keep_button() -> cl.Action:
    """Hands out the conversation as a file."""
    return cl.Action("record", {}, label="Download", tooltip="Keep this investigation", icon="download")


def charts_button(specs: Sequence[PlotSpec]) -> list[cl.Action]:
    """Hands out charts as files, as long as this page is open."""
    if not specs:
        return []
    key = uuid.uuid4().hex
    kept = {**(cl.user_session.get("charts") or {}), key: tuple(specs)}
    cl.user_session.set("charts", dict(list(kept.items())[-CHARTS_KEPT:]))
    return [cl.Action("charts", {"key": key}, label="Charts", tooltip="As PNG, SVG and CSV", icon="image-down")]


def open_step(name: str, icon: str) -> cl.Step:
    """A step under the question that is being answered; Chainlit's `async with` would show whatever is raised in it."""
    parent = cl.context.current_step
    step = cl.Step(name=name, type="tool", icon=icon, parent_id=parent.id if parent else None)
    step.start = now()
    return step


def chart(spec: PlotSpec) -> cl.Plotly:
    """An interactive chart; the style sheet gives it the colours of the dark theme where that is on."""
    made = cl.Plotly(name=f"chart-{uuid.uuid4().hex[:8]}", figure=Figure(to_plotly(spec)), display="inline")
    made.content = json.dumps({**json.loads(made.content), "config": CHART_BUTTONS})
    return made


def now() -> str:
    """Time as Chainlit writes it."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"
