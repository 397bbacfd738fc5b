"""What the toolbox functions return: records that faces show and models read as text (`render`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tools.context import NOTHING_SAID, Context
from tools.lessons import Advice, CurveGap, Dimension, Followed, Hypothesis, Outlook, Separation, SweepAnalysis
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
    """Runs with the broken ones first unless sorted otherwise. `total` counts before the filter, `matched` after it.

    context: what the user said about the project.
    """

    rows: tuple[RunRow, ...]
    total: int
    sorted_by: str = "verdict"
    matched: int = 0
    context: Context = NOTHING_SAID


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

    axes: what positions of each metric in the evidence count. counterpart: for a faulty run, if there is one. orders:
    lines of its log that tell their reader what to do.
    """

    run: Run
    diagnosis: Diagnosis
    params: Mapping[str, Scalar]
    axes: Mapping[str, Axis] = field(default_factory=dict)
    counterpart: Counterpart | None = None
    suggestions: tuple[Suggestion, ...] = ()
    orders: tuple[LogLine, ...] = ()


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
class WeighedCause:
    """A cause that was proposed, weighed."""

    run: Run
    hypothesis: Hypothesis


@dataclass(frozen=True)
class NextSteps:
    """What to try next. run: the run that the advice is for, None where it is for the sweep; base: what it builds on.

    space: the search space of a sweep, as inferred. penalised: runs without a finite outcome, fed with the worst of
    the others. followed: earlier advice that a run has followed since. kept_in: the ledger's file.
    """

    run: Run | None
    base: str
    metric: str
    goal: str
    base_best: float | None
    advice: tuple[Advice, ...]
    space: tuple[Dimension, ...] = ()
    penalised: tuple[str, ...] = ()
    followed: tuple[Followed, ...] = ()
    notes: tuple[str, ...] = ()
    kept_in: str = ""


@dataclass(frozen=True)
class Foreseen:
    """Where a run will end, or has ended. outlook: None where it logs nothing to go by.

    cause: what is wrong first of all; fatal: the finding after which going on is in vain.
    """

    run: Run
    verdict: Verdict
    outlook: Outlook | None
    cause: Finding | None = None
    fatal: Finding | None = None
    is_over: bool = False


Result = (
    RunList | RunDescription | DiagnosedRun | Table | Comparison | Plot | LogExcerpt | Explanation
    | SweepAnalysis | WeighedCause | NextSteps | Foreseen
)  # fmt: skip


def log_requests(gaps: Iterable[NotChecked]) -> list[tuple[str, tuple[str, ...]]]:
    """What to log next time, each with the checks that it makes possible; what serves most checks comes first."""
    served: dict[str, dict[str, None]] = {}
    for gap in gaps:
        if gap.log_next:
            served.setdefault(gap.log_next, {})[gap.id] = None
    return sorted(((sentence, tuple(ids)) for sentence, ids in served.items()), key=lambda one: -len(one[1]))
