"""How much of the outcome's variance each setting explains: fANOVA (Hutter et al. 2014) as Optuna computes it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tools.records import Floats
from tools.sweeps.members import Sweep
from tools.sweeps.resampling import SEED, Indices, interval, resamples
from tools.sweeps.trials import distribution, study_of

MIN_RUNS = 8
"""A forest on fewer runs than this tells chance from effect no better than a coin."""
MOST_RUNS = 150
"""Of more a sample is drawn: the shares move by less than their interval, while the time grows with the square."""
TREES, DEPTH = 64, 64
DRAWS, TREES_IN_DRAW = 16, 8
"""Resamples for the interval; each grows a small forest."""

Shares = Mapping[str, tuple[float, float, float]]


def importances(sweep: Sweep) -> Shares:
    """Share of the variance with its interval, by setting. Needs the extra `sweep`, and MIN_RUNS runs."""
    whole = sample_of(sweep)
    shares = _shares(sweep, whole, TREES)
    if shares is None:
        return {}
    drawn = [
        s for chosen in resamples(len(whole), DRAWS) if (s := _shares(sweep, whole[chosen], TREES_IN_DRAW)) is not None
    ]
    if len(drawn) < DRAWS // 2:
        return {}
    spread = np.array(drawn)
    return {knob.key: (float(shares[i]), *interval(spread[:, i])) for i, knob in enumerate(sweep.knobs)}


def ranking(sweep: Sweep) -> list[str]:
    """The settings by their share, the largest first; in their own order where nothing tells them apart."""
    shares = _shares(sweep, sample_of(sweep), TREES) if len(sweep.knobs) > 1 else None
    keys = [knob.key for knob in sweep.knobs]
    return keys if shares is None else [keys[i] for i in np.argsort(-shares, kind="stable")]


def sample_of(sweep: Sweep) -> Indices:
    """The runs that the forests grow on: the same ones each time. A stride would see one half of a grid only."""
    n = len(sweep.members)
    return np.sort(np.random.default_rng(SEED).choice(n, MOST_RUNS, replace=False)) if n > MOST_RUNS else np.arange(n)


def _shares(sweep: Sweep, chosen: Indices, trees: int) -> Floats | None:
    """One share for each knob; None where the outcome of these runs does not vary."""
    from optuna.importance import FanovaImportanceEvaluator

    if np.ptp(sweep.outcomes[chosen]) == 0:
        return None
    evaluator = FanovaImportanceEvaluator(n_trees=trees, max_depth=DEPTH, seed=0)
    study = study_of(sweep, {knob.key: distribution(knob) for knob in sweep.knobs}, chosen)
    found = evaluator.evaluate(study)
    total = sum(found.values())
    return np.array([found.get(k.key, 0.0) / total if total > 0 else 0.0 for k in sweep.knobs], dtype=np.float64)
