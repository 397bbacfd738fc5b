"""The direction of a setting in words: yes or no first, then the pairs of runs that show it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from agent.offline.effect_intents import Matters
from agent.offline.lexicon import NUMBER_WORDS
from agent.offline.sweep_facts import End, Pair
from agent.offline.texts import code, metric_value, value_text
from agent.offline.troubles import canonical
from agent.offline.write.voice import Voice

MOST_PAIRS = 6
SLIGHT = 0.05
"""A pair that lies closer together than this share of what all runs span hardly differs."""


def direction(intent: Matters, key: str, pairs: Sequence[Pair], span: float, voice: Voice) -> str:
    """What the clean pairs say, as the answer to what was asked; that there are none, where it was a yes or no."""
    if not pairs:
        alone = f"**It cannot be told for sure:** no two runs differ in {code(key)} alone."
        return alone if intent.asks or intent.values else ""
    shown = "\n".join(f"- {_pair(pair, key, voice)}" for pair in pairs[:MOST_PAIRS])
    decided = [pair for pair in pairs if pair.gain and not math.isnan(pair.gain)]
    lead = _lead(intent, key, decided, span) if decided else _tied(intent, key, pairs)
    ties = len(pairs) - len(decided)
    also = (
        f"; {'one more pair is a tie' if ties == 1 else f'{_many(ties)} more pairs are ties'}"
        if decided and ties
        else ""
    )
    return f"**{lead}{also}**\n\n{shown}"


def _tied(intent: Matters, key: str, pairs: Sequence[Pair]) -> str:
    """No pair has a winner."""
    said = f"{code(key)} made no difference in {_all(pairs)} of runs that differ in nothing else"
    return f"No: {said}" if intent.asks else said


def _lead(intent: Matters, key: str, pairs: Sequence[Pair], span: float) -> str:
    if not _is_number(pairs):
        return _of_words(intent, pairs, key)
    if len(intent.values) == 2:
        return _of_two(intent, pairs, key)
    if len(intent.values) == 1 and (told := _of_one(intent, pairs, key)):
        return told
    up = [pair for pair in pairs if pair.gain > 0]
    side = intent.side or ("up" if intent.asks in ("better", "worse") else "")
    said = _said(key, pairs, up, span)
    answer = _answer(intent.asks, side, pairs, up, span)
    return f"{answer}{said}" if answer else said[0].upper() + said[1:] if said[0] != "`" else said


def _of_one(intent: Matters, pairs: Sequence[Pair], key: str) -> str:
    """Whether one value did better than the ones beside it, "" where no pair has it."""
    value = _number(intent.values[0])
    if intent.side:
        return _too_far(intent, value, pairs, key)
    won = [(pair.gain > 0) == (_number(pair.high.value) == value) for pair in pairs if _has(pair, value)]
    if not won:
        return ""
    sides = "better" if all(won) else "worse" if not any(won) else "better in some and worse in other"
    yes = "" if intent.asks not in ("better", "worse") else "Yes: " if sides == intent.asks else "No: "
    yes = "It depends: " if sides not in ("better", "worse") else yes
    named = f"{code(key)} {intent.values[0]} did {sides} than other values"
    return f"{yes}{named} in {_all(won)} of runs that differ in nothing else"


def _too_far(intent: Matters, value: float | None, pairs: Sequence[Pair], key: str) -> str:
    """Whether a value is too high, by the next one below, or too low, by the next one above."""
    ends = [(pair.high, pair.low) if intent.side == "up" else (pair.low, pair.high) for pair in pairs]
    beside = [pair for pair, (own, _) in zip(pairs, ends, strict=True) if _number(own.value) == value]
    far, under = ("high", "lower") if intent.side == "up" else ("low", "higher")
    named = f"{code(key)} {intent.values[0]}"
    if not beside:
        won = [(pair.gain > 0) == (_number(pair.high.value) == value) for pair in pairs]
        rest = _of_one(replace(intent, asks="", side=""), pairs, key)
        why = "" if all(won) else f"rather too {'low' if intent.side == 'up' else 'high'}: "
        return f"No run shows that it is too {far}, none has a {under} value beside it; {why}{rest}"
    lost = [(pair.gain < 0) == (intent.side == "up") for pair in beside]
    yes = "Yes" if all(lost) else "No" if not any(lost) else "It depends"
    did = "better" if all(lost) else "worse" if not any(lost) else "better in some and worse in other"
    return f"{yes}: beside {named} a {under} value did {did} in {_all(beside)} of runs that differ in nothing else"


def _has(pair: Pair, value: float | None) -> bool:
    return value in (_number(pair.low.value), _number(pair.high.value))


def _of_two(intent: Matters, pairs: Sequence[Pair], key: str) -> str:
    """Which of two values did better, in how many of the pairs."""
    won = [pair.high.value if pair.gain > 0 else pair.low.value for pair in pairs]
    first = max(dict.fromkeys(won), key=won.count)
    other = next(end.value for end in (pairs[0].low, pairs[0].high) if end.value != first)
    is_first = _number(first) == _number(intent.values[0])
    yes = "" if not intent.asks else "Yes: " if is_first == (intent.asks == "better") else "No: "
    said = f"{yes}{code(key)} {first} did better than {other}"
    if won.count(first) == len(won):
        return f"{said} in {_all(pairs)} of runs that differ in nothing else"
    return f"{said} in {_many(won.count(first))} of {_many(len(won))} pairs of runs that differ in nothing else"


def _is_number(pairs: Sequence[Pair]) -> bool:
    return all(_number(end.value) is not None or end.value == "not set" for p in pairs for end in (p.low, p.high))


def _number(value: str) -> float | None:
    try:
        return float(value.replace(",", ""))
    except ValueError:
        return None


def _said(key: str, pairs: Sequence[Pair], up: Sequence[Pair], span: float) -> str:
    more, less = _words(key)
    which = f"{_all(pairs)} of runs that differ in nothing else"
    if _hardly(pairs, span):
        return f"{code(key)} hardly changed the outcome in {which}"
    if len(up) in (0, len(pairs)):
        return f"a {more if up else less} {code(key)} did better in {which}"
    if (top := turn(pairs)) is not None:
        return f"up to {top} a {more} {code(key)} did better, beyond it worse, in runs that differ in nothing else"
    share = f"in {_many(len(up))} of {_many(len(pairs))} pairs"
    return f"a {more} {code(key)} did better {share} of runs that differ in nothing else"


def _answer(asks: str, side: str, pairs: Sequence[Pair], up: Sequence[Pair], span: float) -> str:
    """The first words; "" where neither yes nor no was asked for."""
    if not asks:
        return ""
    if _hardly(pairs, span):
        return "Hardly: "
    if asks == "matters":
        return "Yes: "
    if len(up) not in (0, len(pairs)):
        return "Only so far: " if turn(pairs) is not None else "It depends: "
    gains = bool(up) == (side == "up")
    return "Yes: " if gains == (asks == "better") else "No: "


def turn(pairs: Sequence[Pair]) -> str | None:
    """The value up to which more did better and beyond which it did worse; None where there is no such value."""
    better = [pair.high.value for pair in pairs if pair.gain > 0]
    worse = [pair for pair in pairs if pair.gain <= 0]
    top = max(better, key=lambda value: _number(value) or 0.0, default=None)
    if top is None or not worse:
        return None
    limit = _number(top) or 0.0
    return top if all((_number(pair.high.value) or 0.0) > limit for pair in worse) else None


def _hardly(pairs: Sequence[Pair], span: float) -> bool:
    """Whether no pair differs by more than a wobble, and several do not agree on a direction."""
    agree = len(pairs) > 1 and len({pair.gain > 0 for pair in pairs}) == 1
    return not agree and all(math.isfinite(pair.gain) and abs(pair.gain) <= SLIGHT * span for pair in pairs)


def _of_words(intent: Matters, pairs: Sequence[Pair], key: str) -> str:
    """Which word did better, in how many of the pairs; of one word that was asked about, whether it did."""
    winners = [pair.high.value if pair.gain > 0 else pair.low.value for pair in pairs]
    first = max(dict.fromkeys(winners), key=winners.count)
    yes = "Yes: " if intent.asks == "matters" else ""
    if intent.asks in ("better", "worse") and len(intent.values) == 1:
        won = intent.values[0] in first.lower()
        yes = "Yes: " if won == (intent.asks == "better") else "No: "
    times = f"in {_many(winners.count(first))} of {_many(len(pairs))} pairs" if len(pairs) > 1 else "in the one pair"
    return f"{yes}{code(key)} {first} did better {times} of runs that differ in nothing else"


def _all(pairs: Sequence[object]) -> str:
    """How many pairs agree, in words."""
    few = {1: "the one pair", 2: "both pairs"}
    return few.get(len(pairs), f"all {_many(len(pairs))} pairs")


def _many(count: int) -> str:
    """Small numbers in words."""
    return next((word for word, number in NUMBER_WORDS.items() if number == count), str(count))


def _words(key: str) -> tuple[str, str]:
    """More and less of a setting."""
    return ("larger", "smaller") if canonical(key) in ("batch_size", "width", "train_size") else ("higher", "lower")


def _pair(pair: Pair, key: str, voice: Voice) -> str:
    apart = abs((pair.high.best.value or 0.0) - (pair.low.best.value or 0.0))
    differ = f", a difference of {value_text(float(f'{apart:.4g}'))}" if math.isfinite(apart) else ""
    seeds = (
        " (their seeds differ too)"
        if None not in (pair.low.seed, pair.high.seed) and pair.low.seed != pair.high.seed
        else ""
    )
    return f"{_end(pair.low, key, voice)}; {_end(pair.high, key, voice)}{differ}{seeds}"


def _end(end: End, key: str, voice: Voice) -> str:
    broke = ", unstable" if end.broke else ""
    best = f"best {metric_value(end.best)}{voice.source(end.best)}"
    return f"{voice.name(end.run)} ({code(key)} = {end.value}): {best}{broke}"
