"""Runs that satisfy a condition, with what shows it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from agent.offline.case import Reading
from agent.offline.texts import metric_value, spot_text

WORDS = {">": "above", ">=": "at least", "<": "below", "<=": "at most", "==": "equal to", "!=": "other than"}
SINGLE = 1e-7
"""Values this near are the same in single precision: 0.95 is logged as 0.94999999."""
Shown = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Chosen:
    """Runs that satisfy a condition with what shows it, and those that do not; the condition and its denial in words.

    known is False where it cannot be told.
    """

    shown: Shown = ()
    said: str = ""
    known: bool = True
    rest: Shown = ()
    denied: str = ""

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs that satisfy it."""
        return tuple(dict.fromkeys(run for run, _ in self.shown))


def holds(value: float | None, how: str, bound: float) -> bool:
    """Whether a value satisfies a comparison."""
    if value is None or not math.isfinite(value):
        return False
    close = math.isclose(value, bound, rel_tol=SINGLE, abs_tol=1e-15)
    return {
        ">": value > bound,
        ">=": value >= bound or close,
        "<": value < bound,
        "<=": value <= bound or close,
        "==": close,
        "!=": not close,
    }[how]


def read_off(found: Iterable[Reading]) -> Shown:
    """Each run with the value that was read."""
    return tuple((r.run, f"{metric_value(r)}{spot_text(r)}") for r in found)
