"""What an investigation found: one record per kind of answer, between policy (who gathers) and writing (who tells)."""

from __future__ import annotations

from dataclasses import dataclass

from agent.offline.case import Case, Reading
from agent.offline.course_facts import (
    AdviceKeptFacts,
    AftermathFacts,
    AsideFacts,
    EndedFacts,
    GapFacts,
    LevelFacts,
    RaceFacts,
    ShiftsFacts,
    TrustFacts,
    UnmovedFacts,
)
from agent.offline.figure_facts import (
    AtEndFacts,
    BlameFacts,
    ChangeFacts,
    EitherFacts,
    ElsewhereFacts,
    FaultsFacts,
    FigureFacts,
    MostFacts,
    NearestFacts,
    OutlookFacts,
    PresenceFacts,
    RemedyFacts,
    RivalFacts,
    SheetFacts,
    TwinsFacts,
)
from agent.offline.intents import (
    Define,
    Doubt,
    Foresee,
    Health,
    Logged,
    Reach,
    Remarked,
    SmallTalk,
    Trend,
    Unknown,
    Unlogged,
    When,
    Why,
)
from agent.offline.known import KnownMetric
from agent.offline.sweep_facts import (
    AdviceFacts,
    BestFacts,
    CompareFacts,
    CountFacts,
    MatterFacts,
    NextFacts,
    NoBaseFacts,
    ToLogFacts,
    WasteFacts,
    WhatIfFacts,
)
from agent.offline.terms import Ambiguous, MetricAsk, Missing, Place
from tools.records import Finding, Scalar
from tools.results import DiagnosedRun, Explanation, Foreseen, LogExcerpt, RunDescription


@dataclass(frozen=True)
class CaseFacts:
    """Answers why, since when, and is it healthy."""

    intent: Why | When | Health
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class ForeseenFacts:
    """Where runs will end. left_out: so many more were meant, if any."""

    intent: Foresee
    runs: tuple[Foreseen, ...]
    left_out: int = 0


@dataclass(frozen=True)
class RemarkFacts:
    """A run with the remarks that were asked about, none where it has none of the kind."""

    intent: Remarked
    diagnosed: DiagnosedRun
    found: tuple[Finding, ...]


@dataclass(frozen=True)
class NoRun:
    """Runs that do not exist, are ambiguous, or were not named."""

    missing: tuple[Missing, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()
    unsaid: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoMetric:
    """A metric that was not logged, with what was."""

    ask: MetricAsk
    logged: tuple[KnownMetric, ...]
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class ValueFacts:
    """Values of one metric at one place. `onset`: the finding whose beginning it was read at, if that was asked.

    goal: which direction is better, "" where neither is.
    """

    ask: MetricAsk
    place: Place
    readings: tuple[Reading, ...]
    settings: tuple[tuple[str, str, Scalar], ...] = ()
    onset: str = ""
    unfound: tuple[str, ...] = ()
    healthy: tuple[str, ...] = ()
    goal: str = ""


@dataclass(frozen=True)
class ReachFacts:
    """When a metric first passed a bound, and how far the others got."""

    intent: Reach
    metric: str
    how: str
    bound: float
    readings: tuple[Reading, ...]
    never: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class SettingFacts:
    """Hyperparameters: key "" means all of them."""

    key: str
    keys: tuple[str, ...]
    values: tuple[tuple[str, str, Scalar], ...]
    runs: tuple[str, ...]
    logged: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Extent:
    """How far a run went."""

    run: str
    last_step: float | None
    first_epoch: float | None
    last_epoch: float | None
    epochs: float | None
    seconds: float | None
    status: str = ""
    per_epoch: float | None = None
    per_step: float | None = None


@dataclass(frozen=True)
class DurationFacts:
    """How long runs ran, or how long each epoch or step of theirs took."""

    unit: str
    extents: tuple[Extent, ...]
    each: bool = False


@dataclass(frozen=True)
class TrendFacts:
    """First, best, worst and last value of a metric. judged: one of its directions is better."""

    intent: Trend
    metric: str
    goal: str
    best: tuple[Reading, ...]
    last: tuple[Reading, ...]
    first: tuple[Reading, ...]
    worst: tuple[Reading, ...]
    judged: bool = True


@dataclass(frozen=True)
class PlotFacts:
    """A chart that was made; left: whether it lacks runs that were asked for, being too many."""

    metrics: tuple[str, ...]
    runs: tuple[str, ...]
    notes: tuple[str, ...] = ()
    ends: tuple[Reading, ...] = ()
    left: bool = False


@dataclass(frozen=True)
class CheckFacts:
    """Whether runs satisfy a condition: those that do, those that do not, with what shows it; the condition in words.

    unknown: runs of which it cannot be told.
    """

    said: str
    denied: str
    holds: tuple[tuple[str, str], ...]
    fails: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class DescribeFacts:
    """A run in brief."""

    description: RunDescription
    diagnosed: DiagnosedRun | None


@dataclass(frozen=True)
class LoggedFacts:
    """What was logged by these runs (none: by all of them)."""

    intent: Logged
    metrics: tuple[KnownMetric, ...]
    params: tuple[str, ...]
    n_runs: int
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoryFacts:
    """Lines of a log."""

    excerpts: tuple[LogExcerpt, ...]
    pattern: str


@dataclass(frozen=True)
class DefineFacts:
    """A term, explained by a playbook or in our own words."""

    intent: Define
    explanation: Explanation | None
    meaning: str = ""


@dataclass(frozen=True)
class UnloggedFacts:
    """Something that is not in the logs of these runs, none for all (or is, after all: `metrics`, `params`)."""

    intent: Unlogged
    metrics: tuple[str, ...]
    params: tuple[tuple[str, str, str], ...]
    logged: tuple[KnownMetric, ...]
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class TalkFacts:
    """Nothing about runs: a greeting, or what was not understood. beside: other parts of the question were."""

    intent: SmallTalk | Unknown
    runs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    beside: bool = False


@dataclass(frozen=True)
class DoubtFacts:
    """That the last question was looked into again; the facts that follow are what was found."""

    intent: Doubt


@dataclass(frozen=True)
class Trouble:
    """A tool said no."""

    text: str


Facts = (
    CaseFacts | RemarkFacts | ForeseenFacts | NoRun | NoMetric | BestFacts | ValueFacts | ReachFacts | CountFacts
    | CompareFacts | SettingFacts | DurationFacts | TrendFacts | PlotFacts | NextFacts | MatterFacts
    | DescribeFacts | LoggedFacts | StoryFacts | DefineFacts | UnloggedFacts | TalkFacts | Trouble
    | WasteFacts | ToLogFacts | AdviceFacts | CheckFacts | WhatIfFacts | DoubtFacts
    | FigureFacts | MostFacts | ChangeFacts | AtEndFacts | BlameFacts | TwinsFacts
    | NoBaseFacts | OutlookFacts | EitherFacts | RivalFacts | ElsewhereFacts | NearestFacts
    | RemedyFacts | PresenceFacts | FaultsFacts | AftermathFacts | UnmovedFacts | GapFacts | TrustFacts | LevelFacts
    | SheetFacts | EndedFacts | AdviceKeptFacts | AsideFacts | ShiftsFacts | RaceFacts
)  # fmt: skip
