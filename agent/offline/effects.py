"""What a setting did, by the runs that differ in nothing else: the direction that an importance does not show."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, pairwise

from agent.offline import sql
from agent.offline.desk import Desk, Steps, best_spot, goal_of, readings, seeds_of, settings_of
from agent.offline.lag import INCIDENTAL
from agent.offline.scalars import number
from agent.offline.sweep_facts import End, Pair


def clean_pairs(
    keys: Sequence[str],
    names: Sequence[str],
    among: Iterable[str],
    unstable: Sequence[str],
    desk: Desk,
    values: Sequence[str] = (),
) -> Steps[tuple[Pair, ...]]:
    """Neighbouring values of a setting in runs that are alike in all else; values: only pairs of these."""
    spot = best_spot(goal_of(names, desk))
    outcome, varied, seeded = yield (
        sql.at_spots(names, (), (spot,)),
        sql.varied_settings(INCIDENTAL),
        sql.settings(desk.known.param_keys("seed") or ("seed",)),
    )
    seeds = seeds_of(seeded)
    reached = {r.run: r for r in readings(outcome, spot, names)}
    settings = settings_of(varied)
    ends = [
        (_rest(settings[run], keys), End(run, _own(settings[run], keys), reached[run], run in unstable, seeds.get(run)))
        for run in among
        if run in reached and run in settings
    ]
    lower = goal_of(names, desk) == "lower"
    return tuple(pair for group in _alike(ends) for pair in _pairs(group, lower, values))


def _own(settings: Mapping[str, str], keys: Sequence[str]) -> str:
    return next((settings[key] for key in keys if key in settings), "not set")


def _rest(settings: Mapping[str, str], keys: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, value) for key, value in settings.items() if key not in keys))


def _alike(ends: Iterable[tuple[tuple[tuple[str, str], ...], End]]) -> list[list[End]]:
    """The runs by all their other settings."""
    groups: dict[tuple[tuple[str, str], ...], list[End]] = defaultdict(list)
    for rest, end in ends:
        groups[rest].append(end)
    return list(groups.values())


def _pairs(group: Sequence[End], lower: bool, values: Sequence[str]) -> list[Pair]:
    """Each value beside the next one; of several runs with one value the best counts."""
    best: dict[str, End] = {}
    for end in sorted(group, key=lambda end: _score(end, lower), reverse=True):
        best.setdefault(end.value, end)
    ordered = sorted(best.values(), key=lambda end: _place(end.value))
    if values:
        enough = min(2, len(values))
        couples: Iterable[tuple[End, End]] = (
            two for two in combinations(ordered, 2) if sum(_is_one_of(end.value, values) for end in two) >= enough
        )
    else:
        couples = pairwise(ordered)
    return [Pair(low, high, _gain(low, high, lower)) for low, high in couples]


def _is_one_of(value: str, wanted: Sequence[str]) -> bool:
    own = number(value)
    return any(own == number(one) if own is not None else one in value.lower() for one in wanted)


def _place(value: str) -> tuple[float, str]:
    """Numbers by size; what is not set comes first."""
    at = number(value)
    return (-math.inf if value == "not set" else math.inf if at is None else at, value)


def _score(end: End, lower: bool) -> float:
    value = end.best.value
    if value is None or not math.isfinite(value):
        return -math.inf
    return -value if lower else value


def _gain(low: End, high: End, lower: bool) -> float:
    if low.broke != high.broke:
        return -math.inf if high.broke else math.inf
    return _score(high, lower) - _score(low, lower)
