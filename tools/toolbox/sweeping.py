"""The runs of a store as a sweep: which runs belong together, and the outcome that they are compared by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from tools.compare import best_of, headline
from tools.context import that_matters
from tools.counterfactual import same_metric
from tools.errors import ToolError
from tools.records import MetricSummary, Run
from tools.store import Store
from tools.sweeps import Member, Sweep, sweep_of
from tools.toolbox.judging import Judge
from tools.toolbox.references import find_metric

MIN_RUNS = 3
"""Two runs are a comparison."""


def largest_project(runs: Sequence[Run]) -> list[Run]:
    """The runs of the project that has most of them."""
    sizes = Counter(run.project for run in runs)
    largest = max(sizes, key=lambda project: sizes[project], default="")
    return [run for run in runs if run.project == largest]


def gather(store: Store, judge: Judge, runs: Sequence[Run], metric: str = "", matters: str = "") -> Sweep:
    """The runs as a sweep, judged by the metric that is asked for, else by what `matters` to the user, else by theirs.

    ToolError where they are too few, or log no metric with a better and a worse.
    """
    if len(runs) < MIN_RUNS:
        raise ToolError(f"{len(runs)} runs are no sweep; it takes {MIN_RUNS}.", "compare_runs puts two side by side.")
    judge.judge_all()
    summaries = {run.run: store.summaries(run.run) for run in runs}
    outcome = _outcome(metric, matters, summaries.values())
    members = []
    for run in runs:
        own = same_metric(outcome, summaries[run.run])
        best, at = (own and best_of(own)) or (None, None)
        members.append(Member(run, store.params(run.run), judge.diagnosis(run.run), best, _share_of(own, at)))
    return sweep_of(members, outcome.name, outcome.goal or "lower", outcome.family)


def _share_of(metric: MetricSummary | None, at: float | None) -> float | None:
    """Where in the run a position lies."""
    if metric is None or at is None or metric.first_step is None or not metric.last_step:
        return None
    length = metric.last_step - metric.first_step
    return (at - metric.first_step) / length if length > 0 else None


def _outcome(metric: str, matters: str, runs: Collection[Sequence[MetricSummary]]) -> MetricSummary:
    """The metric that was asked for, else the headline metric of most runs."""
    if metric:
        found = find_metric(metric, [m for logged in runs for m in logged])
        if found.goal is None:
            raise ToolError(f"Neither direction of {found.name} is better.", "Choose a loss or a score.")
        return found
    wanted = that_matters(matters, [m for logged in runs for m in logged])
    if wanted is not None:
        return wanted
    headlines = [shown for logged in runs if (shown := headline(logged)) is not None]
    if not headlines:
        raise ToolError("These runs log no loss and no score that they could be compared by.")
    names = Counter(shown.name for shown in headlines)
    return max(headlines, key=lambda shown: (names[shown.name], shown.count))
