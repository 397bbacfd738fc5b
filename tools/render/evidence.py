"""The values of a result that an answer may cite, each with its run, metric and position; the telling ones first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from tools.compare import best_of
from tools.lessons import ResultEvidence, SweepAnalysis
from tools.records import Axis, Finding, MetricSummary, Scalar, Table
from tools.results import (
    Comparison,
    Counterpart,
    DiagnosedRun,
    Foreseen,
    LogExcerpt,
    NextSteps,
    Plot,
    Result,
    RunDescription,
    RunList,
    WeighedCause,
)

MAX_EVIDENCE = 400


def evidence_of(result: Result) -> tuple[ResultEvidence, ...]:
    """At most 400 values. An explanation holds none: it is about findings in general."""
    return tuple(islice(_values(result), MAX_EVIDENCE))


def _values(result: Result) -> Iterator[ResultEvidence]:
    match result:
        case RunList():
            yield from _run_list(result)
        case RunDescription():
            for summary in result.metrics:
                yield from _summary(result.run.run, summary)
            yield from _params(result.run.run, result.params)
        case DiagnosedRun():
            yield from _diagnosed(result)
        case Table():
            yield from _table(result)
        case Comparison():
            yield from _comparison(result)
        case Plot():
            yield from _plot(result)
        case LogExcerpt():
            yield from (
                ResultEvidence(result.run, "", None, line.text, f"log line {line.line}") for line in result.lines
            )
        case SweepAnalysis():
            yield from _sweep(result)
        case NextSteps():
            yield from _next(result)
        case Foreseen():
            yield from _foreseen(result)
        case WeighedCause():
            yield from (*result.hypothesis.support, *result.hypothesis.against)


def _next(result: NextSteps) -> Iterator[ResultEvidence]:
    if result.base_best is not None:
        yield ResultEvidence(result.base, result.metric, None, result.base_best, "best")
    for one in result.advice:
        for change in one.changes:
            yield from _params(one.run, {change.key: change.current})
            yield ResultEvidence(one.run, "", None, change.proposed, f"suggested {change.key}")
        for value in (one.low, one.high):
            if value is not None:
                yield ResultEvidence("", one.metric, None, value, "predicted")
    for done in result.followed:
        if done.best is not None:
            yield ResultEvidence(done.run, done.metric, None, done.best, "best")


def _foreseen(result: Foreseen) -> Iterator[ResultEvidence]:
    """The outlook number by number; what others reached is no run's own."""
    run, view = result.run.run, result.outlook
    if result.cause is not None:
        yield from _onset(run, result.cause)
    if view is None:
        return
    yield ResultEvidence(run, view.metric, view.at, view.value, "last", view.axis)
    for label in ("forecast", "low", "high"):
        if (value := getattr(view, label)) is not None:
            yield ResultEvidence(run, view.metric, view.end, value, label, view.axis)
    for label in ("median", "best"):
        if (value := getattr(view, label)) is not None:
            yield ResultEvidence("", view.metric, None, value, f"{label} of finished runs")
    for label in ("chance", "left", "hours", "money"):
        if (value := getattr(view, label)) is not None:
            yield ResultEvidence(run, "", None, value, label)


def _sweep(result: SweepAnalysis) -> Iterator[ResultEvidence]:
    """The boundary, then for each setting its weight and its best runs."""
    if found := result.boundary:
        beyond = f"{found.side} {found.key}"
        for label, value in (("boundary", found.threshold), ("boundary low", found.low), ("boundary high", found.high)):
            yield ResultEvidence("", "", None, value, f"{label}: unstable {beyond}")
    for effect in result.effects:
        for label in ("importance", "correlation"):
            if (value := getattr(effect, label)) is not None:
                yield ResultEvidence("", "", None, value, f"{label} of {effect.key}")
        for level in effect.levels:
            if level.best is not None:
                yield ResultEvidence(level.run, result.metric, None, level.best, f"best with {effect.key}")


def _run_list(result: RunList) -> Iterator[ResultEvidence]:
    for row in result.rows:
        if row.headline_finding:
            yield from _onset(row.run.run, row.headline_finding)
        if row.best is not None:
            yield ResultEvidence(row.run.run, row.metric, row.best_step, row.best, "best", row.axis)


def _onset(run: str, finding: Finding) -> Iterator[ResultEvidence]:
    if finding.onset_step is not None:
        yield ResultEvidence(run, "", finding.onset_step, finding.onset_step, f"onset step of {finding.id}")
    if finding.onset_epoch is not None:
        epoch = finding.onset_epoch
        yield ResultEvidence(run, "", epoch, epoch, f"onset epoch of {finding.id}", "epoch")


def _summary(run: str, m: MetricSummary) -> Iterator[ResultEvidence]:
    told = (("first", m.first, m.first_step), ("last", m.last, m.last_step))
    for label, value, step in (*told, ("min", m.min, m.min_step), ("max", m.max, m.max_step)):
        if value is not None:
            yield ResultEvidence(run, m.name, step, value, label, m.axis)


def _params(run: str, params: Mapping[str, Scalar]) -> Iterator[ResultEvidence]:
    for key, value in params.items():
        if value is not None:
            yield ResultEvidence(run, "", None, value, f"hyperparameter {key}")


def _diagnosed(result: DiagnosedRun) -> Iterator[ResultEvidence]:
    run = result.run.run
    for finding in result.diagnosis.findings:
        yield from _onset(run, finding)
        for e in finding.evidence:
            axis: Axis = result.axes.get(e.metric, "step")
            yield ResultEvidence(run, e.metric, e.step, e.value, finding.id, axis)
    if result.counterpart:
        yield from _counterpart(run, result.counterpart)
    for one in result.suggestions:
        if one.proposed is not None:
            yield ResultEvidence(run, "", None, one.proposed, f"suggested {one.param}")
    yield from _params(run, result.params)


def _counterpart(run: str, other: Counterpart) -> Iterator[ResultEvidence]:
    for name, best in ((run, other.own_best), (other.run.run, other.best)):
        if best is not None:
            yield ResultEvidence(name, other.metric, None, best, "best")
    for difference in other.differences:
        yield from _params(run, {difference.key: difference.values[0]})
        yield from _params(other.run.run, {difference.key: difference.values[1]})
    yield from other.gap.points if other.gap else ()
    for one in other.separated:
        for own, value, best in zip(one.runs, one.values, one.bests, strict=True):
            yield from _params(own, {one.key: value})
            if best is not None:
                yield ResultEvidence(own, one.metric, None, best, "best")


def telling_columns(result: Table) -> list[int]:
    """The columns whose values are evidence: all but names and places of their row, or all if there is no other."""
    named = {"run", "metric", "step", "epoch"}
    places = {column.lower(): i for i, column in enumerate(result.columns)}
    return [i for name, i in places.items() if name not in named] or list(places.values())


def _table(result: Table) -> Iterator[ResultEvidence]:
    """Run, metric and step of a value are those of its row, if it has them."""
    places = {column.lower(): i for i, column in enumerate(result.columns)}
    telling = telling_columns(result)
    axis: Axis = "epoch" if "epoch" in places and "step" not in places else "step"
    for row in result.rows:
        run, metric = (str(row[places[c]]) if c in places else "" for c in ("run", "metric"))
        at = row[places[axis]] if axis in places else None
        step = float(at) if isinstance(at, int | float) else None
        for i in telling:
            yield ResultEvidence(run, metric, step, row[i], result.columns[i], axis)


def _comparison(result: Comparison) -> Iterator[ResultEvidence]:
    for row in result.metrics:
        for run, summary in zip(result.runs, row.summaries, strict=True):
            if summary is None:
                continue
            if best := best_of(summary):
                yield ResultEvidence(run.run, summary.name, best[1], best[0], "best", summary.axis)
            if summary.last is not None:
                yield ResultEvidence(run.run, summary.name, summary.last_step, summary.last, "last", summary.axis)
    for difference in result.params:
        for run, value in zip(result.runs, difference.values, strict=True):
            yield from _params(run.run, {difference.key: value})


def _plot(result: Plot) -> Iterator[ResultEvidence]:
    axis: Axis = "epoch" if result.spec.x_label == "epoch" else "step"
    for line in result.spec.lines:
        points = list(zip(line.y, line.x, strict=True))
        finite = [p for p in points if p[0] - p[0] == 0]
        told = {
            "first": points[:1],
            "last": points[-1:],
            "min": finite and [min(finite)],
            "max": finite and [max(finite)],
        }
        for label, found in told.items():
            for y, x in found:
                yield ResultEvidence(line.run, line.metric, x, y, label, axis)
