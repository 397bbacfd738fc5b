"""Whether a lead is real and a metric as it should be, in words: yes or no first."""

from __future__ import annotations

from agent.offline.course_facts import LevelFacts, TrustFacts, Wobble
from agent.offline.texts import code, harmless, value_text
from agent.offline.troubles import meaning
from agent.offline.write.voice import Voice, sentence, since

CLEAR = 2.0
"""A lead is clear when it is so many times what the metric jumps from one evaluation to the next."""


def tell_trust(facts: TrustFacts, voice: Voice) -> str:
    """The lead beside the wobble of both runs and beside what repeats differ by."""
    first, second = facts.first.best, facts.second.best
    lead = abs((first.value or 0.0) - (second.value or 0.0))
    noise = max((one.jump or 0.0 for one in (facts.first, facts.second)), default=0.0)
    noise = max(noise, facts.apart or 0.0)
    real = lead > CLEAR * noise and noise > 0
    ends = f"{voice.name(first.run)} got {code(first.metric)} to {voice.read(first)}, {voice.name(second.run)} to "
    told = [
        f"**{_head(facts, real, voice)}**",
        f"{ends}{voice.read(second)}: a difference of {value_text(float(f'{lead:.6g}'))}.",
        " ".join(_wobble(one, voice) for one in (facts.first, facts.second) if one.jump is not None),
        _repeated(facts, voice),
    ]
    return " ".join(part for part in told if part)


def _head(facts: TrustFacts, real: bool, voice: Voice) -> str:
    first, second = voice.name(facts.first.best.run), voice.name(facts.second.best.run)
    unsure = "" if facts.repeats else ", as far as single runs can tell"
    if real:
        start = "Yes" if facts.intent.wants == "real" else "No"
        return f"{start}: the lead of {first} over {second} is larger than the noise{unsure}."
    start = "Not with certainty" if facts.intent.wants == "real" else "It may be"
    return f"{start}: the lead of {first} over {second} is within the noise."


def _wobble(one: Wobble, voice: Voice) -> str:
    metric, run = code(one.best.metric), voice.name(one.best.run)
    return f"In the second half of {run} {metric} moves by {value_text(one.jump)} from one evaluation to the next."


def _repeated(facts: TrustFacts, voice: Voice) -> str:
    if not facts.repeats:
        return "No configuration was run twice, so what another seed would do is not known: repeat both with two more."
    apart = f" ({code(facts.metric)} differs by up to {value_text(facts.apart)})" if facts.apart is not None else ""
    named = "; ".join(voice.names(group) for group in facts.repeats[:3])
    return f"Runs with the same settings but the seed: {named}{apart}."


def tell_level(facts: LevelFacts, voice: Voice) -> str:
    """What was found in the metric; where it moved, beside the healthy runs."""
    run, metric = voice.name(facts.run), code(facts.metric)
    wrong = facts.found[0] if facts.found else None
    if wrong:
        head = f"**{_yes(facts, fine=False)}{run} {meaning(wrong.id).says}{_since(since(wrong))}.**"
        parts = [head, sentence(harmless(wrong.summary, 300))]
    else:
        parts = [f"**{_yes(facts, fine=True)}nothing was found in {metric} of {run}.**"]
    ends = f"{metric} of {run} lies between {voice.read(facts.lowest)} and {voice.read(facts.highest)}"
    parts.append(f"{ends}; it ended at {value_text(facts.last.value)}{voice.source(facts.last)}.")
    parts += [_others(facts, voice)] if facts.others else []
    if not wrong and facts.else_wrong:
        other = facts.else_wrong
        parts.append(f"Something else is wrong: {run} {meaning(other.id).says}{_since(since(other))}.")
    return "\n\n".join(parts)


def _since(when: str) -> str:
    return f", from {when} on" if when else ""


def _yes(facts: LevelFacts, fine: bool) -> str:
    return "Yes: " if fine == (facts.intent.wants == "fine") else "No: "


def _others(facts: LevelFacts, voice: Voice) -> str:
    ends = sorted((r for r in facts.others if r.value is not None), key=lambda r: r.value or 0.0)
    if not ends:
        return ""
    low, high = ends[0], ends[-1]
    metric = code(low.metric)
    if low.run == high.run:
        return f"The healthy run {voice.name(low.run)} ended with {metric} {value_text(low.value)}{voice.source(low)}."
    return (
        f"Healthy runs ended with {metric} between {value_text(low.value)}{voice.source(low)} "
        f"({voice.name(low.run)}) and {value_text(high.value)}{voice.source(high)} ({voice.name(high.run)})."
    )
