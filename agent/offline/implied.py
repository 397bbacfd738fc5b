"""What a clause leaves unsaid: the metric of a bare number ("did any run beat 95 %?")."""

from __future__ import annotations

from dataclasses import replace

from agent.offline.clauses import Clause
from agent.offline.intents import Focus
from agent.offline.terms import MetricAsk

SCORE = MetricAsk("score", "score")
LOSS = MetricAsk("val loss", "loss", "eval")
FALLING = (
    "drop*",
    "fall*",
    "fell",
    "get below",
    "got below",
    "get under",
    "got under",
    "down to",
    "come below",
    "dip*",
)


def with_metric(c: Clause, focus: Focus) -> Clause:
    """The clause with the metric that its bound is on: the one spoken of before, else the score (of a share)."""
    bound = c.bound
    if (
        bound is None
        or c.metrics
        or c.params
        or set(c.unlogged) - {"person"}
        or bound.how == "!="
        or bound.value not in c.numbers
    ):
        return c
    share = bound.percent or 0 < bound.value <= 1 or (bound.how == "reach" and 50 <= bound.value <= 100)
    if not share or c.unit == "time" or (c.scope and c.scope.bound):
        return c
    if focus.metric is not None:
        return replace(c, metrics=(focus.metric,))
    return replace(c, metrics=(LOSS if c.says(*FALLING) and not bound.percent else SCORE,))
