"""What an investigation of several runs found: one record per kind of answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agent.offline.case import Case, Reading
from agent.offline.effect_intents import Matters
from agent.offline.intents import (
    Best,
    Compare,
    Count,
    ListRuns,
    Next,
)
from agent.offline.terms import Condition
from tools.lessons import SweepAnalysis
from tools.records import Scalar
from tools.results import Comparison, NextSteps, RunRow


@dataclass(frozen=True)
class BestFacts:
    """Runs in order, the best (or worst) first. spot: which value of each run counted."""

    intent: Best
    metric: str
    goal: str
    ranked: tuple[Reading, ...]
    rows: tuple[RunRow, ...]
    total: int
    assumed: bool = False
    among: str = ""
    spot: Literal["best", "last", "mean"] = "best"


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
    """Runs side by side on a metric. shared: settings that are the same, where those were asked for."""

    intent: Compare
    comparison: Comparison
    metric: str
    readings: tuple[Reading, ...]
    goal: str
    plotted: bool = False
    shared: tuple[tuple[str, str], ...] = ()


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
    steps: NextSteps | None = None


@dataclass(frozen=True)
class NoBaseFacts:
    """That something is wrong with each of the runs, so none can be built on."""

    runs: int


@dataclass(frozen=True)
class End:
    """One run of a clean pair: its value of the setting, how far it got, whether it blew up, its seed."""

    run: str
    value: str
    best: Reading
    broke: bool = False
    seed: Scalar = None


@dataclass(frozen=True)
class Pair:
    """Two runs that differ in one setting alone, the smaller value first. gain: how much better the second did, in the
    direction of the metric; a run that blew up did worse whatever it had reached."""

    low: End
    high: End
    gain: float


@dataclass(frozen=True)
class MatterFacts:
    """Which hyperparameter moved the outcome most, and where training becomes unstable. pairs: what shows the
    direction of the one asked about; among: the runs they were taken from, in words, "" for all. keys: what the
    setting asked about is called in the configs."""

    intent: Matters
    analysis: SweepAnalysis
    keys: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    among: str = ""


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
class AdviceFacts:
    """What to try for one run, with what each change is predicted to bring."""

    steps: NextSteps


@dataclass(frozen=True)
class Tried:
    """A run with the value of the setting in question and how far it got. differs: other settings in which it differs
    from the run spoken of. reseeded: its seed is another one."""

    run: str
    value: str
    best: Reading | None
    differs: tuple[str, ...] = ()
    reseeded: bool = False


@dataclass(frozen=True)
class WhatIfFacts:
    """What a setting at some value did where it was tried. nearest: instead, where nobody tried that very value.

    multiple: of the run's own value, in words. side: any value above or below was asked for.
    edge: where training becomes unstable in this setting, in words.
    """

    key: str
    wanted: str
    metric: str
    own: Tried | None
    tried: tuple[Tried, ...]
    nearest: tuple[Tried, ...] = ()
    multiple: str = ""
    side: str = ""
    goal: str = ""
    edge: str = ""
