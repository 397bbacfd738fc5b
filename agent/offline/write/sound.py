"""Answers about runs in which nothing was found: the premise is denied with numbers, a lag is not hidden."""

from __future__ import annotations

from agent.offline.case import Case, Lag, Turning
from agent.offline.course_facts import AsideFacts
from agent.offline.intents import Health, When, Why
from agent.offline.remarks import remarks_of
from agent.offline.texts import code, harmless, prose, spot_text, value_text
from agent.offline.troubles import ASPECT_WORDS, label, meaning
from agent.offline.write.remarks import worth_knowing
from agent.offline.write.voice import Voice, sentence, since
from tools.results import DiagnosedRun, log_requests

Question = Why | When | Health
LR_ASPECTS = {"lr_too_low": "the learning rate is too low", "lr_too_high": "the learning rate is too high"}
APART = 1.5
"""Validation loss so many times training loss is a gap worth telling."""


def fine(intent: Question, case: Case, voice: Voice) -> str:
    """Nothing is the matter with this run."""
    aspect = intent.aspect if intent.aspect in ASPECT_WORDS else ""
    if case.turning and case.turning.rises and aspect in ("", "overfitting"):
        return _risen(intent, case, case.turning, voice)
    if told := untold(intent, case, voice):
        return f"{told}{_next_log(case.diagnosed)}"
    if case.lag:
        return _lagging(intent, case, case.lag, voice)
    sign = f"; there is no sign of {ASPECT_WORDS[aspect][1]}" if aspect else ""
    remarked = remarks_of(case.diagnosed.diagnosis.findings)
    checked = f"None of the checks found {'a fault' if remarked else 'anything'}{sign}."
    numbers = turned(case, voice) or level(case.diagnosed.run.run, voice)
    apart = _distance(case) if aspect == "overfitting" else ""
    if apart:
        head = f"**No, {voice.name(case.diagnosed.run.run)} does not overfit, but it has a gap: {apart}.**"
        return " ".join(p for p in (head, numbers, worth_knowing(case.diagnosed, voice), _gaps(case.diagnosed)) if p)
    known = worth_knowing(case.diagnosed, voice)
    return " ".join(p for p in (denial(intent, case, voice), numbers, checked, known, _gaps(case.diagnosed)) if p)


def untold(intent: Question, case: Case, voice: Voice) -> str:
    """Why what was asked about could not be looked for, "" where it could."""
    gap = case.unchecked(intent.aspect)
    said = ASPECT_WORDS[intent.aspect][0] if gap and intent.aspect in ASPECT_WORDS else ""
    run = voice.name(case.diagnosed.run.run)
    return f"**It cannot be told whether {run} did {said}:** {sentence(prose(gap))}" if said else ""


def denial(intent: Question, case: Case, voice: Voice) -> str:
    """ "run-3 did not diverge", "Yes, run-3 is healthy", "No, " where trouble was asked for."""
    run, aspect = voice.name(case.diagnosed.run.run), intent.aspect
    healthy = case.diagnosed.diagnosis.verdict == "healthy"
    if isinstance(intent, Health) and aspect in ASPECT_WORDS:
        return f"**No, {run} does not {ASPECT_WORDS[aspect][0]}.**"
    if isinstance(intent, Health):
        said = "can be used: nothing is wrong with it" if intent.use else "is healthy"
        return f"**{yes_or_no(intent, faulty=False)}{run} {said}.**"
    verb = ASPECT_WORDS[aspect][0] if aspect in ASPECT_WORDS else "fail"
    return f"**{run} did not {verb}: it is healthy.**" if healthy else f"**{run} did not {verb}.**"


def yes_or_no(intent: Question, faulty: bool) -> str:
    """How an answer about a run begins, "" where neither was asked for."""
    if not isinstance(intent, Health) or intent.wants == "verdict":
        return ""
    return "Yes, " if faulty == (intent.wants == "trouble") else "No, "


def level(run: str, voice: Voice) -> str:
    """How well the run does on its headline metric."""
    row = voice.row(run)
    if row is None or not row.metric or row.best is None:
        return ""
    at = f" at {row.axis} {value_text(row.best_step)}" if row.best_step is not None else ""
    last = f" and it ended at {value_text(row.last)}" if row.last is not None else ""
    return f"Its best {code(row.metric)} is {value_text(row.best)}{at}{voice.cite(run, row.best, row.metric)}{last}."


def turned(case: Case, voice: Voice) -> str:
    """Where validation loss was lowest and where it ended."""
    turn = case.turning
    if turn is None or turn.lowest.value is None:
        return ""
    low, last, train = turn.lowest, turn.last, turn.train
    text = f"{code(low.metric)} is lowest{spot_text(low)}: {value_text(low.value)}{voice.source(low)}"
    text += f"; it ended at {value_text(last.value)}{voice.source(last)}"
    if train:
        text += f", while {code(train.metric)} ended at {value_text(train.value)}{voice.source(train)}"
    return f"{text}."


def _distance(case: Case) -> str:
    """That validation loss lies far above training loss, though it has not turned; "" where it does not."""
    turn = case.turning
    if turn is None or turn.train is None or not turn.train.value or turn.last.value is None:
        return ""
    times = turn.last.value / turn.train.value
    if times < APART or turn.last.value <= 0 or turn.train.value <= 0:
        return ""
    val, train = (f"{code(r.metric)} {value_text(r.value)}" for r in (turn.last, turn.train))
    return f"it ended with {val} and {train}, {times:.1f} times as much on what it has not seen"


def _risen(intent: Question, case: Case, turning: Turning, voice: Voice) -> str:
    """No check fired, but validation loss rose far above its minimum while training loss fell: say what it is."""
    run = voice.name(case.diagnosed.run.run)
    opening = yes_or_no(intent, faulty=True)
    says = f"{run} overfits" if opening != "No, " else f"{run} is not healthy: it overfits"
    fix = f"Stop{spot_text(turning.lowest)} (early stopping), or add regularisation or data."
    return f"**{opening}{says}, since{spot_text(turning.lowest).replace(' at', '', 1)}.** {turned(case, voice)} {fix}"


def _lagging(intent: Question, case: Case, lag: Lag, voice: Voice) -> str:
    """No check fired, but it is far behind a similar run."""
    run, other = voice.name(case.diagnosed.run.run), voice.name(lag.other.run)
    first = case.suspects[0] if case.suspects else None
    if first and first.key and (case_of := LR_ASPECTS.get(intent.aspect)) and case_of == first.words:
        head = f"**{'Yes, m' if isinstance(intent, Health) else 'M'}ost likely: {run} never got near the other runs**"
    elif intent.aspect in ASPECT_WORDS:
        no = "No, " if isinstance(intent, Health) else ""
        head = f"**{no}{run} did not {ASPECT_WORDS[intent.aspect][0]}.** But it never got anywhere near the others"
    else:
        head = f"**{run} is broken by no check, but it never got anywhere near the other runs**"
    if intent.aspect == "advice" and case.suspects:
        return _advised(case, lag, voice)
    start = f"{head}, from the start: its best {code(lag.metric)} is {voice.read(lag.own)}"
    return f"{start}, that of the similar run {other} {voice.read(lag.other)}. {_cause(case, lag, voice)}"


def _advised(case: Case, lag: Lag, voice: Voice) -> str:
    """What to change about it: what the similar run has."""
    first, own, other = case.suspects[0], voice.name(lag.own.run), voice.name(lag.other.run)
    wanted = f"{value_text(first.other)}{voice.cite(lag.other.run, first.other, label=first.key)}"
    now = f"{value_text(first.own)}{voice.cite(lag.own.run, first.own, label=first.key)}"
    only = "they differ in nothing else" if first.only else "other settings differ too"
    reached = f"{other} got {code(lag.metric)} to {voice.read(lag.other)}, {own} to {voice.read(lag.own)}"
    head = (
        f"**For {own}: set {code(first.key)} as the similar run {other} has it: {wanted} in {other}, {now} in {own}**"
    )
    return f"{head}; {only}. {reached}. No check fired for it."


def _cause(case: Case, lag: Lag, voice: Voice) -> str:
    if not case.suspects:
        return "Their settings do not differ, so the cause does not show."
    run, other = case.diagnosed.run.run, lag.other.run
    said = "; ".join(
        f"{code(s.key)} = {value_text(s.own)}{voice.cite(run, s.own, label=s.key)} in {voice.name(run)},"
        f" {value_text(s.other)}{voice.cite(other, s.other, label=s.key)} in {voice.name(other)}"
        for s in case.suspects[:3]
    )
    first = case.suspects[0]
    only = "they differ in nothing else" if first.only else "several settings differ, this is the most telling"
    return f"The likely cause: {first.words} ({said}); {only}."


def _gaps(diagnosed: DiagnosedRun) -> str:
    """What could not be checked, for want of data."""
    missing = [harmless(label(n.id)) for n in diagnosed.diagnosis.not_checked]
    named = f"{', '.join(missing[:3])} and others" if len(missing) > 4 else ", ".join(missing)
    return f"({named} could not be checked with what was logged.{_next_log(diagnosed)})" if missing else ""


def _next_log(diagnosed: DiagnosedRun) -> str:
    """The one thing to log that makes most checks possible."""
    wanted = log_requests(diagnosed.diagnosis.not_checked)[:1]
    return f" Next time: {prose(wanted[0][0])}" if wanted else ""


def unjudged(diagnosed: DiagnosedRun, voice: Voice) -> str:
    """Too little was logged."""
    power = sentence(harmless(diagnosed.diagnosis.power, 300))
    told = f"**{voice.name(diagnosed.run.run)} cannot be judged:** too little was logged. {power}{_next_log(diagnosed)}"
    return told.strip()


def tell_aside(facts: AsideFacts, voice: Voice) -> str:
    """Whether anything but the trouble that is set aside is wrong."""
    run = voice.name(facts.run)
    if facts.others:
        other = facts.others[0]
        when = f", from {since(other)} on" if since(other) else ""
        return f"**No, {run} {meaning(other.id).says}{when}.** {sentence(harmless(other.summary, 300))}"
    known = f"besides that it {meaning(facts.aside[0].id).says}, " if facts.aside else ""
    return f"**Yes: {known}no check found anything in {run}.** {level(facts.run, voice)}".strip()
