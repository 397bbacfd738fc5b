"""Results as compact text for a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.amounts import HOUR, counted, lasting
from tools.compare import HEADLINE_ROLES, best_of
from tools.lessons import SweepAnalysis
from tools.records import Axis, Diagnosis, Finding, MetricSummary, PlotLine, Run, Table, Waste
from tools.render.advice import next_lines
from tools.render.beside import counterpart_lines
from tools.render.cells import cell, number, pairs, place, run_name, some, table
from tools.render.sweep import sweep_lines
from tools.results import (
    Comparison,
    DiagnosedRun,
    Explanation,
    LogExcerpt,
    MetricRow,
    NextSteps,
    ParamDifference,
    Plot,
    Result,
    RunDescription,
    RunList,
    RunRow,
    Suggestion,
    WeighedCause,
    log_requests,
)

MAX_CHARACTERS = 6000
"""About 1,500 tokens: four results fit into the context of a small model."""
MAX_ROWS = 40
MAX_METRICS = 30
MAX_PARAMS = 40
MAX_EVIDENCE = 6
MAX_TO_LOG = 3


def as_text(result: Result) -> str:
    """The result for a model: everything it may build on, nothing twice, and every cut said aloud."""
    text = "\n".join(_lines(result))
    if len(text) <= MAX_CHARACTERS:
        return text
    kept = text[:MAX_CHARACTERS].rsplit("\n", 1)[0]
    return f"{kept}\n[truncated: {len(text) - len(kept)} more characters not shown; ask for less at a time]"


def _lines(result: Result) -> Iterator[str]:
    match result:
        case RunList():
            return _run_list(result)
        case RunDescription():
            return _description(result)
        case DiagnosedRun():
            return _diagnosed(result)
        case Table():
            return _table(result)
        case Comparison():
            return _comparison(result)
        case Plot():
            return _plot(result)
        case LogExcerpt():
            return _log(result)
        case Explanation():
            return _explanation(result)
        case SweepAnalysis():
            return sweep_lines(result)
        case WeighedCause():
            return _weighed(result)
        case NextSteps():
            return next_lines(result)


def _run_list(result: RunList) -> Iterator[str]:
    if result.context.text:
        yield f"Said by the user about this project: {cell(result.context.text, 1000)}"
    yield f"{counted(result.total, 'run')}, {result.matched} of them match, sorted by {cell(result.sorted_by)}:"
    head = ("number", "run", "verdict", "first finding", "metric", "best", "last", "status")
    yield from table(head, map(_run_row, result.rows[:MAX_ROWS]))
    if (left := result.matched - len(result.rows[:MAX_ROWS])) > 0:
        yield f"[truncated: {left} more runs match; raise limit, filter by verdict or use query_metrics]"


def _run_row(row: RunRow) -> tuple[str, ...]:
    finding = row.headline_finding
    found = f"{finding.id} ({finding.severity}{_since(finding)})" if finding else "-"
    best = f"{number(row.best)}{place(row.best_step, row.axis)}" if row.best is not None else "-"
    name = run_name(row.run)
    return (
        str(row.run.number),
        name,
        row.verdict,
        found,
        cell(row.metric) or "-",
        best,
        number(row.last),
        row.run.status,
    )


def _since(finding: Finding) -> str:
    """When a finding begins, in the words of the log."""
    if finding.onset_step is None:
        return "" if finding.onset_epoch is None else f" from epoch {number(finding.onset_epoch)}"
    epoch = "" if finding.onset_epoch is None else f" (epoch {number(finding.onset_epoch)})"
    return f" from step {finding.onset_step}{epoch}"


def _about(run: Run) -> str:
    facts = [f"number {run.number}", cell(run.format), f"status {run.status}", counted(run.points, "point")]
    facts += [f"last step {run.steps}"] if run.steps is not None else []
    facts += [f"{counted(run.skipped_lines, 'line')} could not be read"] if run.skipped_lines else []
    facts += [f"read with a confidence of {run.format_confidence:.0%}"] if run.format_confidence < 1 else []
    return f"Run {run_name(run)}: {', '.join(facts)}."


def _description(result: RunDescription) -> Iterator[str]:
    yield f"{_about(result.run)} Verdict: {result.verdict}."
    yield from _params(result.params)
    yield f"{counted(len(result.metrics), 'metric')}:"
    head = ("metric", "role", "points", "first", "last", "min", "max", "not finite")
    rows = table(head, map(_metric, sorted(result.metrics, key=_telling)))
    yield from some(rows, MAX_METRICS + 1, "query_metrics reads them all")
    if result.unmapped:
        names = cell(", ".join(result.unmapped), 400)
        yield f"Metrics of unknown meaning (the user can name their role with --role ROLE=NAME): {names}"
    yield f"{result.log_lines} log lines beside the metrics" + (" (read_log shows them)." if result.log_lines else ".")
    for line in result.skipped:
        yield f"Could not read line {line.line}: {cell(line.reason)}: {cell(line.text, 80)}"


def _params(params: Mapping[str, object]) -> Iterator[str]:
    if not params:
        yield "Hyperparameters: none were logged."
        return
    shown = list(params.items())[:MAX_PARAMS]
    yield f"Hyperparameters: {pairs(shown)}"  # type: ignore[arg-type]
    if len(params) > MAX_PARAMS:
        yield f"[truncated: {len(params) - MAX_PARAMS} more hyperparameters; the view params has them all]"


def _telling(metric: MetricSummary) -> int:
    """What a run is judged by first, then other known roles, then what is unknown or one of many layers."""
    if metric.role in HEADLINE_ROLES:
        return HEADLINE_ROLES.index(metric.role)
    many = metric.role is None or metric.role.startswith("layer_")
    return len(HEADLINE_ROLES) + many


def _metric(m: MetricSummary) -> tuple[str, ...]:
    first, last = f"{number(m.first)}{place(m.first_step, m.axis)}", f"{number(m.last)}{place(m.last_step, m.axis)}"
    low, high = f"{number(m.min)}{place(m.min_step, m.axis)}", f"{number(m.max)}{place(m.max_step, m.axis)}"
    return cell(m.name), m.role or "-", str(m.count), first, last, low, high, str(m.non_finite)


def _diagnosed(result: DiagnosedRun) -> Iterator[str]:
    diagnosis = result.diagnosis
    yield _about(result.run)
    yield f"Verdict: {diagnosis.verdict}, {len(diagnosis.findings)} findings. {diagnosis.power}".strip()
    for rank, finding in enumerate(diagnosis.findings, 1):
        yield from _finding(rank, finding, result.axes)
    if diagnosis.waste:
        yield f"Wasted: {_waste(diagnosis.waste)}"
    for s in diagnosis.suppressed:
        yield f"Suppressed by the user, does not count: {s.finding.id} ({cell(s.reason)}): {cell(s.finding.summary)}"
    if diagnosis.judged_by:
        yield f"Thresholds set by the user: {cell('; '.join(diagnosis.judged_by), 400)}"
    yield from _not_checked(diagnosis)
    if result.counterpart:
        yield from counterpart_lines(result.counterpart)
    yield from map(_suggestion, result.suggestions)
    yield from _params(result.params)


def _finding(rank: int, finding: Finding, axes: Mapping[str, Axis]) -> Iterator[str]:
    role = "" if finding.role_in_cascade == "unknown" else f", {finding.role_in_cascade} in the cascade"
    yield (
        f"{rank}. {finding.id} [{finding.severity}, confidence {number(finding.confidence)}{role}]"
        f"{_since(finding)}, metric {cell(finding.metric)}: {cell(finding.summary, 600)}"
    )
    shown = finding.evidence[:MAX_EVIDENCE]
    points = [f"{cell(e.metric)}={number(e.value)}{place(e.step, axes.get(e.metric, 'step'))}" for e in shown]
    left = len(finding.evidence) - len(shown)
    if points:
        yield f"   evidence: {'; '.join(points)}" + (f" [truncated: {left} more]" if left else "")
    yield f"   fix: {cell(finding.fix, 600)}"


def _waste(w: Waste) -> str:
    spent = f"{counted(w.amount, w.axis)} after {w.axis} {number(w.since)}, {w.share:.0%} of the run ({w.finding})"
    spent += f", {lasting(w.hours * HOUR)}" if w.hours is not None else ""
    return spent + (f", {number(w.money)} {cell(w.currency)}" if w.money is not None else "")


def _not_checked(diagnosis: Diagnosis) -> Iterator[str]:
    if diagnosis.not_checked:
        gaps = [f"{n.id} ({', '.join(n.missing) or cell(n.reason)})" for n in diagnosis.not_checked]
        yield f"Not checked (missing): {cell('; '.join(gaps), 800)}"
    for sentence, ids in log_requests(diagnosis.not_checked)[:MAX_TO_LOG]:
        yield f"Log next time: {cell(sentence, 300)} (then checked: {', '.join(ids[:4])})"


def _suggestion(one: Suggestion) -> str:
    change = " to ".join(cell(v) for v in (one.current, one.proposed) if v is not None)
    return f"Try: {cell(one.param)} {change}: {cell(one.reason, 400)}"


def _table(result: Table) -> Iterator[str]:
    rows = [[cell(value) for value in row] for row in result.rows]
    more = "at least " if result.truncated else ""
    yield f"{more}{len(rows)} rows"
    yield from some(table([cell(c) for c in result.columns], rows), MAX_ROWS + 1, "aggregate, filter or use LIMIT")
    if result.truncated:
        yield "[truncated: the query gives more rows than were fetched; aggregate, filter or use LIMIT and OFFSET]"


def _comparison(result: Comparison) -> Iterator[str]:
    names = [cell(run.run) for run in result.runs]
    for run, diagnosis in zip(result.runs, result.diagnoses, strict=True):
        found = ", ".join(f"{f.id} ({f.severity}{_since(f)})" for f in diagnosis.findings[:4]) or "no findings"
        yield f"Run {run_name(run)}: {diagnosis.verdict}, {found}"
    winner = cell(result.winner) if result.winner else "none (a tie, or not logged by both)"
    yield f"Better on {cell(result.metric) or 'nothing that both logged'} (best value): {winner}"
    yield f"Hyperparameters: {len(result.params)} differ, {result.same_params} are the same."
    shown = table(("setting", *names), ([_key(p), *map(cell, p.values)] for p in result.params))
    yield from some(shown, MAX_PARAMS + 1, "the view params has them all") if result.params else ()
    if result.confounded:
        yield "confounded: several settings changed together, so this alone cannot tell which one matters"
    yield "Metrics, best (last):"
    metrics = table(("metric", "better", *names, "winner"), map(_metric_row, result.metrics))
    yield from some(metrics, MAX_METRICS + 1, "query_metrics reads them all")


def _key(difference: ParamDifference) -> str:
    return cell(difference.key) + (" (incidental)" if difference.incidental else "")


def _metric_row(row: MetricRow) -> tuple[str, ...]:
    return cell(row.metric), row.goal or "-", *map(_best_and_last, row.summaries), cell(row.winner)


def _best_and_last(summary: MetricSummary | None) -> str:
    if summary is None:
        return "not logged"
    best = best_of(summary)
    known = f"{number(best[0])}{place(best[1], summary.axis)} " if best else ""
    return f"{known}({number(summary.last)})"


def _plot(result: Plot) -> Iterator[str]:
    yield f"Plot shown to the user: {cell(result.spec.title)}"
    head = ("line", "points", "first", "last", "min", "max")
    yield from some(table(head, map(_plot_line, result.spec.lines)), MAX_ROWS + 1, "all lines are in the plot")
    for mark in result.spec.marks:
        yield f"Marked: {cell(mark.text)} at {number(mark.x)}"
    yield from (f"Note: {cell(note, 400)}" for note in result.notes)


def _plot_line(line: PlotLine) -> tuple[str, ...]:
    points = list(zip(line.x, line.y, strict=True))
    finite = [(y, x) for x, y in points if y - y == 0]
    low, high = (min(finite), max(finite)) if finite else (None, None)
    ends = (f"{number(points[0][1])} at {number(points[0][0])}", f"{number(points[-1][1])} at {number(points[-1][0])}")
    extremes = (f"{number(e[0])} at {number(e[1])}" if e else "-" for e in (low, high))
    return cell(line.label), str(len(points)), *ends, *extremes


def _log(result: LogExcerpt) -> Iterator[str]:
    yield f"{result.total} log lines of run {cell(result.run)} match, {len(result.lines)} shown:"
    for line in result.lines:
        where = f"{cell(line.file)}:" if line.file else "line "
        yield f"{where}{line.line} [{cell(line.level)}] {cell(line.text, 300)}"
    if result.truncated:
        yield "[truncated: more lines match; narrow the pattern or use around_line]"


def _explanation(result: Explanation) -> Iterator[str]:
    yield f"{result.id}: {result.title} (severity {result.severity}; needs {', '.join(result.needs) or 'nothing'})"
    yield result.text


def _weighed(result: WeighedCause) -> Iterator[str]:
    one = result.hypothesis
    yield f"{cell(one.cause)} as the cause in run {cell(one.run)}: {one.status} ({cell(one.why, 400)})"
