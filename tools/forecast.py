"""What a suggested change is predicted to bring for a single run, and what that prediction stands on."""

from __future__ import annotations

from collections.abc import Sequence

from tools.compare import Contender, best_of, differences, knobs
from tools.counterfactual import same_metric
from tools.lessons import Advice, Change
from tools.possible import ends_of
from tools.records import MetricSummary
from tools.results import Suggestion

NO_BASIS = "direction only: no run shows how far"
OWN_BEST = frozenset({"early_stopping", "early_stopping_patience", "patience"})
"""Changes that keep what the run had already reached."""
SLACK = 0.1
"""Where one run alone shows it, the interval is this part of the gap to it on either side."""


def advice_of(run: str, suggestion: Suggestion, metric: MetricSummary | None, others: Sequence[Contender]) -> Advice:
    """The suggestion as advice with its prediction: from healthy runs that have it, else from its own best."""
    change = Change(suggestion.param, suggestion.current, suggestion.proposed)
    low, high, basis = (None, None, "") if metric is None else _forecast(suggestion, metric, run, others)
    name, goal = (metric.name, metric.goal or "") if metric else ("", "")
    return Advice(run, (change,), suggestion.reason, name, goal, low, high, basis, suggestion.finding)


def _forecast(
    suggestion: Suggestion, metric: MetricSummary, run: str, others: Sequence[Contender]
) -> tuple[float | None, float | None, str]:
    own = best_of(metric)
    reached = _reached(suggestion, metric, run, others)
    if reached:
        values = list(reached.values())
        room = 0.0 if len(values) > 1 else SLACK * abs(values[0] - (own[0] if own else 0.0))
        named = ", ".join(list(reached)[:3]) + (" and others" if len(reached) > 3 else "")
        low, high = min(values) - room, max(values) + room
        least, most = ends_of(metric.family, values)
        return max(least, low), min(most, high), f"as {named}, else set alike"
    if own is None:
        return None, None, NO_BASIS
    if suggestion.param in OWN_BEST:
        room = SLACK * abs(own[0] - (own[0] if metric.last is None else metric.last))
        return own[0] - room, own[0] + room, "the run's own best, which is kept"
    return (None, own[0], NO_BASIS) if metric.goal == "lower" else (own[0], None, NO_BASIS)


def _reached(suggestion: Suggestion, metric: MetricSummary, run: str, others: Sequence[Contender]) -> dict[str, float]:
    """The best of each run that has the value proposed and is otherwise set as this one."""
    own = next((c.params for c in others if c.run.run == run), {})
    wanted = {**own, suggestion.param: suggestion.proposed}
    found = {}
    for other in others:
        same = same_metric(metric, other.metrics)
        best = best_of(same) if same else None
        if other.run.run != run and best and not knobs(differences([wanted, other.params])):
            found[other.run.run] = best[0]
    return found
