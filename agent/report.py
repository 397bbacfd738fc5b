"""Judged runs as one report: gathered from the store and told as JSON; next door as Markdown, as a page and so on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from agent.sketches import Sketch, sketches, story
from tools.baseline import Against
from tools.hypotheses import hypotheses_of
from tools.lessons import Advice, Followed, Hypothesis
from tools.plots import Trace, plot_spec
from tools.records import (
    SEVERITY_ORDER,
    Axis,
    Diagnosis,
    Finding,
    MetricSummary,
    PlotSpec,
    Run,
    Scalar,
    Severity,
    SkippedLine,
    Unreadable,
)
from tools.results import Counterpart, DiagnosedRun, Suggestion
from tools.store import Store
from tools.toolbox.advising import Adviser
from tools.toolbox.judging import Judge, judged_each, settle

SKIPPED_EXAMPLES = 5
MAX_ADVISED = 20
"""Looking for a healthy run like a faulty one means judging its neighbours; nobody reads that a hundred times."""
NON_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
VERDICT_ORDER = {"faulty": 0, "cannot_judge": 1, "healthy": 2}

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True)
class RunReport:
    """One judged run, without its points: small enough to keep ten thousand of them."""

    run: Run
    diagnosis: Diagnosis
    params: Mapping[str, Scalar]
    metrics: tuple[MetricSummary, ...]
    skipped: tuple[SkippedLine, ...]
    sketches: tuple[Sketch, ...] = ()
    counterpart: Counterpart | None = None
    suggestions: tuple[Suggestion, ...] = ()
    plot: PlotSpec | None = None
    logs: tuple[str, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    advice: tuple[Advice, ...] = ()
    followed: tuple[Followed, ...] = ()
    against: Against | None = None
    """Only where a baseline was given."""

    @property
    def headline(self) -> Finding | None:
        """The finding to name first: the root, as findings come root first; None where nothing is wrong."""
        return next((f for f in self.diagnosis.findings if f.severity != "info"), None)

    @property
    def axes(self) -> Mapping[str, Axis]:
        """What the places of each metric count: steps or epochs."""
        return {one.name: one.axis for one in self.metrics}

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Logged names of which nobody knows what they measure."""
        return tuple(m.name for m in self.metrics if m.unmapped)

    @property
    def worst(self) -> Severity | None:
        """The highest severity found, or None."""
        return max((f.severity for f in self.diagnosis.findings), key=SEVERITY_ORDER.__getitem__, default=None)

    def at_or_above(self, severity: Severity) -> bool:
        """Whether a finding is at least this severe; held against a baseline only what is new counts."""
        if self.against is not None:
            return self.against.at_or_above(severity)
        return self.worst is not None and SEVERITY_ORDER[self.worst] >= SEVERITY_ORDER[severity]


@dataclass(frozen=True)
class Report:
    """Everything that was given to `debug`. `analysis` is what a model wrote about it, empty when none was asked.

    own_detectors: the user's folder of detectors, if there is one.
    """

    runs: tuple[RunReport, ...]
    unreadable: tuple[Unreadable, ...]
    analysis: str = ""
    own_detectors: Path | None = None

    def worst_first(self) -> tuple[RunReport, ...]:
        """Broken runs first, then those nobody can judge, then the healthy ones; by number within each."""
        return tuple(sorted(self.runs, key=lambda r: (VERDICT_ORDER[r.diagnosis.verdict], r.run.number)))

    def at_or_above(self, severity: Severity) -> bool:
        """Whether any finding is at least this severe; of runs held against a baseline only what is new counts."""
        return any(r.at_or_above(severity) for r in self.runs)

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
    with closing(judged_each(store, runs, params, progress)) as judged:
        reports = [_report(store, run, {**store.params(run.run), **params}, diagnosis) for run, diagnosis in judged]
    changed = {} if params else settle(store, ((r.run, r.diagnosis) for r in reports))
    return tuple(replace(r, diagnosis=changed.get(r.run.run, r.diagnosis)) for r in reports)


def _report(store: Store, run: Run, settings: Mapping[str, Scalar], diagnosis: Diagnosis) -> RunReport:
    skipped = store.skipped(run.run)[:SKIPPED_EXAMPLES] if run.skipped_lines else ()
    return RunReport(run, diagnosis, settings, store.summaries(run.run), skipped, logs=store.logs(run.run))


def with_sketches(store: Store, report: Report, most: int) -> Report:
    """The same report, the runs that are shown first with their curves."""
    shown = {r.run.run for r in report.worst_first()[:most]}
    runs = (
        replace(r, sketches=sketches(store.load(r.run.run), r.diagnosis, r.metrics)) if r.run.run in shown else r
        for r in report.runs
    )
    return replace(report, runs=tuple(runs))


def with_plots(store: Store, report: Report, most: int) -> Report:
    """The same report, the runs that are shown first with a plot of the curves that tell the story."""
    shown = {r.run.run for r in report.worst_first()[:most]}
    runs = (replace(r, plot=_plot(store, r)) if r.run.run in shown else r for r in report.runs)
    return replace(report, runs=tuple(runs))


def _plot(store: Store, report: RunReport) -> PlotSpec | None:
    chosen = story(store.load(report.run.run), report.diagnosis)
    return plot_spec([Trace(report.run, chosen, report.diagnosis.findings)], mark_best=True) if chosen else None


def with_advice(store: Store, reports: Sequence[RunReport]) -> tuple[RunReport, ...]:
    """The same, the faulty ones with the healthy run that is most like them and with what to try next."""
    judge = Judge(store)
    adviser = Adviser(store, judge)
    faulty = [r for r in reports if r.diagnosis.verdict == "faulty"][:MAX_ADVISED]
    found = {r.run.run: judge.explained(r.run) for r in faulty}
    followed = adviser.followed([r.run for r in reports])
    advised = (_advised(r, found[r.run.run], adviser) if r.run.run in found else r for r in reports)
    return tuple(replace(r, followed=tuple(f for f in followed if f.run == r.run.run)) for r in advised)


def _advised(report: RunReport, found: DiagnosedRun, adviser: Adviser) -> RunReport:
    return replace(
        report,
        counterpart=found.counterpart,
        suggestions=found.suggestions,
        hypotheses=hypotheses_of(replace(found, diagnosis=report.diagnosis)),
        advice=adviser.for_run(found).advice,
    )


def runwhy_version() -> str:
    """The installed version; a checkout that was never installed has none."""
    try:
        return version("runwhy")
    except PackageNotFoundError:
        return "unknown"


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
