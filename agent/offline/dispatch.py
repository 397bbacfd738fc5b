"""Which investigation looks into an intent."""

from __future__ import annotations

from dataclasses import replace

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
    races,
    selection,
    sheets,
    shifts,
    trust,
    weighing,
    what_if,
)
from agent.offline.case import Case
from agent.offline.course_intents import AdviceKept, Aftermath, Aside, Course, Ended, Gap, Level, Race, Shifts, Trust
from agent.offline.desk import Desk, Steps, is_aimless, metric_or_default
from agent.offline.doubts import deepened
from agent.offline.effect_intents import Matters, WhatIf
from agent.offline.facts import CaseFacts, DefineFacts, DoubtFacts, Facts, ForeseenFacts, TalkFacts, TrendFacts
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
from agent.offline.intents import (
    Best,
    Check,
    Compare,
    Count,
    Define,
    Describe,
    Doubt,
    Duration,
    Foresee,
    Health,
    Intent,
    ListRuns,
    Logged,
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
    When,
    Why,
)
from agent.offline.sweep_facts import CompareFacts, MatterFacts
from agent.offline.terms import Named, Place


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
            return (yield from _compared(intent, desk))
        case Setting():
            return (yield from advice.setting(intent, desk))
        case Next():
            return (yield from advice.next_steps(intent, desk))
        case Matters():
            return (yield from advice.matters(intent, desk))
        case Define() if desk.known.param_keys(intent.term.replace(" ", "_")):
            return (yield from _defined(intent, desk))
        case Define():
            return (yield from lookups.define(intent))
        case Check():
            return (yield from checks.check(intent, desk))
        case Doubt():
            again = yield from look_at(deepened(intent.of), desk)
            return (DoubtFacts(intent), *again)
        case WhatIf():
            return (yield from _supposed(intent, desk))
        case Foresee():
            return (yield from _foreseen(intent, desk))
        case Figure() | Most() | Sheet() | Change() | AtEnd() | Twins():
            return (yield from _worked_out(intent, desk))
        case Blame() | Either() | Elsewhere() | Nearest():
            return (yield from _weighed(intent, desk))
        case Wasted() | ToLog() | Presence() | Faults() | Unlogged():
            return (yield from _of_the_project(intent, desk))
        case Aftermath() | Gap() | Trust() | Level() | Ended() | AdviceKept() | Aside() | Shifts() | Race():
            return (yield from _of_the_course(intent, desk))
        case Remarked():
            return ()  # `remarked.asked_about` has looked at all of these together
        case SmallTalk() | Unknown():
            told, _ = metric_or_default(None, desk)
            return (TalkFacts(intent, desk.runs(), told),)


def _defined(intent: Define, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """A term; of a setting for which there are no words of our own, what it did in these runs."""
    told = yield from lookups.define(intent)
    if any(isinstance(one, DefineFacts) and (one.meaning or one.explanation) for one in told):
        return told
    return (*told, *(yield from advice.matters(Matters(key=intent.term.replace(" ", "_")), desk)))


def _compared(intent: Compare, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Runs side by side; where a value is to be chosen, what the one setting does in which they differ. Of a metric
    that has no better end only the values are told."""
    if intent.metric and intent.leads == "outcome" and is_aimless(metric_or_default(intent.metric, desk)[0], desk):
        place = Place("last") if intent.spot == "last" else None
        return (yield from measures.value(Value(intent.who, intent.metric, place), desk))
    told = yield from advice.compare(intent, desk)
    compared = next((one for one in told if isinstance(one, CompareFacts)), None)
    if intent.leads != "choice" or compared is None:
        return told
    keys = [param.key for param in compared.comparison.params if not param.incidental]
    return told if len(keys) != 1 else (yield from advice.matters(Matters(intent.metric, keys[0], pick=True), desk))


def _supposed(intent: WhatIf, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """A value said to be too high or too low is judged by the runs that differ in it alone, where there are any."""
    if not intent.side or intent.value is None:
        return (yield from what_if.what_if(intent, desk))
    too = Matters(intent.metric, intent.key, asks="worse", side=intent.side, values=(f"{intent.value:g}",))
    told = yield from advice.matters(too, desk)
    if any(isinstance(one, MatterFacts) and one.pairs for one in told):
        return told
    return (yield from what_if.what_if(replace(intent, side=""), desk))


def _foreseen(intent: Foresee, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Where runs will end; whether one that is over was worth more is told by whether it still improved."""
    told = yield from foresight.foresee(intent, desk)
    ended = [one for one in told if isinstance(one, ForeseenFacts) and all(run.is_over for run in one.runs)]
    if intent.asked in ("worth", "stop") and _is_unplanned(told):
        return (*told, *(yield from measures.trend(Trend(intent.who, None), desk)))
    if intent.asked != "worth" or len(ended) != len(told) or not told:
        return told
    runs = tuple(Named(run.run.run) for one in ended for run in one.runs)
    course = yield from measures.trend(Trend(runs, None, "improving"), desk)
    return course if any(isinstance(one, TrendFacts) for one in course) else told


def _is_unplanned(told: tuple[Facts, ...]) -> bool:
    """Whether nothing says how long the runs are to train: what can be told is their course up to now."""
    runs = [run for one in told if isinstance(one, ForeseenFacts) for run in one.runs]
    return bool(runs) and all(not run.is_over and run.outlook is not None and run.outlook.end is None for run in runs)


def _by_course(intent: Why | When | Health, told: tuple[Facts, ...], desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Whether a run is stuck, by its course where no check could look for it."""
    judged = [one for one in told if isinstance(one, CaseFacts)]
    if not judged or not all(case.unchecked("plateau") for one in judged for case in one.cases):
        return told
    course = yield from measures.trend(Trend(intent.who, None, "settled"), desk)
    wrong = tuple(replace(one, intent=Why(intent.who)) for one in judged if any(_is_ill(case) for case in one.cases))
    return (*course, *wrong)


def _is_ill(case: Case) -> bool:
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
        case Shifts():
            return (yield from shifts.shifts(intent, desk))
        case Race():
            return (yield from races.race(intent, desk))
