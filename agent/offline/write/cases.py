"""Answers about runs that are broken: verdict first, since when, why, evidence, how sure, what to change."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agent.offline.case import Case
from agent.offline.facts import CaseFacts
from agent.offline.intents import Health, When, Why
from agent.offline.remarks import remarks_of
from agent.offline.suspects import Suspect
from agent.offline.texts import code, harmless, prose, spot_text, value_text
from agent.offline.troubles import SYMPTOMS, bears_out, canonical, grave, label, meaning
from agent.offline.write.advice import trial
from agent.offline.write.beside import beside
from agent.offline.write.orders import orders_in
from agent.offline.write.remarks import cites
from agent.offline.write.sound import denial, fine, turned, unjudged, untold, yes_or_no
from agent.offline.write.voice import Voice, sentence, since, table
from agent.phrases import first_sentence
from tools.records import Finding
from tools.results import log_requests

SURE, FAIRLY_SURE = 0.85, 0.6
TELLING_RATIO = 3.0
"""A setting within this factor of a healthy run's explains little by itself."""
TELLING_WHEN_ABSENT = ("warmup", "grad_clip", "weight_decay", "dropout", "init", "norm")
"""Settings whose absence says that the thing was left out; of others it only says that nobody wrote them down."""
TELLING_GAPS = frozenset({"grad_norm", "eval_loss", "learning_rate"})
ENDS = ("oom_crash", "crash", "divergence", "nan_loss")
"""How a run ends; what led there is its root."""
GRADUAL = ("overfitting", "late_stopping")
"""Findings that need no beginning."""
Question = Why | When | Health
PARTS = ("Overall assessment", "Root cause", "Specific recommendations", "Priority actions")


def tell_cases(facts: CaseFacts, voice: Voice) -> str:
    """One run in full; two one after the other, more as a table."""
    if len(facts.cases) > 2:
        return _several(facts, voice)
    return "\n\n".join(_case(facts.intent, case, voice) for case in facts.cases)


def _case(intent: Question, case: Case, voice: Voice) -> str:
    findings = grave(case.diagnosed.diagnosis.findings)
    found = [finding.id for finding in findings]
    if isinstance(intent, Why) and intent.in_full and (not intent.aspect or bears_out(intent.aspect, found)):
        text = tell_in_full(intent, case, findings, voice)
    elif not findings:
        judged = case.diagnosed.diagnosis.verdict != "cannot_judge"
        text = fine(intent, case, voice) if judged else unjudged(case.diagnosed, voice)
    elif isinstance(intent, When):
        text = _when(intent, case, findings, voice)
    elif intent.aspect == "advice":
        text = _advice(case, findings, voice)
    elif intent.aspect and not bears_out(intent.aspect, found):
        otherwise = _broken(Why(intent.who), case, findings, voice)
        head = untold(intent, case, voice) or denial(intent, case, voice)
        text = f"{head} Something else is wrong with it:\n\n{otherwise}"
    else:
        text = _broken(intent, case, findings, voice)
    run = case.diagnosed.run
    return "\n\n".join([text, *orders_in(voice.name(run.run), case.diagnosed.params, case.story, run.name)])


def _when(intent: When, case: Case, findings: list[Finding], voice: Voice) -> str:
    run = case.diagnosed.run.run
    first = _fitting(intent.aspect, findings)
    says, at = f"{voice.name(run)} {meaning(first.id).says}", since(first)
    later = [f for f in findings if f is not first and since(f) not in ("", at)]
    also = f" Also seen: {_others(later)}" if later else ""
    if not at:
        summary = sentence(prose(first.summary))
        return f"**From the start.** {says}; there is no single moment at which it turned. {summary}{also}"
    if intent.stop and case.turning:
        best = spot_text(case.turning.lowest).strip()
        told = f"{turned(case, voice)} {says}, from {at} on.{also}"
        return f"**It was best {best}**, so it should have stopped there. {told}"
    cited = voice.cite(run, first.onset_step if first.onset_step is not None else first.onset_epoch)
    return f"**Since {at}**{cited}: {says}. {turned(case, voice) or sentence(prose(first.summary))}{also}"


def _fitting(aspect: str, findings: list[Finding]) -> Finding:
    """The finding that was asked about, else the root."""
    return next((f for f in findings if aspect and bears_out(aspect, [f.id])), findings[0])


def _broken(intent: Question, case: Case, findings: list[Finding], voice: Voice) -> str:
    root = _fitting(intent.aspect, findings)
    verdict = _verdict(intent, case, root, voice)
    if voice.verbosity == "short":
        return f"{verdict}\n{_points({'What to change': first_sentence(_fix(case, root, voice))})}"
    points = _points(
        {
            **_seen(case, root, findings, voice),
            "Measured": turned(case, voice) if isinstance(intent, Health) else "",
            "How sure": _certainty(case, root),
            "What to change": _fix(case, root, voice),
        }
    )
    return f"{verdict}\n\n{points}"


def _seen(case: Case, root: Finding, findings: list[Finding], voice: Voice) -> dict[str, str]:
    """What happened and why, by title."""
    return {
        "What happened": f"{sentence(prose(root.summary))}{cites(root, case.diagnosed.run.run, voice)}",
        "Why": beside(case, voice),
        "Also seen": _others([f for f in findings if f is not root]),
        "In the log": _quote(case),
    }


def _points(parts: Mapping[str, str]) -> str:
    return "\n".join(f"- **{title}:** {text}" for title, text in parts.items() if text)


def tell_in_full(intent: Why, case: Case, findings: list[Finding], voice: Voice) -> str:
    """The four parts of an analysis, for a healthy run too."""
    diagnosed = case.diagnosed
    if not findings:
        judged = diagnosed.diagnosis.verdict != "cannot_judge"
        verdict = fine(intent, case, voice) if judged else unjudged(diagnosed, voice)
        parts = [verdict, "No fault was found in what was logged.", "Nothing to change.", ""]
    else:
        root = findings[0]
        verdict = f"{_verdict(intent, case, root, voice)}\n\nHow sure: {_certainty(case, root)}"
        trials = "\n".join(map(trial, case.steps.advice)) if case.steps else ""
        advised = "\n\n".join(part for part in (_fix(case, root, voice), trials) if part)
        parts = [
            verdict,
            _points(_seen(case, root, findings, voice)),
            advised,
            f"{voice.name(diagnosed.run.run)}: {first_sentence(_fix(case, root, voice))}",
        ]
    to_log = [sentence(prose(one)) for one, _ in log_requests(diagnosed.diagnosis.not_checked)[:2]]
    actions = [part for part in (parts[3], *to_log) if part]
    parts[3] = "\n".join(f"{i}. {one}" for i, one in enumerate(actions, 1)) or "None."
    parts[0] = "\n\n".join(part for part in (parts[0], voice.context()) if part)
    return "\n\n".join(f"### {title}\n\n{part}" for title, part in zip(PARTS, parts, strict=True))


def _verdict(intent: Question, case: Case, root: Finding, voice: Voice) -> str:
    run = voice.name(case.diagnosed.run.run)
    shown = _visible(intent, root, grave(case.diagnosed.diagnosis.findings))
    says = f"{meaning(shown.id).says}{_from(shown)}"
    if isinstance(intent, Health) and intent.wants == "health":
        says = f"{'should not be used' if intent.use else 'is not healthy'}: it {says}"
    head = f"{yes_or_no(intent, faulty=True)}{run} {says}."
    began = f" It began with {label(root.id)}{_from(root)}." if shown is not root else ""
    return f"**{head}**{began}{_blame(case, root, voice)}"


def _visible(intent: Question, root: Finding, findings: list[Finding]) -> Finding:
    """What people see happen: the finding asked about, else the end that the root led to."""
    asked = next((f for f in findings if f.id == intent.aspect), None)
    ends = (f for f in findings if f.id in ENDS and f.role_in_cascade == "effect")
    return asked or next(ends, root)


def _from(finding: Finding) -> str:
    at = since(finding)
    return f", from {at} on" if at else ", from the start" if finding.id not in GRADUAL else ""


def _blame(case: Case, root: Finding, voice: Voice) -> str:
    """The setting behind it, with its value."""
    run, suspect = case.diagnosed.run.run, _suspect(case, root)
    if root.id in SYMPTOMS and suspect:
        cited = voice.cite(run, suspect.own, label=suspect.key)
        return f" The likely cause: {suspect.words} ({code(suspect.key)} = {value_text(suspect.own)}{cited})."
    wanted = meaning(root.id).keys[:2]
    shown = [
        f"{code(key)} is {value_text(value)}{voice.cite(run, value, label=key)}"
        for name in wanted
        for key, value in case.diagnosed.params.items()
        if canonical(key) == name
    ]
    return f" Its {' and '.join(shown[:2])}." if shown else ""


def _suspect(case: Case, root: Finding) -> Suspect | None:
    """The setting that most likely explains a symptom: one that the finding itself speaks of, else the most telling."""
    told = root.summary.lower().replace("_", " ")
    named = (s for s in case.suspects if (name := canonical(s.key).replace("_", " ")) and name in told)
    first = next(named, None) or (case.suspects[0] if case.suspects else None)
    if first is None or (first.own is None and canonical(first.key) not in TELLING_WHEN_ABSENT):
        return None
    if first.only or first.ratio is None:
        return first
    far = max(first.ratio, 1 / first.ratio) if first.ratio > 0 else 1.0
    return first if far >= TELLING_RATIO else None


def _others(others: list[Finding]) -> str:
    """Further findings in a line, consequences called so."""
    told = []
    for finding in others[:3]:
        at = f" from {since(finding)}" if since(finding) else ""
        told.append(f"{label(finding.id)}{at}{', a consequence' if finding.role_in_cascade == 'effect' else ''}")
    return "; ".join(told) + "." if told else ""


def _quote(case: Case) -> str:
    """The line of the log that says most: the root of a crash where it is known."""
    crash = case.diagnosed.run.crash
    if crash is not None:
        return f'line {crash.line}: "{harmless(crash.text, 160)}"'
    lines = case.story.lines if case.story else ()
    grave_ones = [line for line in lines if line.level in ("error", "critical", "fatal")]
    telling = [line for line in lines if re.search(r"error|memory|killed|exception|nan|abort", line.text, re.I)]
    best = telling or grave_ones
    return f'line {best[-1].line}: "{harmless(best[-1].text, 160)}"' if best else ""


def _certainty(case: Case, root: Finding) -> str:
    level = "high" if root.confidence >= SURE else "fair" if root.confidence >= FAIRLY_SURE else "moderate"
    said = f"{level} ({value_text(round(root.confidence * 100))}%)."
    other = case.diagnosed.counterpart
    if other and other.confounded and len(case.suspects) > 1:
        keys = " and ".join(code(s.key) for s in case.suspects[:4])
        said += f" Against it: {keys} changed together in that comparison, so it alone cannot tell which one matters."
    gaps = [label(n.id) for n in case.diagnosed.diagnosis.not_checked if set(n.missing) & TELLING_GAPS]
    return said + (f" Not checkable with what was logged: {', '.join(gaps[:3])}." if gaps else "")


def _fix(case: Case, root: Finding, voice: Voice) -> str:
    """What a healthy sibling shows before what the playbook says, unless both are about the same setting."""
    run = case.diagnosed.run.run
    shown = [s for s in case.diagnosed.suggestions if s.proposed is not None and not s.finding][:1]
    told = [
        f"Set {code(s.param)} to {value_text(s.proposed)}{voice.cite(run, s.proposed, label=s.param)}"
        f" ({harmless(s.reason, 160)})."
        for s in shown
    ]
    fix = sentence(prose(root.fix))
    same = any(canonical(s.param).replace("_", " ") in fix.lower() for s in shown if canonical(s.param))
    told += [] if same else [fix]
    return " ".join(t for t in told if t) or "Rerun with the settings of the healthy run."


def _advice(case: Case, findings: list[Finding], voice: Voice) -> str:
    """What to change about a broken run, first things first."""
    head = f"**For {voice.name(case.diagnosed.run.run)}, which {meaning(findings[0].id).says}:**"
    fixes = dict.fromkeys(_fix(case, finding, voice) for finding in findings[:3])
    steps = "\n".join(f"{i}. {fix}" for i, fix in enumerate(fixes, 1))
    return "\n\n".join(p for p in (head, steps, beside(case, voice)) if p)


def _several(facts: CaseFacts, voice: Voice) -> str:
    """Many runs: one line each."""
    rows = [_line(case, voice) for case in facts.cases]
    bad = sum(bool(grave(case.diagnosed.diagnosis.findings)) for case in facts.cases)
    wrong = [c.diagnosed.run.run for c in facts.cases if grave(c.diagnosed.diagnosis.findings)]
    named = "All of these have" if bad == len(facts.cases) else f"{voice.names(wrong)} {'has' if bad == 1 else 'have'}"
    head = f"**{named} something wrong.**" if bad else "**Nothing is wrong with these runs.**"
    notes = [
        note
        for case in facts.cases
        for note in orders_in(voice.name(case.diagnosed.run.run), case.diagnosed.params, case.story)
    ]
    return "\n\n".join([head, table(["run", "what", "since", "what to change"], rows), *notes])


def _line(case: Case, voice: Voice) -> list[str]:
    found, run = grave(case.diagnosed.diagnosis.findings), voice.name(case.diagnosed.run.run)
    if not found:
        known = ", ".join(label(f.id) for f in remarks_of(case.diagnosed.diagnosis.findings)[:2])
        return [run, f"is healthy (worth knowing: {known})" if known else "is healthy", "–", "–"]
    return [run, meaning(found[0].id).says, since(found[0]) or "the start", prose(found[0].fix, 160)]
