"""The browser chat: turns the events of a session into Chainlit's messages, steps and charts, and holds no logic."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's messages and steps carry no types.

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import chainlit as cl
from chainlit.input_widget import InputWidget, TextInput
from chainlit.server import app
from plotly.graph_objects import Figure

from agent.board import Entry, as_table
from agent.chat import Desk, announcement, board_title, first_question, in_words, step_icon, step_title, took
from agent.events import Answered, Event, Notice, PlotMade, Restart, Thinking, Token, ToolFinished, ToolStarted
from agent.events import Turn as Answer
from agent.links import PlainStream, without_links
from agent.markdown import cell
from agent.uploads import Upload
from agent.web import clean_up, protect, scratch, workspace
from tools.errors import ToolError
from tools.plots import to_plotly

log = logging.getLogger("runwhy.chat")
protect(app)
RUNS = workspace(app)
THOUGHT_LENGTH = 160
PIECE_SECONDS = 0.05
SAID = {
    "architecture": ("Architecture", "vision transformer, 86M"),
    "dataset": ("Dataset", "ImageNet-1k"),
    "hardware": ("Hardware", "8xA100"),
    "matters": ("What matters", "accuracy"),
    "notes": ("Notes", ""),
}
"""What may be said about the project: label and example."""
CHART_BUTTONS = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "pan2d"]}


@cl.set_chat_profiles
async def profiles(_user: cl.User | None) -> list[cl.ChatProfile]:
    """One profile: it puts the overview and the first questions on the empty page."""
    greeting = await asyncio.to_thread(lambda: RUNS.greeting)
    first = [cl.Starter(label=question, message=question) for question in greeting.questions]
    return [cl.ChatProfile("runwhy", greeting.text, icon="/public/mark.svg", starters=first)]


@cl.on_chat_start
async def offer_settings() -> None:
    """What the project is about may be said once, in the settings beside the input."""
    said = own_desk().context
    boxes: list[InputWidget] = [
        TextInput(id=key, label=label, initial=said[key], placeholder=example) for key, (label, example) in SAID.items()
    ]
    await cl.ChatSettings(boxes).send()


@cl.on_settings_update
async def settle(said: dict[str, str]) -> None:
    """Answer with it in mind from now on."""
    await asyncio.to_thread(own_desk().tell, {key: str(value or "") for key, value in said.items()})


@cl.on_app_shutdown
async def shutdown() -> None:
    """Take everything away that was only for this server."""
    clean_up(app)


@cl.on_message
async def answer(message: cl.Message) -> None:
    """Read what was dropped, answer what was asked."""
    try:
        desk = own_desk()
        uploads = [Upload(one.name, Path(one.path)) for one in message.elements if one.path]
        about = await take(desk, uploads) if uploads else ""
        if question := message.content.strip() or about:
            await Turn().show(desk, question)
    except ToolError as error:
        await cl.ErrorMessage(without_links(str(error))).send()
    except Exception:
        # The outermost edge: the reason goes to the log, not to the browser.
        reference = uuid.uuid4().hex[:8]
        log.exception("a question could not be answered (reference %s)", reference)
        text = f"Something went wrong inside runwhy. The server's log has the details under {reference}."
        await cl.ErrorMessage(text).send()


@cl.action_callback("record")
async def record(_action: cl.Action) -> None:
    """Hand out the conversation as a file."""
    text = await asyncio.to_thread(own_desk().record)
    file = cl.File(name="investigation.json", content=text.encode(), mime="application/json", display="inline")
    await cl.Message(
        "The investigation so far. `runwhy replay` makes it again without a model.", elements=[file]
    ).send()


def own_desk() -> Desk:
    """The desk of this conversation, made when the first message comes."""
    desk = cl.user_session.get("desk")
    if not isinstance(desk, Desk):
        folder = scratch(app) / "desks" / uuid.uuid4().hex
        desk = Desk(RUNS, folder, cl.context.session.thread_id)
        cl.user_session.set("desk", desk)
    return desk


async def take(desk: Desk, uploads: list[Upload]) -> str:
    """Make runs of uploaded files and say what they are; returns what to ask when nothing is asked."""
    names = ", ".join(upload.name for upload in uploads)[:THOUGHT_LENGTH]
    step = open_step(f"Read {names}", "file-up")
    await step.send()
    try:
        added = await asyncio.to_thread(desk.add, uploads)
    finally:
        step.end = now()
        await step.update()
    await cl.Message(announcement(added)).send()
    return first_question(added)


class Turn:
    """What the browser shows of one question and its answer."""

    def __init__(self) -> None:
        self.steps: dict[str, cl.Step] = {}
        self.charts: list[cl.Plotly] = []
        self.message: cl.Message | None = None
        self.stream = PlainStream()
        self.unsent, self.sent_at = "", 0.0

    async def show(self, desk: Desk, question: str) -> None:
        """Show events as they come; what is open when the user stops is closed."""
        try:
            async with aclosing(desk.ask(question)) as events:
                async for event in events:
                    await self.on(event)
        except asyncio.CancelledError:
            await self.stopped()
            raise

    async def on(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Thinking():
                await open_step(event.text.strip()[:THOUGHT_LENGTH], "lightbulb").send()
            case ToolStarted():
                await self.begin(event)
            case ToolFinished():
                await self.end(event)
            case PlotMade():
                self.charts.append(chart(event))
            case Token():
                await self.write(event.text)
            case Restart():
                await self.restart()
            case Notice():
                await cl.Message(f"*{without_links(event.text)}*").send()
            case Answered():
                await show_board(event.turn.board)
                await self.finish(event.turn)

    async def begin(self, event: ToolStarted) -> None:
        """A tool was called."""
        step = self.steps[event.id] = open_step(step_title(event.name, event.args), step_icon(event.name))
        step.input = in_words(event.args)
        step.show_input = "asked"
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
        self.message, self.stream, self.unsent = None, PlainStream(), ""

    async def finish(self, turn: Answer) -> None:
        """The answer as a whole, with its charts and what it took."""
        message = self.message or cl.Message("")
        message.content = without_links(f"{turn.answer}\n\n*{cell(turn.footer)}*")
        message.elements = self.charts  # type: ignore[assignment]
        message.actions = [
            cl.Action("record", {}, label="Download", tooltip="Keep this investigation", icon="download")
        ]
        await message.send()

    async def stopped(self) -> None:
        """Leave nothing open."""
        for step in self.steps.values():
            step.output, step.is_error, step.end = "stopped", True, now()
            await step.update()
        if self.message is not None:
            self.message.content = self.stream.finish()
            await self.message.send()


async def show_board(board: Sequence[Entry]) -> None:
    """The hypotheses that a question led to, as a step above the answer."""
    if board:
        step = open_step(board_title(board), "scale")
        step.output, step.language, step.end = as_table(board), "result", now()
        await step.send()


def open_step(name: str, icon: str) -> cl.Step:
    """A step under the question that is being answered; Chainlit's `async with` would show whatever is raised in it."""
    parent = cl.context.current_step
    step = cl.Step(name=name, type="tool", icon=icon, parent_id=parent.id if parent else None)
    step.start = now()
    return step


def chart(plot: PlotMade) -> cl.Plotly:
    """An interactive chart; the style sheet gives it the colours of the dark theme where that is on."""
    made = cl.Plotly(name=f"chart-{uuid.uuid4().hex[:8]}", figure=Figure(to_plotly(plot.spec)), display="inline")
    made.content = json.dumps({**json.loads(made.content), "config": CHART_BUTTONS})
    return made


def now() -> str:
    """Time as Chainlit writes it."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"
