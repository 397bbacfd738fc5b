"""What runs teach beside each other: counterfactuals, sweeps, hypotheses, outlooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tools.records import Axis, Goal, Scalar, Verdict


@dataclass(frozen=True)
class ResultEvidence:
    """One value of a result that an answer may cite: of which run and metric, at which position of the metric's axis.

    `metric` is empty where the value is none of a metric (a hyperparameter, a log line); `label` says what it is.
    """

    run: str
    metric: str
    step: float | None
    value: Scalar
    label: str
    axis: Axis = "step"


@dataclass(frozen=True)
class CurveGap:
    """Two curves of one metric side by side: where the broken run parted from the healthy one, and the last common end.

    parted: the position on `axis` from which on the broken run stays worse; None where it never does.
    points: both runs at the parting (if there is one) and at the end.
    """

    metric: str
    axis: Axis
    parted: float | None
    points: tuple[ResultEvidence, ...]


@dataclass(frozen=True)
class Separation:
    """Two runs that differ in one setting alone: they tell apart what another comparison confounds.

    values, bests (of `metric`) and verdicts are in the order of `runs`.
    """

    key: str
    runs: tuple[str, str]
    values: tuple[Scalar, Scalar]
    metric: str
    bests: tuple[float | None, float | None]
    verdicts: tuple[Verdict, Verdict]


@dataclass(frozen=True)
class Level:
    """The runs with one value of a setting, or with one of a range of values: how many, how many of them were unstable.

    mean: of their outcomes by `metric`; low, high: its interval, None for one run. run: the one that did
    best, None where none reached a finite value.
    """

    key: str
    values: tuple[Scalar, ...]
    runs: int
    n_unstable: int
    metric: str
    mean: float
    low: float | None
    high: float | None
    run: str
    best: float | None


@dataclass(frozen=True)
class SettingEffect:
    """What a setting did to the outcome over a sweep, each figure with a 90% bootstrap interval over the runs.

    correlation: Spearman's, of the setting with the outcome; None for a setting that is no number. importance: the part
    of the variance that fANOVA gives to the setting; None where that cannot be said. tied_with: settings that changed
    together with it, so that the two cannot be told apart. n_pairs: pairs of runs that differ in nothing else.
    """

    key: str
    levels: tuple[Level, ...]
    correlation: float | None = None
    correlation_low: float | None = None
    correlation_high: float | None = None
    importance: float | None = None
    importance_low: float | None = None
    importance_high: float | None = None
    tied_with: tuple[str, ...] = ()
    n_pairs: int = 0


@dataclass(frozen=True)
class Boundary:
    """Where training becomes unstable: beyond `threshold` of a setting, if a condition on another one holds.

    side: on which side of the threshold runs break. low, high: its 90% bootstrap interval. condition: "" for none,
    else such as "batch_size <= 32". broken: runs beyond it that broke, spared: runs beyond it that did not, missed:
    runs that broke elsewhere. chance: how often so clean a boundary comes out when the verdicts are shuffled.
    """

    key: str
    side: Literal["above", "below"]
    threshold: float
    low: float
    high: float
    condition: str
    broken: tuple[str, ...]
    spared: tuple[str, ...]
    missed: tuple[str, ...]
    chance: float
    summary: str


@dataclass(frozen=True)
class SweepAnalysis:
    """What the runs of a sweep teach together. unstable: those that blew up. notes: what they cannot say, and why.

    The settings come in the order of their importance where that is known. penalised: runs without a finite outcome,
    which count with the worst of the others.
    """

    runs: tuple[str, ...]
    metric: str
    goal: str
    unstable: tuple[str, ...]
    effects: tuple[SettingEffect, ...]
    boundary: Boundary | None
    penalised: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


HypothesisStatus = Literal["proposed", "supported", "refuted", "untestable"]


@dataclass(frozen=True)
class Hypothesis:
    """That `cause` (a kind of finding, or a setting) made a run go wrong; run "": that it moves the whole sweep.

    support, against: what speaks for it and against it. why: the status in a few words.
    """

    run: str
    cause: str
    status: HypothesisStatus
    why: str
    support: tuple[ResultEvidence, ...] = ()
    against: tuple[ResultEvidence, ...] = ()


@dataclass(frozen=True)
class Dimension:
    """A setting of the search space as it was inferred: a range (of factors, of whole numbers), or a choice."""

    key: str
    kind: Literal["float", "int", "choice"]
    log: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A setting to change, from what to what; None where the value now is not known."""

    key: str
    current: Scalar
    proposed: Scalar


@dataclass(frozen=True)
class Advice:
    """Something to try: change these settings of `run`, leave the others as they are.

    low, high: the predicted best of `metric`, None on a side where nothing can be said; basis: what that stands on.
    number: its place in the ledger, 0 before it is kept there.
    """

    run: str
    changes: tuple[Change, ...]
    reason: str
    metric: str
    goal: str
    low: float | None
    high: float | None
    basis: str
    finding: str = ""
    number: int = 0


@dataclass(frozen=True)
class Followed:
    """A run that did what an advice said, and what came of it. held: it came as predicted."""

    number: int
    run: str
    metric: str
    low: float | None
    high: float | None
    best: float | None
    held: bool
    summary: str


@dataclass(frozen=True)
class Outlook:
    """Where a run will end if it goes on as it does; what has no basis is None. `axis`: what at, end and left count.

    low, high: the interval that holds nine of ten ends. siblings: finished runs that logged the same; median and best
    are of their last values, and chance is that of an end at least as good as the median. hours, money: what stopping
    now saves.
    """

    metric: str
    goal: Goal
    axis: Axis
    at: float
    end: float | None
    left: float | None
    value: float
    forecast: float | None = None
    low: float | None = None
    high: float | None = None
    siblings: int = 0
    best: float | None = None
    median: float | None = None
    chance: float | None = None
    worth: Literal["yes", "no", "unclear"] = "unclear"
    hours: float | None = None
    money: float | None = None
    currency: str = ""
    basis: str = ""
