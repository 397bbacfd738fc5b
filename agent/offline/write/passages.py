"""What came of a run after a point, and the gap between its curves, in words: the answer to what was asked first."""

from __future__ import annotations

from dataclasses import replace

from agent.offline.case import Reading
from agent.offline.course_facts import AftermathFacts, GapFacts, Sides, UnmovedFacts
from agent.offline.texts import code, harmless, spot_text, value_text
from agent.offline.troubles import label, meaning
from agent.offline.write.remarks import cites
from agent.offline.write.voice import Voice, sentence, since

RECOVERED = 0.1
"""A run has recovered when it is back within this share of the way that it had made before."""
WIDER = 1.2
"""A gap that became so many times larger has grown."""


def tell_aftermath(facts: AftermathFacts, voice: Voice) -> str:
    """The verdict, each metric on both sides, and what else begins there."""
    if not facts.sides:
        return f"**{voice.name(facts.run)} has no finite values there.**"
    lines = [f"- {_sides(side, voice)}" for side in facts.sides]
    parts = [f"**{_head(facts, voice)}**", "\n".join(lines), *_beside(facts, voice)]
    return "\n\n".join(part for part in parts if part)


def _head(facts: AftermathFacts, voice: Voice) -> str:
    run, main = voice.name(facts.run), facts.sides[0]
    where = spot_text(main.at).removeprefix(" at ")
    match facts.intent.asked:
        case "recovered":
            back = all(_is_back(side) for side in facts.sides)
            return f"{'Yes' if back else 'No'}, {run} {'recovered' if back else 'did not recover'}{_from(facts)}"
        case "stopped":
            return f"Stopped at {where}, {run} would have kept {_kept(facts, voice)}; {_lost(facts, voice)}"
        case "better":
            return _improved(facts, where, voice)
    return _happened(facts, where, voice)


def _from(facts: AftermathFacts) -> str:
    found = facts.trouble
    return f": {label(found.id)} from {since(found)} on" if found and since(found) else ""


def _kept(facts: AftermathFacts, voice: Voice) -> str:
    """The values at the point."""
    return " and ".join(f"{code(side.metric)} {_value(side.at, voice)}" for side in facts.sides)


def _lost(facts: AftermathFacts, voice: Voice) -> str:
    """What the time after the point still brought beyond the value there."""
    later = [side.after for side in facts.sides if side.after and _gains(replace(side, before=side.at))]
    if not later:
        return "nothing got better after it"
    return f"after it came {' and '.join(f'{code(one.metric)} {voice.read(one)}' for one in later)}"


def _improved(facts: AftermathFacts, where: str, voice: Voice) -> str:
    """Whether any of the metrics got better than it had been."""
    gained = [side for side in facts.sides if _gains(side)]
    point = f"after {where}"
    if facts.rate is not None:
        point = f"once {code(facts.rate.metric)} was down to {voice.read(facts.rate)},"
    if not gained:
        return f"No: {point} nothing of {voice.name(facts.run)} got better"
    named = " and ".join(code(side.metric) for side in gained)
    if len(gained) == len(facts.sides):
        return f"Yes: {point} {named} got better"
    worse = next(side for side in facts.sides if side not in gained)
    return f"Only in part: {point} {named} got better, {code(worse.metric)} did not"


def _happened(facts: AftermathFacts, where: str, voice: Voice) -> str:
    run = voice.name(facts.run)
    if facts.trouble:
        return f"{run} {meaning(facts.trouble.id).says}, from {since(facts.trouble)} on"
    if facts.near:
        first = facts.near[0]
        return f"About {where} {run} {meaning(first.id).says}, from {since(first)} on"
    return f"No check found anything that begins about {where} in {run}"


def _is_back(side: Sides) -> bool:
    """Whether the last value is near the best one before."""
    first, before, last = (r.value for r in (side.first, side.before, side.last))
    if first is None or before is None or last is None or last != last:
        return False
    lost = last - before if side.goal == "lower" else before - last
    return lost <= RECOVERED * abs(before - first)


def _gains(side: Sides) -> bool:
    before, after = side.before.value, side.after.value if side.after else None
    if before is None or after is None or after != after:
        return False
    return after < before if side.goal == "lower" else after > before


def _sides(side: Sides, voice: Voice) -> str:
    after = f", after it {voice.read(side.after)}" if side.after and side.after.value is not None else ""
    best = f"best up to there {voice.read(side.before)}{after}"
    return f"{code(side.metric)}: {voice.read(side.at)}; {best}; at the end {_value(side.last, voice)}."


def _value(reading: Reading, voice: Voice) -> str:
    return f"{value_text(reading.value)}{voice.source(reading)}"


def _beside(facts: AftermathFacts, voice: Voice) -> list[str]:
    """Findings that begin there, and the lines of the log where there are few."""
    told = [f"{sentence(harmless(found.summary, 300))}{cites(found, facts.run, voice)}" for found in facts.near[:2]]
    story = facts.story
    if story and story.lines and not story.truncated:
        lines = "; ".join(f"line {line.line}: {harmless(line.text, 120)}" for line in story.lines)
        told.append(f"The log also says: {lines}.")
    return told


def tell_unmoved(facts: UnmovedFacts, voice: Voice) -> str:
    """The rate never fell."""
    run = voice.name(facts.run)
    if facts.rate is None:
        return f"**The data does not say:** no learning rate of {run} was logged, so it does not show when it fell."
    peak = f"{code(facts.rate.metric)} peaked at {voice.read(facts.rate)}"
    return f"**The learning rate of {run} was never lowered**: {peak}."


def tell_gap(facts: GapFacts, voice: Voice) -> str:
    """How far the curves lie apart where validation was best, and at the end."""
    run = voice.name(facts.run)
    (train, val), (train_end, val_end) = facts.best, facts.last
    then, now = _distance(train, val), _distance(train_end, val_end)
    if then is None or now is None:
        return f"**{run} has no finite values to compare at the end.**"
    where = spot_text(val).removeprefix(" at ")
    grew = now > WIDER * then
    best = f"{code(val.metric)} is best at {where}: {_both(val, train, then, voice)}"
    end = _both(val_end, train_end, now, voice)
    match facts.intent.asked:
        case "grows":
            head = f"{'Yes' if grew else 'No'}, the gap of {run} {'grows' if grew else 'does not grow'} after {where}."
        case "when":
            head = f"{'They part' if grew else 'They hardly part'} after {where} in {run}."
        case "size":
            return f"**At the end of {run}: {end}.** {sentence(best)}"
    return f"**{head}** {sentence(best)} At the end: {end}."


def _both(val: Reading, train: Reading, apart: float, voice: Voice) -> str:
    """ "`val_loss` 1.09, `train_loss` 0.61, a difference of 0.48"."""
    both = f"{code(val.metric)} {_value(val, voice)}, {code(train.metric)} {_value(train, voice)}"
    return f"{both}, a difference of {value_text(apart)}"


def _distance(one: Reading, other: Reading) -> float | None:
    if one.value is None or other.value is None or one.value != one.value or other.value != other.value:
        return None
    return float(f"{abs(one.value - other.value):.6g}")
