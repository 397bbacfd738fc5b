"""Rules for clauses about whether a run came to its end: did it finish, was it stopped early."""

from __future__ import annotations

from agent.offline.clauses import Clause
from agent.offline.conditions import CUT_SHORT
from agent.offline.intents import Check, Focus, Intent
from agent.offline.rules.runs import YES_NO
from agent.offline.terms import Condition
from agent.offline.who import who

EARLY = (
    *CUT_SHORT,
    *("stop* early", "end* early", "quit early", "early stop*", "interrupted", "unfinished", "incomplete", "truncated"),
    *("end* prematurely", "stop* prematurely", "prematurely", "cut off", "stop* short", "die early", "died early"),
)
WHOLE = (
    *("finish", "finished", "complete", "completed", "run to end", "ran to end", "make it to end", "made it to end"),
    *("reach end", "reached end", "run through", "ran through", "run all", "ran all", "train all", "go all way"),
    *("run to completion", "ran to completion", "get to end", "got to end", "full length", "make it through"),
)
JUDGED = ("too early", "too soon", "too short", "should", "better", "enough", "learning", "where")
"""With these it is asked whether the end came at a good moment."""


def ended(c: Clause, f: Focus) -> Intent | None:
    """ "Did run 3 finish?", "was it stopped early?"."""
    if c.words[0] not in YES_NO[:-2] or not (c.refs or (c.pronoun and f.runs)) or c.says(*JUDGED):
        return None
    if c.metrics or c.bound or c.place_is("at") or c.has("why", "count", "compare", "broken", "healthy", "next"):
        return None
    early, whole = c.says(*EARLY), c.says(*WHOLE)
    if not (early or whole):
        return None
    denied = not early and not c.says("not finish*", "not complete*")
    return Check(who(c, f), Condition(which="short", denied=denied))
