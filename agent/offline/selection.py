"""Runs that satisfy a condition: a bound on a metric, a setting, a trouble, a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass

from agent.offline import sql
from agent.offline.case import Reading
from agent.offline.desk import Desk, Steps, best_spot, goal_of, number, readings, rows_of
from agent.offline.facts import Facts, NoMetric
from agent.offline.intents import Count, ListRuns
from agent.offline.lag import behind
from agent.offline.sweep_facts import CountFacts
from agent.offline.terms import Bound, Condition
from agent.offline.texts import metric_value, spot_text, value_text
from agent.offline.troubles import ASPECT_WORDS, FAMILIES, meaning
from tools.records import Scalar

WORDS = {">": "above", ">=": "at least", "<": "below", "<=": "at most", "==": "equal to"}


LOOSELY = {
    "divergence": frozenset({"lr_too_high", "missing_warmup", "loss_spike", "repeated_spikes"}),
    "slow": frozenset({"slow_convergence", "lr_too_low", "over_clipping"}),
}
"""Findings that bear out a suspicion about one run, but are not what a list asks for."""


@dataclass(frozen=True)
class Chosen:
    """The runs, what shows it for each, and the condition in words. `known` is False where it cannot be told."""

    runs: tuple[str, ...]
    shown: tuple[tuple[str, str], ...] = ()
    said: str = ""
    known: bool = True


def count(intent: Count | ListRuns, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Runs that satisfy all conditions."""
    runs = list(desk.runs())
    shown: dict[str, list[str]] = {}
    said: list[str] = []
    for condition in intent.conditions:
        if condition.metric and not desk.known.metric_names(condition.metric):
            return (NoMetric(condition.metric, desk.known.metrics),)
        chosen = yield from select_runs(condition, desk)
        if not chosen.known:
            return (CountFacts(intent, (), desk.total, said=chosen.said, rows=desk.rows, unmet=(condition,)),)
        runs = [run for run in runs if run in chosen.runs]
        said.append(chosen.said)
        for run, text in chosen.shown:
            shown.setdefault(run, []).append(text)
    lines = tuple((run, "; ".join(shown.get(run, ()))) for run in runs)
    broken = isinstance(intent, ListRuns) and any(c.which == "broken" for c in intent.conditions)
    lagging = (yield from behind(desk)) if broken else ()
    return (
        CountFacts(
            intent,
            tuple(runs),
            desk.total,
            lines,
            " and ".join(said),
            desk.rows,
            lagging=lagging,
        ),
    )


def select_runs(condition: Condition, desk: Desk) -> Steps[Chosen]:
    """Runs that satisfy one condition."""
    if condition.metric and condition.bound:
        return (yield from _by_metric(condition, desk))
    if condition.param or condition.word:
        return (yield from _by_setting(condition, desk))
    if condition.aspect:
        return (yield from _by_finding(condition.aspect, desk))
    yield from ()
    return _by_verdict(condition.which or "all", desk)


def holds(value: float | None, how: str, bound: float) -> bool:
    """Whether a value satisfies a comparison."""
    if value is None or not math.isfinite(value):
        return False
    close = math.isclose(value, bound, rel_tol=1e-9, abs_tol=1e-15)
    return {
        ">": value > bound,
        ">=": value >= bound or close,
        "<": value < bound,
        "<=": value <= bound or close,
        "==": close,
    }[how]


def _by_metric(condition: Condition, desk: Desk) -> Steps[Chosen]:
    """Any point may satisfy it, unless the end or a position was named."""
    assert condition.metric
    assert condition.bound
    names = desk.known.metric_names(condition.metric)
    goal = goal_of(names, desk)
    how = condition.bound.how if condition.bound.how != "reach" else ("<=" if goal == "lower" else ">=")
    place = condition.place
    if place and place.spot == "at" and place.value is not None:
        (outcome,) = yield (sql.at_position(names, (), place.unit or "step", place.value),)
        found = readings(outcome, "value", names)
        where = f" at {place.unit} {value_text(place.value)}"
    else:
        spot = "last" if place and place.spot == "last" else ("lowest" if how.startswith("<") else "highest")
        (outcome,) = yield (sql.at_spots(names, (), (spot,)),)
        found = readings(outcome, spot, names)
        where = " at the end" if spot == "last" else " at some point"
    bound = _scaled(condition.bound, found)
    good = [r for r in found if holds(r.value, how, bound)]
    good.sort(key=lambda r: r.value or 0.0, reverse=best_spot(goal) == "highest")
    words = WORDS[how]
    shown = tuple((r.run, f"{metric_value(r)}{spot_text(r)}") for r in good)
    return Chosen(tuple(r.run for r in good), shown, f"{names[0]} {words} {value_text(bound)}{where}")


def _scaled(bound: Bound, found: list[Reading]) -> float:
    """ "90 %" of a score between 0 and 1 is 0.9; so is a bare 90."""
    finite = [abs(r.value) for r in found if r.value is not None and math.isfinite(r.value)]
    fraction = bool(finite) and max(finite) <= 1.0
    return bound.value / 100 if fraction and (bound.percent or 1.5 < bound.value <= 100) else bound.value


def _by_setting(condition: Condition, desk: Desk) -> Steps[Chosen]:
    if condition.word and not condition.param:
        (outcome,) = yield (sql.values_of_word(condition.word),)
        rows = rows_of(outcome)
        if not rows:
            return Chosen((), said=f"'{condition.word}' in their settings", known=False)
        shown = tuple((str(r["run"]), f"{r['key']} = {r['value']}") for r in rows)
        return Chosen(tuple(str(r["run"]) for r in rows), shown, f"{rows[0]['key']} = {condition.word}")
    keys = desk.known.param_keys(condition.param)
    if not keys:
        return Chosen((), said=f"{condition.param.replace('_', ' ')} in their settings", known=False)
    (outcome,) = yield (sql.settings(keys),)
    rows = rows_of(outcome)
    good = [r for r in rows if _matches(condition, r)]
    how = condition.bound.how if condition.bound else "=="
    wanted = value_text(condition.bound.value) if condition.bound else condition.word
    said = f"{keys[0]} {WORDS[how] if how != '==' else '='} {wanted}"
    return Chosen(
        tuple(str(r["run"]) for r in good),
        tuple((str(r["run"]), f"{r['key']} = {value_text(r['value'])}") for r in good),
        said,
    )


def _matches(condition: Condition, row: dict[str, Scalar]) -> bool:
    if condition.bound:
        return holds(
            number(row.get("number")) if row.get("number") is not None else number(row["value"]),
            condition.bound.how,
            condition.bound.value,
        )
    return condition.word.lower() in str(row["value"]).lower() if condition.word else row["value"] is not None


def _by_finding(aspect: str, desk: Desk) -> Steps[Chosen]:
    family = FAMILIES.get(aspect, frozenset()) - LOOSELY.get(aspect, frozenset())
    (outcome,) = yield (sql.found_in_runs(family or {aspect}),)
    shown: dict[str, str] = {}
    for row in rows_of(outcome):
        if row["finding"] in family:
            shown.setdefault(str(row["run"]), f"{row['finding']}{_onset(row)}")
    crashed = (
        {row.run.run: "its log ends in a crash" for row in desk.rows if row.run.status == "crashed"}
        if aspect == "crash"
        else {}
    )
    shown = {**crashed, **shown}
    name = ASPECT_WORDS[aspect][1]
    return Chosen(tuple(shown), tuple(shown.items()), f"signs of {name}")


def _onset(row: dict[str, Scalar]) -> str:
    for unit in ("step", "epoch"):
        at = number(row.get(f"onset_{unit}"))
        if at is not None:
            return f" from {unit} {value_text(at)}"
    return ""


def _by_verdict(which: str, desk: Desk) -> Chosen:
    if which == "broken":
        rows = [r for r in desk.rows if r.verdict == "faulty"]
    elif which == "healthy":
        rows = [r for r in desk.rows if r.verdict == "healthy"]
    elif which == "crashed":
        rows = [r for r in desk.rows if r.run.status == "crashed"]
    else:
        rows = list(desk.rows)
    said = {"broken": "something wrong", "healthy": "a clean bill of health", "crashed": "a crash", "all": ""}[which]
    shown = tuple((r.run.run, meaning(r.headline_finding.id).says if r.headline_finding else "") for r in rows)
    return Chosen(tuple(r.run.run for r in rows), shown, said)
