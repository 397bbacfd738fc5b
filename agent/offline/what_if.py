"""What a setting at another value would do, as far as runs that have it can tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from agent.offline import sql
from agent.offline.case import Reading
from agent.offline.desk import (
    Desk,
    Steps,
    best_spot,
    differing,
    goal_of,
    metric_or_default,
    one,
    ranked_by,
    readings,
    rows_of,
    seeds_of,
    settings_of,
)
from agent.offline.effect_intents import WhatIf
from agent.offline.facts import Facts
from agent.offline.lag import INCIDENTAL
from agent.offline.resolving import resolve
from agent.offline.scalars import number
from agent.offline.sweep_facts import Tried, WhatIfFacts
from agent.offline.terms import MetricAsk
from agent.offline.texts import value_text
from agent.offline.thread import call
from agent.offline.unlogged import not_logged
from tools.lessons import SweepAnalysis
from tools.records import Scalar

OF_EACH = 2


@dataclass(frozen=True)
class _Tests:
    """The values of one setting by run, how far the runs got, best first, and all their settings."""

    values: dict[str, Scalar]
    ranked: tuple[Reading, ...]
    settings: dict[str, dict[str, str]]
    key: str
    seeds: dict[str, Scalar]

    def tried(self, run: str, beside: str = "") -> Tried:
        """A run of the test; beside: the run it is set beside."""
        best = next((r for r in self.ranked if r.run == run), None)
        own, other = self.settings.get(run, {}), self.settings.get(beside, {})
        keys = [key for key in differing(own, other) if key != self.key] if beside else []
        seeds = {self.seeds[each] for each in (run, beside) if each in self.seeds}
        reseeded = len(seeds) > 1
        return Tried(run, value_text(self.values.get(run)), best, tuple(keys), reseeded)

    def nearest_first(self, runs: Iterable[str], beside: str) -> tuple[Tried, ...]:
        """Those that differ in least from a run, those of its seed first, then the better ones."""
        places = {r.run: i for i, r in enumerate(self.ranked)}
        tried = [self.tried(run, beside) for run in runs if run != beside]
        return tuple(sorted(tried, key=lambda t: (len(t.differs), t.reseeded, places.get(t.run, len(places)))))


def what_if(intent: WhatIf, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Runs with that value beside the run spoken of (none: the best); the nearest values where nobody tried it."""
    names, asked = metric_or_default(intent.metric, desk)
    keys = desk.known.param_keys(intent.key)
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    if not names or not keys:
        return ((yield from not_logged(asked if not names else MetricAsk(intent.key.replace("_", " ")), desk)),)
    column = best_spot(goal_of(names, desk))
    rows, seeds, outcome, varied = yield (
        sql.settings(keys),
        sql.settings(desk.known.param_keys("seed") or ("seed",)),
        sql.at_spots(names, (), (column,)),
        sql.varied_settings(INCIDENTAL),
    )
    ranked = ranked_by(readings(outcome, column, names), goal_of(names, desk))
    values = {str(row["run"]): row["value"] for row in rows_of(rows)}
    tests = _Tests(values, tuple(ranked), settings_of(varied), keys[0], seeds_of(seeds))
    beside = runs[0] if runs else next((r.run for r in ranked if r.run in values), "")
    facts = _facts(_settled(intent, number(values.get(beside))), tests, beside, names[0], goal_of(names, desk))
    if not (facts.tried or facts.nearest):
        return (facts,)
    analysis = yield from one(call("analyse_sweep", metric=names[0]), SweepAnalysis)
    edge = analysis.boundary if analysis else None
    return (replace(facts, edge=edge.summary if edge and edge.key in keys else ""),)


def _settled(intent: WhatIf, own: float | None) -> WhatIf:
    """A multiple of the run's own value as a value; where it has none, more or less of it is meant."""
    if intent.factor is None:
        return intent
    if own is None:
        return replace(intent, factor=None, side="up" if intent.factor > 1 else "down")
    return replace(intent, value=float(f"{own * intent.factor:.6g}"))


def _facts(intent: WhatIf, tests: _Tests, beside: str, metric: str, goal: str) -> WhatIfFacts:
    own = tests.tried(beside) if beside else None
    if intent.side and intent.value is None:
        beyond = _beyond(tests.values, number(tests.values.get(beside)), intent.side)
        tried = sorted((tests.tried(run, beside) for run in beyond), key=lambda one: len(one.differs))
        return WhatIfFacts(tests.key, "", metric, own, tuple(tried), side=intent.side, goal=goal)
    same = [run for run, value in tests.values.items() if _is(value, intent)]
    near = [] if same or intent.value is None else _nearest(tests.values, intent.value)
    near += _siblings(tests, beside, intent.value, near)
    wanted = value_text(intent.value) if intent.value is not None else intent.word
    multiple = _multiple(intent.factor) if intent.factor else ""
    found, nearest = tests.nearest_first(same, beside), _few_of_each(tests.nearest_first(near, beside))
    return WhatIfFacts(tests.key, wanted, metric, own, found, nearest, multiple=multiple, goal=goal)


def _siblings(tests: _Tests, beside: str, wanted: float | None, near: list[str]) -> list[str]:
    """The runs that differ from the run spoken of in this setting alone, on the side that is asked about: the cleanest
    evidence, though others lie nearer to the value."""
    own = number(tests.values.get(beside))
    if not near or own is None or wanted is None:
        return []
    apart = {
        run: found for run, value in tests.values.items() if (found := number(value)) is not None and run not in near
    }
    alike = [run for run in apart if run != beside and not tests.tried(run, beside).differs]
    return [run for run in alike if (apart[run] < own) == (wanted < own) and apart[run] != own]


def _few_of_each(tried: tuple[Tried, ...]) -> tuple[Tried, ...]:
    """The first runs with each value, so that one that many have leaves room for the other."""
    kept: list[Tried] = []
    for each in tried:
        if sum(other.value == each.value for other in kept) < OF_EACH:
            kept.append(each)
    return tuple(kept)


def _beyond(values: dict[str, Scalar], own: float | None, side: str) -> list[str]:
    """The runs with more (or less) of it, the next value first."""
    known = {run: found for run, value in values.items() if (found := number(value)) is not None}
    if own is None:
        return []
    there = [run for run, value in known.items() if (value > own if side == "up" else value < own)]
    return sorted(there, key=lambda run: abs(known[run] - own))


def _multiple(factor: float) -> str:
    """A factor in words."""
    named = {0.5: "half", 2.0: "twice", 3.0: "three times", 4.0: "four times", 10.0: "ten times", 0.1: "a tenth of"}
    return named.get(factor) or ("a larger multiple of" if factor > 1 else "a smaller part of")


def _is(value: Scalar, intent: WhatIf) -> bool:
    return number(value) == intent.value if intent.value is not None else intent.word in str(value).lower()


def _nearest(values: dict[str, Scalar], wanted: float) -> list[str]:
    """The runs with the next value below and the next above."""
    known = {run: found for run, value in values.items() if (found := number(value)) is not None}
    below = max((value for value in known.values() if value < wanted), default=None)
    above = min((value for value in known.values() if value > wanted), default=None)
    return [run for run, value in known.items() if value in (below, above)]
