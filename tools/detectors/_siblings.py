"""A run beside the other runs of its project: which of them are its twins, and what both logged."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from tools.detectors._base import Threshold
from tools.detectors._once import beyond_the_run, once
from tools.detectors._view import Trace, trace_of
from tools.records import Floats, Goal, MetricSummary, RunData, Scalar, Series, Sibling
from tools.roles import words_of
from tools.stats import robust_scale

CHANCE = re.compile(r"\b(seed|output dir|log dir|save dir|out dir|device|host|user|timestamp|port)\b")
NAMED = re.compile(r"((run|exp|experiment|job|trial|display|group|project|wandb|logger) )*(name|id)")
"""Settings that no one changes to change the training: draws, places, and names of runs (not of data or models)."""
LABELS = re.compile(
    r"(train )?labels?( noise| file| path| csv| source| version| set)?( (rate|ratio|level|type|prob))?"
    r"|(label )?(noise|noisy|flip|corrupt|corruption|corrupted)( (rate|ratio|level|type|prob|labels?|fraction))?"
    r"|annotat(ions?|or|ors)( (file|path|version|set))?|data version"
)
"""Settings that say which labels a run is taught."""
SPREADS = 4.0
BEHIND = Threshold(
    "worse_than_twins", "behind", 0.1, 0.005, 100.0, "share",
    "the best value lies this share behind the worst of the others (`corrupted_labels` goes by it too)",
    "beyond what seeds make, together with four times their spread",
)  # fmt: skip
HEADLINES = ("eval_loss", "train_loss", "eval_score", "reward")


@once
def twins(data: RunData) -> tuple[Sibling, ...]:
    """The runs of the same settings: they differ in nothing but the draw of random numbers, names and places."""
    mine = _settings(data.params)
    return tuple(s for s in data.siblings if mine and _settings_of(s) == mine)


@once
def kin(data: RunData) -> tuple[Sibling, ...]:
    """The twins, and the runs that differ from this one in their labels only."""
    mine = _recipe(data.params)
    return tuple(s for s in data.siblings if mine and _recipe_of(s) == mine)


def read_of_kin(data: RunData) -> object:
    """All that detectors read of twins and kin."""
    same = twins(data)
    return [(s in same, s.name or s.run, _read(s)) for s in kin(data)]


@beyond_the_run
def _read(sibling: Sibling) -> object:
    return [(m.name, m.count, m.first, m.last, m.min, m.max) for m in sibling.metrics.values()]


@beyond_the_run
def _settings_of(sibling: Sibling) -> bytes:
    return _settings(sibling.params)


@beyond_the_run
def _recipe_of(sibling: Sibling) -> bytes:
    return _recipe(sibling.params)


def _settings(params: Mapping[str, Scalar]) -> bytes:
    """What stands for all settings but those of chance, equal where they are; empty where there are none."""
    return _digest({key: value for key, value in params.items() if not _by_chance(key)})


def _recipe(params: Mapping[str, Scalar]) -> bytes:
    """The same without those of the labels too."""
    return _digest({key: value for key, value in params.items() if not _by_chance(key) and not _of_labels(key)})


def settings_without(params: Mapping[str, Scalar], left_out: Callable[[str], bool]) -> bytes:
    """What stands for the settings but those of chance and some others, by their keys."""
    return _digest({key: value for key, value in params.items() if not _by_chance(key) and not left_out(key)})


def _digest(settings: Mapping[str, Scalar]) -> bytes:
    said = repr(sorted((key, _same(value)) for key, value in settings.items()))
    return blake2b(said.encode(errors="surrogatepass"), digest_size=16).digest() if settings else b""


@lru_cache(maxsize=4096)
def _by_chance(key: str) -> bool:
    parts = key.rsplit(".", 2)
    last = " ".join(words_of(parts[-1]))
    named = " ".join(words_of(" ".join(parts[-2:])))
    return bool(CHANCE.search(last) or NAMED.fullmatch(named))


@lru_cache(maxsize=4096)
def _of_labels(key: str) -> bool:
    return bool(LABELS.fullmatch(" ".join(words_of(key.rsplit(".", 1)[-1]))))


def _same(value: Scalar) -> str:
    try:
        return repr(float(value)) if value is not None and not isinstance(value, bool) else str(value)
    except ValueError:
        return str(value)


def headline(data: RunData) -> Series | None:
    """The metric by which the run is judged."""
    return data.main(*HEADLINES)


def best_values(metric: str, goal: Goal | None, siblings: tuple[Sibling, ...]) -> dict[str, float]:
    """The best value that each sibling reached in a metric of that name, by the sibling's name."""
    found: dict[str, float] = {}
    for sibling in siblings:
        summary: MetricSummary | None = sibling.metrics.get(metric)
        value = None if summary is None else summary.max if goal == "higher" else summary.min
        if value is not None and np.isfinite(value):
            found[sibling.name or sibling.run] = value
    return found


def best_value(series: Series) -> tuple[int, float] | None:
    """Index among the finite points, and value, of the best point of a series."""
    trace = trace_of(series, 2)
    if trace is None:
        return None
    i = int(np.argmax(trace.y) if series.goal == "higher" else np.argmin(trace.y))
    return i, float(trace.y[i])


def falls_out(mine: float, others: Floats, goal: Goal | None, share: float) -> bool:
    """Whether a value is worse than every other by more than four times their spread and a share of their median."""
    middle, worst = float(np.median(others)), float(others.min() if goal == "higher" else others.max())
    behind = worst - mine if goal == "higher" else mine - worst
    return behind > SPREADS * max(robust_scale(others), 0.01 * abs(middle)) and behind > share * abs(middle)


def as_long(trace: Trace, others: tuple[Sibling, ...]) -> bool:
    """Whether a run had the time of the others: nine tenths of their points."""
    counts = [s.metrics[trace.series.metric].count for s in others if trace.series.metric in s.metrics]
    return bool(counts) and trace.n >= 0.9 * float(np.median(counts))
