"""Short turns that only make sense behind the last one: "which?", "and the grad norm?", "is that too high?"."""

from __future__ import annotations

from dataclasses import replace

from agent.offline.clauses import Clause
from agent.offline.course_intents import Aftermath
from agent.offline.effect_intents import Matters
from agent.offline.figure_intents import Blame
from agent.offline.intents import (
    Best,
    Compare,
    Count,
    Health,
    Intent,
    ListRuns,
    PlotAsk,
    Setting,
    Value,
    When,
)
from agent.offline.lexicon import bag
from agent.offline.rules.runs import EXTREMES
from agent.offline.terms import Place

SHORT = 6
WHICH = bag("which what ones one runs run who are is they those these list name show me them")
HOW_MANY = bag("how many of them are there is that in all total")
WHOSE = (
    "who has it",
    "which run has it",
    "which run is that",
    "who is that",
    "which one is it",
    "which run is it",
    "whose is",
)
THERE = ("there", "that step", "that epoch", "that point", "that moment")
ADDING = ("add", "also", "include", "too", "together with", "as well", "plus", "overlay")
AFTERWARDS = ("after that", "afterwards", "afterward", "what then", "happened then", "happened next", "after it")


def rejoinder(c: Clause, last: Intent) -> Intent | None:
    """What a short turn asks for in view of the last question; None where it speaks for itself."""
    if len(c.words) > SHORT or c.bound or (c.aspects and not c.says("too high", "too low", "too large", "too small")):
        return None
    told = _of_the_list(c, last) or _of_a_setting(c, last) or _of_a_moment(c, last)
    return told or _with_another_metric(c, last) or _of_the_best(c, last) or _of_a_chart(c, last)


def _of_the_list(c: Clause, last: Intent) -> Intent | None:
    """ "How many diverged?" "Which?", and the other way round; "did they do better?"."""
    if not isinstance(last, Count | ListRuns) or c.refs or c.metrics or c.params:
        return None
    words = set(c.words)
    if isinstance(last, Count) and words <= WHICH and words & {"which", "who", "list", "name", "show", "what"}:
        return ListRuns(last.conditions)
    if isinstance(last, ListRuns) and words <= HOW_MANY and "many" in words:
        return Count(last.conditions)
    keys = [x.param for x in last.conditions if x.param]
    return Matters(key=keys[0]) if keys and c.pronoun and c.says("better", "worse") else None


def _of_a_setting(c: Clause, last: Intent) -> Intent | None:
    """ "Is that too high?" behind a setting that was told."""
    if not isinstance(last, Setting) or not last.key or c.refs or c.numbers or not c.pronoun:
        return None
    high, low = c.says("too high", "too large", "too big", "too much"), c.says("too low", "too small", "too little")
    if last.key == "learning_rate" and (high or low):
        return Health(last.who, "lr_too_high" if high else "lr_too_low", wants="trouble")
    return Blame(last.who, last.key) if high or low else None


def _of_a_moment(c: Clause, last: Intent) -> Intent | None:
    """ "And after that?" behind a value at a place, or behind since when."""
    bare = not (c.refs or c.metrics or c.params or c.place or c.aspects)
    if not bare or not c.says(*AFTERWARDS):
        return None
    if isinstance(last, Value) and last.place and last.place.spot in ("at", *EXTREMES):
        return Aftermath(last.who, last.place, last.metric, "better")
    return Aftermath(last.who, Place("onset")) if isinstance(last, When) else None


def _with_another_metric(c: Clause, last: Intent) -> Intent | None:
    """ "And the grad norm?", "its train loss there?": the same run and place; "and on val loss?"."""
    there = c.says(*THERE) or c.raw.split()[-1:] == ["then"]
    goes_on = there or c.raw.startswith(("and ", "what about", "how about", "but "))
    if not c.metrics or not goes_on or c.place or c.has("best", "worst", "why", "plot", "when", "which_run"):
        return None
    if isinstance(last, Compare) and not c.refs:
        return replace(last, metric=c.metrics[0])
    if isinstance(last, Value) and last.metric and last.place and not (there and last.place.spot in EXTREMES):
        return replace(last, metric=c.metrics[0], who=c.refs or last.who)
    return None


def _of_the_best(c: Clause, last: Intent) -> Intent | None:
    """ "Who has it?", "by how much?" behind the best run."""
    if not isinstance(last, Best) or c.refs or c.metrics:
        return None
    if c.says(*WHOSE):
        return last
    return Compare(last.who, last.metric, last.spot) if len(last.who) > 1 and c.says("by how much", "by what") else None


def _of_a_chart(c: Clause, last: Intent) -> Intent | None:
    """ "Add run 11"."""
    if not isinstance(last, PlotAsk) or not c.refs or not c.says(*ADDING):
        return None
    return replace(last, who=(*last.who, *c.refs), metrics=c.metrics or last.metrics)
