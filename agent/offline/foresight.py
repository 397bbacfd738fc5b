"""The investigation of where runs will end."""

from __future__ import annotations

from collections.abc import Sequence

from agent.offline import sql
from agent.offline.case import Reading
from agent.offline.desk import Desk, Steps, best_spot, goal_of, metric_or_default, ranked_by, readings
from agent.offline.facts import Facts, ForeseenFacts, Trouble
from agent.offline.figure_facts import OutlookFacts
from agent.offline.intents import Foresee
from agent.offline.resolving import resolve
from agent.offline.thread import Failed, call
from tools.results import Foreseen, RunRow

ONE_BY_ONE = 3
"""So many runs are told in a paragraph each; of more there is one table."""
MOST_FORESEEN = 24
LATE = 0.93
"""A best value this late in the run means that it was still improving."""
ORDER = {"yes": 0, "unclear": 1, "no": 2}


def foresee(intent: Foresee, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """The outlook of each run that is meant."""
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    if len(runs) > ONE_BY_ONE and intent.asked in ("worth", "stop"):
        return (yield from _of_many(runs, desk))
    outcomes = yield tuple(call("foresee", run=run) for run in runs[:MOST_FORESEEN])
    failed = tuple(Trouble(one.text) for one in outcomes if isinstance(one, Failed))
    told = tuple(one for one in outcomes if isinstance(one, Foreseen))
    return (ForeseenFacts(intent, told, len(runs) - MOST_FORESEEN), *failed) if told else failed


def _of_many(runs: Sequence[str], desk: Desk) -> Steps[tuple[Facts, ...]]:
    """What is foreseen of the runs that go on; of those that are over, which were sound and still improving."""
    names, _ = metric_or_default(None, desk)
    best = best_spot(goal_of(names, desk)) if names else "lowest"
    (outcome,) = yield (sql.at_spots(names or ("",), runs, (best, "last")),)
    ranked = ranked_by(readings(outcome, best, names), goal_of(names, desk) if names else "lower")
    order = list(dict.fromkeys([*(r.run for r in ranked), *runs]))
    broken = tuple(run for run in order if _is_faulty(desk.row(run)))
    sound = [run for run in order if run not in broken]
    outcomes = yield tuple(call("foresee", run=run) for run in sound[:MOST_FORESEEN])
    told = [one for one in outcomes if isinstance(one, Foreseen)]
    going = tuple(sorted((one for one in told if not one.is_over), key=_promise))
    over = {one.run.run for one in told if one.is_over}
    ends = {r.run: r for r in readings(outcome, "last", names)}
    late = tuple(r for r in ranked if r.run in over and _is_late(r, ends.get(r.run)))
    done = tuple(r for r in ranked if r.run in over and r not in late)
    return (OutlookFacts(going, late, done, broken, max(0, len(sound) - MOST_FORESEEN)),)


def _is_faulty(row: RunRow | None) -> bool:
    return row is not None and row.verdict == "faulty"


def _promise(one: Foreseen) -> tuple[int, float]:
    view = one.outlook
    return (ORDER[view.worth], -(view.chance or 0.0)) if view else (len(ORDER), 0.0)


def _is_late(best: Reading, last: Reading | None) -> bool:
    """Whether a run had its best value at its very end."""
    at, end = (best.step, last and last.step) if best.step is not None else (best.epoch, last and last.epoch)
    return at is not None and bool(end) and at >= LATE * (end or 0.0)
