"""What an investigation of the course of runs found: one record per kind of answer."""

from __future__ import annotations

from dataclasses import dataclass

from agent.offline.case import Reading
from agent.offline.course_intents import Aftermath, Aside, Ended, Gap, Level, Race, Shifts, Trust
from tools.lessons import Followed
from tools.records import Finding, LogLine
from tools.results import LogExcerpt


@dataclass(frozen=True)
class Sides:
    """A metric on both sides of a point: its first value and its best up to there, its best after it, its last."""

    metric: str
    goal: str
    at: Reading
    first: Reading
    before: Reading
    after: Reading | None
    last: Reading


@dataclass(frozen=True)
class AftermathFacts:
    """What came of a run after a point. near: findings that begin about there; rate: the learning rate at the point,
    where it is the point at which it had fallen; steady: the rate never fell."""

    intent: Aftermath
    run: str
    sides: tuple[Sides, ...]
    near: tuple[Finding, ...] = ()
    story: LogExcerpt | None = None
    rate: Reading | None = None
    trouble: Finding | None = None


@dataclass(frozen=True)
class RaceFacts:
    """Two runs at the last finite value of the one that ended first, and the best values of both."""

    intent: Race
    goal: str
    ended: str
    there: tuple[Reading, Reading]
    best: tuple[Reading, Reading]


@dataclass(frozen=True)
class UnmovedFacts:
    """That the learning rate of a run never fell, so nothing came of it."""

    run: str
    rate: Reading | None


@dataclass(frozen=True)
class GapFacts:
    """Training and validation of a run where validation was best, and at the end."""

    intent: Gap
    run: str
    goal: str
    best: tuple[Reading, Reading]
    last: tuple[Reading, Reading]


@dataclass(frozen=True)
class Wobble:
    """A run with its best value and how far its metric jumps from one evaluation to the next, late in the run."""

    best: Reading
    jump: float | None


@dataclass(frozen=True)
class TrustFacts:
    """Two runs, the better first, with what tells whether its lead is real. repeats: runs with the same settings but
    the seed, as groups, with how far they lie apart."""

    intent: Trust
    metric: str
    goal: str
    first: Wobble
    second: Wobble
    repeats: tuple[tuple[str, ...], ...] = ()
    apart: float | None = None


@dataclass(frozen=True)
class LevelFacts:
    """A metric of a run: what was found in it, and its ends beside those of the healthy runs."""

    intent: Level
    run: str
    metric: str
    found: tuple[Finding, ...]
    first: Reading
    lowest: Reading
    highest: Reading
    last: Reading
    others: tuple[Reading, ...] = ()
    else_wrong: Finding | None = None


@dataclass(frozen=True)
class EndedFacts:
    """How a run ended. short, whole: how far it got of what was planned, in words, one of them or neither.

    lines: of its log, about its end; stopped_itself: they tell of early stopping. fault: what is wrong with it.
    """

    intent: Ended
    run: str
    status: str
    epoch: float | None
    step: float | None
    short: str = ""
    whole: str = ""
    lines: tuple[LogLine, ...] = ()
    stopped_itself: bool = False
    fault: Finding | None = None


@dataclass(frozen=True)
class Shift:
    """One change of a logged setting: its value before, and where it has another."""

    before: float
    after: Reading


@dataclass(frozen=True)
class ShiftsFacts:
    """How a logged setting was changed in a run. changes: how often in all; shifts: the first of them."""

    intent: Shifts
    run: str
    metric: str
    changes: int
    shifts: tuple[Shift, ...]
    first: Reading
    highest: Reading
    last: Reading


@dataclass(frozen=True)
class AdviceKeptFacts:
    """Earlier advice that runs have followed since, and how much of it is kept."""

    followed: tuple[Followed, ...]


@dataclass(frozen=True)
class AsideFacts:
    """A run with what is wrong with it, apart: the trouble that is set aside, and everything else."""

    intent: Aside
    run: str
    aside: tuple[Finding, ...]
    others: tuple[Finding, ...]
