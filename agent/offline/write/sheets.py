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
    span = _span(facts)
    shown = table(["run", *(head for head, _ in facts.heads)], rows)
    return f"{span}**{what} of the runs{among}{order}:**\n\n{shown}{more}"


def _span(facts: SheetFacts) -> str:
    """When the first of all began and the last of all ended."""
    heads = [head for head, _ in facts.heads]
    began = sorted(cells[heads.index("began")][1] for _, cells in facts.rows) if "began" in heads else []
    ended = sorted(cells[heads.index("ended")][1] for _, cells in facts.rows) if "ended" in heads else []
    told = [f"the first began at **{began[0]}**"] if began else []
    told += [f"the last ended at **{ended[-1]}**"] if ended else []
    text = " and ".join(told)
    return f"{text[0].upper()}{text[1:]}.\n\n" if text else ""


def _cell(run: str, name: str, cell: tuple[object, str], voice: Voice) -> str:
    value, text = cell
    number = value if isinstance(value, int | float | str) else None
    return f"{text}{voice.cite(run, number, label=name)}" if name else text
