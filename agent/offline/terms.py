"""What the words of a question name: runs, metrics, places, bounds and conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "eval", "test"]
Unit = Literal["step", "epoch", "time"]
Spot = Literal["at", "first", "last", "best", "worst", "min", "max", "mean", "onset", "before", "share"]
Compared = Literal[">", ">=", "<", "<=", "==", "!=", "reach"]
Which = Literal["broken", "healthy", "all", "crashed", "running", "finished", "short"]


@dataclass(frozen=True)
class Named:
    """A run of the workspace. `heard` is set when the question spelled it differently."""

    run: str
    heard: str = ""


@dataclass(frozen=True)
class Missing:
    """A run that does not exist, with the runs whose names come closest."""

    text: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ambiguous:
    """Words that fit several runs."""

    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricAsk:
    """A metric in the asker's words. `quantity` is an entry of lexicon.QUANTITIES, "" when only a name was given."""

    text: str
    quantity: str = ""
    split: Split | None = None


@dataclass(frozen=True)
class Place:
    """Where on the axis: at a number, at a distinguished point, or after a share of the run (0.5 is half way through).

    "before" is the last point before things went wrong. of: the metric whose best point it is.
    """

    spot: Spot
    unit: Unit | None = None
    value: float | None = None
    of: MetricAsk | None = None


@dataclass(frozen=True)
class Bound:
    """A comparison with a number; "reach" takes its direction from the metric."""

    how: Compared
    value: float
    percent: bool = False


@dataclass(frozen=True)
class Condition:
    """What runs must satisfy to be counted or listed; the field that is set decides.

    either: values of the setting of which any will do. length: the bound is on how long the run is. runs: these very
    runs. than: the run that others are held against, on the metric or the setting, and on which side of it they are
    (neither named: on the headline metric). denied: the runs that do not satisfy it are meant.
    """

    metric: MetricAsk | None = None
    param: str = ""
    aspect: str = ""
    which: Which | None = None
    bound: Bound | None = None
    word: str = ""
    place: Place | None = None
    either: tuple[str, ...] = ()
    length: Unit | None = None
    runs: tuple[str, ...] = ()
    than: str = ""
    side: Literal["", "better", "worse", "above", "below", "near"] = ""
    denied: bool = False


@dataclass(frozen=True)
class Subject:
    """What is measured of each run: a metric at a place, a setting, its length, when it broke or got somewhere, how far
    a metric moved (way: from its first value to the last, to the best, or from the best to the last), when it was best
    ("peak"), how far it is from another one ("gap"), how long each step or epoch took ("pace"), when the run began or
    ended by the clock ("clock", at its first or last place)."""

    kind: Literal["metric", "setting", "length", "onset", "reach", "change", "peak", "gap", "pace", "clock"]
    metric: MetricAsk | None = None
    other: MetricAsk | None = None
    key: str = ""
    unit: Unit | None = None
    place: Place | None = None
    bound: Bound | None = None
    aspect: str = ""
    way: Literal["moved", "gained", "lost"] = "moved"


@dataclass(frozen=True)
class Ranked:
    """A run that is named by its place among those that meet the conditions: "the best run", "the two worst adam runs";
    on `metric`, if one was said. subject: what they are put in order by instead, the most ("best") first."""

    order: Literal["best", "worst"] = "best"
    count: int = 1
    metric: MetricAsk | None = None
    conditions: tuple[Condition, ...] = ()
    subject: Subject | None = None


@dataclass(frozen=True)
class Group:
    """Several runs at once: "the broken ones", "all runs", "the adam runs"."""

    which: Which = "all"
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Unsaid:
    """A pronoun or nothing at all, and no run was spoken of before."""


RunRef = Named | Missing | Ambiguous | Ranked | Group | Unsaid
Who = tuple[RunRef, ...]
