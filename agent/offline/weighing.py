"""Investigations that weigh: causes that somebody proposes, a fault in other runs, which run is most like another."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agent.offline import sql
from agent.offline.desk import (
    Desk,
    Row,
    Steps,
    best_spot,
    differing,
    goal_of,
    metric_or_default,
    one,
    ranked_by,
    readings,
    rows_of,
    settings_of,
)
from agent.offline.facts import Facts, Trouble
from agent.offline.figure_facts import (
    BlameFacts,
    EitherFacts,
    ElsewhereFacts,
    NearestFacts,
    RemedyFacts,
    RivalFacts,
)
from agent.offline.figure_intents import Blame, Cause, Either, Elsewhere, Nearest
from agent.offline.lag import INCIDENTAL
from agent.offline.lexicon import PARAMS
from agent.offline.measures import everyone
from agent.offline.resolving import resolve
from agent.offline.scalars import number
from agent.offline.terms import Group, Unsaid
from agent.offline.texts import value_text
from agent.offline.thread import Failed, call
from agent.offline.troubles import FAMILIES, grave
from agent.offline.words import holds
from tools.lessons import SweepAnalysis
from tools.results import Comparison, DiagnosedRun, WeighedCause

MOST_RUNS = 4
MOST_ALIKE = 3


def blame(intent: Blame, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Have the cause weighed, and say what the checks found instead."""
    runs, trouble = yield from resolve(intent.who, desk)
    told: list[Facts] = [trouble] if trouble else []
    for run in runs[:MOST_RUNS]:
        diagnosed = yield from one(call("diagnose", run=run), DiagnosedRun)
        if diagnosed:
            own, weighed = yield from _weigh(Cause(intent.key, intent.aspect), diagnosed, desk)
            told.append(BlameFacts(intent, diagnosed, weighed, own))
    return tuple(told)


def remedies(keys: Sequence[str], diagnosed: DiagnosedRun, desk: Desk) -> Steps[tuple[RemedyFacts, ...]]:
    """Whether changing these settings would mend what was found in a run."""
    told = []
    found = grave(diagnosed.diagnosis.findings)
    for key in keys:
        name, weighed = yield from _weigh(Cause(key), diagnosed, desk)
        words = " ".join(f.fix for f in found[:2]).lower().replace("-", "").split()
        named = holds(words, [f"{text}*" for text in (*PARAMS.get(key, ()), key.replace("_", " "))])
        told.append(RemedyFacts(name, diagnosed, weighed, named))
    return tuple(told)


def _weigh(
    cause: Cause, diagnosed: DiagnosedRun, desk: Desk, named: Collection[str] = ()
) -> Steps[tuple[str, WeighedCause | None]]:
    """The name of the cause in this run (another one than those named), and what the runs say for and against it."""
    name = _named(cause, diagnosed, desk)
    name = cause.aspect if name in named and cause.aspect else name
    return name, (yield from one(call("weigh_hypothesis", run=diagnosed.run.run, cause=name), WeighedCause))


def _named(cause: Cause, diagnosed: DiagnosedRun, desk: Desk) -> str:
    """The key as this run spells it; of a kind of trouble the finding that was made, else one that it stands for."""
    if cause.key:
        keys = desk.known.param_keys(cause.key)
        return next((key for key in keys if key in diagnosed.params), keys[0] if keys else cause.key)
    family = FAMILIES.get(cause.aspect, frozenset())
    found = next((f.id for f in grave(diagnosed.diagnosis.findings) if f.id in family), "")
    return found or (cause.aspect if cause.aspect in family or not family else min(family))


def either(intent: Either, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Each cause weighed in each run; where no run is meant, settings by what they move over all runs."""
    keys = tuple(cause.key for cause in intent.causes)
    at_large = intent.who in ((Unsaid(),), ()) or any(ref == Group("all") for ref in intent.who)
    if at_large and all(keys):
        return (yield from _rivals(keys, desk))
    runs, trouble = yield from resolve((Group("broken"),) if at_large else intent.who, desk)
    told: list[Facts] = [trouble] if trouble else []
    for run in runs[:MOST_RUNS]:
        diagnosed = yield from one(call("diagnose", run=run), DiagnosedRun)
        if diagnosed:
            told.append((yield from _weighed(intent.causes, diagnosed, desk)))
    return tuple(told)


def _weighed(causes: tuple[Cause, ...], diagnosed: DiagnosedRun, desk: Desk) -> Steps[EitherFacts]:
    options: tuple[tuple[str, WeighedCause | None], ...] = ()
    for cause in causes:
        named = {name for name, _ in options}
        options = (*options, (yield from _weigh(cause, diagnosed, desk, named)))
    return EitherFacts(diagnosed, options)


def _rivals(keys: tuple[str, ...], desk: Desk) -> Steps[tuple[Facts, ...]]:
    names, _ = metric_or_default(None, desk)
    (found,) = yield (call("analyse_sweep", metric=names[0] if names else ""),)
    if not isinstance(found, SweepAnalysis):
        return (Trouble(found.text if isinstance(found, Failed) else "the runs could not be analysed together"),)
    return (RivalFacts(keys, found),)


def elsewhere(intent: Elsewhere, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """What is wrong with the run that was spoken of, looked for in all others."""
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble or not runs:
        return (trouble,) if trouble else ()
    diagnosed = yield from one(call("diagnose", run=runs[0]), DiagnosedRun)
    found = grave(diagnosed.diagnosis.findings)[:1] if diagnosed else []
    if not found:
        return (ElsewhereFacts(runs[0], None),)
    (outcome,) = yield (sql.found_in_runs({found[0].id}),)
    rows = [row for row in rows_of(outcome) if str(row["run"]) != runs[0]]
    others = tuple((str(row["run"]), _since(row)) for row in rows)
    same = {run for run, _ in others}
    broken = tuple(r.run.run for r in desk.broken() if r.run.run not in {*same, runs[0]})
    return (ElsewhereFacts(runs[0], found[0], others, broken),)


def _since(row: Row) -> str:
    for unit in ("epoch", "step"):
        at = number(row.get(f"onset_{unit}"))
        if at is not None:
            return f"{unit} {value_text(at)}"
    return ""


def nearest(intent: Nearest, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """The runs that differ from this one in the fewest settings, the better ones first."""
    runs, trouble = yield from resolve(everyone(intent.who), desk)
    if trouble or not runs:
        return (trouble,) if trouble else ()
    own = runs[0]
    names, _ = metric_or_default(None, desk)
    goal = goal_of(names, desk) if names else "lower"
    varied, outcome = yield (sql.varied_settings(INCIDENTAL), sql.at_spots(names or ("",), (), (best_spot(goal),)))
    settings = settings_of(varied)
    ranked = ranked_by(readings(outcome, best_spot(goal), names), goal)
    order = {reading.run: place for place, reading in enumerate(ranked)}
    others = [r.run.run for r in desk.rows if r.run.run != own and (r.verdict == "healthy" or not intent.sound)]
    if not others:
        return (NearestFacts(own, (), intent.sound),)
    apart = {run: len(differing(settings.get(own, {}), settings.get(run, {}))) for run in others}
    first = min(apart.values())
    alike = sorted((run for run in others if apart[run] == first), key=lambda run: order.get(run, len(order)))
    compared = yield from one(call("compare_runs", metric=names[0] if names else "", runs=[own, alike[0]]), Comparison)
    best = next((reading for reading in ranked if reading.run == alike[0]), None)
    return (NearestFacts(own, tuple(alike[:MOST_ALIKE]), intent.sound, compared, best),)
