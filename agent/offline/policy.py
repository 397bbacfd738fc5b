"""Chooses the next step: from intents and results so far to the calls that are wanted, or to facts that can be told.
An investigation is a generator that yields the calls it wants next. It is run anew for every reply over the results
that the thread already holds, so nothing is remembered between replies and the same thread leads to the same step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.offline import (
    advice,
    balance,
    cases,
    checks,
    endings,
    figures,
    foresight,
    lookups,
    measures,
    passages,
    presence,
    remarked,
    selection,
    sheets,
    trust,
    weighing,
    what_if,
)
from agent.offline.case import Case
from agent.offline.course_intents import AdviceKept, Aftermath, Aside, Course, Ended, Gap, Level, Trust
from agent.offline.desk import Desk, Steps, look_around, metric_or_default
from agent.offline.doubts import deepened
from agent.offline.facts import CaseFacts, DoubtFacts, Facts, TalkFacts, Trouble
from agent.offline.figure_intents import (
    AtEnd,
    Blame,
    Change,
    Either,
    Elsewhere,
    Faults,
    Figure,
    Most,
    Nearest,
    Presence,
    Sheet,
    Twins,
)
from agent.offline.glossary import is_term
from agent.offline.intents import (
    Best,
    Check,
    Compare,
    Count,
    Define,
    Describe,
    Doubt,
    Duration,
    Focus,
    Foresee,
    Health,
    Intent,
    ListRuns,
    Logged,
    Matters,
    Next,
    PlotAsk,
    Reach,
    Remarked,
    Setting,
    SmallTalk,
    Story,
    ToLog,
    Trend,
    Unknown,
    Unlogged,
    Value,
    Wasted,
    WhatIf,
    When,
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


def look_at(intent: Intent, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """The investigation of one intent."""
    match intent:
        case Why() | When() | Health():
            judged = yield from cases.judge(intent, desk)
            return (yield from _by_course(intent, judged, desk)) if intent.aspect == "plateau" else judged
        case Describe():
            return (yield from cases.describe(intent, desk))
        case Story():
            return (yield from cases.story(intent, desk))
        case Best():
            return (yield from measures.best(intent, desk))
        case Value():
            return (yield from measures.value(intent, desk))
        case Reach():
            return (yield from measures.reach(intent, desk))
        case Duration():
            return (yield from measures.duration(intent, desk))
        case Trend():
            return (yield from measures.trend(intent, desk))
        case PlotAsk():
            return (yield from measures.plot(intent, desk))
        case Logged():
            return (yield from measures.logged(intent, desk))
        case Count() | ListRuns():
            return (yield from selection.count(intent, desk))
        case Compare():
            return (yield from advice.compare(intent, desk))
        case Setting():
            return (yield from advice.setting(intent, desk))
        case Next():
            return (yield from advice.next_steps(intent, desk))
        case Matters():
            return (yield from advice.matters(intent, desk))
        case Define():
            return (yield from lookups.define(intent))
        case Check():
            return (yield from checks.check(intent, desk))
        case Doubt():
            again = yield from look_at(deepened(intent.of), desk)
            return (DoubtFacts(intent), *again)
        case WhatIf():
            return (yield from what_if.what_if(intent, desk))
        case Foresee():
            return (yield from foresight.foresee(intent, desk))
        case Figure() | Most() | Sheet() | Change() | AtEnd() | Twins():
            return (yield from _worked_out(intent, desk))
        case Blame() | Either() | Elsewhere() | Nearest():
            return (yield from _weighed(intent, desk))
        case Wasted() | ToLog() | Presence() | Faults() | Unlogged():
            return (yield from _of_the_project(intent, desk))
        case Aftermath() | Gap() | Trust() | Level() | Ended() | AdviceKept() | Aside():
            return (yield from _of_the_course(intent, desk))
        case Remarked():
            return ()  # `remarked.asked_about` has looked at all of these together
        case SmallTalk() | Unknown():
            told, _ = metric_or_default(None, desk)
            return (TalkFacts(intent, desk.runs(), told),)


def _by_course(intent: Why | When | Health, told: tuple[Facts, ...], desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Whether a run is stuck, by its course where no check could look for it."""
    judged = [one for one in told if isinstance(one, CaseFacts)]
    if not judged or not all(case.unchecked("plateau") for one in judged for case in one.cases):
        return told
    course = yield from measures.trend(Trend(intent.who, None, "settled"), desk)
    wrong = tuple(replace(one, intent=Why(intent.who)) for one in judged if any(grave_in(case) for case in one.cases))
    return (*course, *wrong)


def grave_in(case: Case) -> bool:
    """Whether anything is wrong with the run."""
    return any(finding.severity != "info" for finding in case.diagnosed.diagnosis.findings)


def _of_the_project(intent: Wasted | ToLog | Presence | Faults | Unlogged, desk: Desk) -> Steps[tuple[Facts, ...]]:
    match intent:
        case Wasted():
            return (yield from balance.wasted(intent, desk))
        case ToLog():
            return (yield from balance.to_log(intent, desk))
        case Presence():
            return (yield from presence.presence(intent, desk))
        case Faults():
            return (presence.faults(desk),)
        case Unlogged():
            return (yield from lookups.unlogged(intent, desk))


def _worked_out(intent: Figure | Most | Sheet | Change | AtEnd | Twins, desk: Desk) -> Steps[tuple[Facts, ...]]:
    match intent:
        case Figure():
            return (yield from figures.figure(intent, desk))
        case Most():
            return (yield from figures.most(intent, desk))
        case Sheet():
            return (yield from sheets.sheet(intent, desk))
        case Change():
            return (yield from figures.change(intent, desk))
        case AtEnd():
            return (yield from figures.at_end(intent, desk))
        case Twins():
            return (yield from figures.twins(intent, desk))


def _weighed(intent: Blame | Either | Elsewhere | Nearest, desk: Desk) -> Steps[tuple[Facts, ...]]:
    match intent:
        case Blame():
            return (yield from weighing.blame(intent, desk))
        case Either():
            return (yield from weighing.either(intent, desk))
        case Elsewhere():
            return (yield from weighing.elsewhere(intent, desk))
        case Nearest():
            return (yield from weighing.nearest(intent, desk))


def _of_the_course(intent: Course, desk: Desk) -> Steps[tuple[Facts, ...]]:
    match intent:
        case Aftermath():
            return (yield from passages.aftermath(intent, desk))
        case Gap():
            return (yield from passages.gap(intent, desk))
        case Trust():
            return (yield from trust.trust(intent, desk))
        case Level():
            return (yield from trust.level(intent, desk))
        case Ended():
            return (yield from endings.ended(intent, desk))
        case AdviceKept():
            return (yield from advice.kept(desk))
        case Aside():
            return (yield from cases.aside(intent, desk))
