"""The rule for clauses about when a setting that is logged was changed: "when was the lr reduced?"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from agent.offline.clauses import Clause
from agent.offline.course_intents import Shifts
from agent.offline.intents import Focus, Intent
from agent.offline.rules.runs import LEARNING_RATE
from agent.offline.terms import MetricAsk
from agent.offline.who import who

VERBS: Mapping[Literal["down", "up", ""], tuple[str, ...]] = {
    "down": (
        *(
            "reduc*",
            "lower",
            "lowered",
            "lowers",
            "halv*",
            "decay*",
            "drop*",
            "cut",
            "decreas*",
            "anneal*",
            "fall",
            "fell",
        ),
        *("go down", "went down", "step* down", "come down", "came down", "shrink", "shrank"),
    ),
    "up": ("rais*", "increas*", "doubl*", "ramp* up", "go up", "went up", "step* up", "warm* up", "grow", "grew"),
    "": ("chang*", "adjust*", "switch*", "move", "moved", "step"),
}
TIMES = (
    "how many times",
    "how often",
    "which epoch*",
    "what epoch*",
    "which step*",
    "what step*",
    "at what",
    "at which",
)
SET_OVER_TIME = frozenset({"learning_rate", "loss_scale"})
"""Quantities that somebody sets, and that are logged as they change."""


def shifts(c: Clause, f: Focus) -> Intent | None:
    """When, how often or whether the rate was lowered, raised or changed at all."""
    asked = _asked(c)
    way = next((way for way, verbs in VERBS.items() if c.says(*verbs)), None)
    if asked is None or way is None or c.bound or c.aspects or c.place_is("at"):
        return None
    if c.has(
        "why", "next", "what_if", "compare", "plot", "which_run", "which_runs", "best", "worst", "count", "matters"
    ):
        return None
    whether = c.words[0] in ("was", "were", "did", "has", "is") and not c.says(
        "help*", "work*", "better", "matter*", "anything"
    )
    if not (c.has("when") or c.says(*TIMES) or whether) or c.says("should", "would", "could", "too"):
        return None
    return Shifts(who(c, f), asked, way, whether)


def _asked(c: Clause) -> MetricAsk | None:
    """The setting that is logged; it is the only thing that is spoken of."""
    others = [m for m in c.metrics if m.quantity not in SET_OVER_TIME]
    own = next((m for m in c.metrics if m.quantity in SET_OVER_TIME), None)
    if others:
        return None
    return own or (LEARNING_RATE if "learning_rate" in c.params else None)
