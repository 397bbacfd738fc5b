"""Answers to yes-or-no questions about settings and values, premises denied, and what a setting would have done."""

from __future__ import annotations

import re

from agent.offline.facts import CheckFacts
from agent.offline.sweep_facts import Tried, WhatIfFacts
from agent.offline.texts import code, listed
from agent.offline.troubles import meaning
from agent.offline.write.voice import Voice

MOST = 6
MOST_KEYS = 4


def tell_check(facts: CheckFacts, voice: Voice) -> str:
    """Yes or no with what shows it, run by run."""
    told = [_line("Yes", run, facts.said, text, voice) for run, text in facts.holds[:MOST]]
    told += [_line("No", run, facts.denied, text, voice) for run, text in facts.fails[:MOST]]
    if facts.unknown:
        told.append(f"**The data does not say** it for {voice.names(facts.unknown)}: nothing of the kind was logged.")
    return "\n\n".join(told)


def _line(word: str, run: str, said: str, shown: str, voice: Voice) -> str:
    asked = ", as you asked" if word == "Yes" and re.search(r" (above|below|at least|at most) ", said) else ""
    return f"**{word}, {voice.name(run)} has {said}{asked}**" + (f": {shown}." if shown else ".")


def tell_what_if(facts: WhatIfFacts, voice: Voice) -> str:
    """Runs that have the value beside the run spoken of, or that nobody tried it."""
    setting = f"{code(facts.key)} = {facts.wanted}"
    own = f"{voice.name(facts.own.run)} ({code(facts.key)} = {facts.own.value})" if facts.own else ""
    if facts.own and facts.own.value == facts.wanted:
        return f"**{voice.name(facts.own.run)} has {setting} already**: {_reached(facts.own, facts, voice)}."
    shown = facts.tried or facts.nearest
    if not shown:
        return f"**The data does not say:** no run has {setting}, nor a value near it."
    head = (
        f"**Judging by {voice.name(shown[0].run)}, which has {setting}:**"
        if facts.tried
        else (f"**The data does not say:** no run has {setting}. The nearest values:")
    )
    lines = "\n".join(f"- {_tried(t, facts, voice)}" for t in shown[:MOST])
    beside = f"Beside it: {own}: {_reached(facts.own, facts, voice)}." if facts.own else ""
    return "\n\n".join(part for part in (head, lines, beside) if part)


def _tried(tried: Tried, facts: WhatIfFacts, voice: Voice) -> str:
    other = voice.name(facts.own.run) if facts.own else "the rest"
    keys = [code(key) for key in tried.differs]
    more = [*keys[:MOST_KEYS], "more"] if len(keys) > MOST_KEYS else keys
    apart = f"differs from {other} in {listed(more)} too" if keys else f"differs from {other} in nothing else"
    return f"{voice.name(tried.run)} ({code(facts.key)} = {tried.value}): {_reached(tried, facts, voice)}; it {apart}."


def _reached(tried: Tried, facts: WhatIfFacts, voice: Voice) -> str:
    row = voice.row(tried.run)
    fault = row.headline_finding if row and row.verdict == "faulty" else None
    judged = f", it {meaning(fault.id).says}" if fault else ""
    best = f"best {code(facts.metric)} {voice.read(tried.best)}" if tried.best else f"no finite {code(facts.metric)}"
    return f"{best}{judged}"
