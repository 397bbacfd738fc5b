"""Investigations of what there is at all: who logged a metric, who was given a setting, which faults occur."""

from __future__ import annotations

from collections import defaultdict

from agent.offline import sql
from agent.offline.desk import Desk, Steps, rows_of
from agent.offline.facts import Facts
from agent.offline.figure_facts import FaultsFacts, PresenceFacts
from agent.offline.figure_intents import Presence
from agent.offline.measures import everyone
from agent.offline.resolving import resolve
from agent.offline.terms import MetricAsk
from agent.offline.unlogged import not_logged


def presence(intent: Presence, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Look it up run by run."""
    runs, trouble = yield from resolve(everyone(intent.who), desk)
    if trouble:
        return (trouble,)
    if intent.metric:
        names = desk.known.metric_names(intent.metric)
        call = sql.at_spots(names, runs, ("last",))
    else:
        names = desk.known.param_keys(intent.key)
        call = sql.settings(names, runs)
    if not names:
        return ((yield from not_logged(intent.metric or MetricAsk(intent.key.replace("_", " ")), desk, runs)),)
    (outcome,) = yield (call,)
    having = {str(row["run"]) for row in rows_of(outcome)}
    spelled = tuple(dict.fromkeys(str(row["metric" if intent.metric else "key"]) for row in rows_of(outcome)))
    there = tuple(run for run in runs if run in having)
    return (PresenceFacts(intent, spelled or names[:1], there, tuple(run for run in runs if run not in having)),)


def faults(desk: Desk) -> FaultsFacts:
    """The broken runs by the finding that stands for them."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in desk.broken():
        if row.headline_finding:
            groups[row.headline_finding.id].append(row.run.run)
    common = sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))
    return FaultsFacts(tuple((fault, tuple(runs)) for fault, runs in common), len(desk.rows))
