"""Runs that are named, and runs held against one of them: "which are better than run 3"."""

from __future__ import annotations

from dataclasses import replace

from agent.offline.chosen import WORDS, Chosen, holds, read_off
from agent.offline.desk import Desk, Steps, goal_of, metric_or_default
from agent.offline.subjects import measured
from agent.offline.terms import Condition, MetricAsk, Place, Subject
from agent.offline.texts import code, harmless, value_text


def by_name(runs: tuple[str, ...], desk: Desk) -> Chosen:
    """These very runs."""
    rest = tuple((run, "") for run in desk.runs() if run not in runs)
    names = " or ".join(harmless(desk.known.label(run)) for run in runs)
    return Chosen(tuple((run, "") for run in runs), f"the name {names}", True, rest, f"another name than {names}")


def beside_run(condition: Condition, desk: Desk) -> Steps[Chosen]:
    """Runs that are on one side of a run: better than it, with a higher rate than it."""
    if condition.param:
        subject, goal = Subject("setting", key=condition.param), "higher"
    else:
        names, _ = metric_or_default(condition.metric, desk)
        goal = goal_of(names, desk) if names else "higher"
        subject = Subject("metric", metric=condition.metric or MetricAsk(names[0] if names else "metric"))
        subject = replace(subject, place=condition.place or Place("best"))
    found = yield from measured(subject, desk.runs(), desk)
    own = next((r for r in found if r.run == condition.than), None)
    name = harmless(desk.known.label(condition.than))
    if own is None or own.value is None:
        return Chosen(said=f"what {name} could be held against", known=False)
    up = condition.side == "above" or ((condition.side == "better") == (goal == "higher") and condition.side != "below")
    how = ">" if up else "<"
    others = [r for r in found if r.run != own.run]
    good = sorted((r for r in others if holds(r.value, how, own.value)), key=lambda r: r.value or 0.0, reverse=up)
    word = "best " if subject.kind == "metric" and condition.place is None else ""
    said = f"{word}{code(own.metric)} {WORDS[how]} that of {name} ({value_text(own.value)})"
    rest = read_off([r for r in others if r not in good])
    return Chosen(read_off(good), said, True, rest, f"no {said}")
