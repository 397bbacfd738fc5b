"""The runs of a sweep as the trials of an Optuna study: the search space inferred from what was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.records import Scalar
from tools.sweeps.members import Knob, Sweep
from tools.sweeps.resampling import Indices

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.study import Study
    from optuna.trial import FrozenTrial


def distribution(knob: Knob, low: float | None = None, high: float | None = None) -> BaseDistribution:
    """What a setting may be: a range (logarithmic where factors matter, whole where it was whole), or a choice."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not knob.is_numeric:
        return CategoricalDistribution(sorted({str(value) for value in knob.values}))
    low, high = knob.numbers.min() if low is None else low, knob.numbers.max() if high is None else high
    if knob.is_whole:
        return IntDistribution(int(low), int(high), log=knob.is_log)
    return FloatDistribution(float(low), float(high), log=knob.is_log)


def study_of(
    sweep: Sweep, space: dict[str, BaseDistribution], chosen: Indices | None = None, sampler: BaseSampler | None = None
) -> Study:
    """A study in memory that holds the runs (all, or those chosen), as if Optuna had tried them."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="minimize" if sweep.goal == "lower" else "maximize", sampler=sampler)
    study.add_trials([trial_of(sweep, i, space) for i in (range(len(sweep.members)) if chosen is None else chosen)])
    return study


def trial_of(sweep: Sweep, i: int, space: dict[str, BaseDistribution]) -> FrozenTrial:
    """One run; a run without a finite outcome counts with the worst of the others, so that nothing near it is tried."""
    from optuna.trial import create_trial

    params = {knob.key: _value(knob, i) for knob in sweep.knobs if knob.key in space}
    return create_trial(params=params, distributions=space, value=float(sweep.outcomes[i]))


def _value(knob: Knob, i: int) -> Scalar:
    value = knob.values[i]
    return int(value) if knob.is_whole else value
