"""The hypothesis board for people: a short Markdown table of the causes that were weighed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.board import Entry
from agent.markdown import cell
from tools.amounts import counted

COLUMNS = ("cause", "state", "for", "against")
MOST_ROWS = 8
CITED = 3
NAMED = 3
LONGEST_WHY = 160
FOR = ("supported", "proposed")


def as_markdown(board: Sequence[Entry]) -> str:
    """Cause, state, what speaks for it and against it; the runs too where there are several. "" for an empty board.

    Causes of one state for one reason share a row, and so do runs for which the same was said of the same causes.
    """
    rows = _rows(board)
    if not rows:
        return ""
    several = len({row[0] for row in rows}) > 1
    head = "**Causes weighed:**" if several else f"**Causes weighed for {rows[0][0]}:**"
    first = 0 if several else 1
    columns = ("run", *COLUMNS)[first:]
    lines = [columns, ("---",) * len(columns), *(row[first:] for row in rows[:MOST_ROWS])]
    more = len(rows) - MOST_ROWS
    left = f"\n\n{counted(more, 'more row')}: `--json` has them all." if more > 0 else ""
    return "\n".join([head, "", *(f"| {' | '.join(line)} |" for line in lines)]) + left


def _rows(board: Sequence[Entry]) -> list[tuple[str, ...]]:
    """Whose cause it is, and the cells; one row for all that have the same state, reason and evidence."""
    merged: dict[tuple[object, ...], list[Entry]] = {}
    for one in board:
        about = one["cause"] if one["support"] or one["against"] or one["status"] in FOR else one["run"]
        merged.setdefault((about, one["status"], one["why"]), []).append(one)
    return [_row(entries) for entries in merged.values()]


def _row(entries: Sequence[Entry]) -> tuple[str, ...]:
    one = entries[0]
    why = cell(one["why"][:LONGEST_WHY])
    told = {"supported": (why, "–"), "proposed": (why, "–"), "refuted": ("–", why)}.get(one["status"], ("–", "–"))
    state = f"{one['status']} ({why})" if told == ("–", "–") else one["status"]
    sides = (_cited(text, ids) for text, ids in zip(told, (one["support"], one["against"]), strict=True))
    runs = _listed([e["run"] or "all runs" for e in entries])
    return runs, _listed([e["cause"].replace("_", " ") for e in entries]), state, *sides


def _listed(names: Iterable[str]) -> str:
    """Each once, the first few of many."""
    each = [cell(name) for name in dict.fromkeys(names)]
    more = f" and {len(each) - NAMED} more" if len(each) > NAMED else ""
    return ", ".join(each[:NAMED]) + more


def _cited(text: str, ids: Sequence[str]) -> str:
    """With where it is to be seen; a few ids are enough for people."""
    return f"{text} [{', '.join(ids[:CITED])}]" if ids and text != "–" else text
