"""What a question takes for granted, so that it can be looked into before the question is answered."""

from __future__ import annotations

from agent.offline.clauses import Clause
from agent.offline.conditions import conditions_of
from agent.offline.intents import Best, Check, Compare, Health, Intent, Remarked, Setting, Trend, Value, When, Why
from agent.offline.remarks import topics_in
from agent.offline.rules.runs import YES_NO
from agent.offline.terms import Named


def premises(intent: Intent, c: Clause) -> list[Intent]:
    """ "Why is run 5 the worst run", "why is the r2 of run 3 negative", "since run 1 used no warm-up, why ..."."""
    if isinstance(intent, Setting) and c.aspects and c.says("cause*", "made", "makes", "led", "drove", "pushed"):
        return [Health(c.refs, c.aspects[0], wants="trouble")] if len(c.refs) == 1 else []
    if not isinstance(intent, Why | Compare) or not c.says("why", "how come") or len(c.refs) != 1:
        return []
    if c.says("worst"):
        return [Best(c.metric, "worst", claim=c.refs[0])]
    found = [x for x in conditions_of(c) if (x.metric and x.bound) or x.param or x.word]
    return [Check(c.refs, condition, premise=True) for condition in found]


def remarks_beside(intent: Intent, c: Clause) -> list[Intent]:
    """ "Why does the loss of run 3 swing", "did the unit change": a remark may be the answer, where there is one."""
    if not isinstance(intent, Why | When | Health | Trend | Value | Check | Setting):
        return []
    topics = topics_in(c.words) if any(isinstance(ref, Named) for ref in intent.who) else ()
    yes_no = c.words[0] in YES_NO and not c.has("broken", "healthy")
    leads = c.words[0] in YES_NO or c.has("why")
    return [Remarked(intent.who, topics, leads, yes_no and isinstance(intent, Value), yes_no)] if topics else []
