"""The hypothesis board for people: the causes that were weighed, those of which the same was said together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.board import Entry
from agent.markdown import cell
from agent.phrases import one_line
from tools.amounts import counted
from tools.lessons import HypothesisStatus

COLUMNS = ("cause", "state", "for", "against")
MOST_ROWS = 8
CITED = 3
NAMED = 3
LONGEST_WHY = 160
FOR = ("supported", "proposed")
ALL_RUNS = "all runs"


@dataclass(frozen=True)
class Weighed:
    """A row of the board. why: for it or against it, as the status says; cited: ids of evidence, a few."""

    runs: str
    causes: str
    status: HypothesisStatus
    why: str
    cited: tuple[str, ...]


def as_markdown(board: Sequence[Entry]) -> str:
    """A short table: cause, state, what speaks for it and against it; the runs too where there are several."""
    rows = weighed(board)
    if not rows:
        return ""
    several = len({row.runs for row in rows}) > 1
    head = "**Causes weighed:**" if several else f"**Causes weighed for {cell(rows[0].runs)}:**"
    first = 0 if several else 1
    columns = ("run", *COLUMNS)[first:]
    lines = [columns, ("---",) * len(columns), *(_cells(row)[first:] for row in rows[:MOST_ROWS])]
    more = len(rows) - MOST_ROWS
    left = f"\n\n{counted(more, 'more row')}: `--json` has them all." if more > 0 else ""
    return "\n".join([head, "", *(f"| {' | '.join(line)} |" for line in lines)]) + left


def weighed(board: Sequence[Entry]) -> tuple[Weighed, ...]:
    """Causes of one state for one reason share a row, and so do runs for which the same was said of the same causes."""
    merged: dict[tuple[object, ...], list[Entry]] = {}
    for one in board:
        about = one["cause"] if one["support"] or one["against"] or one["status"] in FOR else one["run"]
        merged.setdefault((about, one["status"], one["why"]), []).append(one)
    return tuple(_row(entries) for entries in merged.values())


def _row(entries: Sequence[Entry]) -> Weighed:
    one = entries[0]
    ids = one["support"] if one["status"] in FOR else one["against"] if one["status"] == "refuted" else []
    runs = _listed([e["run"] or ALL_RUNS for e in entries])
    causes = _listed([e["cause"].replace("_", " ") for e in entries])
    return Weighed(runs, causes, one["status"], one_line(one["why"][:LONGEST_WHY]), tuple(ids[:CITED]))


def _listed(names: Iterable[str]) -> str:
    """Each once, the first few of many."""
    each = [one_line(name) for name in dict.fromkeys(names)]
    more = f" and {len(each) - NAMED} more" if len(each) > NAMED else ""
    return ", ".join(each[:NAMED]) + more


def _cells(row: Weighed) -> tuple[str, ...]:
    """With where it is to be seen."""
    why = cell(row.why) + (f" [{', '.join(row.cited)}]" if row.cited else "")
    told = (why, "–") if row.status in FOR else ("–", why) if row.status == "refuted" else ("–", "–")
    state = f"{row.status} ({why})" if told == ("–", "–") else row.status
    return cell(row.runs), cell(row.causes), state, *told
