"""What runs must satisfy to be counted or listed, read off a clause."""

from __future__ import annotations

from dataclasses import replace

from agent.offline.clauses import Clause
from agent.offline.cues import CUES
from agent.offline.lexicon import SETTING_VALUES
from agent.offline.terms import Bound, Condition
from agent.offline.vocabulary import is_common

AFTER_WORDS = ("with", "used", "using", "use", "uses", "without")


def conditions_of(c: Clause) -> tuple[Condition, ...]:
    """The conditions of a clause; several hold together."""
    found: list[Condition] = []
    metric = next((m for m in c.metrics if m.quantity != "learning_rate"), None)
    if c.bound and metric and not (c.params and _nearer(c)):
        found.append(
            Condition(
                metric=metric, bound=c.bound, place=c.place if c.place and c.place.spot in ("at", "last") else None
            )
        )
    elif c.params:
        found.extend(_param(c))
    trouble = _trouble(c)
    if trouble:
        found.append(trouble)
    if not found:
        found.extend(Condition(word=w) for w in _values(c))
    return tuple(found)


def _nearer(c: Clause) -> bool:
    """The number belongs to the hyperparameter, not to the metric: "lr above 0.01 and the best loss"."""
    return c.says("lr above", "lr below", "lr over", "lr under", "learning rate above", "learning rate below")


def _param(c: Clause) -> list[Condition]:
    key = c.params[0]
    if c.bound:
        bound = replace(c.bound, how="==") if c.bound.how == "reach" else c.bound
        return [Condition(param=key, bound=bound)]
    if c.numbers and not c.metrics:
        return [Condition(param=key, bound=Bound("==", c.numbers[-1]))]
    values = _values(c)
    return [Condition(param=key, word=values[0])] if values else []


def _trouble(c: Clause) -> Condition | None:
    aspects = [
        a
        for a in c.aspects
        if not (a == "memory" and not c.says("out of memory", "oom*", "ran out of memory", "memory leak*", "leak*"))
    ]
    if aspects:
        return Condition(aspect=aspects[0])
    denied = c.says(*(f"not {text}" for text in CUES["healthy"]), "no good", "not really usable", "not any good")
    fine = c.has("healthy") and not denied
    if denied:
        return Condition(which="broken")
    if c.has("broken") and not (fine and c.says("not broken", "nothing wrong", "no problem*", "no issue*")):
        return Condition(which="broken")
    if fine and not c.says("how well", "how good", "good enough", "as well"):
        return Condition(which="healthy")
    return None


def _values(c: Clause) -> list[str]:
    """Words that can only be values of settings: "adam", "cosine"."""
    return [
        word
        for before, word, after in zip(("", *c.words), c.words, (*c.words[1:], ""), strict=False)
        if word in SETTING_VALUES
        or (
            word.isalpha()
            and len(word) > 1
            and not is_common(word)
            and (before in AFTER_WORDS or after in ("runs", "ones", "run"))
        )
    ]
