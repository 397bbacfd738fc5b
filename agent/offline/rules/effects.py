"""The rule for clauses about what a setting does over the runs: whether it helps, the best value, where it breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from agent.offline.clauses import Clause
from agent.offline.effect_intents import Matters, WhatIf
from agent.offline.figure_intents import Blame
from agent.offline.intents import (
    Focus,
    Intent,
)
from agent.offline.lexicon import VALUES_OF, bag
from agent.offline.measured import params_in
from agent.offline.places import number_in
from agent.offline.rules.runs import YES_NO, outcome
from agent.offline.rules.what_if import LENGTHS, LONG, Side, side_of
from agent.offline.terms import Bound, Condition
from agent.offline.who import is_freed

Asks = Literal["", "better", "worse", "matters"]

MORE = bag(
    "raise increase bump up higher larger bigger greater stronger wider deeper more high large big strong increasing "
    "raising bumping"
)
LESS = bag(
    "reduce decrease cut lower smaller fewer weaker narrower shallower less low small reducing decreasing lowering "
    "shrinking"
)
BESIDE = 2
"""So many words may stand between the side and the setting: "a larger train batch size"."""
GOOD = (
    *("more stable", "stabili*", "less noisy", "choice"),
    *("help*", "improv*", "benefit*", "gain*", "pay off", "paid off", "worth it", "useful", "any use", "advantage*"),
    *("bring*", "buy", "buys", "bought", "profit*", "any good", "good idea", "effective", "better", "win", "wins"),
    *(
        "more accurate",
        "prevent*",
        "boost*",
        "beneficial",
        "more stable",
        "stabili*",
        "less noisy",
        "choice",
        "make sense",
        "necessary",
        "needed",
        "need",
        "point in",
    ),
)
BAD = ("hurt*", "harm*", "worse", "damage*", "slow*", "cost", "bad", "detriment*", "degrad*", "ruin*", "poorer")
ANY_GOOD = ("any benefit", "any gain", "any advantage", "any use", "any effect")
DOES = ("do", "does", "did", "give*", "buy", "bought", "lead*")
AT_ALL = (
    *(
        "matter",
        "matters",
        "affect*",
        "effect",
        "effects",
        "influence*",
        "impact*",
        "do anything",
        "did anything",
        "does anything",
    ),
    *("do something", "change anything", "change much", "change something", "make a difference", "make any difference"),
    *("made a difference", "made any difference", "made difference", "make difference", "play* ... role", "sensitiv*"),
    *(
        "did ... do",
        "depend*",
        "correlat*",
        "relat*",
        "relevant",
        "count",
        "important",
        "do much",
        "do to",
        "give us",
        "got us",
    ),
)
CHOICE = ("better", "best", "works", "won", "wins", "win", "winner", "optimal", "ideal", "prefer*", "good")
LIMITS = (
    *("limit", "limits", "ceiling", "boundary", "border", "threshold", "too high", "too much", "stable", "survive*"),
    *("safe", "safely", "max safe", "highest safe", "how high can", "how far can", "how large can", "how big can"),
    *("how low can", "how high could", "how far up", "get away with", "range"),
)
OF_RUNS = ("did ... use", "does ... use", "did ... have", "does ... have", "winner ... use*")
LARGELY = ("runs", "training", "things", "we", "it", "everything", "i", "safe", "max", "range", "limit")
RISES = ("higher", "more", "larger", "up", "raise*", "increase*", "rise*", "grow*")
FALLS = ("lower", "less", "smaller", "down", "reduce*", "decrease*", "fall*", "drop*")
SHORT = 5
NEXT_RUN = tuple(f"next {noun}" for noun in ("attempt", "run", "try", "trial", "experiment", "job", "one", "round"))
NO_EFFECT = ("what is matter", "no matter", "to blame", "culprit", "in effect", "which runs", "what runs", "list")


def matters(c: Clause, f: Focus) -> Intent | None:
    """Which hyperparameter matters; "does the batch size matter", "at what rate do runs diverge", "lr 0.1 or 0.01?"."""
    if c.refs and not c.params:
        return None
    if c.refs:
        return _on_runs(c)
    told = f.key if c.pronoun and not c.metrics else _rate_beside(c) or _size_of(c) or _valued(c)
    key = c.params[0] if c.params else told
    if (key in LENGTHS and c.says(*LONG)) or (key == "seed" and c.has("best", "worst")):
        return None  # the best seed is that of the best run
    about = key and not (c.words[0] == "should" and f.runs)
    found = (_boundary(c, f) or _of_values(c) or _effect(c, key) or _choice(c)) if about else None
    return found or _most(c)


def _on_runs(c: Clause) -> Intent | None:
    """ "How did the schedule influence run 10", "did dropout help run 3": what a setting did to runs that are named."""
    if c.words[0] not in ("did", "does", "how", "what") or c.numbers or c.has("next", "what_if", "compare"):
        return None
    if c.says(*GOOD) and c.words[0] in YES_NO and not c.aspects:
        return WhatIf(c.refs, c.params[0], metric=outcome(c), side="down")
    return Blame(c.refs, c.params[0]) if c.says(*AT_ALL, *BAD) and not c.metrics else None


def _rate_beside(c: Clause) -> str:
    """The learning rate, which is read as a metric beside another one: "does val loss get worse with a larger lr"."""
    return "learning_rate" if len(c.metrics) > 1 and side_beside(replace(c, params=("learning_rate",))) else ""


def _size_of(c: Clause) -> str:
    """ "Is bigger better here?": the size of the model, where nothing else is named."""
    bare = c.words[0] in YES_NO and not (c.metrics or c.refs or c.numbers) and len(c.words) <= SHORT
    sized = c.says("bigger", "larger", "smaller") and c.says("better", "worse", "help*", "matter")
    return "width" if bare and sized and c.known.param_keys("width") else ""


def _valued(c: Clause) -> str:
    """ "Is adamw a bad choice", "does cosine help": the setting whose value is named."""
    told = c.words[0] in YES_NO and not (c.metrics or c.refs or c.numbers) and c.says(*GOOD, *BAD, *AT_ALL)
    return next((key for key, words in VALUES_OF.items() if words & set(c.words)), "") if told else ""


def _boundary(c: Clause, f: Focus) -> Matters | None:
    """ "At what rate do runs diverge", "how high can I go with the lr", "safe lr range?"."""
    if not c.params or c.numbers or c.has("next", "which_run"):
        return None
    asks = c.says("what *", "which *", "how high", "how large", "how big", "how far", "how low", "how small")
    asks = (
        asks or c.words[0] in ("at", "above", "from", "what", "which", "beyond", "where") or c.words[:2] == ("up", "to")
    )
    failing = c.has("failure") or "divergence" in c.aspects or c.says("stable", "survive*", "too high", "too much")
    failing = failing or (c.has("broken") and c.words[0] in ("at", "above", "beyond"))
    largely = c.says(*LARGELY) or c.words[0] in ("above", "beyond", "from", "below")
    plainly = c.says(*LIMITS) and (asks or len(c.words) <= SHORT) and not c.says("too high", "too much")
    at_large = not f.runs or is_freed(c) or plainly
    if at_large and (plainly or (asks and failing and largely)):
        return Matters(outcome(c), c.params[0], boundary=True)
    return None


def _of_values(c: Clause) -> Matters | None:
    """ "Is 0.05 better than 0.01 for the lr", "batch 16 or 64?", "compare batch 16 and 64 at lr 0.01"."""
    if len(c.numbers) < 2 or not c.params or c.place_is("at") or c.has("which_run", "which_runs", "count"):
        return None
    if not (c.has("compare", "best", "worst", "weighs", "harms") or {"or", "vs", "versus"} & set(c.words)):
        return None
    given = _given(c)
    taken = {x.bound.value for x in given if x.bound}
    values = tuple(f"{number:g}" for number in c.numbers if number not in taken)
    if len(values) < 2:
        return None
    asks = (_verdict(c) or "better") if c.words[0] in YES_NO else ""
    side: Side = "up" if float(values[0]) > float(values[1]) else "down"
    return Matters(outcome(c), c.params[0], asks=asks, side=side if asks else "", values=values, given=given)


def _given(c: Clause) -> tuple[Condition, ...]:
    """ "At lr 0.01": what holds of the runs that are to be held against each other."""
    found: list[Condition] = []
    for i, word in enumerate(c.words):
        number = number_in(word)
        near = params_in(list(c.words[max(0, i - BESIDE) : i]), c.known) if number in c.numbers else ()
        if number is not None and near and near[-1] != c.params[0]:
            found.append(Condition(param=near[-1], bound=Bound("==", number)))
    return tuple(found)


def _effect(c: Clause, key: str) -> Matters | None:
    """Whether more (or less) of it does better, or whether it does anything at all."""
    ought = c.words[0] == "should"
    yes_no = ought or c.words[0] in YES_NO or c.says(*ANY_GOOD)
    if c.aspects or c.says(*NO_EFFECT) or c.has("which_run", "count", "why") or (c.has("next") and not yes_no):
        return None
    side = side_beside(replace(c, params=(key,))) or (side_of(c) if not c.params else "")
    verdict, at_all = _verdict(c), c.says(*AT_ALL) or c.has("matters")
    moved = bool(side) and (ought or outcome(c) is not None or c.says(*DOES))
    if not (verdict or at_all or moved) or (c.numbers and not (at_all or verdict)):
        return None
    if not yes_no:
        return Matters(outcome(c), key, side=side) if at_all or side else None
    asks: Asks = "matters" if at_all and not side else verdict or "better"
    named = tuple(word for word in c.words if word in VALUES_OF.get(key, ())) if not c.params else ()
    named = (f"{c.numbers[0]:g}",) if c.params and len(c.numbers) == 1 and not c.bound else named
    return Matters(outcome(c), key, asks=asks, side=side, values=named)


def _verdict(c: Clause) -> Asks:
    """Whether the outcome is said to get better or worse: of a loss, less is better."""
    if c.says(*BAD):
        return "worse"
    if c.says(*GOOD):
        return "better"
    metric = outcome(c)
    if metric is None or not c.says(*RISES, *FALLS):
        return ""
    falls_well = any(word in metric.quantity for word in ("loss", "perplexity", "error"))
    rises = c.says(*(f"{word} {last}" for word in RISES for last in metric.text.split()[:1]), "raise*", "increase*")
    return "worse" if rises == falls_well else "better"


def side_beside(c: Clause) -> Side:
    """More or less of the setting itself: the word stands by it ("larger batches"), or opens what is done to it."""
    words = list(c.words)
    for i, word in enumerate(words):
        beside = (words[i + 1 : i + 2 + BESIDE], words[i : i + 2])
        if word in MORE | LESS and any(set(params_in(near, c.known)) & set(c.params) for near in beside):
            return "up" if word in MORE else "down"
    return ""


def _choice(c: Clause) -> Matters | None:
    """ "Which batch size is best", "the best lr?": which of its values."""
    asks = c.words[0] in ("which", "what") or c.words[:1] == ("best",)
    runs = c.has("runword", "which_run") or c.says(*OF_RUNS)
    if not asks or runs or c.numbers or not c.params or not c.has("best") or not c.says(*CHOICE):
        return None
    return Matters(outcome(c), c.params[0])


def _most(c: Clause) -> Matters | None:
    """ "Which setting matters most", "what did we learn from this sweep"."""
    if c.has("next") and not c.params and c.says("fix", "change", "action"):
        return None
    if not c.has("matters") or c.has("count") or c.says(*NO_EFFECT[:5], *NEXT_RUN):
        return None
    key = c.params[0] if c.params and not c.says("most", "which param*") else ""
    moved = c.words[0] in ("what", "which") and not c.has("runword") and c.says("most", "biggest", "largest")
    return Matters(outcome(c), key) if c.params or c.has("knob") or moved else None
