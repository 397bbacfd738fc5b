"""The browser chat: what Chainlit starts. It takes questions and files, and hands them on; it holds no logic."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's messages and steps carry no types.

from __future__ import annotations

import asyncio
import logging
import uuid
from pathlib import Path

import chainlit as cl
from chainlit.input_widget import InputWidget, TextInput
from chainlit.server import app

from agent.browser import panel  # noqa: F401  registers what the table of runs and the cards call
from agent.browser.desks import RUNS, own_desk
from agent.browser.turn import THOUGHT_LENGTH, Turn, now, open_step
from agent.chat import Desk, announcement, first_question
from agent.links import without_links
from agent.uploads import Upload
from agent.web import clean_up, protect
from tools.errors import ToolError

log = logging.getLogger("runwhy.chat")
protect(app)
SAID = {
    "architecture": ("Architecture", "vision transformer, 86M"),
    "dataset": ("Dataset", "ImageNet-1k"),
    "hardware": ("Hardware", "8xA100"),
    "matters": ("What matters", "accuracy"),
    "notes": ("Notes", ""),
}
"""What may be said about the project: label and example."""


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
