"""Runs in a list, in the order that was asked for."""

from __future__ import annotations

import math

from tools.compare import best_of, headline
from tools.errors import ToolError
from tools.records import MetricSummary, Run, Verdict
from tools.results import RunList, RunRow
from tools.store import Store
from tools.toolbox.judging import Judge
from tools.toolbox.references import find_metric

ORDER: dict[Verdict, int] = {"faulty": 0, "cannot_judge": 1, "healthy": 2}


def rank_runs(store: Store, judge: Judge, verdict: str, sort_by: str, limit: int) -> RunList:
    """Runs of one verdict ("any": all) by verdict, by number, or by the best value of a metric."""
    runs = store.runs()
    metric = "" if sort_by in ("verdict", "number") else sort_by
    judge.judge_all()
    rows = [_row(run, store, judge, metric) for run in runs]
    if metric and runs and not any(row.metric for row in rows):
        find_metric(metric, [m for run in runs for m in store.summaries(run.run)])
    kept = [row for row in rows if verdict in ("any", row.verdict)]
    ordered = sorted(kept, key=_by_value if metric else _by_number if sort_by == "number" else _by_verdict)
    return RunList(tuple(ordered[: max(1, limit)]), len(runs), sort_by or "verdict", len(kept))


def _row(run: Run, store: Store, judge: Judge, metric: str) -> RunRow:
    metrics = store.summaries(run.run)
    shown = _asked_for(metric, metrics) if metric else headline(metrics)
    best = best_of(shown) if shown else None
    diagnosis = judge.diagnosis(run.run)
    return RunRow(
        run=run,
        verdict=diagnosis.verdict,
        headline_finding=next(iter(diagnosis.findings), None),
        metric=shown.name if shown else "",
        best=best[0] if best else None,
        best_step=best[1] if best else None,
        last=shown.last if shown else None,
        axis=shown.axis if shown else "step",
        waste=diagnosis.waste,
        goal=shown.goal if shown else None,
    )


def _asked_for(metric: str, metrics: tuple[MetricSummary, ...]) -> MetricSummary | None:
    try:
        return find_metric(metric, metrics)
    except ToolError:
        return None


def _by_number(row: RunRow) -> tuple[float, ...]:
    return (row.run.number,)


def _by_verdict(row: RunRow) -> tuple[float, ...]:
    return (ORDER[row.verdict], row.run.number)


def _by_value(row: RunRow) -> tuple[float, ...]:
    """Best first; where a metric has no better and worse (a learning rate), the largest last value first."""
    value = row.last if row.best is None else row.best
    if value is None or not math.isfinite(value):
        return (1, 0, row.run.number)
    return (0, value if row.goal == "lower" else -value, row.run.number)
