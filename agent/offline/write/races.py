"""Who was ahead where a run ended, and whether it would have won, in words."""

from __future__ import annotations

from agent.offline.case import Reading
from agent.offline.course_facts import RaceFacts
from agent.offline.texts import code, spot_text, value_text
from agent.offline.write.voice import Voice


def tell_race(facts: RaceFacts, voice: Voice) -> str:
    """Yes or no, then both values there and the best that the other one ever reached."""
    own, other = facts.there
    run, rival = voice.name(own.run), voice.name(other.run)
    point = spot_text(own).removeprefix(" at ")
    both = f"{code(own.metric)} {_value(own, voice)} of {run}, {_value(other, voice)} of {rival}"
    best = f"The best of {rival} is {voice.read(facts.best[1])}, of {run} {voice.read(facts.best[0])}."
    if own.value == other.value:
        return f"**Neither: at {point} {run} and {rival} were level** ({both}). {best}"
    ahead = _better(own, other, facts.goal)
    if not facts.intent.supposed:
        head = f"Yes: at {point} {run} was ahead of {rival}" if ahead else f"No: at {point} {rival} was ahead of {run}"
        return f"**{head}**: {both}. {best}"
    return f"**{_chance(facts, run, rival)}** At {point}, where {voice.name(facts.ended)} ended: {both}. {best}"


def _chance(facts: RaceFacts, run: str, rival: str) -> str:
    """What can be said of an end that never came."""
    own, other = facts.there
    moving = facts.best[0].value == own.value
    if facts.ended != own.run:
        return f"{run} did not end before {rival}, so nothing of it is missing."
    if _better(facts.best[0], facts.best[1], facts.goal):
        return f"Yes: {run} was already better than {rival} ever was."
    if _better(own, other, facts.goal) and moving:
        return f"It cannot be known, but likely {run} would have beaten {rival}: it was ahead and still improving."
    if _better(own, other, facts.goal):
        return f"It cannot be known: {run} was ahead of {rival}, but past its best."
    still = "though still improving" if moving else "and past its best"
    return f"It cannot be known, but rather not: {run} was behind {rival}, {still}."


def _better(one: Reading, other: Reading, goal: str) -> bool:
    if one.value is None or other.value is None:
        return False
    return one.value < other.value if goal == "lower" else one.value > other.value


def _value(reading: Reading, voice: Voice) -> str:
    return f"{value_text(reading.value)}{voice.source(reading)}"
