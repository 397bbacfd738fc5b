"""Runs that satisfy a condition: a bound on a metric, a setting, a trouble, a verdict."""

from __future__ import annotations

import re
from collections import Counter

from agent.offline import sql
from agent.offline.against import beside_run, by_name
from agent.offline.case import Reading
from agent.offline.chosen import WORDS, Chosen, holds, read_off
from agent.offline.desk import Desk, Steps, best_spot, goal_of, readings, rows_of
from agent.offline.facts import Facts
from agent.offline.intents import Count, ListRuns
from agent.offline.lag import behind
from agent.offline.lexicon import VALUES_OF
from agent.offline.planned import cut_short
from agent.offline.scalars import number
from agent.offline.subjects import measured, scaled
from agent.offline.sweep_facts import CountFacts
from agent.offline.terms import Bound, Condition, Subject
from agent.offline.texts import code, harmless, listed, prose, value_text
from agent.offline.troubles import ASPECT_WORDS, FAMILIES, label, meaning
from agent.offline.unlogged import not_logged
from tools.amounts import counted, lasting
from tools.records import Scalar
from tools.results import RunRow

WHERE = {"last": " at the end", "first": " at the start", "mean": " on average"}
OFF = ("0", "0.0", "none", "null", "false", "no", "off", "")
"""Values by which a setting says that the thing is left out."""
UNITS_OF_TIME = ((3600.0, "hour"), (60.0, "minute"), (1.0, "second"))
LONG = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most", "==": "exactly", "!=": "other than"}
SAID_OF_STATUS = {"running": "a log that still goes on", "finished": "a regular end", "crashed": "a crash"}


LOOSELY = {
    "divergence": frozenset({"lr_too_high", "missing_warmup", "loss_spike", "repeated_spikes"}),
    "crash": frozenset({"memory_leak"}),
    "slow": frozenset({"slow_convergence", "lr_too_low", "over_clipping"}),
}
"""Findings that bear out a suspicion about one run, but are not what a list asks for."""


def count(intent: Count | ListRuns, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Runs that satisfy all conditions."""
    runs = list(desk.runs())
    shown: dict[str, list[str]] = {}
    said: list[str] = []
    for condition in intent.conditions:
        if condition.metric and not desk.known.metric_names(condition.metric):
            return ((yield from not_logged(condition.metric, desk)),)
        chosen = yield from select_runs(condition, desk)
        if not chosen.known:
            return (CountFacts(intent, (), desk.total, said=chosen.said, rows=desk.rows, unmet=(condition,)),)
        runs = [run for run in runs if run in chosen.runs]
        said.append(chosen.said)
        for run, text in chosen.shown:
            shown.setdefault(run, []).extend([text] if text else [])
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
    chosen = yield from _satisfying(condition, desk)
    if not condition.denied or not chosen.known:
        return chosen
    return Chosen(chosen.rest, chosen.denied, True, chosen.shown, chosen.said)


def _satisfying(condition: Condition, desk: Desk) -> Steps[Chosen]:
    """The same, whether the condition is denied or not."""
    if condition.metric and condition.bound:
        return (yield from _by_metric(condition, desk))
    if condition.runs:
        return by_name(condition.runs, desk)
    if condition.than:
        return (yield from beside_run(condition, desk))
    if condition.length and condition.bound:
        return (yield from _by_length(condition, condition.bound, desk))
    if condition.param or condition.word:
        return (yield from _by_setting(condition, desk))
    if condition.aspect:
        return (yield from _by_finding(condition.either or (condition.aspect,), desk))
    if condition.which == "short":
        short, whole = yield from cut_short(desk)
        there = {run for run, _ in short}
        ends = ((row.run.run, "its log ends in a crash") for row in desk.rows if row.run.status == "crashed")
        short = (*short, *(one for one in ends if one[0] not in there))
        whole = tuple(one for one in whole if one[0] not in dict(short))
        said = "fewer epochs or steps than planned"
        return Chosen(short, said, bool(short or whole), whole, "all the epochs or steps that were planned")
    return _by_verdict(condition.which or "all", desk)


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
        extreme = "lowest" if how.startswith("<") else "highest"
        spot = place.spot if place and place.spot in WHERE else extreme
        spot = best_spot(goal) if place and place.spot == "best" else spot
        (outcome,) = yield (sql.at_spots(names, (), (spot,)),)
        found = readings(outcome, spot, names)
        where = " at best" if place and place.spot == "best" else WHERE.get(spot, "")
    bound = scaled(condition.bound, found)
    good = [r for r in found if holds(r.value, how, bound)]
    good.sort(key=lambda r: r.value or 0.0, reverse=best_spot(goal) == "highest")
    name, passed = code(names[0]), f"{WORDS[how]} {_as_asked(condition.bound, bound)}{where}"
    return Chosen(
        read_off(good),
        f"{name} {passed}{'' if where else ' at some point'}",
        rest=read_off([r for r in found if r not in good]),
        denied=f"{name} {'not' if where else 'never'} {passed}",
    )


def _as_asked(asked: Bound, scaled: float) -> str:
    """The bound in the asker's unit."""
    return f"{value_text(asked.value)}%" if asked.percent and scaled != asked.value else value_text(scaled)


def _by_length(condition: Condition, bound: Bound, desk: Desk) -> Steps[Chosen]:
    found = yield from measured(Subject("length", unit=condition.length), desk.runs(), desk)
    good = [r for r in found if holds(r.value, bound.how, bound.value)]
    size, unit = next((s, u) for s, u in UNITS_OF_TIME if bound.value % s == 0 or s == 1.0)
    size, unit = (size, unit) if condition.length == "time" else (1.0, condition.length or "step")
    said = f"a length of {LONG[bound.how]} {counted(bound.value / size, unit)}"
    shown = [tuple((r.run, _lasted(r)) for r in group) for group in (good, found)]
    rest = tuple(pair for pair in shown[1] if pair not in shown[0])
    return Chosen(shown[0], said, bool(found), rest, f"not {said}")


def _lasted(r: Reading) -> str:
    return lasting(r.value or 0.0) if r.metric == "second" else counted(r.value or 0.0, r.metric)


def _by_setting(condition: Condition, desk: Desk) -> Steps[Chosen]:
    if condition.word and not condition.param:
        (outcome,) = yield (sql.values_of_word(condition.word),)
        rows = rows_of(outcome)
        if not rows:
            others = yield from _others_of(condition.word, desk)
            return Chosen(said=f"'{harmless(condition.word)}' in their settings{others}", known=False)
        return (yield from _by_key(condition, tuple(dict.fromkeys(str(r["key"]) for r in rows)), desk))
    keys = desk.known.param_keys(condition.param)
    if not keys:
        return Chosen(said=f"{harmless(condition.param.replace('_', ' '))} in their settings", known=False)
    return (yield from _by_key(condition, keys, desk))


def _others_of(word: str, desk: Desk) -> Steps[str]:
    """What the setting is that the word is a value of, where no run has that value."""
    key = next((key for key, values in VALUES_OF.items() if word in values), "")
    keys = desk.known.param_keys(key) if key else ()
    if not keys:
        return ""
    (outcome,) = yield (sql.settings_by_value(keys, desk.runs()),)
    told = [f"{harmless(str(row['value']))} in {counted(number(row['runs']) or 0, 'run')}" for row in rows_of(outcome)]
    return f"; {code(keys[0])} is {listed(told[:4])}" if told else ""


def _by_key(condition: Condition, keys: tuple[str, ...], desk: Desk) -> Steps[Chosen]:
    (outcome,) = yield (sql.settings(keys),)
    rows = rows_of(outcome)
    good = [r for r in rows if _matches(condition, r)]
    with_it = {str(r["run"]) for r in good}
    rest = {str(r["run"]): _set(r) for r in rows if str(r["run"]) not in with_it}
    unset = {run: f"{code(keys[0])} not set" for run in desk.runs() if run not in with_it and run not in rest}
    said, denied = _setting_said(condition, keys[0])
    return Chosen(tuple((str(r["run"]), _set(r)) for r in good), said, True, tuple({**rest, **unset}.items()), denied)


def _set(row: dict[str, Scalar]) -> str:
    return f"{code(str(row['key']))} = {value_text(row['value'])}"


def _setting_said(condition: Condition, key: str) -> tuple[str, str]:
    """The condition in words, and its denial."""
    name = code(key)
    if condition.either:
        wanted = " or ".join(map(harmless, condition.either))
        return f"{name} = {wanted} as you asked", f"{name} other than {wanted}"
    if condition.bound:
        how, wanted = condition.bound.how, value_text(condition.bound.value)
        return f"{name} {WORDS[how] if how != '==' else '='} {wanted}", f"{name} not {WORDS[how]} {wanted}"
    if condition.word:
        return f"{name} = {harmless(condition.word)}", f"{name} other than {harmless(condition.word)}"
    return f"{name} in use", f"{name} not in use"


def _matches(condition: Condition, row: dict[str, Scalar]) -> bool:
    """Whether a setting is as wanted; where no value is wanted, whether the thing is in use at all."""
    if condition.either:
        return any(_is_value(wanted, row["value"]) for wanted in condition.either)
    if condition.bound:
        value = number(row.get("number")) if row.get("number") is not None else number(row["value"])
        return holds(value, condition.bound.how, condition.bound.value)
    if condition.word:
        words = re.split(r"[^a-z0-9]+", str(row["value"]).lower())
        return condition.word.lower() in words or condition.word.lower() == str(row["value"]).lower()
    return str(row["value"]).strip().lower() not in OFF and number(row["value"]) != 0


def _is_value(wanted: str, value: Scalar) -> bool:
    own, other = number(value), number(wanted)
    return own == other if other is not None else wanted.lower() == str(value).lower()


def _by_finding(aspects: tuple[str, ...], desk: Desk) -> Steps[Chosen]:
    """Runs with a finding of one of the kinds; where none has and none could be checked for it, that is not known."""
    family = {one for aspect in aspects for one in FAMILIES.get(aspect, {aspect}) - LOOSELY.get(aspect, frozenset())}
    (outcome,) = yield (sql.found_in_runs(family),)
    shown: dict[str, str] = {}
    for row in rows_of(outcome):
        if row["finding"] in family:
            shown.setdefault(str(row["run"]), f"{row['finding']}{_onset(row)}")
    if "crash" in aspects:
        crashed = {row.run.run: "its log ends in a crash" for row in desk.rows if row.run.status == "crashed"}
        shown = {**crashed, **shown}
    name = " or ".join(ASPECT_WORDS[a][1] if a in ASPECT_WORDS else label(a) for a in aspects)
    if not shown:
        (gaps,) = yield (sql.not_checked(family),)
        unseen = {(str(row["run"]), str(row["finding"])) for row in rows_of(gaps)}
        if {(run, one) for run in desk.runs() for one in family} <= unseen:
            why = Counter(str(row["reason"]) for row in rows_of(gaps)).most_common(1)[0][0]
            return Chosen(said=f"what a check for {name} needs: {prose(why).rstrip('.')}", known=False)
    rest = tuple((run, "") for run in desk.runs() if run not in shown)
    return Chosen(tuple(shown.items()), f"signs of {name}", True, rest, f"no signs of {name}")


def _onset(row: dict[str, Scalar]) -> str:
    for unit in ("step", "epoch"):
        at = number(row.get(f"onset_{unit}"))
        if at is not None:
            return f" from {unit} {value_text(at)}"
    return ""


def _wrong(row: RunRow, which: str) -> str:
    found = row.headline_finding
    return meaning(found.id).says if found and which == "broken" else ""


def _by_verdict(which: str, desk: Desk) -> Chosen:
    if which == "broken":
        rows = [r for r in desk.rows if r.verdict == "faulty"]
    elif which == "healthy":
        rows = [r for r in desk.rows if r.verdict == "healthy"]
    elif which in SAID_OF_STATUS:
        rows = [r for r in desk.rows if r.run.status == which]
        if not any(r.run.status in SAID_OF_STATUS for r in desk.rows):
            return Chosen(said=f"{SAID_OF_STATUS[which]}, as far as their logs tell", known=False)
    else:
        rows = list(desk.rows)
    said = {"broken": "something wrong", "healthy": "a clean bill of health", "all": ""} | SAID_OF_STATUS
    shown = tuple((r.run.run, _wrong(r, which)) for r in rows)
    there = {run for run, _ in shown}
    rest = tuple((r.run.run, "") for r in desk.rows if r.run.run not in there)
    return Chosen(shown, said[which], True, rest, f"no {said[which]}")
