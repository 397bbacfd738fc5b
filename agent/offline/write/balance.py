"""Answers about what was spent in vain and what was left unlogged."""

from __future__ import annotations

from agent.offline.desk import Row
from agent.offline.sweep_facts import ToLogFacts, WasteFacts
from agent.offline.texts import harmless, listed, prose, value_text
from agent.offline.troubles import label
from agent.offline.write.voice import Voice, table
from tools.amounts import HOUR, counted, lasting

MOST_ROWS = 20


def tell_waste(facts: WasteFacts, voice: Voice) -> str:
    """The sum first, then run by run: since when, for which fault."""
    if not facts.rows:
        named = f"{voice.names(list(facts.runs))} wasted nothing" if facts.runs else "No run wasted anything"
        return f"**{named}:** no fault was found that made the steps after it worthless."
    sums = "; ".join(_sum(row) for row in facts.sums)
    if len(facts.rows) == 1:
        row = facts.rows[0]
        head = f"**{voice.name(str(row['run']))} wasted {_amount(row)}**, {_share(row)} of the run"
        return f"{head}: all after {_since(row)}, because of {label(str(row['finding']))}. {_missing(facts)}".strip()
    head = f"**{len(facts.rows)} runs wasted something: {sums}.** {_missing(facts)}".strip()
    rows = [
        [voice.name(str(r["run"])), label(str(r["finding"])), _since(r), _share(r), _amount(r)]
        for r in facts.rows[:MOST_ROWS]
    ]
    return f"{head}\n\n{table(['run', 'because of', 'after', 'share of the run', 'wasted'], rows)}"


def _sum(row: Row) -> str:
    runs = int(float(str(row["runs"])))
    return f"{_amount(row)} in {counted(runs, 'run')}"


def _amount(row: Row) -> str:
    """The amount comes last: a number right after "steps" would read as one of them."""
    parts = [lasting(float(str(row["hours"])) * HOUR)] if row["hours"] is not None else []
    parts += [f"{value_text(row['money'])} {harmless(str(row['currency']))}"] if row["money"] is not None else []
    return ", ".join([*parts, counted(float(str(row["amount"])), str(row["unit"]))])


def _since(row: Row) -> str:
    return f"{row['unit']} {value_text(row['since'])}"


def _share(row: Row) -> str:
    return f"{value_text(row['percent'])}%"


def _missing(facts: WasteFacts) -> str:
    """Why there are no hours, or no money."""
    if all(row["hours"] is None for row in facts.rows):
        return "In hours it cannot be told: no times are logged."
    if all(row["money"] is None for row in facts.rows):
        return "In money it cannot be told: no price of an hour is set (`[cost] per_hour` in runwhy.toml)."
    return ""


def tell_to_log(facts: ToLogFacts, voice: Voice) -> str:
    """What to log, what serves most checks first."""
    about = f" for {voice.names(list(facts.runs))}" if facts.runs else ""
    if not facts.rows:
        return f"**Nothing is missing{about}:** every check could be made with what was logged."
    lines = [f"{i}. {prose(str(row['log_next']))} {_checks(row)}" for i, row in enumerate(facts.rows[:8], 1)]
    more = len(facts.rows) - 8
    left = f"\n\nAnd {more} more; `select * from not_checked` has them all." if more > 0 else ""
    return f"**To log next time{about}:**\n\n" + "\n".join(lines) + left


def _checks(row: Row) -> str:
    names = [label(name) for name in str(row["checks"]).split(", ")]
    return f"(for {listed(names[:4])})" if len(names) <= 4 else f"(for {', '.join(names[:4])} and others)"
