"""What an alert says: one message for each run in trouble, with every finding of it that the channel knows of."""

from __future__ import annotations

from collections.abc import Sequence

from agent.phrases import first_sentence, number
from agent.slack.answers import Subject, mute_menu, subject_buttons
from agent.slack.kit import (
    NOTIFICATION,
    Block,
    Message,
    actions,
    button,
    context,
    cut,
    escaped,
    escaped_within,
    section,
)
from agent.slack.memory import Told
from agent.slack.overview import LIGHTS, called
from agent.slack.spans import literal
from agent.watch import WatchEvent
from tools.records import SEVERITY_ORDER
from tools.render.plain import Json

WHY, WORTH = "runwhy_why", "runwhy_worth"
SUMMARY, FIX, NAME = 1200, 600, 200
LISTED = 10
NO_FINDINGS = {
    "outlook": "hardly worth continuing",
    "silent": "silent",
    "gone": "log is gone",
    "unreadable": "log cannot be read",
    "unjudged": "cannot be judged",
}
"""What is told of a run beside findings; by what it is kept under."""
OTHER_LIGHTS = {"early": ":eyes:", "outlook": ":compass:", "trouble": ":warning:"}


def kept_as(event: WatchEvent) -> str:
    """Under which name a channel knows of it."""
    return event.finding or event.kind


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
    first = first_of(known)
    title = f"{_light(first)} *{called(subject.number, label)}*: {_named(first)}"
    said = str(first.what["summary"])
    blocks: list[Block] = [section(f"{title}\n{literal(cut(said, SUMMARY))}")]
    if (fix := str(first.what["fix"])) and not first.gone:
        blocks.append(section(f"*What to change:* {literal(cut(first_sentence(fix), FIX))}"))
    others = [f"{_light(one)} {_named(one)}" for one in known if one is not first][-LISTED:]
    lines = [*(["\n".join(others)] if others else []), *([escaped_within(state, NAME)] if state else [])]
    blocks += [context(*lines)] if lines else []
    row = [button(WHY, "Why?", style="primary")]
    row += subject_buttons(subject) if subject.finding not in NO_FINDINGS else []
    row += [button(WORTH, "Worth continuing?"), mute_menu(subject, "dismiss")]
    return Message(f"run {subject.number}: {_named(first)}", (*blocks, actions("alert", *row)))


def first_of(known: Sequence[Told]) -> Told:
    """What a message is about: the gravest of what is wrong, rather than a warning or what is told beside it, and
    nothing that is gone."""

    def rank(one: Told) -> tuple[bool, bool, int]:
        severity = str(one.what.get("severity", ""))
        is_beside = one.finding in NO_FINDINGS or one.what.get("kind") == "early"
        return bool(one.gone), is_beside, -SEVERITY_ORDER.get(severity, -1)  # type: ignore[call-overload]

    return min(known, key=rank)


def path_trouble(event: WatchEvent) -> Message:
    """The message about a path of which no run is known."""
    said = f":warning: *{literal(cut(event.path, NAME))}* cannot be read\n{literal(cut(event.summary, SUMMARY))}"
    return Message(escaped_within(f"{event.path} cannot be read", NOTIFICATION), (section(said),))


def further(event: WatchEvent) -> str:
    """The line in the thread of an alert for what came after it, as Markdown's plain text."""
    name = event.finding.replace("_", " ")
    if event.kind in ("started", "readable", "outlook"):
        return event.summary
    if event.kind == "trouble":
        return f"{NO_FINDINGS.get(event.finding, name).capitalize()}. {event.summary}"
    if event.kind == "recovered":
        return f"Recovered: {name}{_at(event)}. {event.summary}".strip()
    if event.kind == "ended":
        return f"The run has ended{_at(event)}. {event.summary}".strip()
    if event.kind == "worse":
        return f"Worse: {name} is {event.severity} now. {event.summary}"
    early = "Early warning, no verdict yet: " if event.kind == "early" else "Also: "
    return f"{early}{name}{f' since {_since(event)}' if _since(event) else ''}. {event.summary}"


def _named(one: Told) -> str:
    name = NO_FINDINGS.get(one.finding) or escaped(one.finding.replace("_", " "))
    if one.gone:
        return f"~{name}~ {'no longer' if one.finding in NO_FINDINGS else 'recovered'}"
    since = f" since {one.what['since']}" if one.what["since"] else ""
    return f"early warning: {name}{since} (no verdict yet)" if one.what["kind"] == "early" else f"{name}{since}"


def _light(one: Told) -> str:
    if one.gone:
        return ":large_green_circle:"
    kind = str(one.what["kind"])
    return OTHER_LIGHTS.get(kind) or LIGHTS.get(str(one.what["severity"]), ":white_circle:")


def _since(event: WatchEvent) -> str:
    if event.onset_step is not None:
        return f"step {event.onset_step:,}"
    return "" if event.onset_epoch is None else f"epoch {number(event.onset_epoch)}"


def _at(event: WatchEvent) -> str:
    return "" if event.step is None else f" at step {number(event.step)}"
