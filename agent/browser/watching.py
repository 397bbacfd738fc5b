"""/watch and /unwatch: a message comes into the conversation when a run that is watched turns bad."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's session and messages carry no types.

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from contextlib import aclosing
from dataclasses import asdict

import chainlit as cl
from chainlit.data import get_data_layer

from agent.browser.desks import RUNS
from agent.browser.history import History
from agent.browser.mail import nudge, put
from agent.browser.wishes import Wishes
from agent.cards import FindingCard, finding_cards
from agent.chat import Desk
from agent.links import for_page
from agent.project import Watching
from agent.stopping import in_thread
from agent.watch import WatchEvent, WatchOptions, watching
from agent.watched import ALL, WORDS, told, told_card, unwished, wish
from tools.errors import ToolError
from tools.toolbox import Toolbox

log = logging.getLogger("runwhy.chat")
NAME = "chat"
"""Under this name the watcher keeps what it has told, for when the server is started again."""
READY_SECONDS = 0.5
HOUR = 3600
AGAIN_SECONDS = 60.0
SAID_AGAIN_SECONDS = 3600.0
BROKE_OFF = "Watching broke off; the server's log has the details under {}. It is tried again every minute."
_listener: list[asyncio.Task[None]] = []
"""The one that listens to the logs, as long as anything is watched."""


async def watch(desk: Desk, what: str) -> None:
    """Tell it in this conversation when something goes wrong."""
    wishes, thread = _wishes(), cl.context.session.thread_id
    wanted = await in_thread(wish, desk.store, what)
    if wanted.run not in (ALL, *(run.run for run in RUNS.store.runs())):
        raise ToolError(f"What was uploaded does not grow, so {wanted.name} cannot be watched.", "Watch one on disk.")
    await wishes.keep(thread, wanted)
    listen()
    before = " What is known already is not told again." if wanted.run == ALL and wanted.known else ""
    await cl.Message(
        f"Watching **{wanted.name}**: a message comes here when something goes wrong.{before} `/unwatch` ends it."
    ).send()


async def unwatch(desk: Desk, what: str) -> None:
    """Tell it no longer."""
    wishes, thread = _wishes(), cl.context.session.thread_id
    mine = [kept.wish for kept in await wishes.all(thread)]
    left = await asyncio.to_thread(unwished, mine, desk.store, what)
    await wishes.drop(thread, [one for one in mine if one not in left])
    if not await wishes.all():
        rest()
    still = ", ".join(one.name for one in left)
    await cl.Message(f"Still watching {still}." if still else "Nothing is watched any more.").send()


async def take_up() -> None:
    """Go on with what was watched before the server was started."""
    if isinstance(get_data_layer(), History) and await _wishes().all():
        listen()


def listen() -> None:
    """Listen to the logs, if nobody does."""
    if not _listener or _listener[0].done():
        _listener[:] = [asyncio.create_task(_listen())]


def rest() -> None:
    """Listen no longer."""
    for task in _listener:
        task.cancel()
    _listener.clear()


def _wishes() -> Wishes:
    history = get_data_layer()
    if not isinstance(history, History):
        raise ToolError("Nothing is kept here, so nothing can be watched.", "Start the chat by `runwhy chat`.")
    return Wishes(history, RUNS.whole.root.name)


async def _listen() -> None:
    said = -SAID_AGAIN_SECONDS
    while True:
        try:
            await _hear()
        except Exception:
            # The outermost edge of a task that nobody waits for: it is told, and the pages live on.
            reference = uuid.uuid4().hex[:8]
            log.exception("watching broke off (reference %s)", reference)
            if time.monotonic() - said >= SAID_AGAIN_SECONDS:
                said = time.monotonic()
                await _say_to_all(BROKE_OFF.format(reference))
        await asyncio.sleep(AGAIN_SECONDS)


async def _hear() -> None:
    while not RUNS.stage.done:
        await asyncio.sleep(READY_SECONDS)
    own = RUNS.settings.watch or Watching()
    options = WatchOptions(own.every, cooldown=own.cooldown, name=NAME)
    async with aclosing(watching(RUNS.paths, options, RUNS.settings)) as events:
        async for event in events:
            if event.kind in WORDS:
                await _tell(event)


async def _tell(event: WatchEvent) -> None:
    wishes = _wishes()
    wanting = [kept for kept in await wishes.all() if kept.wish.wants(event)]
    for kept in wanting:
        if (after := kept.wish.after(event)) != kept.wish:
            await wishes.keep(kept.thread, after)
    card = await asyncio.to_thread(_card, event) if wanting else ()
    text = for_page(told(event))
    for thread, user in {kept.thread: kept.user for kept in wanting}.items():
        # Two servers that watch the same runs send it once.
        about = f"{thread}/{event.run}/{event.kind}/{event.finding}/{event.severity}/{event.time // HOUR}"
        id = str(uuid.uuid5(uuid.NAMESPACE_OID, about))
        try:
            await put(thread, user, text, id, lambda: _elements(card))
            await nudge(thread, user, text.replace("*", ""))
        except Exception:
            # The outermost edge: the other conversations, and what comes after this event, are still told.
            log.exception("an event could not be told")


async def _say_to_all(text: str) -> None:
    try:
        for thread, user in {kept.thread: kept.user for kept in await _wishes().all()}.items():
            await put(thread, user, text)
    except Exception:
        # The outermost edge: with a database that is down, say, nobody can be told.
        log.exception("nobody could be told")


def _elements(cards: tuple[FindingCard, ...]) -> list[cl.CustomElement]:
    props = {"findings": [*map(asdict, cards)]}
    return [cl.CustomElement(name="Runs", props=props, display="inline")] if cards else []


def _card(event: WatchEvent) -> tuple[FindingCard, ...]:
    """The card of what was found: as the shared runs have it by now, else as it was told."""
    if event.kind not in ("found", "worse") or not event.run:
        return ()
    try:
        found = finding_cards(RUNS.store, Toolbox(RUNS.store).diagnose(event.run))
    except ToolError:
        found = ()
    return next(((one,) for one in found if one.id == event.finding), (told_card(event, RUNS.settings.rules.folder),))
