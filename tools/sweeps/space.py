"""The search space of a sweep: what its sound runs span, a little wider where the best one lies at an end.

Values that only broken runs had are left out, and so is the length of training where the best run had its best value
long before its end. What was left out is said.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.lessons import Boundary, Dimension
from tools.roles import words_of
from tools.sweeps.effects import are_tied
from tools.sweeps.importance import ranking
from tools.sweeps.members import Knob, Sweep

MOST_KNOBS = 3
"""So many settings are varied, those that matter most; the others stay as in the best run."""
WIDER, WIDER_LOG = 0.5, 3.0
"""Where the best run lies at an end of what was tried, the space goes on: by half of its width, or by this factor."""
LENGTH = re.compile(r"((max|num|n|total|train|training) )*(epochs|steps|iters|iterations|updates)")
"""Settings (as words) that say how long to train."""
LATE, LONGER = 0.9, 2.0
"""A best value this late in the run was cut short; then up to so many times the length may be worth a trial."""


@dataclass(frozen=True)
class Space:
    """The settings to vary with their ranges, and what was left out of them, in words."""

    knobs: tuple[Knob, ...]
    dimensions: tuple[Dimension, ...]
    notes: tuple[str, ...] = ()


def space_of(sweep: Sweep, best: int, limit: Boundary | None) -> Space:
    """The space around the best run; limit: where training becomes unstable."""
    sound = _sound(sweep, best)
    found = [(knob, _dimension(knob, best, sound, limit)) for knob in _varied(sweep, best, sound)]
    notes = [*_kept_short(sweep, best), *_left_out([knob for knob, _ in found], sound)]
    return Space(tuple(knob for knob, _ in found), tuple(one for _, one in found), tuple(notes))


def _sound(sweep: Sweep, best: int) -> NDArray[np.bool_]:
    """The runs in which nothing is wrong, and the best one whatever is wrong with it; all where there is no other."""
    sound = np.array([m.diagnosis.verdict != "faulty" for m in sweep.members])
    sound[best] = True
    return sound if sound.sum() > 1 else np.ones(len(sound), dtype=bool)


def _varied(sweep: Sweep, best: int, sound: NDArray[np.bool_]) -> list[Knob]:
    """The settings that matter most. Those that changed together with others stay: nothing tells them apart."""
    free = [k for k in sweep.knobs if not any(are_tied(k, other) for other in sweep.knobs if other is not k)]
    order = ranking(sweep)
    worth = [k for k in free if len(set(_of(k, sound))) > 1 and not (is_length(k.key) and not _cut_short(sweep, best))]
    return sorted(worth or free or sweep.knobs[:1], key=lambda knob: order.index(knob.key))[:MOST_KNOBS]


def is_length(key: str) -> bool:
    """Whether a setting says how long to train."""
    return LENGTH.fullmatch(" ".join(words_of(key.rsplit(".", 1)[-1]))) is not None


def _cut_short(sweep: Sweep, best: int) -> bool:
    peak = sweep.members[best].peak
    return peak is None or peak >= LATE


def _kept_short(sweep: Sweep, best: int) -> Iterator[str]:
    """That a longer run would bring nothing, where lengths were tried."""
    peak = sweep.members[best].peak
    lengths = [knob for knob in sweep.knobs if is_length(knob.key)]
    if lengths and peak is not None and not _cut_short(sweep, best):
        yield f"no trial is longer ({lengths[0].key}): the best run was at its best long before its end"


def _left_out(knobs: Sequence[Knob], sound: NDArray[np.bool_]) -> Iterator[str]:
    """The settings of which some values were had by broken runs only."""
    cut = [knob.key for knob in knobs if {*_of(knob, ~sound)} - {*_of(knob, sound)}]
    if cut:
        yield f"left out are the values of {', '.join(cut)} that only broken runs had"


def _of(knob: Knob, which: NDArray[np.bool_]) -> list[float] | list[str]:
    return [value for value, meant in zip(knob.values, which, strict=True) if meant]  # type: ignore[return-value]


def _dimension(knob: Knob, best: int, sound: NDArray[np.bool_], limit: Boundary | None) -> Dimension:
    if not knob.is_numeric:
        return Dimension(knob.key, "choice", choices=tuple(sorted({str(value) for value in _of(knob, sound)})))
    low, high = _wider(knob, best, sound)
    if limit is not None and limit.key == knob.key and not limit.condition:
        low, high = (low, min(high, limit.threshold)) if limit.side == "above" else (max(low, limit.threshold), high)
    if is_length(knob.key):
        high = min(high, LONGER * float(knob.numbers[best]))
    return Dimension(knob.key, "int" if knob.is_whole else "float", knob.is_log, low, high)


def _wider(knob: Knob, best: int, sound: NDArray[np.bool_]) -> tuple[float, float]:
    """The ends of what sound runs had; beyond the best run at most half-way to what only broken ones had."""
    tried, own = knob.numbers[sound], float(knob.numbers[best])
    low, high = float(tried.min()), float(tried.max())
    room = WIDER * (high - low)
    further = high * WIDER_LOG if knob.is_log else high + room
    nearer = low / WIDER_LOG if knob.is_log else max(low / 2, low - room) if low >= 0 else low - room
    above = [_between(knob, high, value) for value in knob.numbers[~sound] if value > high]
    below = [_between(knob, low, value) for value in knob.numbers[~sound] if value < low]
    top = min([further, *above]) if own == high else high
    bottom = max([nearer, *below]) if own == low else low
    return (float(round(bottom)), float(round(top))) if knob.is_whole else (bottom, top)


def _between(knob: Knob, inner: float, outer: float) -> float:
    return math.sqrt(inner * outer) if knob.is_log else (inner + outer) / 2
