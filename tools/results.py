"""What the toolbox functions return: records that faces show, models read as text (`render.py`) and the store can prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tools.records import (
    Diagnosis,
    Finding,
    LogLine,
    MetricSummary,
    PlotSpec,
    Run,
    Scalar,
    Table,
    Verdict,
)


@dataclass(frozen=True)
class RunRow:
    """A run in a list: what it is, how it was judged, its headline metric (eval before train, score before loss)."""

    run: Run
    verdict: Verdict
    headline_finding: Finding | None
    metric: str = ""
    best: float | None = None
    best_step: float | None = None
    last: float | None = None


@dataclass(frozen=True)
class RunList:
    """Runs with the broken ones first unless sorted otherwise. `total` counts before filters and limit."""

    rows: tuple[RunRow, ...]
    total: int
    sorted_by: str = "verdict"


@dataclass(frozen=True)
class RunDescription:
    """One run: hyperparameters, every metric in one line, what could not be read or named."""

    run: Run
    params: Mapping[str, Scalar]
    metrics: tuple[MetricSummary, ...]
    unmapped: tuple[str, ...]
    log_lines: int
    verdict: Verdict


@dataclass(frozen=True)
class DiagnosedRun:
    """A diagnosis together with the run and the hyperparameters that an explanation usually needs."""

    run: Run
    diagnosis: Diagnosis
    params: Mapping[str, Scalar]


@dataclass(frozen=True)
class ParamDifference:
    """A hyperparameter whose value differs; values in the order of Comparison.runs, None where it is not set."""

    key: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class MetricRow:
    """One metric side by side; summaries in the order of Comparison.runs, None where a run did not log it."""

    metric: str
    goal: str
    summaries: tuple[MetricSummary | None, ...]
    winner: str | None


@dataclass(frozen=True)
class Comparison:
    """Two or more runs side by side: what was set differently, what came out differently, who won on the compared metric."""

    runs: tuple[Run, ...]
    diagnoses: tuple[Diagnosis, ...]
    params: tuple[ParamDifference, ...]
    same_params: int
    metrics: tuple[MetricRow, ...]
    winner: str | None
    metric: str


@dataclass(frozen=True)
class LogExcerpt:
    """Story lines around a place; `total` counts all that matched, `before_cut`/`after_cut` say whether more stands around."""

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
    """A plot that was made; `spec` renders anywhere."""

    spec: PlotSpec
    runs: tuple[str, ...]
    metrics: tuple[str, ...]


Result = RunList | RunDescription | DiagnosedRun | Table | Comparison | Plot | LogExcerpt | Explanation
