"""What a question about the course of runs can mean: before and after a point, the gap of two curves, is it real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.offline.terms import MetricAsk, Place, Who


@dataclass(frozen=True)
class Aftermath:
    """What came of a run after a point of it: a place, the onset of its trouble, or where its rate had been lowered.

    asked: whether it got better, whether it recovered, what stopping there would have kept; "" for what happened.
    """

    who: Who
    place: Place
    metric: MetricAsk | None = None
    asked: Literal["", "better", "recovered", "stopped"] = ""


@dataclass(frozen=True)
class Gap:
    """How far training and validation lie apart in a run. asked: whether it grows, since when, how large it is."""

    who: Who
    quantity: str = "loss"
    asked: Literal["size", "grows", "when"] = "size"


@dataclass(frozen=True)
class Trust:
    """Whether the lead of one run over another is more than noise. Nobody named: the best and the next; one: that one
    and the next best. wants: what a yes means."""

    who: Who
    metric: MetricAsk | None = None
    wants: Literal["real", "noise"] = "real"


@dataclass(frozen=True)
class Level:
    """Whether a metric of a run is as it should be: nothing was found in it, and it moves where that of others does.

    wants: what a yes means."""

    who: Who
    metric: MetricAsk
    wants: Literal["fine", "wrong"] = "fine"


@dataclass(frozen=True)
class Ended:
    """How runs ended. asked: whether they got to their planned end, were cut short, or why they stopped."""

    who: Who
    asked: Literal["whole", "short", "why"] = "whole"


@dataclass(frozen=True)
class AdviceKept:
    """Whether runs have followed earlier advice, and what came of it."""


@dataclass(frozen=True)
class Aside:
    """Whether runs are fine apart from one kind of trouble, which is known: "the speed aside, is it ok?"."""

    who: Who
    aspect: str


@dataclass(frozen=True)
class Shifts:
    """When a setting that is logged was changed. way: only downwards or upwards. yes_no: whether it was."""

    who: Who
    metric: MetricAsk
    way: Literal["", "up", "down"] = ""
    yes_no: bool = False


@dataclass(frozen=True)
class Race:
    """Which of two runs was ahead where the shorter one ended. supposed: whether the first would have won after it."""

    who: Who
    metric: MetricAsk | None = None
    supposed: bool = False


Course = Ended | Aftermath | Gap | Trust | Level | AdviceKept | Aside | Shifts | Race
