"""From the runs that a question speaks of to run ids: by name, by rank, by group, by the conditions they meet."""

from __future__ import annotations

from collections.abc import Sequence

from agent.offline import sql
from agent.offline.case import Reading
from agent.offline.desk import Desk, Steps, best_spot, goal_of, metric_or_default, ranked_by, readings
from agent.offline.facts import NoRun
from agent.offline.selection import select_runs
from agent.offline.subjects import measured
from agent.offline.terms import Ambiguous, Condition, Group, MetricAsk, Missing, Named, Ranked, Subject, Unsaid, Who


def resolve(who: Who, desk: Desk, metric: MetricAsk | None = None) -> Steps[tuple[tuple[str, ...], NoRun | None]]:
    """Run ids that are meant, and what could not be found. Ranks are looked up on the metric (or the headline one)."""
    runs: list[str] = []
    missing: list[Missing] = []
    ambiguous: list[Ambiguous] = []
    for ref in who:
        match ref:
            case Named(run=run):
                runs.append(run)
            case Missing():
                missing.append(ref)
            case Ambiguous():
                ambiguous.append(ref)
            case Group(which=which, conditions=conditions):
                runs.extend((yield from meeting(conditions, _group(which, desk), desk)))
            case Ranked(order=order, count=count, metric=own, conditions=conditions, subject=subject):
                ranked = yield from (_by(subject, desk, order) if subject else ranking(own or metric, desk, order))
                fitting = yield from meeting(conditions, [reading.run for reading in ranked], desk)
                runs.extend([run for run in fitting if run not in runs][:count])
    unsaid = any(isinstance(ref, Unsaid) for ref in who)
    if unsaid and len(desk.rows) == 1:
        runs, unsaid = [desk.rows[0].run.run], False
    trouble = NoRun(tuple(missing), tuple(ambiguous), unsaid, desk.runs()) if missing or ambiguous or unsaid else None
    return tuple(dict.fromkeys(runs)), trouble


def said_of(who: Who, desk: Desk) -> Steps[str]:
    """The conditions of the groups in words, "" where all runs are meant or runs are named."""
    said: list[str] = []
    for ref in who:
        if isinstance(ref, Group):
            own = () if ref.which == "all" else (Condition(which=ref.which),)
            for condition in (*own, *ref.conditions):
                chosen = yield from select_runs(condition, desk)
                said.append(chosen.said)
    return " and ".join(dict.fromkeys(said))


def meeting(conditions: Sequence[Condition], runs: Sequence[str], desk: Desk) -> Steps[list[str]]:
    """Those of the runs that satisfy all conditions; none where that cannot be told of any."""
    kept = list(runs)
    for condition in conditions:
        if condition.metric and not desk.known.metric_names(condition.metric):
            return []
        chosen = yield from select_runs(condition, desk)
        kept = [run for run in kept if run in chosen.runs]
    return kept


def _by(subject: Subject, desk: Desk, order: str) -> Steps[list[Reading]]:
    """All runs by what they have most of, or least."""
    found = yield from measured(subject, desk.runs(), desk)
    return sorted(found, key=lambda r: (-1.0 if order == "best" else 1.0) * (r.value or 0.0))


def _group(which: str, desk: Desk) -> list[str]:
    if which == "broken":
        return [row.run.run for row in desk.broken()]
    if which == "healthy":
        return [row.run.run for row in desk.rows if row.verdict == "healthy"]
    return list(desk.runs())


def ranking(asked: MetricAsk | None, desk: Desk, order: str = "best", spot: str = "best") -> Steps[list[Reading]]:
    """All runs in the order of a metric."""
    names, _ = metric_or_default(asked, desk)
    if not names:
        names, _ = metric_or_default(None, desk)
    if not names:
        return []
    goal = goal_of(names, desk)
    column = "last" if spot == "last" else best_spot(goal)
    (outcome,) = yield (sql.at_spots(names, (), (column,)),)
    return ranked_by(readings(outcome, column, names), goal, order)
