"""Investigations of single runs: why, since when, is it healthy, what is it, what does its log say."""

from __future__ import annotations

import math
from dataclasses import replace

from agent.offline import sql
from agent.offline.case import Case, Reading, Turning
from agent.offline.course_facts import AsideFacts
from agent.offline.course_intents import Aside, Ended
from agent.offline.desk import Desk, Steps, ask, metric_or_default, one, readings
from agent.offline.endings import ended, is_early
from agent.offline.facts import CaseFacts, DescribeFacts, Facts, NoRun, StoryFacts
from agent.offline.intents import Describe, Health, Story, When, Why
from agent.offline.lag import explain_lag
from agent.offline.remarks import INCOMPARABLE
from agent.offline.resolving import resolve
from agent.offline.suspects import suspects
from agent.offline.terms import Group, MetricAsk, Named, Unsaid, Who
from agent.offline.thread import Call, call
from agent.offline.troubles import MEANINGS, bears_out, grave
from tools.records import Finding
from tools.results import Comparison, DiagnosedRun, LogExcerpt, NextSteps, Plot, RunDescription

MOST_RUNS = 4
"""So many runs are looked into one by one; more are told in a table."""
RISEN = 0.3
"""Validation loss this far above its minimum, as a share of the minimum and of all that was gained, is no wobble."""
NEAR_ZERO = 1e-2
"""Training losses below this are all the same."""
CRASHES = frozenset({"oom_crash", "crash", "memory_leak"})


def judge(intent: Why | When | Health, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Diagnose the runs; compare a broken one with its nearest healthy sibling, read its log, draw the metric."""
    who = _assumed(intent.who, intent.aspect if isinstance(intent, When) else "", desk)
    runs, trouble = yield from resolve(who, desk)
    found: list[Facts] = [trouble] if trouble else []
    cases = []
    for run in runs[:MOST_RUNS]:
        case = yield from look_into(run, desk, thorough=isinstance(intent, Why) and len(runs) == 1)
        if case:
            yield from _weighed(intent.aspect, case)
            measured = _is_about_overfitting(intent, case) or not case.diagnosed.diagnosis.findings
            turning = (yield from _turning(run, desk)) if measured else None
            steps = (yield from _steps(run)) if isinstance(intent, Why) and intent.in_full else None
            cases.append(replace(case, turning=turning, steps=steps))
    if cases:
        found.append(CaseFacts(intent, tuple(cases)))
    if isinstance(intent, Why) and not intent.aspect and len(cases) == 1 and not grave(_findings(cases[0])):
        found += [one for one in (yield from ended(Ended((Named(runs[0]),), "why"), desk)) if is_early(one)]
    return tuple(found)


def _findings(case: Case) -> tuple[Finding, ...]:
    return case.diagnosed.diagnosis.findings


def _steps(run: str) -> Steps[NextSteps | None]:
    return (yield from one(call("suggest_next", run=run), NextSteps))


def _weighed(aspect: str, case: Case) -> Steps[None]:
    """What the asker presumes and the diagnosis does not show goes on the board: looked for in vain, or untestable."""
    if aspect in MEANINGS and not bears_out(aspect, [f.id for f in case.diagnosed.diagnosis.findings]):
        yield (call("weigh_hypothesis", run=case.diagnosed.run.run, cause=aspect),)


def _assumed(who: Who, aspect: str, desk: Desk) -> Who:
    """ "why did it fail" with one broken run can only mean that one; "when did it diverge" those few that diverged."""
    if who != (Unsaid(),):
        return who
    if len(desk.broken()) == 1:
        return (Group("broken"),)
    seen = ((row.run.run, row.headline_finding) for row in desk.broken() if aspect)
    meant = [run for run, found in seen if found and bears_out(aspect, [found.id])]
    return tuple(Named(run) for run in meant) if 0 < len(meant) <= MOST_RUNS else who


def aside(intent: Aside, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """The trouble that is set aside, and whatever else is wrong."""
    runs, trouble = yield from resolve(intent.who, desk)
    found: list[Facts] = [trouble] if trouble else []
    for run in runs[:MOST_RUNS]:
        diagnosed = yield from one(call("diagnose", run=run), DiagnosedRun)
        if diagnosed:
            faults = grave(diagnosed.diagnosis.findings)
            known = tuple(f for f in faults if bears_out(intent.aspect, [f.id]))
            found.append(AsideFacts(intent, run, known, tuple(f for f in faults if f not in known)))
    return tuple(found)


def look_into(run: str, desk: Desk, thorough: bool = True) -> Steps[Case | None]:
    """One run: each step depends on what the last one showed."""
    diagnosed = yield from one(call("diagnose", run=run), DiagnosedRun)
    if diagnosed is None:
        return None
    found = grave(diagnosed.diagnosis.findings)
    if not found and diagnosed.run.status != "crashed":
        measured_alike = INCOMPARABLE.isdisjoint(f.id for f in diagnosed.diagnosis.findings)
        lag = (yield from explain_lag(run, desk)) if measured_alike else None
        return Case(diagnosed, lag=lag[0], suspects=lag[1]) if lag else Case(diagnosed)
    other = diagnosed.counterpart
    wanted: list[Call] = [call("read_log", run=run, limit=20)] if _log_may_tell(diagnosed, found) else []
    if other and found:
        wanted.append(call("compare_runs", metric=_compared_metric(diagnosed, desk), runs=[run, other.run.run]))
    outcomes = (yield from ask(*wanted)) if wanted else ()
    comparison = next((o for o in outcomes if isinstance(o, Comparison)), None)
    story = next((o for o in outcomes if isinstance(o, LogExcerpt)), None)
    blamed = suspects(other.differences, other.run.run) if other else ()
    plotted = False
    if thorough and found:
        plotted = yield from _draw(run, found[0], diagnosed, desk)
    return Case(diagnosed, comparison, story, blamed, plotted)


def _is_about_overfitting(intent: Why | When | Health, case: Case) -> bool:
    found = grave(case.diagnosed.diagnosis.findings)
    return intent.aspect == "overfitting" or (bool(found) and found[0].id in ("overfitting", "late_stopping"))


def _turning(run: str, desk: Desk) -> Steps[Turning | None]:
    """Where the validation loss turned, and what the training loss did after that."""
    val = desk.known.metric_names(MetricAsk("val loss", "loss", "eval"))
    train = desk.known.metric_names(MetricAsk("train loss", "loss", "train"))
    if not val:
        return None
    (outcome,) = yield (sql.at_spots([*val, *train], [run], ("first", "lowest", "last")),)
    first, lowest, last = (_only(readings(outcome, spot, val), val) for spot in ("first", "lowest", "last"))
    if first is None or lowest is None or last is None:
        return None
    trained, least = (_only(readings(outcome, spot, train), train) for spot in ("last", "lowest"))
    return Turning(lowest, last, trained, _rises(first, lowest, last) and _still_falls(trained, least))


def _only(found: list[Reading], names: tuple[str, ...]) -> Reading | None:
    return next((r for r in found if r.metric in names and r.value is not None and math.isfinite(r.value)), None)


def _rises(first: Reading, lowest: Reading, last: Reading) -> bool:
    """Validation loss lost a large part of what it had gained."""
    start, low, end = first.value or 0.0, lowest.value or 0.0, last.value or 0.0
    return end - low > RISEN * abs(low) and end - low > RISEN * (start - low)


def _still_falls(last: Reading | None, lowest: Reading | None) -> bool:
    """Training loss ended near its minimum."""
    if last is None or lowest is None or last.value is None or lowest.value is None:
        return False
    return last.value - lowest.value <= RISEN * max(abs(lowest.value), NEAR_ZERO)


def _log_may_tell(diagnosed: DiagnosedRun, found: list[Finding]) -> bool:
    return diagnosed.run.status == "crashed" or any(f.id in CRASHES for f in found)


def _compared_metric(diagnosed: DiagnosedRun, desk: Desk) -> str:
    row = desk.row(diagnosed.run.run)
    if diagnosed.counterpart and diagnosed.counterpart.metric:
        return diagnosed.counterpart.metric
    return row.metric if row else ""


def _draw(run: str, finding: Finding, diagnosed: DiagnosedRun, desk: Desk) -> Steps[bool]:
    """What the finding is about, beside the healthy sibling."""
    metrics = telling_metrics(finding, desk)
    runs = [run] + ([diagnosed.counterpart.run.run] if diagnosed.counterpart else [])
    drawn = yield from one(call("plot_metric", metrics=metrics, runs=runs), Plot)
    return drawn is not None


def telling_metrics(finding: Finding | None, desk: Desk) -> list[str]:
    """The metric of a finding with the training loss, which tells the rest of the story; else the headline metric."""
    if finding is None or not finding.metric:
        names, _ = metric_or_default(None, desk)
        return list(names[:1])
    role = next((m.role for m in desk.known.metrics if m.name == finding.metric), None)
    logged = any(m.role == "train_loss" for m in desk.known.metrics)
    return [finding.metric, "train_loss"] if logged and role != "train_loss" else [finding.metric]


def describe(intent: Describe, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """What a run is: settings, metrics, verdict."""
    runs, trouble = yield from resolve(intent.who, desk)
    found: list[Facts] = [trouble] if trouble else []
    for run in runs[:MOST_RUNS]:
        described, diagnosed = yield (call("describe_run", run=run), call("diagnose", run=run))
        if isinstance(described, RunDescription):
            found.append(DescribeFacts(described, diagnosed if isinstance(diagnosed, DiagnosedRun) else None))
    return tuple(found)


def story(intent: Story, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Lines of the logs; without a run those of runs that crashed, else of all."""
    who: Who = intent.who
    if who == (Unsaid(),):
        crashed = [row for row in desk.rows if row.run.status == "crashed"]
        runs: tuple[str, ...] = tuple(row.run.run for row in (crashed or list(desk.rows)))
        trouble: NoRun | None = None
    else:
        runs, trouble = yield from resolve(who, desk)
    found: list[Facts] = [trouble] if trouble else []
    if runs:
        outcomes = yield tuple(call("read_log", run=run, limit=20) for run in runs[:MOST_RUNS])
        found.append(StoryFacts(tuple(o for o in outcomes if isinstance(o, LogExcerpt)), intent.pattern))
    return tuple(found)
