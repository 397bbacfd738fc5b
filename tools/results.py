"""What the toolbox functions return: records that faces show and models read as text (`render`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tools.records import (
    Axis,
    Diagnosis,
    Finding,
    Goal,
    LogLine,
    MetricSummary,
    NotChecked,
    PlotSpec,
    Run,
    Scalar,
    SkippedLine,
    Table,
    Verdict,
    Waste,
)


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
class RunRow:
    """A run in a list: what it is, how it was judged, its headline metric (eval before train, score before loss).

    best_step is a position on `axis`. goal: which direction of the metric is better, if any.
    """

    run: Run
    verdict: Verdict
    headline_finding: Finding | None
    metric: str = ""
    best: float | None = None
    best_step: float | None = None
    last: float | None = None
    axis: Axis = "step"
    goal: Goal | None = None
    waste: Waste | None = None


@dataclass(frozen=True)
class RunList:
    """Runs with the broken ones first unless sorted otherwise. `total` counts before the filter, `matched` after it."""

    rows: tuple[RunRow, ...]
    total: int
    sorted_by: str = "verdict"
    matched: int = 0


@dataclass(frozen=True)
class RunDescription:
    """One run: hyperparameters, every metric in one line, what could not be read or named."""

    run: Run
    params: Mapping[str, Scalar]
    metrics: tuple[MetricSummary, ...]
    unmapped: tuple[str, ...]
    log_lines: int
    verdict: Verdict
    skipped: tuple[SkippedLine, ...] = ()


@dataclass(frozen=True)
class ParamDifference:
    """A hyperparameter whose value differs; values in the order of the compared runs, None where it is not set.

    incidental: it cannot explain a difference in training by itself (seed, name, output folder).
    """

    key: str
    values: tuple[Scalar, ...]
    incidental: bool = False


@dataclass(frozen=True)
class Counterpart:
    """The healthy run most like a broken one. In `differences` the broken run's value comes first.

    confounded: several settings changed together, so the comparison alone cannot tell which of them matters.
    """

    run: Run
    differences: tuple[ParamDifference, ...]
    confounded: bool
    metric: str = ""
    own_best: float | None = None
    best: float | None = None
    goal: str = ""
    gap: CurveGap | None = None
    separated: tuple[Separation, ...] = ()


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
class Suggestion:
    """A setting to change next. `current` is None where it is not known, `proposed` where only a direction is."""

    param: str
    current: Scalar
    proposed: Scalar
    reason: str
    finding: str = ""


@dataclass(frozen=True)
class DiagnosedRun:
    """A diagnosis together with the run and the hyperparameters that an explanation usually needs.

    axes: what positions of each metric in the evidence count. counterpart: for a faulty run, if there is one.
    """

    run: Run
    diagnosis: Diagnosis
    params: Mapping[str, Scalar]
    axes: Mapping[str, Axis] = field(default_factory=dict)
    counterpart: Counterpart | None = None
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True)
class MetricRow:
    """One metric side by side; summaries in the order of Comparison.runs, None where a run did not log it."""

    metric: str
    goal: str
    summaries: tuple[MetricSummary | None, ...]
    winner: str | None


@dataclass(frozen=True)
class Comparison:
    """Runs side by side: what was set differently, what came out differently, who won on the compared metric.

    The compared metric is the first row. confounded: more than one setting that can matter differs.
    """

    runs: tuple[Run, ...]
    diagnoses: tuple[Diagnosis, ...]
    params: tuple[ParamDifference, ...]
    same_params: int
    metrics: tuple[MetricRow, ...]
    winner: str | None
    metric: str
    confounded: bool = False


@dataclass(frozen=True)
class LogExcerpt:
    """Story lines around a place; `total` counts all that matched, `truncated`: more matched than these."""

    run: str
    lines: tuple[LogLine, ...]
    total: int
    truncated: bool


@dataclass(frozen=True)
class Explanation:
    """The playbook of a finding, as Markdown."""

    id: str
    title: str
    severity: str
    needs: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Plot:
    """A plot that was made; `spec` renders anywhere. `notes` say what was asked for and could not be drawn."""

    spec: PlotSpec
    runs: tuple[str, ...]
    metrics: tuple[str, ...]
    notes: tuple[str, ...] = ()


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
    """What a setting did to the outcome over a sweep, each figure with a 90 % bootstrap interval over the runs.

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

    side: on which side of the threshold runs break. low, high: its 90 % bootstrap interval. condition: "" for none,
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


Result = RunList | RunDescription | DiagnosedRun | Table | Comparison | Plot | LogExcerpt | Explanation | SweepAnalysis


def log_requests(gaps: Iterable[NotChecked]) -> list[tuple[str, tuple[str, ...]]]:
    """What to log next time, each with the checks that it makes possible; what serves most checks comes first."""
    served: dict[str, dict[str, None]] = {}
    for gap in gaps:
        if gap.log_next:
            served.setdefault(gap.log_next, {})[gap.id] = None
    return sorted(((sentence, tuple(ids)) for sentence, ids in served.items()), key=lambda one: -len(one[1]))
