"""The browser chat: what Chainlit starts. It takes questions and files, and hands them on; it holds no logic."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's messages and steps carry no types.

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import chainlit as cl
from chainlit.input_widget import InputWidget, Select, TextInput
from chainlit.server import app
from chainlit.types import ThreadDict

from agent.added import announcement, first_question
from agent.browser import house, news, preferences, watching
from agent.browser.desks import RUNS, own_desk
from agent.browser.orders import DIRECT
from agent.browser.resume import reopen, stay
from agent.browser.turn import THOUGHT_LENGTH, Turn, now, open_step
from agent.chat import Desk
from agent.links import for_page
from agent.pasted import pasted
from agent.slash import COMMANDS, question_of, typed
from agent.stopping import in_thread
from agent.uploads import Upload
from agent.verbosity import Verbosity
from agent.web import clean_up, protect, scratch
from tools.errors import ToolError
from tools.plots import as_files

log = logging.getLogger("runwhy.chat")
CHART_MIME = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv"}
protect(app)
house.open_for(app)
SAID = {
    "architecture": ("Architecture", "vision transformer, 86M"),
    "dataset": ("Dataset", "ImageNet-1k"),
    "hardware": ("Hardware", "8xA100"),
    "matters": ("What matters", "accuracy"),
    "notes": ("Notes", ""),
}
"""What may be said about the project: label and example."""
LENGTHS: dict[Verbosity, str] = {
    "short": "Short: the answer alone",
    "normal": "Normal",
    "detailed": "Detailed, with SQL and evidence unfolded",
}
"""How much is said and shown."""
CHOSEN = {
    "model": ("Model", "offline, openai:gpt-5-mini, ..."),
    "tokens": ("Tokens a question may use", "no limit"),
}
"""What may be chosen for this conversation: label and example."""


@cl.set_chat_profiles
async def profiles(_user: cl.User | None) -> list[cl.ChatProfile]:
    """One profile: it puts the overview and the first questions on the empty page."""
    greeting = await asyncio.to_thread(lambda: RUNS.greeting)
    first = [cl.Starter(label=question, message=question) for question in greeting.questions]
    # The page tells by the address of the picture whether what it says is still true.
    icon = f"/public/mark.svg?says={greeting.mark}"
    return [cl.ChatProfile("runwhy", greeting.text, icon=icon, starters=first)]


@cl.on_chat_start
async def offer() -> None:
    """Commands behind a slash; who answers and what the project is about, in the settings beside the input."""
    desk, liked = own_desk(), await preferences.of_this_person()
    desk.begin_with(liked)
    now_set = {**desk.choices, **desk.context}
    boxes: list[InputWidget] = [
        TextInput(id=key, label=label, initial=now_set[key], placeholder=example)
        for key, (label, example) in {**CHOSEN, **SAID}.items()
    ]
    lengths: dict[str, str] = {words: it for it, words in LENGTHS.items()}
    shown = Select(id="verbosity", label="Answers", items=lengths, initial_value=now_set["verbosity"])
    await cl.ChatSettings([shown, *boxes]).send()
    await cl.context.emitter.set_commands([asdict(one) for one in COMMANDS])  # type: ignore[misc]
    news.start()


@cl.on_chat_resume
async def resume(thread: ThreadDict) -> None:
    """Go on with a conversation of another day."""
    async with shown_errors():
        await reopen(thread)
        await offer()


@cl.on_settings_update
async def settle(said: dict[str, str]) -> None:
    """Answer with it in mind from now on."""
    desk, told = own_desk(), {key: str(value or "") for key, value in said.items()}
    async with shown_errors():
        await asyncio.to_thread(desk.tell, told)
        await asyncio.to_thread(desk.choose, *(told.get(key, "") for key in ("model", "tokens", "verbosity")))
        await preferences.keep(desk.liked)


@cl.on_app_startup
async def startup() -> None:
    """Go on with what was left when the server was stopped."""
    await watching.take_up()


@cl.on_app_shutdown
async def shutdown() -> None:
    """Take everything away that was only for this server."""
    clean_up(app)


@cl.on_message
async def answer(message: cl.Message) -> None:
    """Read what was dropped, do what was ordered, answer what was asked."""
    # What Stop ends: Chainlit takes the greeting of the page for it where a question comes quickly.
    cl.context.session.current_task = asyncio.current_task()
    async with shown_errors():
        desk = own_desk()
        with desk.at_work():
            await respond(desk, message)


async def respond(desk: Desk, message: cl.Message) -> None:
    """Do it at this desk."""
    uploads = [Upload(one.name, Path(one.path)) for one in message.elements if one.path]
    text = message.content
    if not uploads and (log_in_it := await in_thread(pasted, text, scratch(app) / uuid.uuid4().hex)):
        uploads, text = [Upload(log_in_it.file.name, log_in_it.file)], log_in_it.question
    about = await take(desk, uploads) if uploads else ""
    await stay("" if message.content.strip() else about or "A log that was dropped")
    said = typed(text, message.command)
    if said.command in DIRECT:
        await DIRECT[said.command](desk, said.rest)
    elif question := question_of(said) or about:
        await Turn(desk.settings.verbosity).show(desk, question)


@asynccontextmanager
async def shown_errors() -> AsyncIterator[None]:
    """The outermost edge: what cannot be done is said; of what went wrong inside, the reason goes to the log alone."""
    try:
        yield
    except ToolError as error:
        await cl.ErrorMessage(for_page(str(error))).send()
    except Exception:
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


@cl.action_callback("charts")
async def charts(action: cl.Action) -> None:
    """Hand out the charts of an answer as files."""
    async with shown_errors():
        specs = (cl.user_session.get("charts") or {}).get(str(action.payload.get("key")))
        if not specs or None in specs:
            raise ToolError("These charts are not at hand any more.", "Ask for them again.")
        files = {name: made for spec in specs for name, made in (await asyncio.to_thread(as_files, spec)).items()}
        made = [
            cl.File(name=name, content=content, mime=CHART_MIME[name.rpartition(".")[2]], display="inline")
            for name, content in files.items()
        ]
        await cl.Message("The charts as pictures, and the points that are drawn.", elements=made).send()


async def take(desk: Desk, uploads: list[Upload]) -> str:
    """Make runs of uploaded files and say what they are; returns what to ask when nothing is asked."""
    names = ", ".join(upload.name for upload in uploads)[:THOUGHT_LENGTH]
    step = open_step(f"Read {names}", "file-up")
    await step.send()
    try:
        added = await in_thread(desk.add, uploads)
    finally:
        step.end = now()
        await step.update()
    await cl.Message(for_page(announcement(added))).send()
    return first_question(added)
