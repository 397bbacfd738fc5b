"""What stands in Slack when a question has been answered: text, what it took, buttons, and what is kept for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache

from pydantic import TypeAdapter

from agent.cards import FindingCard, cards_below
from agent.events import Turn
from agent.evidence import EvidenceEntry
from agent.links import without_links
from agent.markdown import cell
from agent.phrases import number, setting
from agent.slack.document import messages
from agent.slack.kit import Block, Message, actions, button, context, escaped_within, menu, section, thumbs
from agent.slack.line import Picture
from agent.weighed import as_markdown as board_as_markdown
from tools.plots import to_png
from tools.records import PlotSpec
from tools.render.plain import Json
from tools.store import Store

MOST_MESSAGES = 4
"""An answer longer than this goes on in a file."""
PLOTS = 3
EVIDENCE = 40
PLOT, COMPARE, EXPLAIN, SHOW_EVIDENCE, MUTE, THUMBS = (
    f"runwhy_{name}" for name in ("plot", "compare", "explain", "evidence", "mute", "thumbs")
)
MUTES = {
    "finding": "No alerts about {finding} in run {number} for a day",
    "run": "No alerts about run {number} for a day",
    "dismiss": "{finding} does not count in this thread",
}


@dataclass(frozen=True)
class Subject:
    """What the buttons of a message are about. `sibling`: number of the healthy run most like it."""

    run: str
    number: int
    finding: str
    sibling: int | None = None


@dataclass(frozen=True)
class About:
    """What is kept of an answer for its buttons. `turns`: the questions of its talk up to this one."""

    subject: Subject | None
    turns: int
    cited: tuple[EvidenceEntry, ...]
    board: str


@cache
def _about() -> TypeAdapter[About]:
    return TypeAdapter(About)


def about(store: Store, turn: Turn, turns: int) -> About:
    """What to keep of a turn."""
    card = next(iter(cards_below(store, turn)), None)
    board = board_as_markdown(turn.board)
    return About(subject_of(card) if card else None, turns, turn.evidence[:EVIDENCE], board)


def subject_of(card: FindingCard) -> Subject:
    """What the buttons under a finding are about."""
    return Subject(card.run, card.number, card.id, card.sibling)


def kept(one: About) -> dict[str, Json]:
    """As it is kept."""
    return {"answer": _about().dump_python(one, mode="json")}


def read(what: dict[str, Json]) -> About | None:
    """What was kept; None where it is of another kind."""
    return _about().validate_python(what["answer"]) if "answer" in what else None


def written(turn: Turn, notices: Sequence[str], one: About) -> tuple[tuple[Message, ...], tuple[Picture, ...]]:
    """The messages of an answer, the first one to stand in the place of the placeholder, and the files below them."""
    parts = messages(turn.answer)
    files: tuple[Picture, ...] = ()
    if len(parts) > MOST_MESSAGES:
        parts = (
            *parts[: MOST_MESSAGES - 1],
            Message("…", (section("_The rest of the answer is in the file below._"),)),
        )
        files = (Picture("answer.md", without_links(turn.answer).encode(), "The whole answer"),)
    # Thanks and greetings take no look at the runs, and need no word on how that went.
    lines = [*notices, *([turn.footer] if turn.tool_calls else [])][-10:]
    below = [context(*(escaped_within(line, 400) for line in lines))] if lines else []
    below += buttons(one) if turn.tool_calls else []
    last = replace(parts[-1], blocks=(*parts[-1].blocks, *below))
    return (*parts[:-1], last), files


def buttons(one: About) -> list[Block]:
    """What can be done with an answer at a click."""
    row = subject_buttons(one.subject) if one.subject else []
    row += [button(SHOW_EVIDENCE, "Evidence")] if one.cited else []
    row += [mute_menu(one.subject)] if one.subject else []
    return [*([actions("about", *row)] if row else []), thumbs(THUMBS)]


def subject_buttons(subject: Subject) -> list[Block]:
    """Plot, compare, explain: of an answer and of an alert."""
    row = [button(PLOT, "Plot")]
    row += [button(COMPARE, f"Compare with run {subject.sibling}")] if subject.sibling is not None else []
    return [*row, button(EXPLAIN, f"Explain {subject.finding.replace('_', ' ')}")]


def mute_menu(subject: Subject, *left_out: str) -> Block:
    """What may be left untold."""
    words = {"finding": subject.finding.replace("_", " "), "number": subject.number}
    return menu(MUTE, {key: label.format(**words) for key, label in MUTES.items() if key not in left_out})


def picture(spec: PlotSpec) -> Picture:
    """A plot as a file; blocks while it is drawn."""
    marks = "; ".join(f"{mark.text} at {spec.x_label} {number(mark.x)}" for mark in spec.marks[:4])
    alt = f"Line chart over {spec.x_label}: {spec.title}." + (f" Marked: {marks}." if marks else "")
    name = re.sub(r"[^a-z0-9]+", "-", spec.title.lower())[:60].strip("-") or "plot"
    return Picture(f"{name}.png", to_png(spec), spec.title, alt)


def evidence_table(one: About) -> str:
    """What an answer cites, and the board of causes, as Markdown."""
    rows = [f"| {e['id']} | {cell(e['run'])} | {_what(e)} | {_at(e)} | {_value(e)} |" for e in one.cited]
    table = "\n".join(["| | run | what | at | value |", "|---|---|---|---|---:|", *rows])
    return f"{table}\n\n{one.board}" if one.board else table


def _what(one: EvidenceEntry) -> str:
    return cell(one["metric"] or one["label"].replace("_", " "))


def _at(one: EvidenceEntry) -> str:
    return "" if one["step"] is None else f"{one['axis']} {number(one['step'])}".strip()


def _value(one: EvidenceEntry) -> str:
    value = one["value"]
    return cell(number(value) if isinstance(value, float) else setting(value))


def as_json(subject: Subject) -> dict[str, Json]:
    """A subject as it is kept of an alert."""
    return {"subject": asdict(subject)}


def subject_in(what: dict[str, Json]) -> Subject | None:
    """What the buttons of a message are about, whichever kind of message it is."""
    if (answer := read(what)) is not None:
        return answer.subject
    return TypeAdapter(Subject).validate_python(what["subject"]) if "subject" in what else None
