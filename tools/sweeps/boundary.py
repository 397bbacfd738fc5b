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
SHUFFLES = 400
HALVES = 12
"""Into so many pairs of halves another setting is cut at most, in search of a condition."""
SIGNIFICANT = 0.05
CONDITION_COST = 1
"""A condition must spare more wrong calls than this, or the plain boundary is told."""
NAMED = 6
_CONDITION = re.compile(r"(?P<key>.+) (?P<sign><=|>=|=) (?P<value>.+)")
MOST_WRONG = 0.15
"""Share of the runs that a boundary may call wrongly."""


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
    n = len(labels)
    if n < MIN_RUNS or min(int(labels.sum()), int((~labels).sum())) < MIN_EACH:
        return None
    numeric = [k for k in sweep.knobs if k.is_numeric]
    rates = [k for k in numeric if is_rate(k.key)]  # asked first: steps that are too large are nearly always its doing
    for candidates, sides in ((rates, (True,)), (numeric, (True, False))):
        plain = _plain(candidates, sides, labels)
        best = _with_condition(plain, sweep, labels)
        if best is not None and best.wrong <= MOST_WRONG * n:
            chance = _chance(best, candidates, sides, sweep, labels)
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


def _plain(candidates: Sequence[Knob], sides: Sequence[bool], labels: Bools) -> Cut | None:
    cuts = [cut for knob in candidates for above in sides if (cut := _best_cut(knob, above, labels))]
    return min(cuts, key=lambda cut: cut.wrong, default=None)


def _best_cut(knob: Knob, above: bool, labels: Bools, where: Bools | None = None) -> Cut | None:
    """The threshold that calls the fewest runs wrongly; between two values that were tried."""
    kept = np.ones(len(labels), dtype=bool) if where is None else where
    x, y = (knob.numbers if above else -knob.numbers)[kept], labels[kept]
    values, place = np.unique(x, return_inverse=True)
    if len(values) < 2:
        return None
    unstable = np.bincount(place, weights=y, minlength=len(values))
    stable = np.bincount(place, weights=~y, minlength=len(values))
    wrong = np.cumsum(unstable)[:-1] + stable.sum() - np.cumsum(stable)[:-1]
    i = int(np.argmin(wrong))
    low, high = (values[i], values[i + 1]) if above else (-values[i + 1], -values[i])
    outside = int(labels[~kept].sum())
    return Cut(knob, above, _between(low, high), (float(low), float(high)), int(wrong[i]) + outside)


def _between(low: float, high: float) -> float:
    """The middle, of the logarithms where both are positive."""
    return float(np.sqrt(low * high)) if low > 0 else float((low + high) / 2)


def _with_condition(plain: Cut | None, sweep: Sweep, labels: Bools) -> Cut | None:
    """The same knob under a condition on another one, where that calls clearly fewer runs wrongly."""
    if plain is None or plain.wrong <= CONDITION_COST:
        return plain
    found = [
        replace(cut, condition=text, where=where)
        for text, where in _conditions(plain.knob, sweep)
        if where.sum() >= MIN_EACH * 2 and (cut := _best_cut(plain.knob, plain.above, labels, where))
    ]
    best = min(found, key=lambda cut: cut.wrong, default=plain)
    return best if best.wrong + CONDITION_COST < plain.wrong else plain


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


def _chance(best: Cut, candidates: Sequence[Knob], sides: Sequence[bool], sweep: Sweep, labels: Bools) -> float:
    """How often shuffled verdicts give a boundary that calls as few runs wrongly."""
    rng = np.random.default_rng(SEED)
    as_good = 0
    for _ in range(SHUFFLES):
        shuffled = rng.permutation(labels)
        plain = _plain(candidates, sides, shuffled)
        cut = _with_condition(plain, sweep, shuffled) if best.condition else plain
        as_good += cut is not None and cut.wrong <= best.wrong
        if as_good > SIGNIFICANT * SHUFFLES:
            return 1.0
    return (as_good + 1) / (SHUFFLES + 1)


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
        cut = _best_cut(knob, best.above, labels[chosen], where)
        if cut is not None and 0 < labels[chosen].sum() < len(labels):
            gaps.append(cut.gap)
    lows, highs = (np.array(side) for side in zip(*gaps, strict=True))
    return float(np.percentile(lows, INTERVAL[0])), float(np.percentile(highs, INTERVAL[1]))
