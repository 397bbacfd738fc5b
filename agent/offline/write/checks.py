"""Answers to yes-or-no questions about settings and values, premises denied, and what a setting would have done."""

from __future__ import annotations

import re

from agent.offline.facts import CheckFacts
from agent.offline.sweep_facts import Tried, WhatIfFacts
from agent.offline.texts import code, listed, prose
from agent.offline.troubles import meaning
from agent.offline.write.voice import Voice, sentence

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
    if facts.side:
        return _beyond(facts, voice)
    own = f"{voice.name(facts.own.run)} ({code(facts.key)} = {facts.own.value})" if facts.own else ""
    multiple = facts.multiple and own
    setting = f"{facts.multiple} the {code(facts.key)} of {own}" if multiple else f"{code(facts.key)} = {facts.wanted}"
    if facts.own and facts.own.value == facts.wanted:
        return f"**{voice.name(facts.own.run)} has {setting} already**: {_reached(facts.own, facts, voice)}."
    shown = facts.tried or facts.nearest
    if not shown:
        return f"**The data does not say:** no run has {setting}, nor a value near it."
    head = (
        f"**{_likely(facts, voice)} by {voice.name(shown[0].run)}, which has {setting}:**"
        if facts.tried
        else (f"**The data does not say:** no run has {setting}. The nearest values:")
    )
    lines = "\n".join(f"- {_tried(t, facts, voice)}" for t in shown[:MOST])
    beside = f"Beside it: {own}: {_reached(facts.own, facts, voice)}." if facts.own else ""
    return "\n\n".join(part for part in (head, lines, beside, sentence(prose(facts.edge))) if part)


def _likely(facts: WhatIfFacts, voice: Voice) -> str:
    """What a run says that has the value and differs in nothing else."""
    twin, row = facts.tried[0], voice.row(facts.tried[0].run)
    if facts.own is None or twin.differs or row is None or row.verdict not in ("healthy", "faulty"):
        return "Judging"
    if row.verdict == "faulty":
        return "Likely not, judging"
    return f"Likely {'better' if _is_better(twin, facts.own, facts.goal) else 'healthy, but not better'}, judging"


def _beyond(facts: WhatIfFacts, voice: Voice) -> str:
    """What more, or less, of a setting did: whether any run gained by it, then run by run, the next value first."""
    key, size = code(facts.key), "larger" if facts.side == "up" else "smaller"
    if facts.own is None or facts.own.value == "not set":
        return f"**The data does not say:** {key} is not set in the run spoken of, so nothing is {size}."
    own = f"{voice.name(facts.own.run)} ({key} = {facts.own.value})"
    if not facts.tried:
        end = "largest" if facts.side == "up" else "smallest"
        return f"**The data does not say:** no run has a {size} {key} than {own}; that is the {end} tried."
    better = [tried.run for tried in facts.tried if _is_better(tried, facts.own, facts.goal)]
    gained = f"{voice.names(better)} did better with it" if better else "no run with it did better"
    lines = "\n".join(f"- {_tried(tried, facts, voice)}" for tried in facts.tried[:MOST])
    parts = (
        f"**A {size} {key} than that of {own}: {gained}.**",
        lines,
        f"Beside it: {own}: {_reached(facts.own, facts, voice)}.",
        sentence(prose(facts.edge)),
    )
    return "\n\n".join(part for part in parts if part)


def _is_better(one: Tried, other: Tried, goal: str) -> bool:
    a, b = (tried.best.value if tried.best else None for tried in (one, other))
    return a is not None and (b is None or (a < b if goal == "lower" else a > b))


def _tried(tried: Tried, facts: WhatIfFacts, voice: Voice) -> str:
    other = voice.name(facts.own.run) if facts.own else "the rest"
    keys = [code(key) for key in tried.differs]
    more = [*keys[:MOST_KEYS], "more"] if len(keys) > MOST_KEYS else keys
    apart = f"differs from {other} in {listed(more)} too" if keys else f"differs from {other} in nothing else"
    apart += " but the seed" if tried.reseeded and not keys else ""
    return f"{voice.name(tried.run)} ({code(facts.key)} = {tried.value}): {_reached(tried, facts, voice)}; it {apart}."


def _reached(tried: Tried, facts: WhatIfFacts, voice: Voice) -> str:
    row = voice.row(tried.run)
    fault = row.headline_finding if row and row.verdict == "faulty" else None
    judged = f", it {meaning(fault.id).says}" if fault else ""
    best = f"best {code(facts.metric)} {voice.read(tried.best)}" if tried.best else f"no finite {code(facts.metric)}"
    return f"{best}{judged}"
