"""Answers about where runs will end: yes, no or why neither can be said; then the course and what stopping saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agent.offline.facts import ForeseenFacts
from agent.offline.texts import code, harmless, prose, value_text
from agent.offline.troubles import label
from agent.offline.write.voice import Voice, sentence, since
from agent.phrases import WORTH, Cite, course_ahead, saved_by_stopping, why_worth
from tools.lessons import Outlook
from tools.outlook import ENOUGH_SIBLINGS
from tools.records import Finding
from tools.results import Foreseen

WORTH_YES: Mapping[str, str] = {"yes": "Yes", "no": "No"}
STOP_YES: Mapping[str, str] = {"yes": "No", "no": "Yes"}
OVER: Mapping[str, str] = {"worth": "No: ", "stop": "No: ", "saved": "Nothing: "}
UNPLANNED = "Log the planned length with the settings (`max_steps` or `epochs`), or finish three runs beside it"


def tell_foreseen(facts: ForeseenFacts, voice: Voice) -> str:
    """Each run in a paragraph; of two that are held against each other, who ends better first."""
    told = [_run(one, facts.intent.asked, voice) for one in facts.runs]
    if len(told) > 1:  # no line is set bold like the head of a list, whose items a count before it would have to match
        told = [one.replace("**", "") for one in told]
    if facts.intent.asked == "better" and len(facts.runs) > 1:
        told.insert(0, _better(facts.runs[0], facts.runs[1], voice))
    if facts.left_out > 0:
        told.append(f"{facts.left_out} more were meant; name them to hear of them.")
    return "\n\n".join(told)


def _run(told: Foreseen, asked: str, voice: Voice) -> str:
    run, view = voice.name(told.run.run), told.outlook
    if view is None:
        return f"**It cannot be said: {run} logged no loss, score or reward to go by.** {_trouble(told)}".strip()
    if told.is_over:
        return _over(told, view, asked, voice)
    shown = replace(view, metric=code(view.metric), basis=prose(view.basis), currency=harmless(view.currency))
    answer = {"end": _end, "saved": _saved}.get(asked, _worth)(run, shown, asked, cites_of(told, voice))
    return f"{answer} {_trouble(told)}".strip()


def _over(told: Foreseen, view: Outlook, asked: str, voice: Voice) -> str:
    cited = voice.cite(told.run.run, view.value, view.metric, "last")
    crashed = " by a crash" if told.run.status == "crashed" else ""
    ended = f"{voice.name(told.run.run)} is over{crashed}"
    last = (
        f"its last finite {code(view.metric)} was {value_text(view.value)}{cited} at {view.axis} {value_text(view.at)}"
    )
    return f"**{OVER.get(asked, '')}{ended}; {last}.** {_trouble(told)}".strip()


def _worth(run: str, view: Outlook, asked: str, cite: Cite) -> str:
    said = (STOP_YES if asked == "stop" else WORTH_YES).get(view.worth)
    why, saves = why_worth(view, cite), saved_by_stopping(view, cite)
    course = sentence(course_ahead(view, cite))
    saved = f" Stopping now saves {saves}." if saves else ""
    if said is None:
        head = f"**It cannot be said whether {run} is worth continuing: {_reason(view)}.**"
        return f"{head} {_whys(view, why)}{course}{saved}"
    is_worth = WORTH[view.worth].removeprefix("It ")
    return f"**{said}: {run} {is_worth}.** {sentence(why)} {course}{saved}"


def _whys(view: Outlook, why: str) -> str:
    return f"{UNPLANNED}. " if view.end is None else f"{sentence(why)} "


def _reason(view: Outlook) -> str:
    """What is missing."""
    if view.end is None:
        return "nothing says how long it is to train"
    if view.forecast is None:
        return "too little of it is logged"
    if view.chance is None:
        return "no finished run is beside it"
    return (
        "too few runs beside it are over"
        if view.siblings < ENOUGH_SIBLINGS
        else "the chance to beat the others is neither good nor nil"
    )


def _end(run: str, view: Outlook, _asked: str, cite: Cite) -> str:
    if view.forecast is not None:
        return f"**{run}: {course_ahead(view, cite)}.** {sentence(why_worth(view, cite))} {_left(view, cite)}".strip()
    reason = view.basis if view.worth == "no" else _reason(view)
    missing = f" {UNPLANNED}." if view.end is None else ""
    return f"**It cannot be said where {run} will end: {reason}.** {sentence(course_ahead(view, cite))}{missing}"


def _left(view: Outlook, cite: Cite) -> str:
    saves = saved_by_stopping(view, cite)
    return f"Left are {saves}." if saves else ""


def _saved(run: str, view: Outlook, _asked: str, cite: Cite) -> str:
    saves = saved_by_stopping(view, cite)
    if not saves:
        return f"**It cannot be said what stopping {run} saves: {_reason(view)}.** {UNPLANNED}."
    untold = ["hours, as no times are logged"] if view.hours is None else []
    untold += ["money, as no price of an hour is set"] if view.money is None and not untold else []
    missing = f" It cannot be told in {untold[0]}." if untold else ""
    return f"**Stopping {run} now saves {saves}.**{missing} {WORTH[view.worth]}: {why_worth(view, cite)}."


def _trouble(told: Foreseen) -> str:
    """What is wrong and what ended the learning, a sentence each."""
    fatal, cause = told.fatal, told.cause
    parts = []
    if fatal is not None:
        parts.append(f"{label(fatal.id).capitalize()}{_from(fatal)} ended what it could learn. {_seen(fatal)}")
    if cause is not None and (fatal is None or cause.id != fatal.id):
        parts.append(
            f"{'It began with' if fatal else 'What is wrong is'} {label(cause.id)}{_from(cause)}. {_seen(cause)}"
        )
    return " ".join(parts)


def _from(finding: Finding) -> str:
    return f" from {at} on" if (at := since(finding)) else ""


def _seen(finding: Finding) -> str:
    return sentence(prose(finding.summary))


def _better(one: Foreseen, other: Foreseen, voice: Voice) -> str:
    """Yes or no where the ends, or the intervals that hold them, lie apart."""
    better = "ended better" if one.is_over and other.is_over else "ends better"
    names = f"{voice.name(one.run.run)} {better} than {voice.name(other.run.run)}"
    own, theirs = one.outlook, other.outlook
    if own is None or theirs is None or own.metric != theirs.metric:
        return f"**It cannot be said whether {names}:** no metric is foreseen for both."
    ends, others = _ends(one, own), _ends(other, theirs)
    if ends is None or others is None:
        missing = [told for told, found in ((one, ends), (other, others)) if found is None]
        return f"**It cannot be said whether {names}:** where {voice.name(missing[0].run.run)} ends is not known."
    if own.goal == "higher":
        ends, others = (-ends[1], -ends[0]), (-others[1], -others[0])
    if ends[1] < others[0]:
        return f"**Yes: {names}**, by {code(own.metric)}."
    if ends[0] > others[1]:
        return f"**No: {voice.name(other.run.run)} {better}**, by {code(own.metric)}."
    return f"**It cannot be said whether {names}:** both may end alike, by {code(own.metric)}."


def _ends(told: Foreseen, view: Outlook) -> tuple[float, float] | None:
    """Between what a run ends."""
    if told.is_over:
        return view.value, view.value
    return None if view.low is None or view.high is None else (view.low, view.high)


def cites_of(told: Foreseen, voice: Voice) -> Cite:
    """What cites a figure of an outlook: one of the run itself, or one of the runs beside it."""

    def cite(field: str, value: float) -> str:
        of_others = field in ("median", "best")
        run, named = ("", f"{field} of finished runs") if of_others else (told.run.run, field)
        return voice.cite(run, value, label=named)

    return cite
