"""What to try next over a whole sweep."""

from __future__ import annotations

import math
from collections.abc import Iterator

from agent.offline.course_facts import AdviceKeptFacts
from agent.offline.sweep_facts import AdviceFacts, Effect, NextFacts, NoBaseFacts
from agent.offline.terms import Named
from agent.offline.texts import code, prose, value_text
from agent.offline.troubles import canonical, label
from agent.offline.write.voice import Voice, sentence
from tools.ledger import predicted
from tools.lessons import Advice, Change, Dimension
from tools.results import NextSteps

LATE, EARLY = 0.93, 0.75
"""Where the best value lies within a run: later than this it was still improving, before that the rest was wasted."""
WORTHWHILE = 0.08
"""A setting that accounts for less of the order of the runs is not worth a trial."""


def tell_next(facts: NextFacts, voice: Voice) -> str:
    """Build on the best run; vary what mattered; leave alone what broke."""
    best = facts.best
    settings = ", ".join(f"{code(k)} = {v}" for k, v in facts.params[:5])
    head = f"**Build on {voice.name(best.run)}**, the best so far: {code(facts.metric)} {voice.read(best)}"
    proposed = (*(_vary(e, voice) for e in _telling(facts.effects)[:2]), _length(facts), _seeds(facts, voice))
    steps = "\n".join(f"{i}. {step}" for i, step in enumerate((s for s in proposed if s), 1))
    others = facts.broken[:6] if not any(isinstance(ref, Named) for ref in facts.intent.who) else ()
    broken = [f"{voice.name(r.run.run)} ({label(f.id)})" for r in others if (f := r.headline_finding)]
    parts = [
        f"{head} with {settings}." if settings else f"{head}.",
        steps,
        *(tell_trials(facts.steps, voice) if facts.steps else ()),
        f"Stay away from what broke: {'; '.join(broken)}." if broken else "",
        "How sure: this reads the runs at hand; it has not been tried.",
        voice.context(),
    ]
    return "\n\n".join(p for p in parts if p)


def tell_no_base(facts: NoBaseFacts, _: Voice) -> str:
    """Before the advice for single runs."""
    which = "The only run is" if facts.runs == 1 else "All runs are"
    return (
        f"**{which} broken, so there is no sound run to improve on.** Mend what is wrong first; which direction helps"
        " beyond that cannot be told before a run works."
    )


def _telling(effects: tuple[Effect, ...]) -> list[Effect]:
    """Settings with an effect worth a trial; how long to train is told apart."""
    told = [e for e in effects if canonical(e.key) not in ("max_epochs", "max_steps", "min_lr")]
    numeric = [e for e in told if _number(e.best_value) is not None]
    return [e for e in numeric if e.share > WORTHWHILE] or numeric[:1] or told[:1]


def _vary(effect: Effect, voice: Voice) -> str:
    """Go on in the direction that helped, or between the best value and its neighbours."""
    key, best = code(effect.key), effect.best_value
    numbers = sorted((n, value, run) for value, run, _ in effect.values if (n := _number(value)) is not None)
    own = _number(best)
    if own is None or len(numbers) < 2:
        others = ", ".join(f"{value} ({voice.name(run)})" for value, run, _ in effect.values[1:4])
        return f"Keep {key} = {best}; it did better than {others}."
    word = canonical(effect.key).replace("_", " ") or effect.key
    place = [n for n, _, _ in numbers].index(own)
    if place == len(numbers) - 1:
        reason = f"the best run has the largest {key} tried ({best}), so the best value may lie above it"
        return f"Try a higher {word}: {reason}; raise it in steps of 1.5 to 2 times."
    if place == 0:
        reason = f"the best run has the smallest {key} tried ({best}), so the best value may lie below it"
        return f"Try a lower {word}: {reason}; halve it."
    (_, below, lower), (_, above, upper) = numbers[place - 1], numbers[place + 1]
    worse = f"{below} ({voice.name(lower)}) and {above} ({voice.name(upper)}) did worse"
    between = f"a value between {best} and {above}, or between {below} and {best}, is worth a run"
    return f"Try {key} around {best}: {worse}, so {between}."


def _length(facts: NextFacts) -> str:
    """Longer, or stop earlier."""
    best, last = facts.best, facts.last
    in_epochs = last is not None and best.epoch is not None and last.epoch is not None
    unit, at, end = ("epoch", best.epoch, last and last.epoch) if in_epochs else ("step", best.step, last and last.step)
    if at is None or not end:
        return ""
    came = f"its best value came at {unit} {value_text(at)}"
    if at >= LATE * end:
        return f"Train longer: {came}, at the very end ({unit} {value_text(end)}), so it was still improving."
    if at < EARLY * end:
        return f"Stop early (or keep the best checkpoint): {came} of {value_text(end)}; the rest brought nothing."
    return ""


def _seeds(facts: NextFacts, voice: Voice) -> str:
    other = facts.runner_up
    if other is None or other.value is None or facts.best.value is None:
        return ""
    second = f"{voice.name(other.run)} is next with {voice.read(other)}"
    return f"Repeat it with another seed or two before you trust the order: {second}."


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def tell_trials(steps: NextSteps, voice: Voice) -> Iterator[str]:
    """The next trials with their predictions, the space they come from, and what became of earlier advice."""
    yield from (sentence(prose(one.summary)) for one in steps.followed)
    if steps.advice:
        head = f"**Next trials** (from {voice.name(steps.base)}, all else the same; Optuna was fed with these runs):"
        yield "\n".join([head, "", *(trial(one) for one in steps.advice)])
        yield f"Search space: {'; '.join(map(_dimension, steps.space))}."
    yield from (sentence(prose(note)) for note in steps.notes)


def tell_advice(facts: AdviceFacts, voice: Voice) -> str:
    """The changes for one run, one line each, with their predictions."""
    steps = facts.steps
    followed = [sentence(prose(one.summary)) for one in steps.followed]
    head = f"**Predicted for {voice.name(steps.base)}**, each change alone:"
    return "\n".join([*followed, head, "", *(trial(one) for one in steps.advice)])


def trial(one: Advice) -> str:
    """One advice as a line of a list."""
    tried = " and ".join(_change(c) for c in one.changes)
    told = f": predicted best {code(one.metric)} {predicted(one)}" if one.metric else ""
    return f"- Try {tried}{told} (advice #{one.number})."


def _change(one: Change) -> str:
    now = "" if one.current is None else f" (now {value_text(one.current)})"
    return f"{code(one.key)} {value_text(one.proposed)}{now}"


def _dimension(one: Dimension) -> str:
    if one.kind == "choice":
        return f"{code(one.key)} one of {', '.join(one.choices)}"
    return f"{code(one.key)} {value_text(one.low)} to {value_text(one.high)}{' (log)' if one.log else ''}"


def tell_kept(facts: AdviceKeptFacts, _: Voice) -> str:
    """What came of the advice that was followed."""
    if not facts.followed:
        return "**It cannot be told yet: no run has followed any advice so far**, as far as the ledger here knows."
    held = [one for one in facts.followed if one.held]
    verdict = "Yes" if len(held) == len(facts.followed) else "Only in part" if held else "No"
    told = "\n".join(f"- {sentence(prose(one.summary))}" for one in facts.followed)
    head = f"{verdict}: {'all' if len(held) == len(facts.followed) else 'some' if held else 'nothing'} of what"
    return f"**{head} was predicted came true for the runs that followed it.**\n\n{told}"
