"""Answers about single runs: verdict first, since when, why, evidence, how sure, what to change."""

from __future__ import annotations

import re

from agent.offline.facts import Case, CaseFacts, DescribeFacts, StoryFacts
from agent.offline.intents import Health, When, Why
from agent.offline.texts import code, harmless, prose, spot_text, value_text
from agent.offline.troubles import ASPECT_WORDS, SYMPTOMS, Suspect, bears_out, canonical, grave, label, meaning
from agent.offline.write.orders import orders_in
from agent.offline.write.voice import Voice, sentence, since, table
from tools.records import Finding
from tools.results import DiagnosedRun


def tell_cases(facts: CaseFacts, voice: Voice) -> str:
    """One run in full; several as sections, more than two as a table."""
    if len(facts.cases) > 2:
        return _several(facts, voice)
    return "\n\n".join(_case(facts.intent, case, voice) for case in facts.cases)


def _case(intent: Why | When | Health, case: Case, voice: Voice) -> str:
    findings = grave(case.diagnosed.diagnosis.findings)
    asked = intent.aspect if intent.aspect != "advice" else ""
    if case.diagnosed.diagnosis.verdict == "cannot_judge" and not findings:
        text = _unjudged(case.diagnosed, voice)
    elif not findings:
        text = _fine(intent, case, voice)
    elif isinstance(intent, When):
        text = _when(intent, case, findings, voice)
    elif intent.aspect == "advice":
        text = _advice(case, findings, voice)
    elif asked and not bears_out(asked, [f.id for f in findings]):
        text = _otherwise(intent, asked, case, findings, voice)
    else:
        text = _broken(intent, case, findings, voice)
    notes = orders_in(voice.name(case.diagnosed.run.run), case.diagnosed.params, case.story, case.diagnosed.run.name)
    return "\n\n".join([text, *notes])


def _fine(intent: Why | When | Health, case: Case, voice: Voice) -> str:
    """The premise is wrong: nothing is the matter with this run."""
    run = voice.name(case.diagnosed.run.run)
    numbers = _turned(case, voice) or _level(case.diagnosed.run.run, voice)
    aspect = intent.aspect if intent.aspect in ASPECT_WORDS else ""
    if case.lag:
        return _lagging(intent, aspect, case, voice)
    if isinstance(intent, Health) and not aspect:
        first = (
            f"**Yes, {run} is healthy.**"
            if not intent.use
            else f"**Yes, {run} can be used: nothing is wrong with it.**"
        )
    elif isinstance(intent, Health):
        first = f"**No, {run} does not {_verb(aspect)}.**"
    else:
        first = f"**{run} did not {_verb(aspect) if aspect else 'fail'}: it is healthy.**"
    checked = (
        "None of the checks found anything"
        + (f"; there is no sign of {ASPECT_WORDS[aspect][1]}" if aspect else "")
        + "."
    )
    return " ".join(p for p in (first, numbers, checked, _gaps(case.diagnosed)) if p)


def _lagging(intent: Why | When | Health, aspect: str, case: Case, voice: Voice) -> str:
    """No check fired, but it is far behind a similar run."""
    assert case.lag
    own, other, run = case.lag.own, case.lag.other, voice.name(case.diagnosed.run.run)
    denied = (
        f"**{'No, ' if isinstance(intent, Health) else ''}{run} did not {_verb(aspect)}.** But it"
        if aspect
        else f"**{run} is not broken by any check, but it"
    )
    start = f"{denied} never got anywhere near the other runs, from the start:{'' if aspect else '**'} its best {code(case.lag.metric)} is {voice.read(own)}, that of the similar run {voice.name(other.run)} {voice.read(other)}."
    if not case.suspects:
        return f"{start} Their settings do not differ, so the cause does not show."
    first = case.suspects[0]
    said = "; ".join(
        f"{code(s.key)} = {value_text(s.own)} here, {value_text(s.other)} there" for s in case.suspects[:3]
    )
    sure = (
        "they differ in nothing else"
        if first.only
        else "several settings differ, so this is the most telling one of them"
    )
    return f"{start} The likely cause: {first.words} ({said}); {sure}."


def _turned(case: Case, voice: Voice) -> str:
    """Where validation loss was lowest and where it ended."""
    turn = case.turning
    if turn is None or turn.lowest.value is None:
        return ""
    text = f"{code(turn.lowest.metric)} is lowest{spot_text(turn.lowest)}: {value_text(turn.lowest.value)}{voice.cite(turn.lowest.run, turn.lowest.value, turn.lowest.metric)}; it ended at {value_text(turn.last.value)}{voice.cite(turn.last.run, turn.last.value, turn.last.metric)}"
    train = (
        f", while {code(turn.train.metric)} ended at {value_text(turn.train.value)}{voice.cite(turn.train.run, turn.train.value, turn.train.metric)}"
        if turn.train
        else ""
    )
    return f"{text}{train}."


def _verb(aspect: str) -> str:
    return ASPECT_WORDS[aspect][0]


def _level(run: str, voice: Voice) -> str:
    """How well the run does on its headline metric."""
    row = voice.row(run)
    if row is None or not row.metric or row.best is None:
        return ""
    at = f" at {row.axis} {value_text(row.best_step)}" if row.best_step is not None else ""
    last = f" and it ended at {value_text(row.last)}" if row.last is not None else ""
    return f"Its best {code(row.metric)} is {value_text(row.best)}{at}{voice.cite(run, row.best, row.metric)}{last}."


def _gaps(diagnosed: DiagnosedRun) -> str:
    """What could not be checked, for want of data."""
    missing = [harmless(n.id.replace("_", " ")) for n in diagnosed.diagnosis.not_checked]
    if len(missing) > 4:
        return f"({', '.join(missing[:3])} and others could not be checked with what was logged.)"
    return f"({', '.join(missing)} could not be checked with what was logged.)" if missing else ""


def _unjudged(diagnosed: DiagnosedRun, voice: Voice) -> str:
    power = harmless(diagnosed.diagnosis.power, 300)
    return f"**{voice.name(diagnosed.run.run)} cannot be judged:** too little was logged. {sentence(power)}".strip()


def _otherwise(intent: Why | When | Health, aspect: str, case: Case, findings: list[Finding], voice: Voice) -> str:
    """It is broken, but not in the way that was presumed."""
    run = voice.name(case.diagnosed.run.run)
    opening = (
        f"**No, {run} does not {_verb(aspect)}.**"
        if isinstance(intent, Health)
        else f"**{run} did not {_verb(aspect)}.**"
    )
    return f"{opening} Something else is wrong with it:\n\n{_broken(Why(intent.who), case, findings, voice)}"


def _when(intent: When, case: Case, findings: list[Finding], voice: Voice) -> str:
    run = voice.name(case.diagnosed.run.run)
    first = _fitting(intent.aspect, findings)
    at = since(first)
    cited = voice.cite(case.diagnosed.run.run, first.onset_step if first.onset_step is not None else first.onset_epoch)
    others = [f for f in findings if f is not first and f.role_in_cascade == "effect" and since(f) not in ("", at)]
    if not at:
        return f"**From the start.** {run} {meaning(first.id).says}; there is no single moment at which it turned. {prose(first.summary)}"
    opening = f"**Since {at}**{cited}: {run} {meaning(first.id).says}."
    opening += f" Also seen: {_others(others)}" if others else ""
    return f"{opening} {_turned(case, voice) or sentence(prose(first.summary))}"


def _fitting(aspect: str, findings: list[Finding]) -> Finding:
    """The finding that was asked about, else the root."""
    return next((f for f in findings if aspect and bears_out(aspect, [f.id])), findings[0])


def _broken(intent: Why | When | Health, case: Case, findings: list[Finding], voice: Voice) -> str:
    run_id, root = case.diagnosed.run.run, _fitting(intent.aspect, findings)
    lines = [_verdict(intent, case, root, findings, voice)]
    lines.append(f"- **What happened:** {sentence(prose(root.summary))}{_cites(root, run_id, voice)}")
    lines += [f"- **Measured:** {_turned(case, voice)}"] if case.turning and isinstance(intent, Health) else []
    reason = _reason(case, root, voice)
    lines += [f"- **Why:** {reason}"] if reason else []
    others = [f for f in findings if f is not root]
    lines += [f"- **Also seen:** {_others(others)}"] if others else []
    lines += [f"- **In the log:** {_quote(case)}"] if case.story and _quote(case) else []
    lines.append(f"- **How sure:** {_certainty(case, root)}")
    lines.append(f"- **What to change:** {_fix(case, root, voice)}")
    return lines[0] + "\n\n" + "\n".join(lines[1:])


def _verdict(intent: Why | When | Health, case: Case, root: Finding, findings: list[Finding], voice: Voice) -> str:
    run = voice.name(case.diagnosed.run.run)
    at = since(root)
    when = f", from {at} on" if at else ", from the start" if root.id not in ("overfitting", "late_stopping") else ""
    if isinstance(intent, Health) and intent.aspect:
        head = f"Yes: {run} {meaning(root.id).says}{when}."
    elif isinstance(intent, Health):
        unfit = "should not be used" if intent.use else "is not healthy"
        head = f"No, {run} {unfit}: it {meaning(root.id).says}{when}."
    else:
        head = f"{run} {meaning(root.id).says}{when}."
    return f"**{head}**{_blame(case, root, voice)}"


def _blame(case: Case, root: Finding, voice: Voice) -> str:
    """The setting behind it, with its value."""
    settings = _settings(case, root, voice)
    suspect = _suspect(case, root)
    if root.id in SYMPTOMS and suspect:
        return f" The likely cause: {suspect.words} ({code(suspect.key)} = {value_text(suspect.own)}{voice.cite(case.diagnosed.run.run, suspect.own, label=suspect.key)})."
    return f" Its {settings}." if settings else ""


def _settings(case: Case, root: Finding, voice: Voice) -> str:
    """ "`lr` = 6e-05 [e4]" for the settings that the finding points at."""
    wanted = meaning(root.id).keys[:2]
    run = case.diagnosed.run.run
    shown = [
        f"{code(key)} is {value_text(value)}{voice.cite(run, value, label=key)}"
        for name in wanted
        for key, value in case.diagnosed.params.items()
        if canonical(key) == name
    ]
    return " and ".join(shown[:2])


def _suspect(case: Case, root: Finding) -> Suspect | None:
    """The setting that most likely explains a symptom."""
    if not case.suspects:
        return None
    first = case.suspects[0]
    telling = first.only or first.ratio is None or max(first.ratio, 1 / first.ratio if first.ratio > 0 else 1.0) >= 3
    return first if telling else None


def _reason(case: Case, root: Finding, voice: Voice) -> str:
    """The comparison with the nearest healthy run."""
    other = case.diagnosed.counterpart
    parts: list[str] = []
    if other and case.suspects:
        sibling = voice.name(other.run.run)
        said = [
            f"{code(s.key)} = {value_text(s.own)} here, {value_text(s.other)} there{voice.cite(other.run.run, s.other, label=s.key)}"
            for s in case.suspects[:3]
        ]
        only = "only in" if case.suspects[0].only else "in"
        parts.append(f"The most similar healthy run, {sibling}, differs {only} {'; '.join(said)}.")
        if other.best is not None and other.metric:
            own = (
                f", against {value_text(other.own_best)}{voice.cite(case.diagnosed.run.run, other.own_best, other.metric)} here"
                if other.own_best is not None
                else ""
            )
            parts.append(
                f"It reached {code(other.metric)} {value_text(other.best)}{voice.cite(other.run.run, other.best, other.metric)}{own}."
            )
    return " ".join(p for p in parts if p)


def _cites(finding: Finding, run: str, voice: Voice) -> str:
    ids = [c for e in finding.evidence[:4] if (c := voice.cite(run, e.value, e.metric))]
    unique = dict.fromkeys(c.strip(" []") for c in ids)
    return f" [{', '.join(unique)}]" if unique else ""


def _others(others: list[Finding]) -> str:
    """Further findings in a line, consequences called so."""
    told = []
    for finding in others[:3]:
        role = ", a consequence" if finding.role_in_cascade == "effect" else ""
        at = since(finding)
        told.append(f"{label(finding.id)}{f' from {at}' if at else ''}{role}")
    return "; ".join(told) + "."


def _quote(case: Case) -> str:
    """The line of the log that says most."""
    if case.story is None:
        return ""
    worst = [line for line in case.story.lines if line.level in ("error", "critical", "fatal")] or [
        line for line in case.story.lines if re.search(r"error|memory|killed|exception|nan|abort", line.text, re.I)
    ]
    line = worst[-1] if worst else None
    return f'line {line.line}: "{harmless(line.text, 160)}"' if line else ""


def _certainty(case: Case, root: Finding) -> str:
    level = "high" if root.confidence >= 0.85 else "fair" if root.confidence >= 0.6 else "moderate"
    said = f"{level} ({value_text(round(root.confidence * 100))} %)."
    other = case.diagnosed.counterpart
    if other and other.confounded and len(case.suspects) > 1:
        keys = " and ".join(code(s.key) for s in case.suspects[:4])
        said += f" Against it: {keys} changed together in that comparison, so it alone cannot tell which one matters."
    gaps = [
        n.id.replace("_", " ")
        for n in case.diagnosed.diagnosis.not_checked
        if set(n.missing) & {"grad_norm", "eval_loss", "learning_rate"}
    ]
    return said + (f" Not checkable with what was logged: {', '.join(gaps[:3])}." if gaps else "")


def _fix(case: Case, root: Finding, voice: Voice) -> str:
    fix = prose(root.fix)
    proposed = [
        f"set {code(s.param)} to {value_text(s.proposed)}{voice.cite(case.diagnosed.run.run, s.proposed, label=s.param)}"
        for s in case.diagnosed.suggestions[:3]
        if s.proposed is not None and (not s.finding or s.finding == root.id)
    ]
    return (
        " ".join(p for p in (sentence(fix), sentence("; ".join(proposed)) if proposed and not fix else "") if p)
        or "Rerun with the settings of the healthy run."
    )


def _advice(case: Case, findings: list[Finding], voice: Voice) -> str:
    """What to change about a broken run, first things first."""
    run = voice.name(case.diagnosed.run.run)
    lines = [f"**For {run}, which {meaning(findings[0].id).says}:**", ""]
    lines += [f"{i}. {_fix(case, finding, voice)}" for i, finding in enumerate(findings[:3], 1)]
    reason = _reason(case, findings[0], voice)
    return "\n".join(lines) + (f"\n\n{reason}" if reason else "")


def _several(facts: CaseFacts, voice: Voice) -> str:
    """Many runs: one line each."""
    rows = []
    for case in facts.cases:
        found = grave(case.diagnosed.diagnosis.findings)
        root = found[0] if found else None
        what = meaning(root.id).says if root else "is healthy"
        rows.append(
            [
                voice.name(case.diagnosed.run.run),
                what,
                (since(root) or "from the start") if root else "–",
                prose(root.fix, 160) if root else "–",
            ]
        )
    bad = [voice.name(c.diagnosed.run.run) for c in facts.cases if grave(c.diagnosed.diagnosis.findings)]
    head = f"**{len(bad)} of these have something wrong.**" if bad else "**Nothing is wrong with these runs.**"
    notes = [n for c in facts.cases for n in orders_in(voice.name(c.diagnosed.run.run), c.diagnosed.params, c.story)]
    return "\n\n".join([head, table(["run", "what", "since", "what to change"], rows), *notes])


def tell_description(facts: DescribeFacts, voice: Voice) -> str:
    """A run in brief."""
    run = facts.description.run
    found = grave(facts.diagnosed.diagnosis.findings) if facts.diagnosed else []
    judged = (
        f"it {meaning(found[0].id).says}"
        if found
        else {"healthy": "healthy", "cannot_judge": "it cannot be judged"}.get(
            facts.description.verdict, facts.description.verdict
        )
    )
    head = f"**{voice.name(run.run)}: {judged}{f', from {since(found[0])} on' if found and since(found[0]) else ''}.**"
    about = (
        f"Status {run.status}, {run.points} points logged"
        + (f", last step {value_text(run.steps)}" if run.steps is not None else "")
        + "."
    )
    rows = [
        [code(m.name), value_text(m.first), value_text(m.min), value_text(m.max), value_text(m.last)]
        for m in facts.description.metrics[:8]
    ]
    settings = ", ".join(
        f"{code(k)} = {value_text(v)}"
        for k, v in list(facts.description.params.items())[:14]
        if not orders_in("", {k: v})
    )
    notes = orders_in(voice.name(run.run), facts.description.params, None, run.name)
    parts = [
        head,
        about,
        _level(run.run, voice),
        table(["metric", "first", "min", "max", "last"], rows) if rows else "",
        f"Settings: {settings}." if settings else "",
        *notes,
    ]
    return "\n\n".join(p for p in parts if p)


def tell_story(facts: StoryFacts, voice: Voice) -> str:
    """Lines of the logs, quoted."""
    told, notes = [], []
    for excerpt in facts.excerpts:
        lines = [
            line
            for line in excerpt.lines
            if not facts.pattern or re.search(facts.pattern, f"{line.level} {line.text}", re.I)
        ]
        notes += orders_in(voice.name(excerpt.run), {}, excerpt)
        if lines:
            quoted = "\n".join(f"- line {line.line}: {harmless(line.text, 160)}" for line in lines[:10])
            told.append(f"**{voice.name(excerpt.run)}**\n{quoted}")
    if not told:
        what = {"error": "errors", "warn": "warnings"}.get(facts.pattern, "lines beside the metrics")
        return "\n\n".join(
            [
                f"**No {what} were logged**"
                + (f" by {voice.names([e.run for e in facts.excerpts])}." if facts.excerpts else "."),
                *notes,
            ]
        )
    return "\n\n".join([*told, *notes])
