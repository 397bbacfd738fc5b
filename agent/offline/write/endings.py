"""How a run ended, in words: whether it got to its planned end first, then what its log says of it."""

from __future__ import annotations

from agent.offline.course_facts import EndedFacts
from agent.offline.texts import harmless, value_text
from agent.offline.troubles import meaning
from agent.offline.write.voice import Voice, since

STOPPED_BY_FAULT = ("crashed", "failed", "killed")


def tell_ended(facts: EndedFacts, voice: Voice) -> str:
    """Yes or no, how far it got, the lines about it, and what else is known of the reason."""
    return " ".join(part for part in (f"**{_head(facts, voice)}.**", _why(facts, voice)) if part)


def _head(facts: EndedFacts, voice: Voice) -> str:
    run = voice.name(facts.run)
    if facts.short:
        yes = {"whole": "No, ", "short": "Yes, ", "why": ""}[facts.intent.asked]
        return f"{yes}{run} stopped early: it ran {facts.short} planned"
    if facts.whole:
        yes = {"whole": "Yes, ", "short": "No, ", "why": ""}[facts.intent.asked]
        return f"{yes}{run} ran to its planned end: {facts.whole}"
    if facts.status in STOPPED_BY_FAULT:
        return f"{'No, ' if facts.intent.asked == 'whole' else ''}{run} {facts.status}{_at(facts)}"
    if facts.stopped_itself:
        return f"{'Yes, ' if facts.intent.asked == 'short' else ''}{run} was stopped by early stopping{_at(facts)}"
    unsure = f"{run} ended{_at(facts)}, and its settings do not say how long it was to run"
    return unsure if facts.intent.asked == "why" else f"It cannot be told: {unsure}"


def _at(facts: EndedFacts) -> str:
    if facts.epoch is not None:
        return f" at epoch {value_text(facts.epoch)}"
    return f" at step {value_text(facts.step)}" if facts.step is not None else ""


def _why(facts: EndedFacts, voice: Voice) -> str:
    """What the log says, else that it says nothing; a fault that may have ended it."""
    told = [f'Line {line.line} of the log: "{harmless(line.text, 160)}".' for line in facts.lines]
    fault = facts.fault
    if fault and (facts.short or facts.status in STOPPED_BY_FAULT or facts.intent.asked == "why"):
        when = f", from {since(fault)} on" if since(fault) else ""
        told.append(f"{voice.name(facts.run)} {meaning(fault.id).says}{when}.")
    if told or facts.intent.asked != "why":
        return " ".join(told)
    if facts.whole:
        return "That was all that its settings planned."
    return (
        "Why it stopped there was not logged: no line of the log says it, and no check found a fault that explains it."
    )
