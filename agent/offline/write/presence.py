"""Answers about what there is at all: a metric or setting in the logs, faults by how common they are."""

from __future__ import annotations

from agent.offline.figure_facts import FaultsFacts, PresenceFacts
from agent.offline.texts import code, listed
from agent.offline.troubles import label
from agent.offline.write.voice import Voice, table

MOST_NAMES = 6


def tell_presence(facts: PresenceFacts, voice: Voice) -> str:
    """Yes or no, by whom, under which names."""
    name = code(facts.names[0])
    yes, no = ("Yes, ", "No, ") if facts.intent.yes_no else ("", "")
    verb = "logged" if facts.intent.metric else "set"
    others = [code(other) for other in facts.names[1:MOST_NAMES]]
    spelled = f" It is also called {listed(others)}." if others else ""
    if not facts.having:
        return f"**{no}{name} was not {verb}** by {voice.names(facts.lacking)}."
    total = len(facts.having) + len(facts.lacking)
    if not facts.lacking:
        by = voice.names(facts.having) if total <= MOST_NAMES else f"all {total} runs"
        return f"**{yes}{name} was {verb} by {by}.**{spelled}"
    head = f"**{yes}{name} was {verb} by {len(facts.having)} of {total} runs:** {voice.names(facts.having, 20)}."
    return f"{head} Not by {voice.names(facts.lacking, 20)}.{spelled}"


def tell_faults(facts: FaultsFacts, voice: Voice) -> str:
    """The most common one first."""
    if not facts.groups:
        return f"**No run is broken** among the {facts.n_runs}."
    most = len(facts.groups[0][1])
    first = [label(fault) for fault, runs in facts.groups if len(runs) == most]
    once = most == 1 and len(first) > 1
    head = (
        "**No fault is more common than the others:** each shows in a single run."
        if once
        else f"**The most common fault is {listed(first)}**, in {most} of the {facts.n_runs} runs."
    )
    rows = [[label(fault), str(len(runs)), voice.names(runs)] for fault, runs in facts.groups]
    return f"{head}\n\n{table(['fault', 'runs', 'which'], rows)}"
