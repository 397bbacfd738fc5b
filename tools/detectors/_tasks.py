"""What the task of an agent is known to allow: by the reward at which it counts as solved, and by what other runs of
the project got from it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tools.detectors._config import Config
from tools.detectors._once import beyond_the_run
from tools.detectors._view import Trace
from tools.records import RunData, Scalar, Sibling
from tools.roles import words_of

NAMES = ("env_id", "env", "env_name", "environment", "gym_id", "task", "task_name", "game")
TASK = re.compile(r"(gym )?(env|environment|task|game|scenario|level|map)( (id|name))?|(.* )?(reward|rew)s?( .*)?")
"""Settings that make two rewards comparable: which task it is, and what is paid for in it."""
SOLVED: Mapping[str, float] = {
    "cartpole-v0": 195.0, "cartpole-v1": 475.0, "lunarlander": 200.0, "acrobot": -100.0, "mountaincar-v0": -110.0,
    "frozenlake": 0.7, "taxi": 8.0,
}  # fmt: skip
"""The thresholds with which Gymnasium registers its tasks of a few actions."""


@dataclass(frozen=True)
class Known:
    """A reward that can be had, and how that is known."""

    reward: float
    why: str


def known_reward(data: RunData, reward: Trace) -> Known | None:
    """The highest reward that the task is known to allow; None where neither its name nor another run tells."""
    named = Config(data.params).text(*NAMES)
    known = [Known(r, f"{named} counts as solved at {r:g}") for name, r in SOLVED.items() if named.startswith(name)]
    best = _best_of_others(data).get(reward.series.metric)
    if best is not None:
        known.append(Known(best[0], f"{best[1]} got to {best[0]:.4g} in the same task"))
    return max(known, key=lambda k: k.reward, default=None)


def read_of_task(data: RunData) -> object:
    """All that is read of other runs."""
    return sorted(_best_of_others(data).items())


def _best_of_others(data: RunData) -> dict[str, tuple[float, str]]:
    """By metric, the highest reward at which another run of the same task ended, and its name."""
    best: dict[str, tuple[float, str]] = {}
    for sibling in _same_task(data):
        for metric, last in _rewards(sibling):
            one = (last, sibling.name or sibling.run)
            best[metric] = max(best.get(metric, one), one)
    return best


def _same_task(data: RunData) -> list[Sibling]:
    mine = _task(data.params)
    return [s for s in data.siblings if _task_of(s) == mine] if mine else []


@beyond_the_run
def _task_of(sibling: Sibling) -> frozenset[tuple[str, str]]:
    return _task(sibling.params)


def _task(params: Mapping[str, Scalar]) -> frozenset[tuple[str, str]]:
    return frozenset((name, str(value)) for key, value in params.items() if (name := _of_task(key)))


@lru_cache(maxsize=4096)
def _of_task(key: str) -> str:
    """The words of a setting of the task, "" for another."""
    name = " ".join(words_of(key.rsplit(".", 1)[-1]))
    return name if TASK.fullmatch(name) else ""


@beyond_the_run
def _rewards(sibling: Sibling) -> list[tuple[str, float]]:
    paid = [m for m in sibling.metrics.values() if m.role == "reward"]
    return [(m.name, m.last) for m in paid if m.last is not None and math.isfinite(m.last)]
