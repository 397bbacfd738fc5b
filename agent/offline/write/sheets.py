"""Tables of runs with what was asked for of each."""

from __future__ import annotations

from agent.offline.figure_facts import SheetFacts
from agent.offline.texts import code
from agent.offline.write.voice import Voice, table

FIRST = {"best": "the best first", "worst": "the worst first", "high": "the highest first", "low": "the lowest first"}
MOST_ROWS = 40


def tell_sheet(facts: SheetFacts, voice: Voice) -> str:
    """One run in a sentence, several as a table."""
    if len(facts.rows) == 1:
        run, cells = facts.rows[0]
        told = [f"{head} **{text}**" for (head, _), (_, text) in zip(facts.heads, cells, strict=True)]
        return f"{voice.name(run)}: {'; '.join(told)}."
    rows = [
        [voice.name(run), *(_cell(run, name, cell, voice) for (_, name), cell in zip(facts.heads, cells, strict=True))]
        for run, cells in facts.rows[:MOST_ROWS]
    ]
    what = " and ".join(code(head) for head, _ in facts.heads[:4])
    order = f", {FIRST[facts.intent.first]}" if facts.intent.first else ""
    among = f" with {facts.among}" if facts.among else ""
    left = len(facts.rows) - MOST_ROWS
    more = f"\n\nand {left} more" if left > 0 else ""
    return f"**{what} of the runs{among}{order}:**\n\n{table(['run', *(head for head, _ in facts.heads)], rows)}{more}"


def _cell(run: str, name: str, cell: tuple[object, str], voice: Voice) -> str:
    value, text = cell
    number = value if isinstance(value, int | float | str) else None
    return f"{text}{voice.cite(run, number, label=name)}" if name else text
