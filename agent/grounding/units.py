"""Units of time and memory: what a name says of them, and what one is of another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from typing import Literal

_TIMES: Mapping[str, tuple[float, ...]] = {
    **dict.fromkeys(("ms", "milliseconds"), (1e-3,)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), (1.0,)),
    **dict.fromkeys(("min", "minute", "minutes"), (60.0,)),
    **dict.fromkeys(("h", "hour", "hours"), (3600.0,)),
}
_SIZES: Mapping[str, tuple[float, ...]] = {
    **dict.fromkeys(("b", "byte", "bytes"), (1.0,)),
    **{f"{prefix}b": (1000.0**i, 1024.0**i) for i, prefix in enumerate("kmgt", 1)},
    **{f"{prefix}ib": (1024.0**i,) for i, prefix in enumerate("kmgt", 1)},
}
_FAMILIES = (_TIMES, _SIZES)
Dimension = Literal["", "time", "size"]
_TIME = frozenset({"time", "duration", "elapsed", "wall", "walltime", "runtime", "latency", "timeout", "eta"})
_SIZE = frozenset({"mem", "memory", "vram", "ram", "rss", "allocated", "reserved"})
"""Words of names whose numbers are of time or memory, in a unit that nobody names."""
_USUAL: Mapping[str, tuple[float, ...]] = {
    "ms": (1.0, 1e-3),
    **dict.fromkeys(("s", "second", "seconds"), (1.0, 1e3)),
    **dict.fromkeys(("min", "minute", "minutes"), (1.0, 60.0)),
    **dict.fromkeys(("h", "hour", "hours"), (1.0, 3600.0)),
    **{f"{prefix}b": (1.0, 1000.0**i) for i, prefix in enumerate("kmgt", 1)},
    **{f"{prefix}ib": (1.0, 1024.0**i) for i, prefix in enumerate("kmgt", 1)},
}
"""Unit -> factors to what such a number is usually logged in."""
_NAMED = re.compile(r"(?<![a-z])(ms|milliseconds|secs?|seconds|minutes|hours|bytes|[kmgt]i?b)\)?$", re.IGNORECASE)


def unit_of(name: str) -> str:
    """The unit that the name of a field or metric ends with, "" where it says none or a rate."""
    if name.lower().endswith(("percent", "pct")):
        return "%"
    found = _NAMED.search(name.replace("_", " "))
    if not found or re.search(r"(?:/|\bper)\s*$", name[: found.start()].replace("_", " ")):
        return ""
    return found[1].lower()


@lru_cache(maxsize=4096)
def measure_of(name: str) -> str:
    """What the number of a field, metric or setting is in, as its name says: a unit, or a dimension only; "" for
    anything."""
    if unit := unit_of(name):
        return unit
    words = set(re.findall(r"[a-z]+", name.lower()))
    if words & {"per", "tokens", "samples", "iters", "steps"} or "/s" in name:
        return ""
    return "time" if words & _TIME else "size" if words & _SIZE else ""


def dimension_of(unit: str) -> Dimension:
    """What a unit measures."""
    return "time" if unit.lower() in _TIMES else "size" if unit.lower() in _SIZES else ""


def factors(unit: str, logged: str) -> tuple[float, ...]:
    """What to multiply a number of a unit with to get one of the logged unit; none where they are of different kinds.

    logged: a unit, a dimension, or "" for a number of which nothing is known: it is in no other unit than is said.
    A megabyte is 1,000 or 1,024 kilobytes: people mean either.
    """
    if not logged:
        return (1.0,)
    if logged == dimension_of(unit):
        return _USUAL[unit.lower()]
    for family in _FAMILIES:
        if unit.lower() in family and logged.lower() in family:
            pairs = product(family[unit.lower()], family[logged.lower()])
            return tuple(dict.fromkeys(one / other for one, other in pairs))
    return ()


@lru_cache(maxsize=64)
def all_factors(unit: str) -> tuple[float, ...]:
    """The factors to every unit that a number of this unit may have been logged in."""
    family = next((family for family in _FAMILIES if unit.lower() in family), {})
    return tuple(dict.fromkeys(factor for other in family for factor in factors(unit, other)))
