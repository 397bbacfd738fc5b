"""What a question that asks for a reckoning can mean: over many runs, over a stretch of one, of causes, of likeness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.offline.orderings import First
from agent.offline.terms import MetricAsk, Subject, Unit, Who

How = Literal["mean", "median", "total", "spread", "common", "distinct"]


@dataclass(frozen=True)
class Figure:
    """One figure over runs: the mean final loss, the most common batch size, how many learning rates were tried.

    alike: whether it is the same in all of them is what was asked.
    """

    subject: Subject
    how: How
    who: Who = ()
    alike: bool = False


@dataclass(frozen=True)
class Most:
    """The runs that have most ("best") or least ("worst") of something: the largest batch, the first to fail.

    nth: its place alone is wanted.
    """

    subject: Subject
    order: Literal["best", "worst"] = "best"
    count: int = 1
    who: Who = ()
    nth: int = 0


@dataclass(frozen=True)
class Sheet:
    """Several things of runs side by side, a column for each. first: the runs are put in the order of `by`."""

    who: Who
    columns: tuple[Subject, ...]
    by: Subject | None = None
    first: First = ""


@dataclass(frozen=True)
class Change:
    """How a metric moved over a stretch of a run, ends included (None: an end of the run).

    last: the stretch is so many units before the end. from_best: from its best value to its last one instead.
    mean: its mean there is wanted.
    """

    who: Who
    metric: MetricAsk | None
    unit: Unit = "step"
    low: float | None = None
    high: float | None = None
    last: float | None = None
    from_best: bool = False
    mean: bool = False


@dataclass(frozen=True)
class AtEnd:
    """Whether the last value of a run is its best."""

    who: Who
    metric: MetricAsk | None = None


@dataclass(frozen=True)
class Cause:
    """A setting, or a kind of trouble."""

    key: str = ""
    aspect: str = ""


@dataclass(frozen=True)
class Blame:
    """Whether a setting, or a kind of trouble, is the cause of what is wrong with a run."""

    who: Who
    key: str = ""
    aspect: str = ""


@dataclass(frozen=True)
class Twins:
    """Which runs differ in this setting alone ("" = in any one setting)."""

    key: str = ""


@dataclass(frozen=True)
class Either:
    """Which of several causes it was. Without a run: which of the settings moves the outcome of them all."""

    who: Who
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Elsewhere:
    """Whether other runs have the fault that these have."""

    who: Who


@dataclass(frozen=True)
class Nearest:
    """The run whose settings are most like those of this one. sound: among the healthy ones."""

    who: Who
    sound: bool = False


@dataclass(frozen=True)
class Presence:
    """Whether (or which) runs logged a metric, or were given a setting at all. yes_no: "whether" was asked."""

    who: Who
    metric: MetricAsk | None = None
    key: str = ""
    yes_no: bool = True


@dataclass(frozen=True)
class Faults:
    """What is wrong with the runs, by fault: which is the most common one, how the runs group."""


Reckoning = Presence | Faults | Figure | Sheet | Most | Change | AtEnd | Blame | Twins | Either | Elsewhere | Nearest
