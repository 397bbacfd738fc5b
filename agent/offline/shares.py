"""How much of the order of the runs each setting accounts for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from agent.offline.troubles import canonical

Settings = Mapping[str, Mapping[str, str]]
"""Run -> setting -> value."""
Differing = npt.NDArray[np.bool_]
"""Setting by pair of runs."""


def shares(places: Mapping[str, float], settings: Settings) -> tuple[dict[str, float], dict[str, int]]:
    """For each setting the part of all distances in rank it accounts for, and how many pairs differ in nothing else.

    A pair of runs that differs in n settings credits each of them with 1/n² of its distance: clean pairs count most.
    Of thousands of runs there are millions of pairs, so each run is held against all that follow it at once.
    """
    keys = sorted({key for run in places for key in settings.get(run, {})})
    values = np.array([_codes([settings.get(run, {}).get(key) for run in places]) for key in keys])
    ranks = np.array([*places.values()])
    credit, clean = np.zeros(len(keys)), np.zeros(len(keys), dtype=int)
    for i in range(len(ranks) if keys else 0):
        differing = _independent(keys, values[:, i + 1 :] != values[:, i, None])
        count = differing.sum(axis=0)
        credit += differing @ (np.abs(ranks[i + 1 :] - ranks[i]) / np.maximum(count, 1) ** 2)
        clean += differing[:, count == 1].sum(axis=1)
    told = [i for i in range(len(keys)) if credit[i]]
    total = float(credit.sum()) or 1.0
    return {keys[i]: float(credit[i]) / total for i in told}, {keys[i]: int(clean[i]) for i in told}


def _codes(values: Sequence[str | None]) -> list[int]:
    """The same number for the same value."""
    known = {value: code for code, value in enumerate(dict.fromkeys(values))}
    return [known[value] for value in values]


def _independent(keys: Sequence[str], differing: Differing) -> Differing:
    """Without the final rate of a schedule where the rate itself differs too: it usually is a part of it."""
    rates = [i for i, key in enumerate(keys) if canonical(key) == "learning_rate"]
    finals = [i for i, key in enumerate(keys) if canonical(key) == "min_lr"]
    differing[finals] &= ~differing[rates].any(axis=0)
    return differing
