"""/watch and /unwatch: a message comes into the conversation when a run that is watched turns bad."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's session and messages carry no types.

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import asdict

import chainlit as cl
from chainlit.server import sio
from chainlit.session import WebsocketSession

from agent.browser.desks import RUNS
from agent.cards import finding_cards
from agent.chat import Desk
from agent.links import without_links
from agent.watch import WatchEvent, watching
from agent.watched import Wish, told, unwished, wish
from tools.errors import ToolError
from tools.toolbox import Toolbox

log = logging.getLogger("runwhy.chat")
LOOK_SECONDS = 0.5
AGAIN_SECONDS = 60.0
_events: list[WatchEvent] = []
"""All of this server's; each conversation remembers how far it has heard them."""
_tasks: dict[str, asyncio.Task[None]] = {}
"""By conversation; "" is the one that listens to the logs, from the first wish on."""


async def watch(desk: Desk, what: str) -> None:
    """Tell it in this conversation when something goes wrong."""
    wanted = await asyncio.to_thread(wish, desk.store, what)
    _keep({one.run: one for one in (*_wishes(), wanted)})
    _start("", _listen)
    session = cl.context.session.id
    _start(session, lambda: _tell(session, desk, len(_events)))
    bad = len({run for run, _ in wanted.known})
    before = f" What is wrong already ({bad} of them) is no news." if wanted.run == "all" and bad else ""
    await cl.Message(
        f"Watching **{wanted.name}**: a message comes here when something goes wrong.{before} `/unwatch` ends it."
    ).send()


async def unwatch(desk: Desk, what: str) -> None:
    """Tell it no longer."""
    left = await asyncio.to_thread(unwished, _wishes(), desk.store, what)
    _keep({one.run: one for one in left})
    still = ", ".join(one.name for one in left)
    await cl.Message(f"Still watching {still}." if still else "Nothing is watched any more.").send()


def _wishes() -> tuple[Wish, ...]:
    return tuple(cl.user_session.get("wishes") or ())


def _keep(wishes: dict[str, Wish]) -> None:
    cl.user_session.set("wishes", tuple(wishes.values()))


def _start(name: str, work: object) -> None:
    if name not in _tasks or _tasks[name].done():
        _tasks[name] = asyncio.create_task(work())  # type: ignore[operator]


async def _listen() -> None:
    while True:
        try:
            async with aclosing(watching(RUNS.paths, settings=RUNS.settings)) as events:
                async for event in events:
                    _events.append(event)  # noqa: PERF401  (each is told when it comes)
        except (ToolError, OSError):
            log.exception("watching broke off and begins again in %.0f s", AGAIN_SECONDS)
        await asyncio.sleep(AGAIN_SECONDS)


async def _tell(session_id: str, desk: Desk, heard: int) -> None:
    while (session := WebsocketSession.get_by_id(session_id)) is not None and _wishes():
        # What cannot be shown now is shown when the page is back.
        if sio.manager.is_connected(session.socket_id, "/"):
            fresh, heard = _events[heard:], len(_events)
            for event in fresh:
                if any(one.wants(event) for one in _wishes()):
                    await _say(desk, event)
        await asyncio.sleep(LOOK_SECONDS)
    _tasks.pop(session_id, None)


async def _say(desk: Desk, event: WatchEvent) -> None:
    try:
        cards = await asyncio.to_thread(_cards, desk, event)
        await cl.Message(without_links(told(event)), elements=cards).send()
    except Exception:
        # The outermost edge: what comes after this event is still told.
        log.exception("an event could not be told")


def _cards(desk: Desk, event: WatchEvent) -> list[cl.Element]:
    """The card of what was found, where it is a finding by now."""
    if event.kind not in ("found", "worse"):
        return []
    try:
        desk.refresh()
        found = finding_cards(desk.store, Toolbox(desk.store).diagnose(event.run))
    except ToolError:
        return []
    props = {"findings": [asdict(one) for one in found if one.id == event.finding]}
    return [cl.CustomElement(name="Runs", props=props, display="inline")] if props["findings"] else []
