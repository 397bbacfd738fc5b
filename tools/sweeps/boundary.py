"""Where training becomes unstable: the threshold of a setting beyond which runs blow up, learnt from their verdicts.

A boundary is told only where it beats chance: the verdicts are shuffled among the runs, and as clean a boundary must
come out of that rarely (a permutation test, Fisher 1935). Its interval comes from resampling the runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tools.compare import is_rate
from tools.lessons import Boundary
from tools.records import Scalar
from tools.sweeps.members import Knob, Sweep
from tools.sweeps.resampling import INTERVAL, SEED, resamples

Bools = NDArray[np.bool_]

MIN_RUNS, MIN_EACH = 8, 2
"""A boundary needs so many runs, and so many on either side of it."""
SHUFFLES, AT_ONCE = 400, 50
HALVES = 12
"""Into so many pairs of halves another setting is cut at most, in search of a condition."""
SIGNIFICANT = 0.05
CONDITION_COST = 1
"""A condition must spare more wrong calls than this, or the plain boundary is told."""
NAMED = 6
_CONDITION = re.compile(r"(?P<key>.+) (?P<sign><=|>=|=) (?P<value>.+)")
MOST_WRONG = 0.15
"""Share of the runs that a boundary may call wrongly."""
BETTER_THAN_NONE = 0.75
"""The same as a share of what it would call wrongly that no run, or that every run, is unstable."""


@dataclass(frozen=True)
class Cut:
    """Runs beyond `threshold` of a knob, among those where the condition holds, are called unstable."""

    knob: Knob
    above: bool
    threshold: float
    gap: tuple[float, float]
    wrong: int
    condition: str = ""
    where: Bools | None = None

    def beyond(self) -> Bools:
        """The runs that are called unstable."""
        far = self.knob.numbers > self.threshold if self.above else self.knob.numbers < self.threshold
        return far if self.where is None else far & self.where


def boundary_of(sweep: Sweep) -> Boundary | None:
    """The cleanest boundary that is no chance; None where the runs show none."""
    labels = sweep.unstable
    n, broken = len(labels), int(labels.sum())
    if n < MIN_RUNS or min(broken, n - broken) < MIN_EACH:
        return None
    most_wrong = min(MOST_WRONG * n, BETTER_THAN_NONE * min(broken, n - broken))
    numeric = [k for k in sweep.knobs if k.is_numeric]
    rates = [k for k in numeric if is_rate(k.key)]  # asked first: steps that are too large are nearly always its doing
    for candidates, sides in ((rates, (True,)), (numeric, (True, False))):
        search = _Search([(knob, above) for knob in candidates for above in sides], sweep)
        best = search.best(labels)
        if best is not None and best.wrong <= most_wrong:
            chance = search.chance(best, labels)
            if chance <= SIGNIFICANT:
                return _told(best, sweep, chance)
    return None


def is_beyond(limit: Boundary, settings: Mapping[str, Scalar]) -> bool:
    """Whether a run with these settings would lie where training is unstable."""
    value = settings.get(limit.key)
    if not isinstance(value, int | float):
        return False
    is_far = value > limit.threshold if limit.side == "above" else value < limit.threshold
    return is_far and _holds(limit.condition, settings)


def _holds(condition: str, settings: Mapping[str, Scalar]) -> bool:
    """Whether a condition such as "batch_size <= 32" holds; an empty one always does."""
    found = _CONDITION.fullmatch(condition)
    if not found:
        return True
    value = settings.get(found["key"])
    if found["sign"] == "=" or not isinstance(value, int | float):
        return str(value) == found["value"]
    return value <= float(found["value"]) if found["sign"] == "<=" else value >= float(found["value"])


def _between(low: float, high: float) -> float:
    """The middle, of the logarithms where both are positive."""
    return float(np.sqrt(low * high)) if low > 0 else float((low + high) / 2)


class _Ladder:
    """The runs in the order of a knob, so that any verdicts on them are held against each threshold at little cost."""

    def __init__(self, knob: Knob, above: bool, where: Bools | None = None) -> None:
        self._knob, self._above, self._where = knob, above, where
        x = knob.numbers if above else -knob.numbers
        inside = np.arange(len(x)) if where is None else np.flatnonzero(where)
        self._order = inside[np.argsort(x[inside], kind="stable")]
        self._values, first = np.unique(x[self._order], return_index=True)
        self._below = first[1:]  # so many runs lie below each threshold

    def __bool__(self) -> bool:
        return len(self._below) > 0

    def wrong(self, labels: Bools) -> NDArray[np.int64]:
        """Of each row of verdicts, how many each threshold calls wrongly: a column for each threshold."""
        unstable = np.cumsum(labels[:, self._order], axis=1, dtype=np.int64)
        below = unstable[:, self._below - 1]
        stable_above = len(self._order) - self._below - (unstable[:, -1:] - below)
        outside = labels.sum(axis=1, keepdims=True) - unstable[:, -1:]
        wrong: NDArray[np.int64] = below + stable_above + outside
        return wrong

    def fewest(self, labels: Bools) -> NDArray[np.int64]:
        """Of each row of verdicts, how few the best threshold calls wrongly."""
        least: NDArray[np.int64] = self.wrong(labels).min(axis=1)
        return least

    def cut(self, labels: Bools, condition: str = "") -> Cut:
        """The threshold that calls the fewest runs wrongly; between two values that were tried."""
        wrong = self.wrong(labels[None])[0]
        i = int(np.argmin(wrong))
        ends = self._values[i : i + 2] if self._above else -self._values[i : i + 2][::-1]
        low, high = map(float, ends)
        return Cut(self._knob, self._above, _between(low, high), (low, high), int(wrong[i]), condition, self._where)


class _Search:
    """The best cut of all candidates (knobs, each with the side that is called unstable), for any verdicts."""

    def __init__(self, candidates: Sequence[tuple[Knob, bool]], sweep: Sweep) -> None:
        self._sweep = sweep
        self._candidates = [(one, ladder) for one in candidates if (ladder := _Ladder(*one))]

    def best(self, labels: Bools) -> Cut | None:
        """The cut that calls the fewest wrongly, under a condition where that calls clearly fewer wrongly."""
        if not self._candidates:
            return None
        plain = min((ladder.cut(labels) for _, ladder in self._candidates), key=lambda cut: cut.wrong)
        if plain.wrong <= CONDITION_COST:
            return plain
        ladders = self._conditioned(plain.knob, plain.above)
        best = min((ladder.cut(labels, text) for text, ladder in ladders), key=lambda cut: cut.wrong, default=plain)
        return best if best.wrong + CONDITION_COST < plain.wrong else plain

    def chance(self, best: Cut, labels: Bools) -> float:
        """How often shuffled verdicts give a boundary that calls as few runs wrongly."""
        rng = np.random.default_rng(SEED)
        as_good = 0
        for _ in range(SHUFFLES // AT_ONCE):
            shuffled = np.stack([rng.permutation(labels) for _ in range(AT_ONCE)])
            as_good += int((self._fewest(shuffled, bool(best.condition)) <= best.wrong).sum())
            if as_good > SIGNIFICANT * SHUFFLES:
                return 1.0
        return (as_good + 1) / (SHUFFLES + 1)

    def _fewest(self, labels: Bools, conditions: bool) -> NDArray[np.int64]:
        """Of each row of verdicts, how few the best cut calls wrongly."""
        each = np.stack([ladder.fewest(labels) for _, ladder in self._candidates])
        chosen = each.argmin(axis=0)
        fewest: NDArray[np.int64] = each.min(axis=0)
        for i in np.unique(chosen) if conditions else ():
            rows = np.flatnonzero((chosen == i) & (fewest > CONDITION_COST))
            held = [ladder.fewest(labels[rows]) for _, ladder in self._conditioned(*self._candidates[i][0])]
            if held:
                spared = np.min(held, axis=0)
                fewest[rows] = np.where(spared + CONDITION_COST < fewest[rows], spared, fewest[rows])
        return fewest

    def _conditioned(self, knob: Knob, above: bool) -> Iterator[tuple[str, _Ladder]]:
        for text, where in _conditions(knob, self._sweep):
            if where.sum() >= MIN_EACH * 2 and (ladder := _Ladder(knob, above, where)):
                yield text, ladder


def _conditions(knob: Knob, sweep: Sweep) -> Iterator[tuple[str, Bools]]:
    """Every half of another setting, in words."""
    for other in sweep.knobs:
        if other is knob:
            continue
        distinct = np.unique(np.array(other.values))
        if not other.is_numeric:
            yield from ((f"{other.key} = {value}", np.array(other.values) == value) for value in distinct)
            continue
        for low, high in list(pairwise(distinct))[:: -(-len(distinct) // HALVES)]:
            yield f"{other.key} <= {low:g}", other.numbers <= low
            yield f"{other.key} >= {high:g}", other.numbers >= high


def _told(best: Cut, sweep: Sweep, chance: float) -> Boundary:
    low, high = _interval(best, sweep.unstable)
    beyond = best.beyond()
    found = Boundary(
        best.knob.key,
        "above" if best.above else "below",
        float(f"{best.threshold:.3g}"),
        low,
        high,
        best.condition,
        sweep.named(beyond & sweep.unstable),
        sweep.named(beyond & ~sweep.unstable),
        sweep.named(sweep.unstable & ~beyond),
        chance,
        "",
    )
    return replace(found, summary=_sentence(found))


def _sentence(found: Boundary) -> str:
    when = f" when {found.condition}" if found.condition else ""
    spared = f"; {_some(found.spared)} did not" if found.spared else ""
    missed = f"; elsewhere broke {_some(found.missed)}" if found.missed else ""
    return (
        f"Training is unstable {found.side} {found.key} {found.threshold:g}{when} (90% interval {found.low:.4g} to "
        f"{found.high:.4g}): beyond it broke {_some(found.broken)}{spared}{missed}."
    )


def _some(runs: Sequence[str]) -> str:
    return ", ".join(runs[:NAMED]) + (" and others" if len(runs) > NAMED else "")


def _interval(best: Cut, labels: Bools) -> tuple[float, float]:
    """The 90% interval of the threshold: the gaps that it may lie in, over resampled runs."""
    gaps: list[tuple[float, float]] = [best.gap]
    for chosen in resamples(len(labels)):
        knob = Knob(best.knob.key, tuple(best.knob.numbers[chosen].tolist()))
        where = None if best.where is None else best.where[chosen]
        ladder = _Ladder(knob, best.above, where)
        if ladder and 0 < labels[chosen].sum() < len(labels):
            gaps.append(ladder.cut(labels[chosen]).gap)
    lows, highs = (np.array(side) for side in zip(*gaps, strict=True))
    return float(np.percentile(lows, INTERVAL[0])), float(np.percentile(highs, INTERVAL[1]))
