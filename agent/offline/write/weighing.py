"""Answers that weigh: this cause or that one, the same fault elsewhere, the run most like another."""

from __future__ import annotations

from agent.offline.figure_facts import BlameFacts, EitherFacts, ElsewhereFacts, NearestFacts, RemedyFacts, RivalFacts
from agent.offline.texts import code, listed, prose, value_text
from agent.offline.troubles import canonical, grave, label, meaning
from agent.offline.write.remarks import worth_knowing
from agent.offline.write.voice import Voice, since, table
from tools.lessons import HypothesisStatus, SettingEffect
from tools.records import Finding
from tools.results import DiagnosedRun, WeighedCause

MOST_KEYS = 6
OF_THE_MACHINE = ("throughput_drop",)
"""Faults that begin on the machine, whatever the settings are."""
SAYS: dict[HypothesisStatus, str] = {
    "supported": "the runs speak for it",
    "refuted": "the runs speak against it",
    "proposed": "possible, but not proven",
    "untestable": "the data does not say",
}


def tell_blame(facts: BlameFacts, voice: Voice) -> str:
    """Whether the cause holds, why, and what was found instead."""
    run, cause = voice.name(facts.diagnosed.run.run), _cause(facts.cause, facts.diagnosed)
    root = _root(facts.diagnosed)
    if root is None:
        return f"**No: nothing is wrong with {run}**, so {cause} is to blame for nothing."
    instead = f"What was found: {_found(root, run)}"
    if facts.weighed is None:
        return f"**The data does not say:** {cause} is neither a setting of {run} nor a check. {instead}"
    why = prose(facts.weighed.hypothesis.why, 200)
    if root.id in OF_THE_MACHINE and canonical(facts.cause):
        why = f"it was the same before {since(root)}, when the steps were still fast"
    heads = {
        "supported": f"**Yes, {cause} is to blame in {run}**: {why}.",
        "refuted": f"**No, {cause} is not what is wrong with {run}**: {why}.",
        "proposed": f"**Perhaps, but {cause} is not proven to be the cause in {run}**: {why}.",
        "untestable": f"**The data does not say whether {cause} is to blame in {run}**: {why}.",
    }
    return f"{heads[_status(facts.cause, facts.weighed, root)]} {instead}"


def tell_remedy(facts: RemedyFacts, voice: Voice) -> str:
    """Whether changing it would mend the run."""
    run, cause = voice.name(facts.diagnosed.run.run), _cause(facts.key, facts.diagnosed)
    root = _root(facts.diagnosed)
    if root is None:
        return ""
    status = _status(facts.key, facts.weighed, root)
    why = f": {prose(facts.weighed.hypothesis.why, 200)}" if facts.weighed else ""
    if status == "supported":
        return f"**Yes, most likely: {cause} is what is wrong with {run}**{why}."
    if status == "refuted":
        return f"**No, not by itself: {cause} is not what is wrong with {run}**{why}."
    if facts.advised:
        return f"**It may help: {cause} is part of what is advised for {run}**, but no run proves that it is enough."
    return f"**The data does not say whether {cause} would mend {run}**{why}."


def _root(diagnosed: DiagnosedRun) -> Finding | None:
    found = grave(diagnosed.diagnosis.findings)
    return found[0] if found else None


def _found(root: Finding, run: str) -> str:
    return f"{run} {meaning(root.id).says}{f', from {since(root)} on' if since(root) else ''}."


def _cause(name: str, diagnosed: DiagnosedRun) -> str:
    own = diagnosed.params.get(name)
    if own is not None:
        return f"{code(name)} ({value_text(own)})"
    return code(name) if canonical(name) else label(name)


def _status(name: str, weighed: WeighedCause | None, root: Finding) -> HypothesisStatus:
    """What the runs say of a cause; a setting that the check itself names as the cause needs no second run, and none
    that stayed the same made a machine slow in the middle of a run."""
    status: HypothesisStatus = weighed.hypothesis.status if weighed else "untestable"
    if root.id in OF_THE_MACHINE and root.onset_step and canonical(name):
        return "refuted"
    meant = meaning(root.id)
    named = bool(meant.cause) and canonical(name) != "" and canonical(name) in meant.keys[:1]
    return "supported" if named and status in ("proposed", "untestable") else status


def tell_either(facts: EitherFacts, voice: Voice) -> str:
    """The cause that holds against those that do not, then each with what speaks for or against it."""
    run, root = voice.name(facts.diagnosed.run.run), _root(facts.diagnosed)
    causes = [_cause(name, facts.diagnosed) for name, _ in facts.options]
    if root is None:
        known = worth_knowing(facts.diagnosed, voice)
        wrong = "no check found a fault in" if known else "nothing is wrong with"
        return f"**Neither {' nor '.join(causes)}: {wrong} {run}.** {known}".strip()
    states = [_status(name, weighed, root) for name, weighed in facts.options]
    lines = "\n".join(
        f"- {cause}: {SAYS[state]}{_why(weighed)}"
        for cause, state, (_, weighed) in zip(causes, states, facts.options, strict=True)
    )
    return f"**{_head(run, causes, states)}** {_found(root, run)}\n\n{lines}"


def _why(weighed: WeighedCause | None) -> str:
    return f" ({prose(weighed.hypothesis.why, 200)})." if weighed else "; it is neither a setting nor a check."


def _head(run: str, causes: list[str], states: list[HypothesisStatus]) -> str:
    by = {state: [c for c, s in zip(causes, states, strict=True) if s == state] for state in SAYS}
    if len(by["supported"]) == len(causes):
        return f"Both, in {run}: {listed(causes)}."
    if by["supported"]:
        others = [c for c in causes if c not in by["supported"]]
        return f"In {run} it is {listed(by['supported'])}, not {listed(others)}."
    if len(by["refuted"]) == len(causes):
        return f"In {run} it is neither {' nor '.join(causes)}."
    if by["proposed"] and by["refuted"]:
        return f"In {run} rather {listed(by['proposed'])} than {listed(by['refuted'])}, but that is not proven."
    return f"The data does not say which of them it is in {run}."


def tell_rivals(facts: RivalFacts, voice: Voice) -> str:
    """Which of the settings moves the outcome more, over all runs."""
    found = [(key, _effect(key, facts)) for key in facts.keys]
    told = [(key, one) for key, one in found if one is not None and one.importance is not None]
    missing = [code(key.replace("_", " ")) for key, one in found if one is None or one.importance is None]
    still = f" Of {listed(missing)} the data does not say it: no two values, or too few runs." if missing else ""
    if not told:
        notes = "; ".join(prose(note) for note in facts.analysis.notes)
        return f"**The data does not say which matters more.**{still} {notes}".strip()
    told.sort(key=lambda one: -(one[1].importance or 0.0))
    first = told[0][1]
    rows = [[code(one.key), _weight(one), _run_of_best(one, facts, voice)] for _, one in told]
    unsure = len(told) > 1 and (told[1][1].importance_high or 0.0) > (first.importance_low or 0.0)
    head = f"Rather {code(first.key)}" if unsure else f"It is {code(first.key)}"
    rest = f" than {listed([code(one.key) for _, one in told[1:]])}" if unsure else ""
    rest = rest or (f", not {listed([code(one.key) for _, one in told[1:]])}" if len(told) > 1 else "")
    sure = " Their intervals overlap, so this is not certain." if unsure else ""
    grid = table(["setting", "importance (90% interval)", "best run"], rows)
    return f"**{head}{rest}** for {code(facts.analysis.metric)}.{still}{sure}\n\n{grid}"


def _effect(key: str, facts: RivalFacts) -> SettingEffect | None:
    return next((e for e in facts.analysis.effects if key in (e.key, canonical(e.key))), None)


def _weight(one: SettingEffect) -> str:
    return f"{one.importance or 0.0:.3g} ({one.importance_low or 0.0:.3g} to {one.importance_high or 0.0:.3g})"


def _run_of_best(one: SettingEffect, facts: RivalFacts, voice: Voice) -> str:
    levels = [level for level in one.levels if level.best is not None]
    pick = (min if facts.analysis.goal == "lower" else max)(levels, key=lambda level: level.best or 0.0, default=None)
    return f"{voice.name(pick.run)} ({' to '.join(map(value_text, pick.values))})" if pick else "–"


def tell_elsewhere(facts: ElsewhereFacts, voice: Voice) -> str:
    """Whether other runs have it, and what else is wrong with the others."""
    run = voice.name(facts.run)
    if facts.finding is None:
        return f"**Nothing is wrong with {run}**, so there is nothing to look for in the other runs."
    what = label(facts.finding.id)
    broken = f" Broken by something else: {voice.names(facts.broken)}." if facts.broken else ""
    if not facts.others:
        return f"**No, {run} is the only one with {what}.**{broken or ' Nothing is wrong with the other runs.'}"
    told = [voice.name(other) + (f" (from {at} on)" if at else " (from the start)") for other, at in facts.others]
    return f"**Yes, {listed(told)} {'shows' if len(told) == 1 else 'show'} the same as {run}: {what}.**{broken}"


def tell_nearest(facts: NearestFacts, voice: Voice) -> str:
    """The most similar run, what differs, and how both did."""
    run, kind = voice.name(facts.run), "healthy run" if facts.sound else "run"
    if not facts.nearest:
        return f"**The data does not say:** there is no other {kind} beside {run}."
    first, compared = voice.name(facts.nearest[0]), facts.comparison
    head = f"**The {kind} most like {run} is {first}.**"
    tied = [voice.name(other) for other in facts.nearest[1:]]
    also = f" As near: {listed(tied)}." if tied else ""
    differing = [p for p in compared.params if not p.incidental] if compared else []
    if not differing:
        return f"{head} They do not differ in anything that can matter.{also}"
    rows = [[code(p.key), *(value_text(v) for v in p.values)] for p in differing[:MOST_KEYS]]
    best = facts.best
    reached = f" The best {code(best.metric)} of {first} is {voice.read(best)}." if best else ""
    return f"{head}{reached}{also}\n\n{table(['setting', run, first], rows)}"
