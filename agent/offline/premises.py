"""What a question takes for granted, so that it can be looked into before the question is answered."""

from __future__ import annotations

from agent.offline.clauses import Clause
from agent.offline.conditions import conditions_of
from agent.offline.intents import Best, Check, Compare, Intent, Why


def premises(intent: Intent, c: Clause) -> list[Intent]:
    """ "Why is run 5 the worst run", "why is the r2 of run 3 negative", "since run 1 used no warm-up, why ..."."""
    if not isinstance(intent, Why | Compare) or not c.says("why", "how come") or len(c.refs) != 1:
        return []
    if c.says("worst"):
        return [Best(c.metric, "worst", claim=c.refs[0])]
    found = [x for x in conditions_of(c) if (x.metric and x.bound) or x.param or x.word]
    return [Check(c.refs, condition, premise=True) for condition in found]
