"""Whether a condition holds for given runs: what a question takes for granted, and yes-or-no questions."""

from __future__ import annotations

from agent.offline.chosen import Chosen, Shown
from agent.offline.desk import Desk, Steps
from agent.offline.facts import CheckFacts, Facts
from agent.offline.intents import Check, Duration
from agent.offline.measures import duration
from agent.offline.resolving import resolve
from agent.offline.selection import select_runs
from agent.offline.terms import Named
from agent.offline.unlogged import not_logged


def check(intent: Check, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Look it up; of a premise only that it does not hold, for what depends on it is answered by another part."""
    runs, trouble = yield from resolve(intent.who, desk)
    metric = intent.condition.metric
    if trouble and not runs:
        return () if intent.premise else (trouble,)
    if metric and not desk.known.metric_names(metric):
        return () if intent.premise else ((yield from not_logged(metric, desk, runs)),)
    chosen = yield from select_runs(intent.condition, desk)
    facts = _facts(chosen, runs)
    if facts.unknown and intent.condition.which == "short":  # what was planned is not set: how far it got, then
        return (facts, *(yield from duration(Duration(tuple(Named(run) for run in facts.unknown)), desk)))
    return () if intent.premise and not facts.fails else (facts,)


def _facts(chosen: Chosen, runs: tuple[str, ...]) -> CheckFacts:
    holds, fails = _of(chosen.shown, runs), _of(chosen.rest, runs)
    known = {run for run, _ in (*holds, *fails)}
    return CheckFacts(chosen.said, chosen.denied, holds, fails, tuple(run for run in runs if run not in known))


def _of(shown: Shown, runs: tuple[str, ...]) -> Shown:
    return tuple((run, text) for run, text in shown if run in runs)
