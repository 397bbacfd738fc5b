"""The investigation of where runs will end."""

from __future__ import annotations

from agent.offline.desk import Desk, Steps
from agent.offline.facts import Facts, ForeseenFacts, Trouble
from agent.offline.intents import Foresee
from agent.offline.resolving import resolve
from agent.offline.thread import Failed, call
from tools.results import Foreseen

MOST_FORESEEN = 8


def foresee(intent: Foresee, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """The outlook of each run that is meant."""
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    outcomes = yield tuple(call("foresee", run=run) for run in runs[:MOST_FORESEEN])
    failed = tuple(Trouble(one.text) for one in outcomes if isinstance(one, Failed))
    told = tuple(one for one in outcomes if isinstance(one, Foreseen))
    return (ForeseenFacts(intent, told, len(runs) - MOST_FORESEEN), *failed) if told else failed
