"""The table of runs beside the conversation, and what the buttons of the cards do."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's messages and elements carry no types.

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict

import chainlit as cl

from agent.browser.desks import own_desk
from agent.browser.news import version_now
from agent.browser.opinions import keep_dismissal
from agent.browser.turn import chart
from agent.cards import RunLine, plot_around, run_card, run_lines
from agent.chat import Desk
from agent.feedback import Dismissed
from agent.links import for_page, unwrapped
from tools.errors import ToolError
from tools.toolbox import Toolbox

log = logging.getLogger("runwhy.chat")
OPEN_RUNS = "runwhy:runs"
"""What public/runwhy.js sends when "Runs" is clicked."""
Reply = dict[str, object]
Payload = Mapping[str, object]


@cl.on_window_message
async def on_window_message(message: object) -> None:
    """Open the table of runs."""
    if message == OPEN_RUNS:
        await show_runs(own_desk())


async def show_runs(desk: Desk) -> None:
    """Put the table of runs beside the conversation."""
    # Before the lines are made, so that no change is missed.
    version = version_now()
    lines = await asyncio.to_thread(_lines, desk)
    # One and the same element for a page, and "side": any other would be closed by the page with the next answer.
    kept = cl.user_session.get("panel") or str(uuid.uuid4())
    cl.user_session.set("panel", kept)
    props = {"runs": [*map(asdict, lines)], "version": version, "opened": uuid.uuid4().hex}
    await cl.ElementSidebar.set_elements([cl.CustomElement(id=kept, name="Runs", props=props, display="side")])
    await cl.ElementSidebar.set_title("Runs")


def _lines(desk: Desk) -> tuple[RunLine, ...]:
    desk.refresh()
    return run_lines(desk.store)


@cl.action_callback("runs")
async def on_runs(action: cl.Action) -> Reply:
    """The table of runs again, since they have changed."""
    return await reply(lambda desk, _: {"runs": [*map(asdict, _lines(desk))]}, action.payload)


@cl.action_callback("run_card")
async def on_run_card(action: cl.Action) -> Reply:
    """The card of a run."""
    return await reply(lambda desk, told: {"card": asdict(run_card(desk.store, told("run")))}, action.payload)


@cl.action_callback("explain_finding")
async def on_explain(action: cl.Action) -> Reply:
    """The playbook of a finding."""
    return await reply(
        lambda desk, told: {"text": for_page(unwrapped(Toolbox(desk.store).explain_finding(told("finding")).text))},
        action.payload,
    )


@cl.action_callback("dismiss_finding")
async def on_dismiss(action: cl.Action) -> Reply:
    """Let a finding not count in this conversation; the reply says how to make it so for good."""
    session = cl.context.session
    who = session.user.identifier if session.user else ""

    def dismissed(desk: Desk, told: Callable[[str], str]) -> Reply:
        text = desk.dismiss(told("run"), told("finding"), told("reason"))
        finding = Dismissed(desk.store.run(told("run")).run, told("finding"))
        keep_dismissal(desk, session.thread_id, finding, told("reason"), who)
        return {"text": text}

    return await reply(dismissed, action.payload)


@cl.action_callback("plot_finding")
async def on_plot(action: cl.Action) -> Reply:
    """Draw what lies around the onset of a finding, as a message."""

    def drawn(desk: Desk, told: Callable[[str], str]) -> Reply:
        return {"plot": plot_around(desk.store, told("run"), told("finding"))}

    made = await reply(drawn, action.payload)
    if plot := made.pop("plot", None):
        await cl.Message("", elements=[chart(plot.spec)]).send()  # type: ignore[attr-defined]
    return made


async def reply(make: Callable[[Desk, Callable[[str], str]], Reply], payload: Payload) -> Reply:
    """What a button gets back; {"error": ...} where it cannot be done."""
    desk = own_desk()
    try:
        return await asyncio.to_thread(make, desk, lambda name: str(payload.get(name, ""))[:500])
    except ToolError as error:
        return {"error": str(error)}
    except Exception:
        # The outermost edge: the reason goes to the log, not to the browser.
        log.exception("a button of a card failed")
        return {"error": "Something went wrong inside runwhy; the server's log has the details."}
