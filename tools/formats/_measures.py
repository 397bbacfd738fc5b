"""Whether a name in a line of prose is that of something measured during training."""

from __future__ import annotations

import re
from functools import lru_cache

from tools.roles import role_of

_POSITIONS = frozenset({"step", "epoch", "tokens", "time", "system"})
_SETTING_LIKE = frozenset(
    {"learning_rate", "memory", "throughput", "clip_rate", "loss_scale", "step_time", "data_time"}
)


@lru_cache(maxsize=4096)
def is_measure(name: str) -> bool:
    """A loss, score, norm, rate, ...: anything with a role that is more than a position."""
    match = role_of(name)
    return match.role is not None and match.role not in _POSITIONS


_SETTING_ENDING = re.compile(
    r"(?:every|interval|freq|frequency|steps?|weights?|coeff?|coefficient|eps|epsilon|type|fn|function|name|decay|warmup|ratio|"
    r"factor|scale|scaling|patience|threshold|delta|gamma|alpha|beta|smoothing|size|clip|max|min|multiplier|mult)$",
    re.I,
)


@lru_cache(maxsize=4096)
def is_result(name: str) -> bool:
    """A measure that no settings file would hold: a loss or a score, not a learning rate."""
    match = role_of(name)
    return match.role is not None and match.role not in _POSITIONS | _SETTING_LIKE and not _SETTING_ENDING.search(name)


@lru_cache(maxsize=4096)
def is_known(name: str) -> bool:
    """Whether the name means anything to runwhy, be it a measure or a place."""
    return role_of(name).role is not None
