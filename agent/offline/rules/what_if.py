"""The rule for clauses about a setting at another value: named, a multiple, or just more or less of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from agent.offline.clauses import Clause
from agent.offline.effect_intents import Matters, WhatIf
from agent.offline.intents import (
    Focus,
    Intent,
    Trend,
)
from agent.offline.lexicon import SETTING_VALUES, bag
from agent.offline.places import number_in
from agent.offline.rules.runs import outcome
from agent.offline.terms import Named, Who
from agent.offline.who import who

Side = Literal["", "up", "down"]
UP = (
    *("more", "higher", "larger", "bigger", "greater", "stronger", "wider", "deeper", "longer", "rais*", "increas*"),
    *("crank up", "turn up", "go up", "up"),
)
DOWN = (
    *("less", "lower", "smaller", "fewer", "weaker", "narrower", "shallower", "shorter", "reduc*", "decreas*"),
    *("turn down", "go down", "down", "cut"),
)
FACTORS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.5, ("halv*", "half")),
    (2.0, ("doubl*", "twice")),
    (3.0, ("tripl*",)),
    (4.0, ("quadrupl*",)),
    (0.1, ("tenth of",)),
    (0.25, ("quarter of",)),
)
TIMES = ("x", "times", "fold", "-fold")
SUPPOSING = (
    *("what about", "how about", "safe to", "can i go", "can we go", "could i go", "could we go", "could we use"),
    *(
        "could i use",
        "can i use",
        "can we use",
        "possible to",
        "room for",
        "afford",
        "worth try",
        "worth trying",
        "make sense to",
        "any point",
        "should i train",
        "should we train",
        "should i just",
        "point in",
        "sense to",
    ),
)
HELPING = (
    *("profit*", "benefit*", "gain*", "improve*", "help*", "better", "hurt*", "work*", "done", "do", "reach*"),
    *("converge*", "survive*", "learn*", "train*"),
)
LENGTHS = frozenset(("max_epochs", "max_steps", "epochs", "steps"))
WOULD = ("would", "will", "could", "should", "might")
CATCHING = ("catch up", "have won", "overtake", "have caught up", "still win", "have overtaken", "get there")
LONG = (
    *("longer", "more epochs", "more steps", "more iterations", "as long", "more time", "gone on", "went on", "ran to"),
    *(
        "run to",
        "continued",
        "kept going",
        "not stopped",
        "another epoch",
        "another * epochs",
        "further",
        "extra epochs",
    ),
    *("more training", "trained on", "full * epochs", "whole * epochs"),
    *("more rounds", "more trees", "more boosting", "more updates", "another * rounds"),
)
SHORT = 8
OTHERWISE = bag("why should which list many")


def what_if(c: Clause, f: Focus) -> Intent | None:
    """ "What if run 7 had used lr 0.06", "and with half the batch size?", "is it safe to go to bigger batches"."""
    extreme = c.says("too high", "too low", "too large", "too small", "too big", "too much", "too little")
    if extreme and c.words[0] in ("is", "was", "are", "would") and c.params and len(c.numbers) == 1 and not c.refs:
        side: Side = "up" if c.says("too high", "too large", "too big", "too much") else "down"
        return WhatIf((), c.params[0], c.numbers[0], metric=outcome(c), side=side)
    beyond = c.says("above", "below", "over", "under", "beyond", "past", "higher than", "lower than")
    if c.says("what happens", "what happen") and beyond and c.params and not c.refs:
        return Matters(outcome(c), c.params[0])
    if _goes_on(c):
        return Trend(who(c, f), c.metric, "improving")
    if not _supposes(c) or OTHERWISE & set(c.words) or c.says("how come"):
        return None
    if not c.params and c.pronoun and f.key and not c.says(*LONG) and len(c.words) <= SHORT:
        c = replace(c, params=(f.key,))
    if not c.params:
        return None
    found = change_in(c)
    hindsight = c.says("would ... have", "would ⟦run⟧ have", "could ... have")
    if found == WhatIf((), "") or (found.side and c.refs and c.words[0] in ("would", "will") and not hindsight):
        return None  # "would a lower rate help run 2" asks what to do about that run
    return WhatIf(_beside(c, f), c.params[0], found.value, found.word, outcome(c), found.factor, found.side)


def _goes_on(c: Clause) -> bool:
    """ "Would more epochs help run 3", "could it catch up", "if it had gone on": more of the same training."""
    if set(c.params) - LENGTHS or c.has("which_run", "which_runs", "count", "why"):
        return False
    asks = c.words[0] in WOULD or c.has("what_if") or _supposes(c)
    longer = c.says(*LONG) and (asks or c.says("or would", "or will", "or could"))
    ahead = len(c.refs) < 2 and c.says(*CATCHING) and c.words[0] in ("would", "could") and not c.has("next")
    return longer or (ahead and (bool(c.refs) or c.pronoun) and not c.params)


def _supposes(c: Clause) -> bool:
    if (
        c.has("what_if")
        or c.says("would it", "would that", "would this")
        or (c.says(*SUPPOSING) and not c.has("plot", "compare"))
    ):
        return True
    if c.words[0].startswith(("halv", "doubl", "tripl", "quadrupl")) and bool(c.params):
        return True
    if c.words[0] in ("would", "will", "could"):
        return c.says(*HELPING) or (c.has("healthy") and c.says("with", "at", "if"))
    return c.words[0] in ("how", "what") and c.says("would") and c.says("do", "give", "bring", "change")


def change_in(c: Clause) -> WhatIf:
    """What is to be done to a setting: a value, a word, a factor or a side; a WhatIf without any of them if nothing."""
    factor, side = factor_in(c), side_of(c)
    if factor is not None:
        return WhatIf((), "", factor=1 / factor if side == "down" and factor > 1 else factor)
    value = c.numbers[-1] if c.numbers else None
    word = next((w for w in c.words if w in SETTING_VALUES), "") if value is None else ""
    return WhatIf((), "", value, word, side="" if word or value is not None else side)


def factor_in(c: Clause) -> float | None:
    """ "Halve", "twice", "10x", "three times"."""
    for factor, phrases in FACTORS:
        if c.says(*phrases):
            return factor
    for i, word in enumerate(c.words):
        glued = re.fullmatch(r"(\d+(?:\.\d+)?)x", word)
        if glued:
            return float(glued[1])
        if word in TIMES and i and (number := number_in(c.words[i - 1])):
            return number
    return None


def side_of(c: Clause) -> Side:
    """More of it or less."""
    return "down" if c.says(*DOWN) else "up" if c.says(*UP) else ""


def _beside(c: Clause, f: Focus) -> Who:
    """The run that is to be changed: one that is named or was spoken of alone; none says the best one."""
    if c.refs or (c.pronoun and f.runs):
        return who(c, f)
    return (Named(f.runs[0]),) if len(f.runs) == 1 else ()
