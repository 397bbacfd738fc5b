"""The next trials of a sweep: Optuna's TPE, fed with the runs at hand, over the space that they span."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from tools.lessons import Advice, Boundary, Change, Dimension
from tools.records import Scalar
from tools.sweeps.boundary import boundary_of
from tools.sweeps.effects import are_tied
from tools.sweeps.importance import ranking
from tools.sweeps.members import Knob, Sweep
from tools.sweeps.outlook import outlook
from tools.sweeps.resampling import SEED
from tools.sweeps.trials import distribution, study_of

MIN_RUNS = 5
"""Fewer runs than this span no space worth sampling."""
MOST_KNOBS = 3
"""So many settings are varied, those that matter most; the others stay as in the best run."""
WIDER, WIDER_LOG = 0.5, 3.0
"""Where the best run lies at an end of what was tried, the space goes on: by half of its width, or by this factor."""
DIGITS = 3
CANDIDATES = 48
MOST_FED = 200
"""The sampler is fed with so many runs: with more it takes long and proposes the same."""
CURIOSITY = 0.3
"""Share of the half interval that counts for a trial: what is uncertain may be worth a run, not a blind one."""


def propose(sweep: Sweep, count: int) -> tuple[tuple[Dimension, ...], tuple[Advice, ...]]:
    """The space, and `count` trials in it with what each is predicted to reach. Needs the extra; the same each time.

    Optuna's sampler gives the candidates; those that may turn out best are told.
    """
    best = sweep.best_of(range(len(sweep.members)))
    knobs = _varied(sweep)
    limit = boundary_of(sweep)
    space = tuple(_dimension(knob, best, limit) for knob in knobs)
    trials = _distinct(_sampled(sweep, knobs, space), sweep, best)
    if not trials:
        return space, ()
    told = zip(trials, outlook(sweep, knobs, trials), strict=True)
    hopeful = sorted(told, key=lambda one: _promise(one[1], sweep.goal), reverse=True)
    return space, tuple(_advice(sweep, best, trial, low_high) for trial, low_high in hopeful[:count])


def _promise(predicted: tuple[float, float], goal: str) -> float:
    """The middle of what is predicted, and a part of how much better it may be."""
    low, high = predicted
    middle = (low + high) / 2
    return (middle if goal == "higher" else -middle) + CURIOSITY * (high - low) / 2


def _varied(sweep: Sweep) -> list[Knob]:
    """The settings that matter most. Those that changed together with others stay: nothing tells them apart."""
    free = [k for k in sweep.knobs if not any(are_tied(k, other) for other in sweep.knobs if other is not k)]
    order = ranking(sweep)
    return sorted(free or sweep.knobs[:1], key=lambda knob: order.index(knob.key))[:MOST_KNOBS]


def _distinct(trials: Sequence[Mapping[str, Scalar]], sweep: Sweep, best: int) -> list[Mapping[str, Scalar]]:
    """Each once, and none that is the best run again."""
    now = {knob.key: knob.values[best] for knob in sweep.knobs}
    new = [one for one in trials if any(now[key] != value for key, value in one.items())]
    return list({tuple(sorted((key, str(value)) for key, value in one.items())): one for one in new}.values())


def _dimension(knob: Knob, best: int, limit: Boundary | None) -> Dimension:
    if not knob.is_numeric:
        return Dimension(knob.key, "choice", choices=tuple(sorted({str(value) for value in knob.values})))
    low, high = _wider(knob, best)
    if limit is not None and limit.key == knob.key and not limit.condition:
        low, high = (low, min(high, limit.threshold)) if limit.side == "above" else (max(low, limit.threshold), high)
    return Dimension(knob.key, "int" if knob.is_whole else "float", knob.is_log, low, high)


def _wider(knob: Knob, best: int) -> tuple[float, float]:
    low, high, own = float(knob.numbers.min()), float(knob.numbers.max()), float(knob.numbers[best])
    room = WIDER * (high - low)
    further = high * WIDER_LOG if knob.is_log else high + room
    nearer = low / WIDER_LOG if knob.is_log else max(low / 2, low - room) if low >= 0 else low - room
    top = further if own == high else high
    bottom = nearer if own == low else low
    return (float(round(bottom)), float(round(top))) if knob.is_whole else (bottom, top)


def _sampled(sweep: Sweep, knobs: Sequence[Knob], space: Sequence[Dimension]) -> list[Mapping[str, Scalar]]:
    from optuna.exceptions import ExperimentalWarning
    from optuna.samplers import TPESampler

    wide = {
        knob.key: distribution(knob, _lowest(knob, one), _highest(knob, one))
        for knob, one in zip(knobs, space, strict=True)
    }
    inner = {knob.key: distribution(knob, one.low, one.high) for knob, one in zip(knobs, space, strict=True)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        sampler = TPESampler(seed=SEED, n_startup_trials=0, multivariate=True, constant_liar=True)
        study = study_of(sweep, wide, np.sort(sweep.telling(MOST_FED)), sampler)
        asked = [study.ask(inner).params for _ in range(CANDIDATES)]
    return [{knob.key: _rounded(one[knob.key], knob) for knob in knobs} for one in asked]


def _lowest(knob: Knob, one: Dimension) -> float | None:
    """Runs beyond the space must fit into the study all the same."""
    return None if one.low is None else min(one.low, float(knob.numbers.min()))


def _highest(knob: Knob, one: Dimension) -> float | None:
    return None if one.high is None else max(one.high, float(knob.numbers.max()))


def _rounded(value: Scalar, knob: Knob) -> Scalar:
    """Three digits; the nearest power of two where only such were tried."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 and knob.is_binary:
        return int(2 ** round(math.log2(value)))
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _advice(sweep: Sweep, best: int, trial: Mapping[str, Scalar], predicted: tuple[float, float]) -> Advice:
    base = sweep.members[best]
    now = {knob.key: knob.values[best] for knob in sweep.knobs}
    changes = tuple(Change(key, now[key], value) for key, value in trial.items() if now[key] != value)
    return Advice(
        base.run.run,
        changes,
        "sampled by Optuna where the better runs lie",
        sweep.metric,
        sweep.goal,
        *predicted,
        basis=f"a Gaussian process over {len(sweep.members)} runs",
    )
