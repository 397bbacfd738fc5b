"""The rule for clauses about who was ahead where one of two runs ended, and whether it would have won."""

from __future__ import annotations

import re

from agent.offline.clauses import Clause
from agent.offline.course_intents import Race
from agent.offline.intents import Focus, Intent
from agent.offline.rules.runs import outcome
from agent.offline.terms import Named, Ranked
from agent.offline.who import who

THERE = re.compile(
    r"\b(?:before|until|till|up to|when|as|at|by) (?:(?:it|that|the|they|⟦run⟧) )?(?:(?:was|were|had) )?"
    r"(?:break|broke|fail|crash|die|nan|diverg|stop|end|blew|blow|explo|kill|went|collaps)"
)
""" "Before it broke", "when it was killed", "until the crash"."""
AHEAD = ("ahead", "in front", "in the lead", "leading")
BEATEN = (
    *("have beaten", "have won", "have overtaken", "have passed", "have caught up", "have ended better"),
    *("have been better", "have surpassed", "have outperformed", "have done better", "have become better"),
)
WITHOUT = re.compile(
    r"\bwould\b.*\bwithout (?:(?:the|its|that|a) )?(?:nan|crash|break|failure|divergence|spike|explosion|blow)"
    r"|\bif\b.*\b(?:had|did) not (?:\w+ )?(?:broke|break|crash|diverge|fail|nan|explode|stop|die|blow)"
)
""" "What would have happened without the NaN": nothing but the trouble is taken away."""


def race(c: Clause, f: Focus) -> Intent | None:
    """ "Was run 7 ahead of run 6 before it broke?", "would run 7 have beaten run 6 had it kept going?"."""
    people = who(c, f)
    if c.params or c.bound or c.has("plot", "count") or not all(isinstance(ref, Named | Ranked) for ref in people):
        return None
    without = WITHOUT.search(c.text) is not None
    if without and len(people) == 1 and isinstance(people[0], Named):
        return Race(people, outcome(c), supposed=True)
    if len(people) != 2 or c.has("why"):
        return None
    if without or c.says(*BEATEN):
        return Race(people, outcome(c), supposed=True)
    weighs = c.has("best", "worst", "weighs") or c.says(*AHEAD)
    return Race(people, outcome(c)) if weighs and THERE.search(c.text) else None
