"""What is usual in a user's own healthy runs: from eight of them on it raises thresholds, and never lowers one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tools.detectors import detectors
from tools.detectors._base import Threshold
from tools.records import Diagnosis, Finding, Run, RunData, Suppressed
from tools.rules import Rules

ENOUGH = 8
"""Fewer healthy runs of a project show no habit."""
QUANTILE = 0.95
MARGIN = 1.5
"""A run may go half as far again as the healthy ones usually do."""
CEILING = 2.0
"""... and never beyond twice the default: a project in which everything is bad must not call that usual."""


@dataclass(frozen=True)
class Habit:
    """What the healthy runs of a project reach in a measure that has a threshold."""

    threshold: Threshold
    runs: int
    most: float
    limit: float


def measures(data: RunData) -> dict[str, float]:
    """How far a run goes in everything that has a threshold: "<finding>.<threshold>" -> value."""
    found = {
        f"{detector.id}.{name}": measure(data)
        for detector in detectors(data.rules.folder)
        for name, measure in detector.measures.items()
        if all(data.with_role(*group) for group in detector.needs)
    }
    return {key: value for key, value in found.items() if value is not None and np.isfinite(value)}


def settled(judged: Iterable[tuple[Run, Diagnosis]], rules: Rules) -> dict[str, Diagnosis]:
    """The diagnoses, by run, that are others when each run is held against the healthy ones of its project as they are
    now."""
    projects: dict[str, dict[str, list[float]]] = {}
    doubtful: list[tuple[str, Diagnosis]] = []
    for run, diagnosis in judged:
        if _shows_habits(run, diagnosis):
            for key, value in diagnosis.measures.items():
                projects.setdefault(run.project, {}).setdefault(key, []).append(value)
        elif (diagnosis.alone or diagnosis).verdict == "faulty" and diagnosis.measures:
            doubtful.append((run.project, diagnosis))
    habits = {project: _habits(values, rules) for project, values in projects.items()}
    fresh = ((old, _settled(old.alone or old, habits.get(project, {}))) for project, old in doubtful)
    return {new.run: new for old, new in fresh if new != old}


def _settled(alone: Diagnosis, habits: Mapping[str, Habit]) -> Diagnosis:
    held = _held_against(alone, habits)
    return alone if held == alone else replace(held, alone=alone)


def _shows_habits(run: Run, diagnosis: Diagnosis) -> bool:
    """Whether a run is healthy by the usual rules, and over; with remarks that do not count it still is."""
    over = run.status not in ("running", "crashed")
    dismissed = any(one.finding.severity != "info" for one in diagnosis.suppressed)
    return over and diagnosis.verdict == "healthy" and not dismissed and diagnosis.alone is None


def _habits(values: Mapping[str, list[float]], rules: Rules) -> dict[str, Habit]:
    """Thresholds that are raised, by key; what the user set is not touched."""
    found: dict[str, Habit] = {}
    for threshold in (t for d in detectors(rules.folder) for t in d.thresholds):
        key = f"{threshold.finding}.{threshold.name}"
        seen = values.get(key, [])
        if len(seen) < ENOUGH or threshold.name in rules.thresholds.get(threshold.finding, {}):
            continue
        limit = min(MARGIN * float(np.quantile(seen, QUANTILE)), CEILING * threshold.default, threshold.high)
        if limit > threshold.default:
            found[key] = Habit(threshold, len(seen), max(seen), limit)
    return found


def _held_against(diagnosis: Diagnosis, habits: Mapping[str, Habit]) -> Diagnosis:
    """The diagnosis without the findings that are usual here; what stays says by what it was judged."""
    usual = {f.id: reason for f in diagnosis.findings if (reason := _usual(f, diagnosis, habits))}
    kept = tuple(f for f in diagnosis.findings if f.id not in usual)
    found = {f.id for f in kept}
    said = [_said(habit) for habit in habits.values() if habit.threshold.finding in found]
    waste = diagnosis.waste
    return replace(
        diagnosis,
        verdict="faulty" if any(f.severity != "info" for f in kept) else "healthy",
        findings=kept,
        suppressed=(*diagnosis.suppressed, *(Suppressed(f, usual[f.id]) for f in diagnosis.findings if f.id in usual)),
        waste=None if waste is not None and waste.finding in usual else waste,
        judged_by=tuple(dict.fromkeys((*diagnosis.judged_by, *said))),
    )


def _usual(finding: Finding, diagnosis: Diagnosis, habits: Mapping[str, Habit]) -> str:
    """Why a finding is nothing special here, "" where it is."""
    prefix = f"{finding.id}."
    above = {key: value for key, value in diagnosis.measures.items() if key.startswith(prefix)}
    above = {key: value for key, value in above.items() if key not in habits or value >= habits[key].threshold.default}
    if not above or any(key not in habits or value >= habits[key].limit for key, value in above.items()):
        return ""
    key, value = next(iter(above.items()))
    habit = habits[key]
    return (
        f"usual in your {habit.runs} healthy runs: {habit.threshold.name} is {value:.3g} here, theirs go up to"
        f" {habit.most:.3g}"
    )


def _said(habit: Habit) -> str:
    t = habit.threshold
    return f"{t.finding}: {t.name} {habit.limit:.3g} instead of {t.default:.3g}, from your {habit.runs} healthy runs"
