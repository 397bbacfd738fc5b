"""What a question about settings can mean: what one did over the runs, what another value of it would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.offline.terms import Condition, MetricAsk, Who


@dataclass(frozen=True)
class Matters:
    """Which hyperparameter matters most; with `key`: whether that one does. boundary: where runs begin to break.

    pick: a value is to be chosen. asks: what a yes means, "" where neither yes nor no is wanted; side: of more of the
    setting, or of less. values: those that are held against each other; given: what holds of the runs that count.
    """

    metric: MetricAsk | None = None
    key: str = ""
    boundary: bool = False
    pick: bool = False
    asks: Literal["", "better", "worse", "matters"] = ""
    side: Literal["", "up", "down"] = ""
    values: tuple[str, ...] = ()
    given: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class WhatIf:
    """What a setting at another value (or named so) would have done, judged by runs that have it. factor: the value
    is a multiple of the run's own. side: any value above ("up") or below its own."""

    who: Who
    key: str
    value: float | None = None
    word: str = ""
    metric: MetricAsk | None = None
    factor: float | None = None
    side: Literal["", "up", "down"] = ""
