"""The next trials of a sweep: Optuna's TPE, fed with the runs at hand, over the space that they span."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tools.lessons import Advice, Change, Dimension
from tools.records import Scalar
from tools.sweeps.boundary import boundary_of, is_beyond
from tools.sweeps.members import Knob, Sweep
from tools.sweeps.outlook import outlook
from tools.sweeps.resampling import SEED
from tools.sweeps.space import Space, space_of
from tools.sweeps.trials import distribution, study_of

MIN_RUNS = 5
"""Fewer runs than this span no space worth sampling."""
DIGITS = 2
CANDIDATES = 48
APART = 0.15
"""Two trials differ in some setting by this share of its range, or one of them is enough."""
CURIOSITY = 0.3
"""Share of the half interval that counts for a trial: what is uncertain may be worth a run, not a blind one."""


Outlook = tuple[Mapping[str, Scalar], tuple[float, float]]
"""A trial with the ends of what it is predicted to reach."""


@dataclass(frozen=True)
class Proposed:
    """The trials, the space they come from, and what was left out of it, in words."""

    space: tuple[Dimension, ...]
    trials: tuple[Advice, ...] = ()
    notes: tuple[str, ...] = ()


def propose(sweep: Sweep, count: int) -> Proposed:
    """`count` trials, each with what it is predicted to reach. Needs the extra; the same each time.

    Optuna's sampler gives the candidates; those that may turn out best are told.
    """
    best = sweep.base
    limit = boundary_of(sweep)
    space = space_of(sweep, best, limit)
    inside = [one for one in _distinct(_sampled(sweep, space), sweep, best) if _is_inside(one, space)]
    trials = [one for one in inside if limit is None or not is_beyond(limit, {**_now(sweep, best), **one})]
    if not trials:
        return Proposed(space.dimensions, (), space.notes)
    told = zip(trials, outlook(sweep, space.knobs, trials), strict=True)
    hopeful = sorted(told, key=lambda one: _promise(one[1], sweep.goal), reverse=True)
    chosen = _unlike(hopeful, space)[:count]
    advice = tuple(_advice(sweep, best, trial, low_high) for trial, low_high in chosen)
    return Proposed(space.dimensions, advice, (*space.notes, *_fed_with(sweep)))


def _fed_with(sweep: Sweep) -> Iterator[str]:
    """That the trials do not stand on all runs, where those are too many."""
    told, n = len(sweep.telling), len(sweep.members)
    if told < n:
        yield f"these trials stand on {told} of the {n} runs: the best ones, and an even sample of the others"


def _now(sweep: Sweep, best: int) -> Mapping[str, Scalar]:
    """The settings of the run that is built on."""
    return {knob.key: knob.values[best] for knob in sweep.knobs}


def _promise(predicted: tuple[float, float], goal: str) -> float:
    """The middle of what is predicted, and a part of how much better it may be."""
    low, high = predicted
    middle = (low + high) / 2
    return (middle if goal == "higher" else -middle) + CURIOSITY * (high - low) / 2


def _unlike(hopeful: Sequence[Outlook], space: Space) -> list[Outlook]:
    """Without trials that are nearly what a more hopeful one is: two of them would teach the same."""
    chosen: list[Outlook] = []
    for trial, low_high in hopeful:
        if all(_apart(trial, other, space) >= APART for other, _ in chosen):
            chosen.append((trial, low_high))
    return chosen


def _apart(trial: Mapping[str, Scalar], other: Mapping[str, Scalar], space: Space) -> float:
    """The largest distance in any setting, as a share of its range; 1 for another choice."""
    return max((_share(trial[one.key], other[one.key], one) for one in space.dimensions), default=1.0)


def _share(a: Scalar, b: Scalar, one: Dimension) -> float:
    if not isinstance(a, int | float) or not isinstance(b, int | float) or one.low is None or one.high is None:
        return float(a != b)
    scale: Callable[[float], float] = math.log if one.log else float
    width = scale(one.high) - scale(one.low)
    return abs(scale(a) - scale(b)) / width if width > 0 else 0.0


def _distinct(trials: Sequence[Mapping[str, Scalar]], sweep: Sweep, best: int) -> list[Mapping[str, Scalar]]:
    """Each once, and none that is the best run again."""
    now = _now(sweep, best)
    new = [one for one in trials if any(now[key] != value for key, value in one.items())]
    return list({tuple(sorted((key, str(value)) for key, value in one.items())): one for one in new}.values())


def _is_inside(trial: Mapping[str, Scalar], space: Space) -> bool:
    """Whether no choice was left out of the space; Optuna samples all that it was fed with."""
    return all(trial[one.key] in one.choices for one in space.dimensions if one.kind == "choice")


def _sampled(sweep: Sweep, space: Space) -> list[Mapping[str, Scalar]]:
    from optuna.exceptions import ExperimentalWarning
    from optuna.samplers import TPESampler

    pairs = list(zip(space.knobs, space.dimensions, strict=True))
    wide = {knob.key: distribution(knob, _lowest(knob, one), _highest(knob, one)) for knob, one in pairs}
    inner = {knob.key: distribution(knob, one.low, one.high) for knob, one in pairs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        sampler = TPESampler(seed=SEED, n_startup_trials=0, multivariate=True, constant_liar=True)
        study = study_of(sweep, wide, np.sort(sweep.telling), sampler)
        asked = [study.ask(inner).params for _ in range(CANDIDATES)]
    return [{knob.key: _rounded(one[knob.key], knob, dimension) for knob, dimension in pairs} for one in asked]


def _lowest(knob: Knob, one: Dimension) -> float | None:
    """Runs beyond the space must fit into the study all the same."""
    return None if one.low is None else min(one.low, float(knob.numbers.min()))


def _highest(knob: Knob, one: Dimension) -> float | None:
    return None if one.high is None else max(one.high, float(knob.numbers.max()))


def _rounded(value: Scalar, knob: Knob, one: Dimension) -> Scalar:
    """As people would set it: two digits; a power of two, or a multiple of what all tried values are multiples of."""
    if not isinstance(value, int | float) or isinstance(value, bool) or one.low is None or one.high is None:
        return value
    if knob.is_binary and value > 0:
        return int(2 ** round(math.log2(value)))
    if knob.is_whole:
        wanted = knob.stride * round(value / knob.stride)
        return wanted if one.low <= wanted <= one.high else int(value)
    return min(max(float(f"{value:.{DIGITS}g}"), one.low), one.high)


def _advice(sweep: Sweep, best: int, trial: Mapping[str, Scalar], predicted: tuple[float, float]) -> Advice:
    base = sweep.members[best]
    now = _now(sweep, best)
    changes = tuple(Change(key, now[key], value) for key, value in trial.items() if now[key] != value)
    return Advice(
        base.run.run,
        changes,
        "sampled by Optuna where the better runs lie",
        sweep.metric,
        sweep.goal,
        *predicted,
        basis=f"a Gaussian process over {len(sweep.telling)} runs, kept within their reach",
    )
