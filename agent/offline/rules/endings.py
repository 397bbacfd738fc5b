"""The rule for clauses about the end of a run: did it finish, was it cut short, why did it stop where it did."""

from __future__ import annotations

import re

from agent.offline.clauses import Clause
from agent.offline.conditions import CUT_SHORT
from agent.offline.course_intents import Ended
from agent.offline.intents import Focus, Intent
from agent.offline.rules.runs import YES_NO
from agent.offline.terms import Group, Unsaid
from agent.offline.who import who

WHOLE = (
    *("finish", "finished", "finishes", "complete", "completed", "run through", "ran through", "go through"),
    *("get to end", "got to end", "make it to end", "made it to end", "reach end", "reached end", "run to end"),
    *("ran to end", "run to completion", "ran to completion", "run all", "ran all", "train all", "go all way"),
    *("whole way", "full length", "make it through", "run out", "all its epochs", "all * epochs"),
)
SHORT = (
    *CUT_SHORT,
    *("stop* early", "end* early", "quit early", "early stop*", "interrupted", "unfinished", "incomplete", "truncated"),
    *("end* prematurely", "stop* prematurely", "prematurely", "cut off", "stop* short", "die early", "died early"),
    *("abort* early", "die before finish*", "terminated"),
)
STOPS = re.compile(r"\b(stop|stopped|end|ended|quit|finish|finished|over)\b")
AHEAD = ("should", "could", "would", "when", "i have", "we have", "can i", "can we", "better to", "sense to")
"""What is still to be decided, and no matter of how it ended."""
AFTER_ALL = (
    *("improv*", "learn*", "converg*", "progress", "falling", "rising", "growing", "dropping", "up", "with", "as"),
)
"""What "stop" and "end" may be about instead."""


def ended(c: Clause, f: Focus) -> Intent | None:
    """ "Did run 7 finish", "why did it stop so early", "we early stopped it, correct?"."""
    people = who(c, f)
    if c.metrics or c.has("which_run", "which_runs", "count", "plot", "next", "best", "worst", "what_if"):
        return None
    if isinstance(people[0], Unsaid | Group) or c.says(*AHEAD) or c.bound:
        return None
    short = c.says(*SHORT)
    if c.has("why") and not c.says(*AFTER_ALL) and (short or (STOPS.search(c.text) and not c.aspects)):
        return Ended(people, "why")
    if c.words[0] not in YES_NO:
        return None
    if short:
        return None if c.says("too early", "too soon", "too short", "better", "enough") else Ended(people, "short")
    finished = c.says(*WHOLE) and not c.says(*AFTER_ALL) and not c.has("when")
    return Ended(people, "whole") if finished else None
