"""Results as compact text for a model."""

from __future__ import annotations

from collections.abc import Iterator

from tools.amounts import counted
from tools.compare import HEADLINE_ROLES, best_of
from tools.lessons import ResultEvidence, SweepAnalysis
from tools.records import MetricSummary, PlotLine, Table
from tools.render.about import MAX_PARAMS, about, param_lines, since
from tools.render.advice import next_lines
from tools.render.cells import cell, number, place, run_name, some, table
from tools.render.diagnosed import diagnosed_lines
from tools.render.evidence import evidence_of, telling_columns
from tools.render.foreseen import foreseen_lines
from tools.render.marks import Marks, without_marks
from tools.render.sweep import sweep_lines
from tools.results import (
    Comparison,
    DiagnosedRun,
    Explanation,
    Foreseen,
    LogExcerpt,
    MetricRow,
    NextSteps,
    ParamDifference,
    Plot,
    Result,
    RunDescription,
    RunList,
    RunRow,
    WeighedCause,
)

MAX_CHARACTERS = 6000
"""About 1,500 tokens: four results fit into the context of a small model."""
MAX_ROWS = 40
MAX_METRICS = 30
MAX_WEIGHED = 12


def as_text(result: Result) -> str:
    """The result for a reader: everything to build on, nothing twice, and every cut said aloud."""
    return without_marks(as_marked_text(result))


def as_marked_text(result: Result) -> str:
    """The same with marks where its values stand, which `with_ids` turns into the ids that an answer cites."""
    text = "\n".join(_lines(result, Marks(evidence_of(result))))
    if len(text) <= MAX_CHARACTERS:
        return text
    kept = text[:MAX_CHARACTERS].rsplit("\n", 1)[0]
    return f"{kept}\n[truncated: {len(text) - len(kept)} more characters not shown; ask for less at a time]"


def _lines(result: Result, marks: Marks) -> Iterator[str]:
    match result:
        case RunList():
            return _run_list(result, marks)
        case RunDescription():
            return _description(result, marks)
        case DiagnosedRun():
            return diagnosed_lines(result, marks)
        case Table():
            return _table(result, marks)
        case Comparison():
            return _comparison(result, marks)
        case Plot():
            return _plot(result, marks)
        case LogExcerpt():
            return _log(result, marks)
        case Explanation():
            return _explanation(result)
        case SweepAnalysis():
            return sweep_lines(result, marks)
        case WeighedCause():
            return _weighed(result, marks)
        case NextSteps():
            return next_lines(result, marks)
        case Foreseen():
            return foreseen_lines(result, marks)


def _run_list(result: RunList, marks: Marks) -> Iterator[str]:
    if result.context.text:
        yield f"Said by the user about this project: {cell(result.context.text, 1000)}"
    yield f"{counted(result.total, 'run')}, {result.matched} of them match, sorted by {cell(result.sorted_by)}:"
    head = ("number", "run", "verdict", "first finding", "metric", "best", "last", "status")
    yield from table(head, (_run_row(row, marks) for row in result.rows[:MAX_ROWS]))
    if (left := result.matched - len(result.rows[:MAX_ROWS])) > 0:
        yield f"[truncated: {left} more runs match; raise limit, filter by verdict or use query_metrics]"


def _run_row(row: RunRow, marks: Marks) -> tuple[str, ...]:
    finding = row.headline_finding
    found = f"{finding.id} ({finding.severity}{since(finding)})" if finding else "-"
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
        row.run.status + marks.of(run=row.run.run),
    )


def _description(result: RunDescription, marks: Marks) -> Iterator[str]:
    yield f"{about(result.run)} Verdict: {result.verdict}."
    yield from param_lines(result.run, result.params, marks)
    yield f"{counted(len(result.metrics), 'metric')}:"
    head = ("metric", "role", "points", "first", "last", "min", "max", "not finite")
    rows = table(head, (_metric(one, marks) for one in sorted(result.metrics, key=_telling)))
    yield from some(rows, MAX_METRICS + 1, "query_metrics reads them all")
    if result.unmapped:
        names = cell(", ".join(result.unmapped), 400)
        yield f"Metrics of unknown meaning (the user can name their role with --role ROLE=NAME): {names}"
    yield f"{result.log_lines} log lines beside the metrics" + (" (read_log shows them)." if result.log_lines else ".")
    for line in result.skipped:
        yield f"Could not read line {line.line}: {cell(line.reason)}: {cell(line.text, 80)}"


def _telling(metric: MetricSummary) -> int:
    """What a run is judged by first, then other known roles, then what is unknown or one of many layers."""
    if metric.role in HEADLINE_ROLES:
        return HEADLINE_ROLES.index(metric.role)
    many = metric.role is None or metric.role.startswith("layer_")
    return len(HEADLINE_ROLES) + many


def _metric(m: MetricSummary, marks: Marks) -> tuple[str, ...]:
    first, last = f"{number(m.first)}{place(m.first_step, m.axis)}", f"{number(m.last)}{place(m.last_step, m.axis)}"
    low, high = f"{number(m.min)}{place(m.min_step, m.axis)}", f"{number(m.max)}{place(m.max_step, m.axis)}"
    return cell(m.name), m.role or "-", str(m.count), first, last, low, high, f"{m.non_finite}{marks.of(metric=m.name)}"


def _table(result: Table, marks: Marks) -> Iterator[str]:
    values = len(telling_columns(result))
    rows = [[*map(cell, row[:-1]), f"{cell(row[-1])}{marks.next(values)}"] for row in result.rows if row]
    more = "at least " if result.truncated else ""
    yield f"{more}{len(rows)} rows"
    yield from some(table([cell(c) for c in result.columns], rows), MAX_ROWS + 1, "aggregate, filter or use LIMIT")
    if result.truncated:
        yield "[truncated: the query gives more rows than were fetched; aggregate, filter or use LIMIT and OFFSET]"


def _comparison(result: Comparison, marks: Marks) -> Iterator[str]:
    names = [cell(run.run) for run in result.runs]
    for run, diagnosis in zip(result.runs, result.diagnoses, strict=True):
        found = ", ".join(f"{f.id} ({f.severity}{since(f)})" for f in diagnosis.findings[:4]) or "no findings"
        yield f"Run {run_name(run)}: {diagnosis.verdict}, {found}"
    winner = cell(result.winner) if result.winner else "none (a tie, or not logged by both)"
    yield f"Better on {cell(result.metric) or 'nothing that both logged'} (best value): {winner}"
    yield f"Hyperparameters: {len(result.params)} differ, {result.same_params} are the same."
    shown = table(("setting", *names), (_difference(p, marks) for p in result.params))
    yield from some(shown, MAX_PARAMS + 1, "the view params has them all") if result.params else ()
    if result.confounded:
        yield "confounded: several settings changed together, so this alone cannot tell which one matters"
    yield "Metrics, best (last):"
    metrics = table(("metric", "better", *names, "winner"), (_metric_row(row, marks) for row in result.metrics))
    yield from some(metrics, MAX_METRICS + 1, "query_metrics reads them all")


def _difference(one: ParamDifference, marks: Marks) -> tuple[str, ...]:
    key = cell(one.key) + (" (incidental)" if one.incidental else "")
    *values, last = map(cell, one.values)
    return key, *values, f"{last}{marks.of(label=f'hyperparameter {one.key}')}"


def _metric_row(row: MetricRow, marks: Marks) -> tuple[str, ...]:
    sides = map(_best_and_last, row.summaries)
    return cell(row.metric), row.goal or "-", *sides, f"{cell(row.winner)}{marks.of(metric=row.metric)}"


def _best_and_last(summary: MetricSummary | None) -> str:
    if summary is None:
        return "not logged"
    best = best_of(summary)
    known = f"{number(best[0])}{place(best[1], summary.axis)} " if best else ""
    return f"{known}({number(summary.last)})"


def _plot(result: Plot, marks: Marks) -> Iterator[str]:
    yield f"Plot shown to the user: {cell(result.spec.title)}"
    head = ("line", "points", "first", "last", "min", "max")
    yield from some(
        table(head, (_plot_line(line, marks) for line in result.spec.lines)), MAX_ROWS + 1, "all lines are in the plot"
    )
    for mark in result.spec.marks:
        yield f"Marked: {cell(mark.text)} at {number(mark.x)}"
    yield from (f"Note: {cell(note, 400)}" for note in result.notes)


def _plot_line(line: PlotLine, marks: Marks) -> tuple[str, ...]:
    points = list(zip(line.x, line.y, strict=True))
    finite = [(y, x) for x, y in points if y - y == 0]
    low, high = (min(finite), max(finite)) if finite else (None, None)
    ends = (f"{number(points[0][1])} at {number(points[0][0])}", f"{number(points[-1][1])} at {number(points[-1][0])}")
    extremes = [f"{number(e[0])} at {number(e[1])}" if e else "-" for e in (low, high)]
    extremes[-1] += marks.of(run=line.run, metric=line.metric)
    return cell(line.label), str(len(points)), *ends, *extremes


def _log(result: LogExcerpt, marks: Marks) -> Iterator[str]:
    yield f"{result.total} log lines of run {cell(result.run)} match, {len(result.lines)} shown:"
    for line in result.lines:
        where = f"{cell(line.file)}:" if line.file else "line "
        yield f"{where}{line.line} [{cell(line.level)}] {cell(line.text, 300)}{marks.next(1)}"
    if result.truncated:
        yield "[truncated: more lines match; narrow the pattern or use around_line]"


def _explanation(result: Explanation) -> Iterator[str]:
    yield f"{result.id}: {result.title} (severity {result.severity}; needs {', '.join(result.needs) or 'nothing'})"
    yield result.text


def _weighed(result: WeighedCause, marks: Marks) -> Iterator[str]:
    one = result.hypothesis
    yield f"{cell(one.cause)} as the cause in run {cell(one.run)}: {one.status} ({cell(one.why, 400)})"
    for side, points in (("for", one.support), ("against", one.against)):
        told = [_point(point, marks) for point in points[:MAX_WEIGHED]]
        left = f" [truncated: {len(points) - MAX_WEIGHED} more]" if len(points) > MAX_WEIGHED else ""
        yield from [f"{side}: {'; '.join(told)}{left}"] if told else ()


def _point(one: ResultEvidence, marks: Marks) -> str:
    what = " ".join(cell(part) for part in (one.run, one.metric, one.label) if part)
    mark = marks.of(run=one.run, metric=one.metric, label=one.label, step=one.step, most=1)
    return f"{what} {cell(one.value)}{place(one.step, one.axis)}{mark}"
