"""The effect of each setting over a sweep: outcomes by value, and the rank correlation with the outcome."""

from __future__ import annotations

from collections import Counter
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tools.lessons import Level, SettingEffect
from tools.records import Floats, Scalar
from tools.sweeps.members import Knob, Sweep
from tools.sweeps.resampling import SEED, Indices, bootstrapped, interval

MOST_LEVELS = 6
"""A setting with more values than this is told in groups of equal size."""
GROUPS = 4
TIED = 0.95
"""Settings whose values rank alike to this degree changed together: nothing tells their effects apart."""
MIN_CORRELATED = 6
"""Fewer runs than this have no rank correlation worth a figure."""
MEANS = 300


def effects_of(sweep: Sweep) -> tuple[SettingEffect, ...]:
    """One for each setting that varied, in the order of the settings."""
    return tuple(_effect(knob, sweep) for knob in sweep.knobs)


def _effect(knob: Knob, sweep: Sweep) -> SettingEffect:
    own, (low, high) = None, _no_interval()
    if knob.is_numeric and len(sweep.members) >= MIN_CORRELATED:
        own = correlation(knob.numbers, sweep.outcomes)
        both = _places(knob.numbers), _places(sweep.outcomes)
        low, high = bootstrapped(len(sweep.members), partial(_of_chosen, *both)) or _no_interval()
    return SettingEffect(
        knob.key,
        _levels(knob, sweep),
        own,
        low,
        high,
        tied_with=tuple(o.key for o in sweep.knobs if o is not knob and are_tied(knob, o)),
        n_pairs=_clean_pairs(knob, sweep),
    )


def _no_interval() -> tuple[float | None, float | None]:
    return None, None


def _of_chosen(a: Indices, b: Indices, chosen: Indices) -> float | None:
    return _of_places(a[chosen], b[chosen])


def correlation(a: Floats, b: Floats) -> float | None:
    """Spearman's rank correlation; None where either is constant."""
    return _of_places(_places(a), _places(b))


def _places(values: Floats) -> Indices:
    """The place of each value among the distinct ones: the order is found once, whatever is drawn of it later."""
    return np.unique(values, return_inverse=True)[1]


def _of_places(a: Indices, b: Indices) -> float | None:
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1])


def _ranks(places: Indices) -> Floats:
    """Ranks, equal values at their mean rank."""
    counts = np.bincount(places)
    means: Floats = (np.cumsum(counts) - (counts - 1) / 2.0)[places]
    return means


def are_tied(a: Knob, b: Knob) -> bool:
    """Whether two settings changed together: each value of one came with one value of the other, or nearly so.

    Values that never come twice show that by their order only.
    """
    pairs = len({*zip(a.values, b.values, strict=True)})
    if pairs == len(set(a.values)) == len(set(b.values)) < len(a.values):
        return True
    together = correlation(a.numbers, b.numbers) if a.is_numeric and b.is_numeric else None
    return together is not None and abs(together) >= TIED


def _levels(knob: Knob, sweep: Sweep) -> tuple[Level, ...]:
    ranges, groups = _grouped(knob)
    return tuple(_level(knob, values, np.flatnonzero(groups == i), sweep) for i, values in enumerate(ranges))


def _grouped(knob: Knob) -> tuple[list[tuple[Scalar, ...]], NDArray[np.int64]]:
    """One value each, or the ends of a range of them; and the group of each run."""
    distinct: list[Scalar] = np.unique(np.array(knob.values)).tolist()
    if not knob.is_numeric or len(distinct) <= MOST_LEVELS:
        return [(value,) for value in distinct], knob.codes
    cuts = [distinct[int(part[0]) : int(part[-1]) + 1] for part in np.array_split(np.arange(len(distinct)), GROUPS)]
    ranges: list[tuple[Scalar, ...]] = [(cut[0], cut[-1]) if len(cut) > 1 else (cut[0],) for cut in cuts]
    return ranges, np.searchsorted(np.array([cut[-1] for cut in cuts], dtype=np.float64), knob.numbers)


def _level(knob: Knob, values: tuple[Scalar, ...], at: NDArray[np.int64], sweep: Sweep) -> Level:
    outcomes = sweep.outcomes[at]
    drawn = np.random.default_rng(SEED).choice(outcomes, (MEANS, len(at)))
    low, high = interval(drawn.mean(axis=1)) if len(at) > 1 else _no_interval()
    best = sweep.members[sweep.best_of(at)]
    return Level(
        knob.key,
        values,
        len(at),
        int(sweep.unstable[at].sum()),
        sweep.metric,
        float(outcomes.mean()),
        low,
        high,
        best.run.run,
        None if sweep.is_penalised(best) else best.outcome,
    )


def _clean_pairs(knob: Knob, sweep: Sweep) -> int:
    """Pairs of runs that differ in this setting and in no other that matters."""
    others = list(zip(*(k.values for k in sweep.knobs if k is not knob), strict=True)) or [()] * len(sweep.members)
    alike, same = Counter(others), Counter(zip(others, knob.values, strict=True))
    return sum(map(_pairs, alike.values())) - sum(map(_pairs, same.values()))


def _pairs(n: int) -> int:
    return n * (n - 1) // 2
