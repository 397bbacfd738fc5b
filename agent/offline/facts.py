"""What an investigation found: one record per kind of answer, between policy (who gathers) and writing (who tells)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.offline.case import Case, Reading
from agent.offline.intents import (
    Ambiguous,
    Best,
    Compare,
    Condition,
    Count,
    Define,
    Health,
    ListRuns,
    Logged,
    MetricAsk,
    Missing,
    Next,
    Place,
    Reach,
    SmallTalk,
    Trend,
    Unknown,
    Unlogged,
    When,
    Why,
)
from agent.offline.known import KnownMetric
from tools.records import Scalar
from tools.results import Comparison, DiagnosedRun, Explanation, LogExcerpt, RunDescription, RunRow


@dataclass(frozen=True)
class CaseFacts:
    """Answers why, since when, and is it healthy."""

    intent: Why | When | Health
    cases: tuple[Case, ...]


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
class BestFacts:
    """Runs in order, the best (or worst) first."""

    intent: Best
    metric: str
    goal: str
    ranked: tuple[Reading, ...]
    rows: tuple[RunRow, ...]
    total: int
    assumed: bool = False


@dataclass(frozen=True)
class ValueFacts:
    """Values of one metric at one place. `onset`: the finding whose beginning it was read at, if that was asked."""

    ask: MetricAsk
    place: Place
    readings: tuple[Reading, ...]
    settings: tuple[tuple[str, str, Scalar], ...] = ()
    onset: str = ""
    unfound: tuple[str, ...] = ()
    healthy: tuple[str, ...] = ()


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
class CountFacts:
    """Runs that satisfy conditions, with what shows it."""

    intent: Count | ListRuns
    matched: tuple[str, ...]
    total: int
    shown: tuple[tuple[str, str], ...] = ()
    said: str = ""
    rows: tuple[RunRow, ...] = ()
    unmet: tuple[Condition, ...] = ()
    lagging: tuple[str, ...] = ()


@dataclass(frozen=True)
class CompareFacts:
    """Runs side by side on a metric."""

    intent: Compare
    comparison: Comparison
    metric: str
    readings: tuple[Reading, ...]
    goal: str
    plotted: bool = False


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


@dataclass(frozen=True)
class DurationFacts:
    """How long runs ran."""

    unit: str
    extents: tuple[Extent, ...]


@dataclass(frozen=True)
class TrendFacts:
    """First, best and last value of a metric."""

    intent: Trend
    metric: str
    goal: str
    best: tuple[Reading, ...]
    last: tuple[Reading, ...]
    first: tuple[Reading, ...]


@dataclass(frozen=True)
class PlotFacts:
    """A chart that was made."""

    metrics: tuple[str, ...]
    runs: tuple[str, ...]
    notes: tuple[str, ...] = ()
    ends: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Effect:
    """How much a hyperparameter moved the outcome: its best outcome for each value, pairs that differ only in it."""

    key: str
    share: float
    values: tuple[tuple[str, str, float], ...]
    pairs: int = 0
    best_value: str = ""


@dataclass(frozen=True)
class NextFacts:
    """What to build the next run on."""

    intent: Next
    metric: str
    goal: str
    best: Reading
    last: Reading | None
    runner_up: Reading | None
    effects: tuple[Effect, ...]
    params: tuple[tuple[str, str], ...]
    cases: tuple[Case, ...] = ()
    broken: tuple[RunRow, ...] = ()


@dataclass(frozen=True)
class MatterFacts:
    """Which hyperparameter moved the outcome most."""

    key: str
    metric: str
    goal: str
    effects: tuple[Effect, ...]
    runs: int


@dataclass(frozen=True)
class DescribeFacts:
    """A run in brief."""

    description: RunDescription
    diagnosed: DiagnosedRun | None


@dataclass(frozen=True)
class LoggedFacts:
    """What was logged."""

    intent: Logged
    metrics: tuple[KnownMetric, ...]
    params: tuple[str, ...]
    runs: int


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
class WasteFacts:
    """What was spent in vain, by run and in all. runs: those that were asked about; none: all."""

    runs: tuple[str, ...]
    rows: tuple[Mapping[str, Scalar], ...]
    sums: tuple[Mapping[str, Scalar], ...]


@dataclass(frozen=True)
class ToLogFacts:
    """What to log next time, with the checks that it makes possible. runs: those that were asked about; none: all."""

    runs: tuple[str, ...]
    rows: tuple[Mapping[str, Scalar], ...]


@dataclass(frozen=True)
class UnloggedFacts:
    """Something that is not in the logs (or is, after all: `metrics`, `params`)."""

    intent: Unlogged
    metrics: tuple[str, ...]
    params: tuple[tuple[str, str, str], ...]
    logged: tuple[KnownMetric, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True)
class TalkFacts:
    """Nothing about runs: a greeting, or what was not understood."""

    intent: SmallTalk | Unknown
    runs: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trouble:
    """A tool said no."""

    text: str


Facts = (
    CaseFacts | NoRun | NoMetric | BestFacts | ValueFacts | ReachFacts | CountFacts
    | CompareFacts | SettingFacts | DurationFacts | TrendFacts | PlotFacts | NextFacts | MatterFacts
    | DescribeFacts | LoggedFacts | StoryFacts | DefineFacts | UnloggedFacts | TalkFacts | Trouble
    | WasteFacts | ToLogFacts
)  # fmt: skip
