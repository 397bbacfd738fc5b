"""A run beside the runs of its project that are told apart from it by their learning rate."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tools.detectors._config import Config
from tools.detectors._once import beyond_the_run
from tools.detectors._pace import falling, late_share
from tools.detectors._siblings import settings_without
from tools.detectors._view import Trace, View
from tools.records import RunData, Scalar, Sibling
from tools.roles import words_of

RATES = re.compile(r"((base|max|peak|initial|init) )?(lr|learning rate)( base)?|lr ?0|eta|weight decay|wd|l2( reg)?")
"""The rate, and what only holds a training loss up: of that the other run must have as much or more."""
FASTER = 3.0
BEHIND, FAR_BEHIND = 0.6, 0.4
"""Less than 60% (far behind: 40%) of the way that the other run made in the same number of points."""
AS_LONG = 1.2
STILL_GOING = 0.2
"""The last quarter at a fifth of the mean pace or more: with a decayed rate too, what has arrived goes slower."""


@dataclass(frozen=True)
class Faster:
    """The run that got furthest with a higher rate, and how much of its way this one made (0 to 1)."""

    name: str
    rate: float
    last: float
    share: float


def faster_twin(view: View, trace: Trace) -> Faster | None:
    """A run that got far beyond this one with a rate of three times or more, while this one was still on its way."""
    mine, done = Config(view.data.params).learning_rate, trace.start - trace.end
    if not mine or done <= 0 or not falling(trace) or late_share(trace) < STILL_GOING:
        return None
    found = []
    for sibling in _but_for_the_rate(view.data):
        metric = sibling.metrics.get(trace.series.metric)
        if metric is None or metric.last is None or not math.isfinite(metric.last) or metric.goal == "higher":
            continue
        if metric.count > AS_LONG * trace.n or done >= BEHIND * (trace.start - metric.last):
            continue
        other = Config(sibling.params)
        rate = other.learning_rate
        if rate is not None and rate >= FASTER * mine and other.weight_decay >= view.config.weight_decay:
            found.append((metric.last, sibling.name or sibling.run, rate))
    last, name, rate = min(found, default=(0.0, "", 0.0))
    return Faster(name, rate, last, done / (trace.start - last)) if name else None


def read_of_rates(data: RunData) -> object:
    """All that is read of other runs."""
    return [(s.name or s.run, _read(s)) for s in _but_for_the_rate(data)]


def _but_for_the_rate(data: RunData) -> list[Sibling]:
    mine = _rest(data.params)
    return [s for s in data.siblings if _rest_of(s) == mine] if mine else []


@beyond_the_run
def _rest_of(sibling: Sibling) -> bytes:
    return _rest(sibling.params)


def _rest(params: Mapping[str, Scalar]) -> bytes:
    return settings_without(params, _sets_the_rate)


@lru_cache(maxsize=4096)
def _sets_the_rate(key: str) -> bool:
    return bool(RATES.fullmatch(" ".join(words_of(key.rsplit(".", 1)[-1]))))


@beyond_the_run
def _read(sibling: Sibling) -> object:
    rates = [(key, value) for key, value in sibling.params.items() if _sets_the_rate(key)]
    return rates, [(m.name, m.count, m.last) for m in sibling.metrics.values()]
