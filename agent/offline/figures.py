"""Investigations that take a reckoning: over runs, over a stretch of a run, of a cause that somebody proposes."""

from __future__ import annotations

from itertools import combinations

from agent.offline import sql
from agent.offline.desk import (
    Desk,
    Steps,
    best_spot,
    differing,
    goal_of,
    metric_or_default,
    readings,
    rows_of,
    settings_of,
)
from agent.offline.facts import Facts
from agent.offline.figure_facts import AtEndFacts, ChangeFacts, FigureFacts, MostFacts, TwinsFacts
from agent.offline.figure_intents import AtEnd, Change, Figure, Most, Twins
from agent.offline.lag import INCIDENTAL
from agent.offline.resolving import resolve, said_of
from agent.offline.scalars import number
from agent.offline.subjects import changes, how_far, measured, scaled
from agent.offline.terms import MetricAsk, Subject
from agent.offline.texts import value_text
from agent.offline.unlogged import not_logged


def figure(intent: Figure, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Read off each run what is asked for, then take the figure over them."""
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    name = _name(intent.subject)
    among = yield from said_of(intent.who, desk)
    if intent.subject.kind == "setting":
        keys = desk.known.param_keys(intent.subject.key)
        if not keys:
            return ((yield from not_logged(MetricAsk(name), desk)),)
        (outcome,) = yield (sql.settings_by_value(keys, runs),)
        values = tuple(rows_of(outcome))
        if intent.how in ("common", "distinct"):
            return (FigureFacts(intent, keys[0], len(runs), (), None, values, among),)
    found = yield from measured(intent.subject, runs, desk)
    if not found:
        return ((yield from not_logged(MetricAsk(name), desk, runs)),)
    found.sort(key=lambda r: r.value or 0.0)
    (outcome,) = yield (sql.summary_of([r.value for r in found if r.value is not None]),)
    summary = next(iter(rows_of(outcome)), None)
    return (FigureFacts(intent, found[0].metric, len(runs), tuple(found), summary, (), among),)


def _name(subject: Subject) -> str:
    if subject.metric:
        return subject.metric.text
    return subject.key.replace("_", " ") or subject.unit or "length"


def most(intent: Most, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Put the runs in order; of those that have the same all are told."""
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    among = yield from said_of(intent.who, desk)
    if intent.subject.kind == "change":
        return (yield from _most_moved(intent, runs, among, desk))
    found = yield from measured(intent.subject, runs, desk)
    bound, sign = "", -1.0 if intent.order == "best" else 1.0
    if intent.subject.kind == "reach":
        names, _ = metric_or_default(intent.subject.metric, desk)
        if not names:
            return ((yield from not_logged(MetricAsk(_name(intent.subject)), desk, runs)),)
        assert intent.subject.bound
        _, value = yield from how_far(intent.subject.bound, names, runs, desk)
        bound = value_text(value)
        found.sort(key=lambda r: sign * (r.step if r.step is not None else r.epoch or 0.0))
        return (MostFacts(intent, names[0], tuple(found), len(runs), among, bound),)
    if not found and intent.subject.kind != "onset":
        return ((yield from not_logged(MetricAsk(_name(intent.subject)), desk, runs)),)
    if (near := intent.subject.bound) is not None:
        wanted = scaled(near, found)
        found.sort(key=lambda r: abs((r.value or 0.0) - wanted))
        return (MostFacts(intent, found[0].metric, tuple(found), len(runs), among, value_text(wanted)),)
    found.sort(key=lambda r: sign * (r.value or 0.0))
    return (MostFacts(intent, found[0].metric if found else "", tuple(found), len(runs), among),)


def _most_moved(intent: Most, runs: tuple[str, ...], among: str, desk: Desk) -> Steps[tuple[Facts, ...]]:
    found = yield from changes(intent.subject, runs, desk)
    if not found:
        return ((yield from not_logged(intent.subject.metric or MetricAsk("metric"), desk, runs)),)
    found.sort(key=lambda one: (-1.0 if intent.order == "best" else 1.0) * (one[0].value or 0.0))
    told = tuple(amount for amount, _, _ in found)
    return (MostFacts(intent, told[0].metric, told, len(runs), among, ends=tuple((a, b) for _, a, b in found)),)


def change(intent: Change, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """The values at both ends of the stretch, and the extremes within it."""
    names, asked = metric_or_default(intent.metric, desk)
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    if not names:
        return ((yield from not_logged(asked, desk, runs)),)
    low, high = intent.low, intent.high
    if intent.last is not None:
        (extent,) = yield (sql.extents(runs),)
        ends = [end for row in rows_of(extent) if (end := number(row.get(f"last_{intent.unit}"))) is not None]
        low = max(ends) - intent.last + (intent.unit == "epoch") if ends else None
    (outcome,) = yield (sql.stretch(names, runs, intent.unit, low, high),)
    first, last, lowest, highest, means = (
        tuple(readings(outcome, spot, names)) for spot in ("first", "last", "lowest", "highest", "mean")
    )
    if intent.from_best:
        first = lowest if goal_of(names, desk) == "lower" else highest
    return (ChangeFacts(intent, names[0], first, last, lowest, highest, runs, means),)


def at_end(intent: AtEnd, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """The best value beside the last one."""
    names, asked = metric_or_default(intent.metric, desk)
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    if not names:
        return ((yield from not_logged(asked, desk, runs)),)
    spot = best_spot(goal_of(names, desk))
    (outcome,) = yield (sql.at_spots(names, runs, (spot, "last")),)
    best, last = (tuple(readings(outcome, column, names)) for column in (spot, "last"))
    return (AtEndFacts(intent, names[0], best, last),)


def twins(intent: Twins, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Pairs of runs whose settings are the same but for one."""
    (varied,) = yield (sql.varied_settings(INCIDENTAL),)
    settings = settings_of(varied)
    keys = desk.known.param_keys(intent.key) if intent.key else ()
    found = []
    for left, right in combinations(desk.runs(), 2):
        own, other = settings.get(left, {}), settings.get(right, {})
        apart = differing(own, other)
        if len(apart) == 1 and (not keys or apart[0] in keys):
            key = apart[0]
            found.append((key, left, own.get(key, "not set"), right, other.get(key, "not set")))
    return (TwinsFacts(intent.key, tuple(found)),)
