"""What an alert says: one message for each run in trouble, with every finding of it that the channel knows of."""

from __future__ import annotations

from collections.abc import Sequence

from agent.phrases import first_sentence, number
from agent.slack.answers import Subject, mute_menu, subject_buttons
from agent.slack.kit import Block, Message, actions, button, context, escaped, escaped_within, section
from agent.slack.memory import Told
from agent.slack.overview import LIGHTS, called
from agent.watch import WatchEvent
from tools.render.plain import Json

WHY = "runwhy_why"
SUMMARY, FIX, NAME = 1200, 600, 200
LISTED = 10


def kept(event: WatchEvent) -> dict[str, Json]:
    """What is kept of an event, to tell it again when the message is edited."""
    return {
        "kind": event.kind,
        "severity": event.severity or "",
        "since": _since(event),
        "summary": event.summary,
        "fix": event.fix,
    }


def alert(subject: Subject, label: str, known: Sequence[Told], state: str = "") -> Message:
    """The message about a run: the first finding at length, the others in a line each. `state`: how the run goes on."""
    first = next((one for one in known if not one.gone), known[0])
    title = f"{_light(first)} *{called(subject.number, label)}*: {_named(first)}"
    said = str(first.what["summary"])
    blocks: list[Block] = [section(f"{title}\n{escaped_within(said, SUMMARY)}")]
    if (fix := str(first.what["fix"])) and not first.gone:
        blocks.append(section(f"*What to change:* {escaped_within(first_sentence(fix), FIX)}"))
    others = [f"{_light(one)} {_named(one)}" for one in known if one is not first][-LISTED:]
    lines = [*(["\n".join(others)] if others else []), *([escaped_within(state, NAME)] if state else [])]
    blocks += [context(*lines)] if lines else []
    row = [button(WHY, "Why?", style="primary"), *subject_buttons(subject), mute_menu(subject, "dismiss")]
    return Message(f"run {subject.number}: {_named(first)}", (*blocks, actions("alert", *row)))


def further(event: WatchEvent) -> str:
    """The line in the thread of an alert for what came after it, as Markdown's plain text."""
    name = event.finding.replace("_", " ")
    if event.kind == "recovered":
        return f"Recovered: {name}{_at(event)}. {event.summary}".strip()
    if event.kind == "ended":
        return f"The run has ended{_at(event)}. {event.summary}".strip()
    if event.kind == "worse":
        return f"Worse: {name} is {event.severity} now. {event.summary}"
    early = "Early warning, no verdict yet: " if event.kind == "early" else "Also: "
    return f"{early}{name}{f' since {_since(event)}' if _since(event) else ''}. {event.summary}"


def _named(one: Told) -> str:
    name = escaped(one.finding.replace("_", " "))
    if one.gone:
        return f"~{name}~ recovered"
    since = f" since {one.what['since']}" if one.what["since"] else ""
    return f"early warning: {name}{since} (no verdict yet)" if one.what["kind"] == "early" else f"{name}{since}"


def _light(one: Told) -> str:
    if one.gone:
        return ":large_green_circle:"
    return ":eyes:" if one.what["kind"] == "early" else LIGHTS.get(str(one.what["severity"]), ":white_circle:")


def _since(event: WatchEvent) -> str:
    if event.onset_step is not None:
        return f"step {event.onset_step:,}"
    return "" if event.onset_epoch is None else f"epoch {number(event.onset_epoch)}"


def _at(event: WatchEvent) -> str:
    return "" if event.step is None else f" at step {number(event.step)}"
