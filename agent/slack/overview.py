"""All runs at a glance: the home tab with its buttons, and the list that `runs` gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.landing import why
from agent.markdown import cell
from agent.phrases import VERDICT_WORDS, number, since_briefly
from agent.slack.kit import (
    HOME_BLOCKS,
    SECTION,
    Block,
    actions,
    button,
    context,
    cut,
    divider,
    escaped,
    header,
    section,
)
from agent.slack.spans import literal
from tools.amounts import counted
from tools.results import RunRow
from tools.store import Store
from tools.toolbox import Toolbox

ASK = "runwhy_ask"
BROKEN_SHOWN, OTHERS_SHOWN = 30, 40
LISTED = 50
NAME, TOGETHER = 150, 5
LIGHTS = {"critical": ":red_circle:", "warning": ":large_yellow_circle:"}
QUESTIONS = ("Which run is best?", "What should I try next?")


def rows_of(store: Store) -> Sequence[RunRow]:
    """All runs, broken ones first; blocks while they are judged."""
    return Toolbox(store).list_runs(limit=len(store.runs()) or 1).rows


def home(store: Store) -> list[Block]:
    """The home tab: broken runs with a button each, then the others. Blocks while they are judged."""
    rows = rows_of(store)
    broken = [row for row in rows if row.verdict == "faulty"]
    others = [row for row in rows if row.verdict != "faulty"]
    blocks = [header("runwhy"), section(_counts(rows)), *_asking(), divider()]
    blocks += [_broken(store, row) for row in broken[:BROKEN_SHOWN]]
    blocks += _more(broken, BROKEN_SHOWN)
    blocks += list(_others(others[:OTHERS_SHOWN]))
    blocks += _more(others, OTHERS_SHOWN)
    return blocks[:HOME_BLOCKS]


def closed_home(channels: Sequence[str]) -> list[Block]:
    """The home tab of somebody who is not answered in private."""
    where = ", ".join(f"<#{channel}>" for channel in channels[:10] if channel.isalnum()) or "the channels I am in"
    return [header("runwhy"), section(f"I read training logs and say what went wrong. Ask me in {where}.")]


def listing(store: Store) -> str:
    """All runs as a Markdown table; blocks while they are judged."""
    rows = rows_of(store)
    lines = [f"| {r.run.number} | {cell(r.run.name)} | {_verdict(r)} | {cell(_best(r))} |" for r in rows[:LISTED]]
    more = f"\n\nand {len(rows) - LISTED} more; `report` has them all" if len(rows) > LISTED else ""
    return "\n".join(["| # | run | verdict | best |", "|---:|---|---|---|", *lines]) + more if rows else "No run yet."


def _asking() -> list[Block]:
    elements = [button(f"{ASK}_{at}", question, question) for at, question in enumerate(QUESTIONS)]
    return [actions("ask", *elements)]


def _counts(rows: Sequence[RunRow]) -> str:
    verdicts = [row.verdict for row in rows]
    said = [f"{verdicts.count(v)} {words}" for v, words in VERDICT_WORDS.items() if v in verdicts]
    return f"*{counted(len(rows), 'run')}*: {', '.join(said)}" if rows else "No run yet."


def _broken(store: Store, row: RunRow) -> Block:
    found = row.headline_finding
    light = LIGHTS.get(found.severity if found else "", ":white_circle:")
    said = f"{light} *{called(row.run.number, row.run.name)}*\n{escaped(_verdict(row))}"
    best = f" · best {literal(cut(_best(row), 200))}" if _best(row) else ""
    question = why(Toolbox(store).diagnose(row.run.run))
    status = "" if row.run.status == "unknown" else f" · {row.run.status}"
    return section(f"{said}{best}{status}", button(ASK, "Why?", question))


def _others(rows: Sequence[RunRow]) -> Iterator[Block]:
    lines = [
        f":{'large_green' if row.verdict == 'healthy' else 'white'}_circle: {called(row.run.number, row.run.name)} "
        f"· {VERDICT_WORDS[row.verdict]}" + (f" · best {literal(cut(_best(row), 120))}" if _best(row) else "")
        for row in rows
    ]
    yield from (context(text) for text in _grouped(lines))


def _grouped(lines: Sequence[str]) -> Iterator[str]:
    """Five lines at a time, fewer where they are too long for one block."""
    kept: list[str] = []
    for line in lines:
        if len(kept) == TOGETHER or (kept and len("\n".join([*kept, line])) > SECTION):
            yield "\n".join(kept)
            kept = []
        kept.append(line)
    if kept:
        yield "\n".join(kept)


def called(number: int, name: str) -> str:
    """The number that people say, and the name where that says more, as mrkdwn."""
    return f"run {number}" if name == f"run-{number}" else f"run {number} {literal(cut(name, NAME))}"


def _more(rows: Sequence[RunRow], most: int) -> list[Block]:
    return [context(f"and {len(rows) - most} more")] if len(rows) > most else []


def _verdict(row: RunRow) -> str:
    found = row.headline_finding
    if found is None or row.verdict != "faulty":
        return VERDICT_WORDS[row.verdict]
    when = f" since {since_briefly(found)}" if since_briefly(found) else ""
    return f"{found.id.replace('_', ' ')}{when}"


def _best(row: RunRow) -> str:
    return f"{row.metric} {number(row.best)}" if row.best is not None else ""
