"""What is worth knowing about a run without being a fault: what was seen, and what it means."""

from __future__ import annotations

from agent.offline.facts import RemarkFacts
from agent.offline.remarks import REMARKS, remark, remarks_of
from agent.offline.texts import prose
from agent.offline.troubles import grave, label, meaning
from agent.offline.write.voice import Voice, sentence
from tools.records import Finding
from tools.results import DiagnosedRun

MOST = 2
"""So many are told in full, the others are named."""
OF_A_GROUP = frozenset({"seed_variance"})
"""Their numbers are those of several runs and no evidence about this one."""


def tell_remarks(facts: RemarkFacts, voice: Voice) -> str:
    """The remark that was asked about, then how the run is otherwise."""
    run = voice.name(facts.diagnosed.run.run)
    if not facts.found:
        return _denied(facts, run)
    first = facts.found[0]
    yes = "Yes, " if facts.intent.yes_no else ""
    parts = [f"**{yes}{run} {remark(first).says}.**", _seen(first, facts.diagnosed, voice)]
    parts += [prose_of(other, facts.diagnosed, voice) for other in facts.found[1:MOST]]
    return " ".join([*parts, sentence(prose(first.fix)), _otherwise(facts.diagnosed, run)]).strip()


def worth_knowing(diagnosed: DiagnosedRun, voice: Voice) -> str:
    """All remarks about a run that is fine."""
    found = remarks_of(diagnosed.diagnosis.findings)
    full = [one for one in found if one.id not in OF_A_GROUP][:MOST]
    others = ", ".join(label(one.id) for one in found if one not in full)
    told = [prose_of(one, diagnosed, voice) for one in full] + ([f"Also: {others}."] if others else [])
    text = " ".join(told)
    return f"Worth knowing: {text[0].lower()}{text[1:]}" if full else f"Worth knowing: {others}." if others else ""


def prose_of(finding: Finding, diagnosed: DiagnosedRun, voice: Voice) -> str:
    """ "It has a loss that oscillates. Loss swings by 0.1 every 90 steps. [e3, e4] That means: ..."."""
    return f"It {remark(finding).says}. {_seen(finding, diagnosed, voice)}"


def _seen(finding: Finding, diagnosed: DiagnosedRun, voice: Voice) -> str:
    means = remark(finding).means
    shown = f"{sentence(prose(finding.summary))}{cites(finding, diagnosed.run.run, voice)}"
    return f"{shown} That means: {means}." if means else shown


def cites(finding: Finding, run: str, voice: Voice) -> str:
    """ " [e3, e4]" for the evidence of a finding."""
    cited = (voice.cite(run, e.value, e.metric).strip(" []") for e in finding.evidence[:4])
    unique = dict.fromkeys(c for c in cited if c)
    return f" [{', '.join(unique)}]" if unique else ""


def _denied(facts: RemarkFacts, run: str) -> str:
    """Looked for in vain, or not looked for."""
    topic = facts.intent.topics[0]
    gap = next((n for n in facts.diagnosed.diagnosis.not_checked if n.id == topic), None)
    if gap:
        return f"**Whether that is so of {run} cannot be told:** {label(topic)} was not checked ({prose(gap.reason)})."
    return f"**No, {REMARKS[topic].denied.format(run=run)}.** {_otherwise(facts.diagnosed, run)}".strip()


def _otherwise(diagnosed: DiagnosedRun, run: str) -> str:
    """The verdict."""
    found = grave(diagnosed.diagnosis.findings)
    if found:
        return f"Something is wrong with {run} too: it {meaning(found[0].id).says}."
    return f"Nothing is wrong with {run} otherwise." if diagnosed.diagnosis.verdict == "healthy" else ""
