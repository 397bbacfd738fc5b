"""Investigations of the balance: what was spent in vain, and what was left unlogged."""

from __future__ import annotations

from agent.offline import sql
from agent.offline.desk import Desk, Steps, rows_of
from agent.offline.facts import Facts
from agent.offline.intents import ToLog, Wasted
from agent.offline.resolving import resolve
from agent.offline.sweep_facts import ToLogFacts, WasteFacts


def wasted(intent: Wasted, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """The waste of the runs, the largest first, with its sum."""
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    told, sums = yield (sql.waste(runs), sql.waste_in_all(runs))
    return (WasteFacts(runs, tuple(rows_of(told)), tuple(rows_of(sums))),)


def to_log(intent: ToLog, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """What to log next time, by how many checks it makes possible."""
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    (told,) = yield (sql.unchecked(runs),)
    return (ToLogFacts(runs, tuple(rows_of(told))),)
