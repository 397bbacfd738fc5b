"""Investigations over a whole sweep: what to try next, which hyperparameter matters."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from agent.offline import sql
from agent.offline.case import Case, Reading
from agent.offline.cases import MOST_RUNS, look_into
from agent.offline.course_facts import AdviceKeptFacts
from agent.offline.desk import (
    Desk,
    Steps,
    best_spot,
    goal_of,
    metric_or_default,
    one,
    ranked_by,
    readings,
    rows_of,
    settings_of,
)
from agent.offline.effect_intents import Matters, WhatIf
from agent.offline.effects import clean_pairs
from agent.offline.facts import CaseFacts, Facts, SettingFacts, Trouble
from agent.offline.intents import (
    Compare,
    Health,
    Next,
    Setting,
    Why,
)
from agent.offline.lag import INCIDENTAL
from agent.offline.measures import everyone
from agent.offline.resolving import resolve
from agent.offline.selection import select_runs
from agent.offline.shares import Settings, shares
from agent.offline.sweep_facts import AdviceFacts, CompareFacts, Effect, MatterFacts, NextFacts, NoBaseFacts
from agent.offline.terms import Group, MetricAsk, Named, Ranked, Unsaid, Who
from agent.offline.texts import value_text
from agent.offline.thread import Failed, call
from agent.offline.troubles import canonical
from agent.offline.unlogged import not_logged
from agent.offline.weighing import remedies
from agent.offline.what_if import what_if
from tools.lessons import SweepAnalysis
from tools.records import Scalar
from tools.results import Comparison, NextSteps, Plot, RunRow
from tools.sweeps.members import GONE_ON

USUAL = ("learning_rate", "batch_size", "weight_decay", "dropout", "optimizer", "warmup", "width", "depth")
MOST_MENDED = 2
FEWEST = 3


def next_steps(intent: Next, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """For a run: what its diagnosis says. For a sweep: build on the best run, vary what mattered, leave what broke."""
    runs, trouble = yield from resolve(intent.who, desk)
    if runs or trouble:
        cases: list[Case] = []
        for run in runs[:MOST_RUNS]:
            case = yield from look_into(run, desk, thorough=False)
            cases.extend([case] if case else [])
        faulty = tuple(c for c in cases if c.diagnosed.diagnosis.findings)
        if trouble or faulty:
            told: list[Facts] = [trouble] if trouble else []
            for case in faulty:
                told += (yield from remedies(intent.keys, case.diagnosed, desk)) if intent.mends else ()
            told += [CaseFacts(Why(intent.who, "advice"), faulty)] if faulty else []
            for case in faulty:
                steps = yield from one(call("suggest_next", run=case.diagnosed.run.run), NextSteps)
                told += [AdviceFacts(steps)] if steps and steps.advice else []
            return tuple(told)
        if len(cases) == 1 and isinstance(intent.who[0], Named):
            fine = CaseFacts(Health(intent.who, wants="verdict"), tuple(cases))
            if intent.mends and len(desk.rows) > 1:
                return (yield from what_if(WhatIf(intent.who, intent.keys[0], side=intent.side or "up"), desk))
            return (fine, *(yield from _over_the_sweep(intent, desk)))
    return (yield from _over_the_sweep(intent, desk))


def _over_the_sweep(intent: Next, desk: Desk) -> Steps[tuple[Facts, ...]]:
    names, asked = metric_or_default(intent.metric, desk)
    if not names:
        return ((yield from not_logged(asked, desk)),)
    goal = goal_of(names, desk)
    column = best_spot(goal)
    outcome, varied = yield (sql.at_spots(names, (), (column, "last")), sql.varied_settings(INCIDENTAL))
    ranked = ranked_by(readings(outcome, column, names), goal)
    ranked = [r for r in ranked if r.value is not None and math.isfinite(r.value)]
    if not ranked:
        return ((yield from not_logged(asked, desk)),)
    sound = [r for r in ranked if _can_carry(desk.row(r.run))]
    top = next(iter(sound), None)
    if top is None:
        return (yield from _without_base(ranked, desk))
    settings = settings_of(varied)
    last = next((r for r in readings(outcome, "last", names) if r.run == top.run), None)
    second = next((r for r in sound if r.run != top.run), None)
    effects = _effects(sound, settings)
    own = tuple(settings.get(top.run, {}).items())
    steps = yield from one(call("suggest_next", metric=names[0]), NextSteps)
    return (NextFacts(intent, names[0], goal, top, last, second, effects, own, (), desk.broken(), steps),)


def _can_carry(row: RunRow | None) -> bool:
    """Whether a run can be built on: nothing is wrong with it, or only that it went on for too long."""
    fault = row.headline_finding if row and row.verdict == "faulty" else None
    return fault is None or fault.id in GONE_ON


def _without_base(ranked: Sequence[Reading], desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Something is wrong with every run: what to mend about the best of them comes before any tuning."""
    told: list[Facts] = [NoBaseFacts(len(desk.rows))]
    for reading in ranked[:MOST_MENDED]:
        case = yield from look_into(reading.run, desk, thorough=False)
        if case is None:
            continue
        told.append(CaseFacts(Why((Named(reading.run),), "advice"), (case,)))
        steps = yield from one(call("suggest_next", run=reading.run), NextSteps)
        told += [AdviceFacts(steps)] if steps and steps.advice else []
    return tuple(told)


def kept(desk: Desk) -> Steps[tuple[Facts, ...]]:
    """What came of the advice that runs have followed."""
    names, _ = metric_or_default(None, desk)
    steps = yield from one(call("suggest_next", metric=names[0]) if names else call("suggest_next"), NextSteps)
    return (AdviceKeptFacts(steps.followed if steps else ()),)


def matters(intent: Matters, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """What the runs together say of the settings, and of where training becomes unstable."""
    names, asked = metric_or_default(intent.metric, desk)
    if not names:
        return ((yield from not_logged(asked, desk)),)
    known = desk.known.param_keys(intent.key) if intent.key else ()
    if intent.key and not known and desk.known.params:
        return ((yield from not_logged(MetricAsk(intent.key.replace("_", " ")), desk)),)
    if len(desk.rows) < FEWEST:
        return (MatterFacts(intent, SweepAnalysis(desk.runs(), names[0], goal_of(names, desk), (), (), None)),)
    (found,) = yield (call("analyse_sweep", metric=names[0]),)
    if not isinstance(found, SweepAnalysis):
        return (Trouble(found.text if isinstance(found, Failed) else "the runs could not be analysed together"),)
    keys = tuple(e.key for e in found.effects if intent.key and (e.key in known or canonical(e.key) == intent.key))
    if not keys:
        return (MatterFacts(intent, found),)
    runs, said = list(found.runs), []
    for condition in intent.given:
        chosen = yield from select_runs(condition, desk)
        runs = [run for run in runs if run in chosen.runs]
        said.append(chosen.said)
    pairs = yield from clean_pairs(keys, names, runs, found.unstable, desk, intent.values)
    return (MatterFacts(intent, found, keys, pairs, " and ".join(said)),)


def _effects(ranked: Sequence[Reading], settings: Settings) -> tuple[Effect, ...]:
    """Settings by how much of the order of the runs they account for, most first; of settings that change together
    the one that engineers turn comes first."""
    places = {reading.run: float(place) for place, reading in enumerate(ranked)}
    rank_shares, pairs = shares(places, settings)
    best_of = {r.run: r.value for r in ranked}
    effects = [_effect(key, rank_shares[key], pairs[key], places, best_of, settings) for key in sorted(rank_shares)]
    return tuple(sorted(effects, key=lambda e: (-round(e.share, 3), _usual(e.key), e.key)))


def _usual(key: str) -> int:
    name = canonical(key)
    return USUAL.index(name) if name in USUAL else len(USUAL)


def _effect(
    key: str,
    share: float,
    pairs: int,
    places: Mapping[str, float],
    best_of: Mapping[str, float | None],
    settings: Settings,
) -> Effect:
    groups: dict[str, list[str]] = defaultdict(list)
    for run in places:
        groups[settings.get(run, {}).get(key, "not set")].append(run)
    rows = []
    for value, runs in groups.items():
        first = min(runs, key=lambda run: places[run])
        reached = best_of[first]
        rows.append((value, first, math.nan if reached is None else reached))
    rows.sort(key=lambda row: places[row[1]])
    return Effect(key, share, tuple(rows), pairs, rows[0][0])


def compare(intent: Compare, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Settings and outcome side by side, and the curves in one chart."""
    who: Who = (Group("all"),) if intent.who == (Unsaid(),) else intent.who
    runs, trouble = yield from resolve(who, desk, intent.metric)
    found: list[Facts] = [trouble] if trouble else []
    if len(runs) == 1 and Ranked() in who:  # the run held against the best one is the best one
        runs, _ = yield from resolve((*who, Ranked("best", 2)), desk, intent.metric)
    if len(runs) < 2:
        return tuple(found)
    names, asked = metric_or_default(intent.metric, desk)
    if not names:
        return (*found, (yield from not_logged(asked, desk, runs)))
    goal = goal_of(names, desk)
    column = "last" if intent.spot == "last" else best_spot(goal)
    compared, values = yield (
        call("compare_runs", metric=names[0], runs=list(runs[:8])),
        sql.at_spots(names, runs[:8], (column,)),
    )
    if not isinstance(compared, Comparison):
        return tuple(found)
    (drawn,) = yield (call("plot_metric", metrics=[names[0]], runs=list(runs[:8])),)
    ranked = ranked_by(readings(values, column, names), goal)
    shared = (yield from _shared(runs[:8], desk)) if intent.leads == "common" else ()
    found.append(CompareFacts(intent, compared, names[0], tuple(ranked), goal, isinstance(drawn, Plot), shared))
    return tuple(found)


def _shared(runs: Sequence[str], desk: Desk) -> Steps[tuple[tuple[str, str], ...]]:
    """The settings that all of these runs have with the same value."""
    (outcome,) = yield (sql.settings(desk.known.params, runs),)
    values: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(outcome):
        values[str(row["key"])].append(value_text(row["value"]))
    return tuple((key, own[0]) for key, own in values.items() if len(own) == len(runs) and len(set(own)) == 1)


def setting(intent: Setting, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Values of a hyperparameter; a learning rate also as logged."""
    runs, trouble = yield from resolve(everyone(intent.who), desk)
    found: list[Facts] = [trouble] if trouble else []
    if not runs:
        return tuple(found)
    keys = desk.known.param_keys(intent.key) if intent.key else desk.known.params
    rates = (
        desk.known.metric_names(MetricAsk("learning rate", "learning_rate")) if intent.key == "learning_rate" else ()
    )
    read: list[Reading] = []
    values: list[tuple[str, str, Scalar]] = []
    if keys:
        (outcome,) = yield (sql.settings(keys, runs),)
        values = [(str(r["run"]), str(r["key"]), r["value"]) for r in rows_of(outcome)]
    if rates and (not values or len(runs) == 1):
        (outcome,) = yield (sql.at_spots(rates, runs, ("highest", "last")),)
        read = readings(outcome, "highest", rates)
        read += readings(outcome, "last", rates)
    found.append(SettingFacts(intent.key, keys, tuple(values), runs, tuple(read)))
    return tuple(found)
