"""Chooses the next step: from intents and results so far to the calls that are wanted, or to facts that can be told.
An investigation is a generator that yields the calls it wants next. It is run anew for every reply over the results
that the thread already holds, so nothing is remembered between replies and the same thread leads to the same step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.offline import (
    measures,
    remarked,
)
from agent.offline.desk import Desk, Steps, look_around
from agent.offline.dispatch import look_at
from agent.offline.facts import Facts, TalkFacts, Trouble
from agent.offline.figure_intents import (
    Most,
)
from agent.offline.glossary import is_term
from agent.offline.intents import (
    Best,
    Count,
    Define,
    Focus,
    Health,
    Intent,
    ListRuns,
    Remarked,
    SmallTalk,
    Trend,
    Why,
)
from agent.offline.known import Known
from agent.offline.terms import Group, Named, Who
from agent.offline.thread import Call, Failed, Outcome, Thread
from agent.offline.understand import Understood, understand

MOST_CALLS = 40  # against an investigation that never ends; the longest ones need about ten


@dataclass(frozen=True)
class Wanted:
    """Calls to make next."""

    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Found:
    """All that can be told, part by part in the order of the question."""

    facts: tuple[Facts, ...]
    desk: Desk
    understood: Understood


def next_step(thread: Thread) -> Wanted | Found:
    """What to do now."""
    investigation = investigate(thread)
    try:
        calls = next(investigation)
        while True:
            missing = tuple(c for c in calls if c not in thread.outcomes)
            if missing and len(thread.outcomes) < MOST_CALLS:
                return Wanted(tuple(dict.fromkeys(missing)))
            calls = investigation.send(_outcomes(calls, thread.outcomes))
    except StopIteration as stop:
        found: Found = stop.value
        return found


def _outcomes(calls: tuple[Call, ...], outcomes: Mapping[Call, Outcome]) -> tuple[Outcome, ...]:
    return tuple(outcomes.get(c, Failed("the limit of calls was reached")) for c in calls)


def investigate(thread: Thread) -> Steps[Found]:
    """Understand, look around, look into each part."""
    first = understand(thread.question, focus_of(thread, Known()))
    if all(_needs_no_runs(i, thread.question) for i in first.intents):
        facts = yield from _all_of(first, Desk(Known()))
        return Found(facts, Desk(Known()), first)
    desk = yield from look_around()
    if isinstance(desk, Failed):
        return Found((Trouble(desk.text),), Desk(Known()), first)
    if not desk.rows:
        return Found((Trouble("there are none in this workspace yet; open a folder of logs first"),), desk, first)
    understood = understand(thread.question, focus_of(thread, desk.known), desk.known)
    if thread.verbosity == "detailed":
        understood = replace(understood, intents=tuple(map(_in_full, understood.intents)))
    desk = replace(desk, focus=understood.focus)
    facts = yield from _all_of(understood, desk)
    return Found(facts, desk, understood)


def _in_full(intent: Intent) -> Intent:
    """Of why something went wrong the whole analysis."""
    return replace(intent, in_full=True) if isinstance(intent, Why) and intent.aspect != "advice" else intent


def _needs_no_runs(intent: Intent, question: str) -> bool:
    """Thanks, and definitions of known terms; other words and numbers may name a run that is not known yet."""
    if isinstance(intent, SmallTalk):
        return intent.kind == "thanks"
    return isinstance(intent, Define) and is_term(intent.term) and not any(c.isdigit() for c in question)


def _all_of(understood: Understood, desk: Desk) -> Steps[tuple[Facts, ...]]:
    facts: list[Facts] = []
    told, leading = yield from remarked.asked_about(understood.intents, desk)
    for intent in understood.intents:
        if remarked.is_told(intent, told):
            continue
        found = yield from look_at(_as_judgement(intent, desk), desk)
        beside = len(understood.intents) > 1
        facts.extend(replace(one, beside=beside) if isinstance(one, TalkFacts) else one for one in found)
    if not told and not facts:  # nothing to tell of a remark that was asked about: how the runs are then
        who = next((i.who for i in understood.intents if isinstance(i, Remarked)), ())
        facts.extend((yield from look_at(Health(who), desk)) if who else ())
    return (*told, *facts) if leading else (*facts, *told)


def _as_judgement(intent: Intent, desk: Desk) -> Intent:
    """Whether runs learned or are fine is not told by two values or by a count where none of them can be judged."""
    if isinstance(intent, Trend) and intent.metric is None and _unjudged(intent.who, desk):
        return Health(intent.who)
    if any(row.verdict != "cannot_judge" for row in desk.rows):
        return intent
    match intent:
        case Trend(who=who, metric=None):
            return Health(measures.everyone(who))
        case ListRuns(conditions=conditions) | Count(conditions=conditions) if any(c.which for c in conditions):
            return Health((Group("all"),))
    return intent


def _unjudged(people: Who, desk: Desk) -> bool:
    """Whether of runs that are named none can be judged."""
    rows = [desk.row(ref.run) if isinstance(ref, Named) else None for ref in people]
    return bool(rows) and all(row is not None and row.verdict == "cannot_judge" for row in rows)


def focus_of(thread: Thread, known: Known) -> Focus:
    """What the thread was about after its last turn: earlier questions are understood again, answers name the runs."""
    focus = Focus()
    for turn in thread.earlier:
        understood = understand(turn.question, focus, known)
        now = understood.focus
        asked = (i for i in understood.intents if not isinstance(i, Best | Most))  # the answer knows which of these
        named = tuple(ref.run for i in asked for ref in getattr(i, "who", ()) if isinstance(ref, Named))
        told = _named_first(turn.answer, known) if turn.runs is None else turn.runs
        at_large = turn.runs == () and any(_is_at_large(intent) for intent in understood.intents)
        about = tuple(dict.fromkeys(named)) or told or (() if at_large else now.runs)
        other = now.other_runs or tuple(run for run in focus.runs if run not in about)
        focus = replace(now, runs=about, other_runs=other)
    return focus


def _is_at_large(intent: Intent) -> bool:
    """Whether a question was about runs at large, after which none of them is spoken of any longer."""
    people = getattr(intent, "who", None)
    return isinstance(intent, Count | ListRuns) or any(isinstance(ref, Group) for ref in people or ())


def _named_first(answer: str, known: Known) -> tuple[str, ...]:
    """The run that an answer names first; for answers that another model wrote."""
    places = [(answer.find(name), run.run) for run in known.runs for name in run.names if name in answer]
    return (min(places)[1],) if places else ()
