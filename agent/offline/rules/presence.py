"""Rules for clauses about what there is at all: was it logged, which faults occur, how many runs show each."""

from __future__ import annotations

from agent.offline.clauses import Clause
from agent.offline.figure_intents import Faults, Presence
from agent.offline.intents import Focus, Intent
from agent.offline.rules.runs import YES_NO
from agent.offline.scope import asks_for_runs
from agent.offline.terms import Group, Unsaid
from agent.offline.who import who

LOGGED = (
    "logged",
    "recorded",
    "tracked",
    "log",
    "logs",
    "record",
    "records",
    "measured",
    "measure",
    "saved",
    "monitored",
)
THERE = ("have", "has", "there", "available", "exist*", "contain*")
FAULTS = (
    *(
        "failure*",
        "fault*",
        "problem*",
        "issue*",
        "trouble*",
        "error*",
        "mistake*",
        "wrong",
        "failed",
        "fail",
        "cause*",
    ),
    *("failing", "reason*", "symptom*", "bug*", "finding*"),
)
COMMON = (
    *("most common", "commonest", "most frequent*", "most often", "more often", "usual", "typical", "frequent*"),
    *("main", "biggest", "prevalent", "predominant", "mostly", "usually", "recurring", "common"),
)
GROUPING = (
    *(
        "group ... by",
        "sort ... by",
        "cluster ... by",
        "bucket ... by",
        "break down",
        "breakdown",
        "categor*",
        "by fault",
    ),
    *("kinds of", "kind of", "types of", "sorts of", "classes of", "which faults", "which problems", "which failures"),
    *("what faults", "what failures", "by cause", "by failure", "by problem", "by kind", "by type"),
)


def presence(c: Clause, f: Focus) -> Intent | None:
    """ "Was weight decay logged", "which runs have grad_norm logged", "do we have gradient norms"."""
    if not (c.metrics or c.params) or c.place or c.bound or c.numbers or c.aspects:
        return None
    if c.has("best", "worst", "why", "when", "plot", "next", "broken", "what_if", "to_log", "compare"):
        return None
    asks = c.words[0] in YES_NO[:-2] or asks_for_runs(c.words) or c.has("count")
    there = c.words[0] in ("do", "does", "is", "are", "have", "did") and c.says(*THERE) and not c.refs and not c.params
    if not (asks and c.says(*LOGGED)) and not there:
        return None
    people = who(c, f) if c.refs or c.pronoun else ()
    meant = people if people and people != (Unsaid(),) else (Group("all"),)
    yes_no = c.words[0] in YES_NO
    return Presence(meant, c.metric, "", yes_no) if c.metrics else Presence(meant, None, c.params[0], yes_no)


def faults(c: Clause, _: Focus) -> Intent | None:
    """ "What is the most common failure", "group the runs by what is wrong with them"."""
    if c.refs or c.metrics or c.params or not (c.says(*FAULTS) or c.has("broken")):
        return None
    return Faults() if c.says(*GROUPING) or (c.says(*COMMON) and c.says(*FAULTS)) else None
