"""When a logged setting was changed, in words."""

from __future__ import annotations

from agent.offline.course_facts import Shift, ShiftsFacts
from agent.offline.texts import code, spot_text, value_text
from agent.offline.write.voice import Voice

FEW = 12
"""More changes than that are a schedule that moves all the time."""
WAYS = {"down": "lowered", "up": "raised", "": "changed"}


def tell_shifts(facts: ShiftsFacts, voice: Voice) -> str:
    """Each step of the way that was asked about; of a schedule that moves all the time its ends and its peak."""
    run, name, way = voice.name(facts.run), code(facts.metric), WAYS[facts.intent.way]
    no, yes = ("No, ", "Yes, ") if facts.intent.yes_no else ("", "")
    if not facts.changes:
        return f"**{no}{name} of {run} was never changed**: {voice.read(facts.first)} to the end."
    if facts.changes > FEW:
        peak = f", at its highest {voice.read(facts.highest)}" if facts.highest.value != facts.first.value else ""
        return (
            f"**{name} of {run} moves from point to point, not in steps**: {voice.read(facts.first)}{peak}, and at the"
            f" end {voice.read(facts.last)}."
        )
    asked = [one for one in facts.shifts if _goes(one, facts.intent.way)]
    if not asked:
        lines = "\n".join(f"- {_line(one, voice)}" for one in facts.shifts)
        return f"**{no}{name} of {run} was never {way}.** It was changed otherwise:\n\n{lines}"
    if len(asked) == 1:
        one = asked[0]
        return f"**{yes}{name} of {run} was {way}{spot_text(one.after)}**: {_values(one, voice)}."
    lines = "\n".join(f"- {_line(one, voice)}" for one in asked)
    return f"**{yes}{name} of {run} was {way} {len(asked)} times:**\n\n{lines}"


def _goes(one: Shift, way: str) -> bool:
    after = one.after.value or 0.0
    return not way or (after < one.before if way == "down" else after > one.before)


def _line(one: Shift, voice: Voice) -> str:
    return f"{spot_text(one.after).removeprefix(' at ')}: {_values(one, voice)}"


def _values(one: Shift, voice: Voice) -> str:
    run, metric = one.after.run, one.after.metric
    before = f"{value_text(one.before)}{voice.cite(run, one.before, metric)}"
    return f"from {before} to {value_text(one.after.value)}{voice.source(one.after)}"
