"""A broken run beside the healthy run most like it: settings, outcomes, where the curves part."""

from __future__ import annotations

from agent.offline.case import Case
from agent.offline.texts import code, value_text
from agent.offline.write.voice import Voice
from tools.lessons import Separation
from tools.results import Counterpart


def beside(case: Case, voice: Voice) -> str:
    """The comparison with the nearest healthy run."""
    other = case.diagnosed.counterpart
    if other is None or not case.suspects:
        return ""
    run, sibling = voice.name(case.diagnosed.run.run), voice.name(other.run.run)
    said = [
        f"{code(s.key)} ({value_text(s.own)} in {run}, {value_text(s.other)} in {sibling}"
        f"{voice.cite(other.run.run, s.other, label=s.key)})"
        for s in case.suspects[:3]
    ]
    parts = [
        f"The most similar healthy run, {sibling}, differs {'only in' if case.suspects[0].only else 'in'} "
        f"{', '.join(said)}.",
        _reached(other, case.diagnosed.run.run, voice),
        _parted(other, voice),
        *(_separated(one, voice) for one in other.separated),
    ]
    return " ".join(part for part in parts if part)


def _reached(other: Counterpart, own_run: str, voice: Voice) -> str:
    if other.best is None or not other.metric:
        return ""
    reached = f"{code(other.metric)} {value_text(other.best)}{voice.cite(other.run.run, other.best, other.metric)}"
    if other.own_best is None:
        return f"It reached {reached}."
    own = f"{value_text(other.own_best)}{voice.cite(own_run, other.own_best, other.metric)}"
    return f"It reached {reached}, {voice.name(own_run)} {own}."


def _parted(other: Counterpart, voice: Voice) -> str:
    """From where on the broken run stays worse, with the values of both."""
    gap = other.gap
    if gap is None or gap.parted is None:
        return ""
    own, theirs = gap.points[:2]
    told = [f"{voice.name(p.run)} {value_text(p.value)}{voice.cite(p.run, p.value, p.metric)}" for p in (own, theirs)]
    return f"Their {code(gap.metric)} parts at {gap.axis} {value_text(gap.parted)}: {told[0]}, {told[1]}."


def _separated(one: Separation, voice: Voice) -> str:
    """Two runs that tell apart what changed together here."""
    names = [f"{voice.name(run)} ({value_text(value)})" for run, value in zip(one.runs, one.values, strict=True)]
    bests = [
        f"{'nothing finite' if best is None else value_text(best)}{voice.cite(run, best, one.metric)} "
        f"in {voice.name(run)}"
        for run, best in zip(one.runs, one.bests, strict=True)
    ]
    return f"Only in {code(one.key)} differ {' and '.join(names)}: best {code(one.metric)} {', '.join(bests)}."
