"""The investigation of who was ahead where one of two runs ended."""

from __future__ import annotations

from agent.offline import sql
from agent.offline.course_facts import RaceFacts
from agent.offline.course_intents import Race
from agent.offline.desk import Desk, Steps, best_spot, goal_of, metric_or_default, ranked_by, readings
from agent.offline.facts import Facts
from agent.offline.resolving import resolve
from agent.offline.unlogged import not_logged

FINITE = "sound"


def race(intent: Race, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Both runs where the shorter of them had its last finite value, and the best that each ever had.

    A run that is alone is held against the best of the others."""
    runs, trouble = yield from resolve(intent.who, desk, intent.metric)
    names, asked = metric_or_default(intent.metric, desk)
    if trouble or not runs:
        return (trouble,) if trouble else ()
    if not names:
        return ((yield from not_logged(asked, desk, runs)),)
    goal = goal_of(names, desk)
    spot = best_spot(goal)
    (outcome,) = yield (sql.at_spots(names, (), (FINITE, spot)),)
    best = {one.run: one for one in ranked_by(readings(outcome, spot, names), goal)}
    rival = next((run for run in (*runs[1:], *best) if run != runs[0]), None)
    ends = {one.run: one for one in readings(outcome, FINITE, names)}
    own, other = ends.get(runs[0]), ends.get(rival or "")
    if own is None or other is None or rival is None or not {runs[0], rival} <= set(best):
        return ((yield from not_logged(asked, desk, runs)),)
    unit = "step" if own.step is not None and other.step is not None else "epoch"
    places = [one.step if unit == "step" else one.epoch for one in (own, other)]
    first = min((place for place in places if place is not None), default=None)
    if first is None:
        return ((yield from not_logged(asked, desk, runs)),)
    (found,) = yield (sql.at_position(names, [runs[0], rival], unit, first),)
    there = {one.run: one for one in readings(found, "value", names)}
    pair = (runs[0], rival)
    ended = runs[0] if places[0] == first else rival
    return (RaceFacts(intent, goal, ended, (there[pair[0]], there[pair[1]]), (best[pair[0]], best[pair[1]])),)
