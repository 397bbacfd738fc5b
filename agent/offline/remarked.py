"""Looks for the remarks that a question may be about; what they answer needs no other answer."""

from __future__ import annotations

from collections.abc import Sequence

from agent.offline.desk import Desk, Steps, one
from agent.offline.facts import RemarkFacts
from agent.offline.intents import Health, Intent, Remarked, Setting, Trend, Value, When, Why
from agent.offline.remarks import REMARKS, remarks_of
from agent.offline.resolving import resolve
from agent.offline.thread import call
from agent.offline.troubles import grave
from tools.results import DiagnosedRun

MOST_RUNS = 4


def asked_about(intents: Sequence[Intent], desk: Desk) -> Steps[tuple[tuple[RemarkFacts, ...], bool]]:
    """The remarks asked about that there are (or that are to be denied), and whether they come first.

    What is wrong with a run comes before what is worth knowing about it.
    """
    told: list[RemarkFacts] = []
    for intent in intents:
        if isinstance(intent, Remarked):
            told += yield from _look(intent, desk)
    leads = all(f.intent.leads and (f.intent.alone or not grave(f.diagnosed.diagnosis.findings)) for f in told)
    return tuple(told), leads


def _look(intent: Remarked, desk: Desk) -> Steps[list[RemarkFacts]]:
    runs, _ = yield from resolve(intent.who, desk)
    told = []
    for run in runs[:MOST_RUNS]:
        diagnosed = yield from one(call("diagnose", run=run), DiagnosedRun)
        if diagnosed is None:
            continue
        found = tuple(f for f in remarks_of(diagnosed.diagnosis.findings) if f.id in intent.topics)
        if found or (intent.alone and len(intent.topics) == 1 and REMARKS[intent.topics[0]].denied):
            told.append(RemarkFacts(intent, diagnosed, found))
    return told


def is_told(intent: Intent, told: Sequence[RemarkFacts]) -> bool:
    """Whether the remarks answer this part of the question too; a fault is always told."""
    same = [f for f in told if f.intent.who == getattr(intent, "who", None)]
    if not same or not isinstance(intent, Why | When | Health | Trend | Value | Setting):
        return False
    if isinstance(intent, Value | Setting):
        return any(f.intent.leads for f in same)
    return not any(grave(f.diagnosed.diagnosis.findings) for f in same)
