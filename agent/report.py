"""Judged runs as one report: gathered from the store and told as JSON; as Markdown and on a terminal next door."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from tools.diagnosis import diagnose
from tools.records import (
    SEVERITY_ORDER,
    Curve,
    Diagnosis,
    Finding,
    MetricSummary,
    Run,
    RunData,
    Scalar,
    Series,
    Severity,
    SkippedLine,
    Unreadable,
)
from tools.results import Counterpart, Suggestion
from tools.store import Store
from tools.toolbox.judging import Judge

MAIN_ROLES = (
    "train_loss",
    "eval_loss",
    "train_score",
    "eval_score",
    "reward",
    "generator_loss",
    "discriminator_loss",
    "grad_norm",
    "learning_rate",
)
SKETCHES = 5
SKETCH_COLUMNS = 240
AFTER_DEATH = 1.3
"""A loss that is NaN for good is shown this far, in lengths of its finite part: the rest tells nothing."""
SKIPPED_EXAMPLES = 5
MAX_ADVISED = 20
"""Looking for a healthy run like a faulty one means judging its neighbours; nobody reads that a hundred times."""
NON_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
VERDICT_ORDER = {"faulty": 0, "cannot_judge": 1, "healthy": 2}

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True)
class Sketch:
    """A main curve thinned to equal stretches from `low` to `high` on its axis.

    None before its first and after its last point, NaN where a stretch holds a value that is not finite.
    """

    summary: MetricSummary
    low: float
    high: float
    values: tuple[float | None, ...]
    worst_is_low: bool = False


@dataclass(frozen=True)
class RunReport:
    """One judged run, without its points: small enough to keep ten thousand of them."""

    run: Run
    diagnosis: Diagnosis
    params: Mapping[str, Scalar]
    metrics: tuple[MetricSummary, ...]
    skipped: tuple[SkippedLine, ...]
    sketches: tuple[Sketch, ...]
    counterpart: Counterpart | None = None
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def headline(self) -> Finding | None:
        """The finding to name first: the root, as findings come root first; None where nothing is wrong."""
        return next((f for f in self.diagnosis.findings if f.severity != "info"), None)

    @property
    def worst(self) -> Severity | None:
        """The highest severity found, or None."""
        return max((f.severity for f in self.diagnosis.findings), key=SEVERITY_ORDER.__getitem__, default=None)


@dataclass(frozen=True)
class Report:
    """Everything that was given to `debug`. `analysis` is what a model wrote about it, empty when none was asked."""

    runs: tuple[RunReport, ...]
    unreadable: tuple[Unreadable, ...]
    analysis: str = ""

    def worst_first(self) -> tuple[RunReport, ...]:
        """Broken runs first, then those nobody can judge, then the healthy ones; by number within each."""
        return tuple(sorted(self.runs, key=lambda r: (VERDICT_ORDER[r.diagnosis.verdict], r.run.number)))

    def at_or_above(self, severity: Severity) -> bool:
        """Whether any finding is at least this severe."""
        bar = SEVERITY_ORDER[severity]
        return any(r.worst is not None and SEVERITY_ORDER[r.worst] >= bar for r in self.runs)

    def incomplete(self) -> bool:
        """Whether something could not be read or not be judged."""
        return bool(self.unreadable) or not self.runs or any(r.diagnosis.verdict == "cannot_judge" for r in self.runs)


def judge_all(
    store: Store,
    runs: Sequence[Run],
    params: Mapping[str, Scalar],
    progress: Callable[[int, int, str], None] = lambda _done, _total, _name: None,
) -> tuple[RunReport, ...]:
    """Judge runs one after the other; only what changed since the last time is diagnosed anew.

    Hyperparameters given by hand are laid over those of the logs; such a judgement is not kept.
    progress: told how many of how many runs are judged, and the name of the next.
    """
    reports: list[RunReport] = []
    made: list[Diagnosis] = []
    for i, run in enumerate(runs):
        progress(i, len(runs), run.name)
        data = store.load(run.run)
        known = None if params else store.diagnosis(run.run)
        data = replace(data, params={**data.params, **params})
        diagnosis = known or diagnose(data)
        made += [diagnosis] if known is None and not params else []
        reports.append(_report(store, data, diagnosis))
    if made:
        store.save_diagnosis(*made)
    return tuple(reports)


def with_advice(store: Store, reports: Sequence[RunReport]) -> tuple[RunReport, ...]:
    """The same, the faulty ones with the healthy run that is most like them and with what to try next."""
    judge = Judge(store)
    faulty = [r for r in reports if r.diagnosis.verdict == "faulty"][:MAX_ADVISED]
    found = {r.run.run: judge.explained(r.run) for r in faulty}
    return tuple(
        replace(r, counterpart=found[r.run.run].counterpart, suggestions=found[r.run.run].suggestions)
        if r.run.run in found
        else r
        for r in reports
    )


def _report(store: Store, data: RunData, diagnosis: Diagnosis) -> RunReport:
    metrics = store.summaries(data.run.run)
    skipped = store.skipped(data.run.run)[:SKIPPED_EXAMPLES]
    return RunReport(data.run, diagnosis, data.params, metrics, skipped, sketches(data, diagnosis, metrics))


def sketches(data: RunData, diagnosis: Diagnosis, summaries: Iterable[MetricSummary]) -> tuple[Sketch, ...]:
    """The curves that tell the story: those the findings name and the main ones, all on one stretch of the axis."""
    by_name = {s.name: s for s in summaries}
    chosen = _story(data, diagnosis)
    if not chosen:
        return ()
    low, high = _stretch(chosen)
    return tuple(
        Sketch(
            by_name[s.metric], low, high, thin(s.curve, low, high, SKETCH_COLUMNS, _worst_is_low(s)), _worst_is_low(s)
        )
        for s in chosen
    )


def _story(data: RunData, diagnosis: Diagnosis) -> list[Series]:
    named = [data.series[f.metric] for f in diagnosis.findings if f.metric in data.series]
    main = [s for role in MAIN_ROLES if (s := data.main(role)) is not None]
    known = [s for s in {s.metric: s for s in [*named[:3], *main]}.values() if len(s.curve.x)]
    chosen = [s for s in known if s.axis == known[0].axis][:SKETCHES]
    return sorted(chosen, key=lambda s: MAIN_ROLES.index(s.role) if s.role in MAIN_ROLES else len(MAIN_ROLES))


def _stretch(chosen: Sequence[Series]) -> tuple[float, float]:
    """The part of the axis worth showing: all of it, unless the first curve is not finite over most of it."""
    low, high = float(min(s.curve.x[0] for s in chosen)), float(max(s.curve.x[-1] for s in chosen))
    alive = chosen[0].curve.finite.x
    shown = low + AFTER_DEATH * (float(alive[-1]) - low) if len(alive) else high
    shown = shown if chosen[0].axis == "epoch" else math.ceil(shown)
    return low, shown if low < shown < high else high


def _worst_is_low(series: Series) -> bool:
    return series.role in ("eval_score", "train_score", "reward")


def thin(curve: Curve, low: float, high: float, columns: int, worst_is_low: bool) -> tuple[float | None, ...]:
    """The worst value of each column, so that a spike of one step is seen; NaN where a column has a non-finite one.

    Columns without a point take the value before them: a metric evaluated every hundred steps is a line, not dust.
    """
    curve = Curve(curve.x[curve.x <= high], curve.y[curve.x <= high])
    if not len(curve.x):
        return (None,) * columns
    at = np.clip(((curve.x - low) / ((high - low) or 1.0) * columns).astype(int), 0, columns - 1)
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    worst = np.minimum if worst_is_low else np.maximum
    values = worst.reduceat(np.where(np.isfinite(curve.y), curve.y, math.nan), starts)
    carried = values[np.searchsorted(at[starts], np.arange(at[0], at[-1] + 1), side="right") - 1]
    return (None,) * int(at[0]) + tuple(carried.tolist()) + (None,) * int(columns - 1 - at[-1])


def onset(finding: Finding, axis: str) -> float | None:
    """Where a finding begins on an axis, or None where it names no such place."""
    return finding.onset_epoch if axis == "epoch" else finding.onset_step


def as_json(report: Report) -> dict[str, Json]:
    """The document of `debug --json`; NaN and infinities are strings."""
    return {
        "runwhy": runwhy_version(),
        "runs": [_run_json(r) for r in report.runs],
        "unreadable": [{"path": u.path, "reason": u.reason} for u in report.unreadable],
        **({"analysis": report.analysis} if report.analysis else {}),
    }


def runwhy_version() -> str:
    """The installed version; a checkout that was never installed has none."""
    try:
        return version("runwhy")
    except PackageNotFoundError:
        return "unknown"


def _run_json(report: RunReport) -> dict[str, Json]:
    run, diagnosis = report.run, report.diagnosis
    return {
        "run": run.run,
        "number": run.number,
        "name": run.name,
        "path": run.path,
        "format": run.format,
        "status": run.status,
        "verdict": diagnosis.verdict,
        "power": diagnosis.power,
        "metrics": [plain(asdict(m)) for m in report.metrics],
        "params": plain(dict(report.params)),
        "findings": [plain(asdict(f)) for f in diagnosis.findings],
        "suggestions": [plain(asdict(s)) for s in report.suggestions],
        "counterpart": report.counterpart.run.run if report.counterpart else None,
        "not_checked": [plain(asdict(n)) for n in diagnosis.not_checked],
        "skipped_lines": run.skipped_lines,
        "skipped_examples": [{"line": s.line, "text": s.text, "reason": s.reason} for s in report.skipped],
    }


def plain(value: object) -> Json:
    """A JSON value of the same content: tuples as lists, non-finite numbers as strings, whole steps as integers."""
    if isinstance(value, Mapping):
        return {str(k): _whole(plain(v)) if str(k).endswith("step") else plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else NON_FINITE[str(value)]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def _whole(step: Json) -> Json:
    return int(step) if isinstance(step, float) and step.is_integer() else step
