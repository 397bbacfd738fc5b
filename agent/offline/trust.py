"""Investigations of whether a lead is more than noise, and of whether a metric is as it should be."""

from __future__ import annotations

from collections import defaultdict

from agent.offline import sql
from agent.offline.case import Reading
from agent.offline.course_facts import LevelFacts, TrustFacts, Wobble
from agent.offline.course_intents import Level, Trust
from agent.offline.desk import (
    Desk,
    Steps,
    best_spot,
    goal_of,
    metric_or_default,
    one,
    ranked_by,
    readings,
    rows_of,
    settings_of,
)
from agent.offline.facts import Facts
from agent.offline.lag import INCIDENTAL
from agent.offline.resolving import resolve
from agent.offline.scalars import number
from agent.offline.thread import call
from agent.offline.troubles import grave
from agent.offline.unlogged import not_logged
from tools.records import Finding
from tools.results import DiagnosedRun

MOST_RUNS = 3
MOST_BESIDE = 12


def trust(intent: Trust, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """The two runs with their wobble, and how far runs lie apart that differ in the seed alone."""
    names, asked = metric_or_default(intent.metric, desk)
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    if not names:
        return ((yield from not_logged(asked, desk, runs)),)
    goal, spot = goal_of(names, desk), best_spot(goal_of(names, desk))
    outcome, varied = yield (sql.at_spots(names, (), (spot,)), sql.varied_settings(INCIDENTAL))
    ranked = [r for r in ranked_by(readings(outcome, spot, names), goal) if r.value is not None]
    chosen = _two(ranked, runs)
    if chosen is None:
        return ((yield from not_logged(asked, desk, runs)),)
    (table,) = yield (sql.jumps(names, [r.run for r in chosen]),)
    jumps = {str(row["run"]): number(row.get("jump")) for row in rows_of(table)}
    first, second = (Wobble(r, jumps.get(r.run)) for r in chosen)
    repeats = _repeats(settings_of(varied), ranked)
    return (TrustFacts(intent, names[0], goal, first, second, repeats, _apart(repeats, ranked)),)


def _two(ranked: list[Reading], runs: tuple[str, ...]) -> tuple[Reading, Reading] | None:
    """The runs spoken of, the better first; beside one alone the next best, or the best."""
    chosen = [r for r in ranked if r.run in runs] if runs else ranked[:2]
    if len(chosen) == 1:
        behind = ranked[ranked.index(chosen[0]) + 1 :]
        chosen = [*chosen, *(behind[:1] or ranked[:1])]
    if len(chosen) < 2 or chosen[0].run == chosen[1].run:
        return None
    first, second = sorted(chosen[:2], key=ranked.index)
    return first, second


def _repeats(settings: dict[str, dict[str, str]], ranked: list[Reading]) -> tuple[tuple[str, ...], ...]:
    """Runs whose settings are all the same; without a setting that varies nothing tells which are."""
    groups: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for reading in ranked:
        if reading.run in settings:
            groups[tuple(sorted(settings[reading.run].items()))].append(reading.run)
    return tuple(tuple(runs) for runs in groups.values() if len(runs) > 1)


def _apart(repeats: tuple[tuple[str, ...], ...], ranked: list[Reading]) -> float | None:
    """The largest distance between repeats of one configuration."""
    value = {r.run: r.value or 0.0 for r in ranked}
    return max((max(value[r] for r in g) - min(value[r] for r in g) for g in repeats), default=None)


def level(intent: Level, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """What was found in the metric, and where it moves in this run and in the healthy ones."""
    names = desk.known.metric_names(intent.metric)
    runs, trouble = yield from resolve(intent.who, desk)
    if trouble:
        return (trouble,)
    if not names:
        return ((yield from not_logged(intent.metric, desk, runs)),)
    told: list[Facts] = []
    for run in runs[:MOST_RUNS]:
        facts = yield from _level_of(intent, run, names, desk)
        told += [facts] if facts else []
    return tuple(told) or ((yield from not_logged(intent.metric, desk, runs)),)


def _level_of(intent: Level, run: str, names: tuple[str, ...], desk: Desk) -> Steps[LevelFacts | None]:
    diagnosed = yield from one(call("diagnose", run=run), DiagnosedRun)
    healthy = [row.run.run for row in desk.rows if row.verdict == "healthy" and row.run.run != run][:MOST_BESIDE]
    (outcome,) = yield (sql.at_spots(names, [run, *healthy], ("begun", "lowest", "highest", "last")),)
    spots = [{r.run: r for r in readings(outcome, spot, names)} for spot in ("begun", "lowest", "highest", "last")]
    if any(run not in spot for spot in spots):
        return None
    first, lowest, highest, last = (spot[run] for spot in spots)
    faults = grave(diagnosed.diagnosis.findings) if diagnosed else []
    found = tuple(f for f in faults if _is_in(f, names))
    others = tuple(spots[3][other] for other in healthy if other in spots[3])
    elsewhere = next((f for f in faults if f not in found), None)
    return LevelFacts(intent, run, last.metric, found, first, lowest, highest, last, others, elsewhere)


def _is_in(finding: Finding, names: tuple[str, ...]) -> bool:
    """Whether a finding is about one of these metrics, or rests on values of it."""
    return finding.metric in names or any(e.metric in names for e in finding.evidence)
