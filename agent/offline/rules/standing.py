"""Rules for clauses that hold other runs against one that is named: who is better than it, what place it takes."""

from __future__ import annotations

from agent.offline.clauses import Clause
from agent.offline.conditions import conditions_of
from agent.offline.exclusions import side_in
from agent.offline.intents import Best, Count, Focus, Intent, ListRuns
from agent.offline.rules.runs import outcome
from agent.offline.terms import Condition, Named, Place

ASKED = (
    *("which runs", "which run", "which ones", "which one", "which models", "who", "any run", "any other", "anyone"),
    *("other runs", "other run", "others", "runs that", "runs with", "runs are", "runs were", "all runs", "everyone"),
)
OTHERS = ("any other", "other run*", "others", "anyone else", "another run", "any run", "any one", "someone else")
COMPARED = {
    "above": ("higher", "larger", "bigger", "greater", "more"),
    "below": ("lower", "smaller", "less", "fewer"),
    "better": ("better", "beat*"),
    "worse": ("worse",),
}
PLACES = (
    *("what place", "which place", "what position", "which position", "where ... rank", "how ... rank*", "what rank"),
    *("rank of", "place of", "position of", "where ... place*", "where ... stand", "ranked where", "which rank"),
    *("where ... come in", "where ... end up in rank*", "how far down", "how far up"),
)


def rivals(c: Clause, f: Focus) -> Intent | None:
    """ "How many runs have more val acc than run 6", "who beats run 5", "did any other run use a higher one"."""
    than = _held_against(c, f)
    if than is None or c.has("why", "plot", "what_if", "next"):
        return None
    run, side = than
    metric = outcome(c)
    key = "" if metric else c.params[0] if c.params else f.key if not c.refs and side in ("above", "below") else ""
    place = c.place if c.place_is("at", "last", "first", "share") else Place("last") if c.has("final") else None
    told = Condition(metric=metric, param=key, than=run, side=side, place=place)  # type: ignore[arg-type]
    others = tuple(x for x in conditions_of(c) if (x.which or x.aspect) and side not in ("better", "worse"))
    return Count((told, *others)) if c.has("count") else ListRuns((told, *others))


def _held_against(c: Clause, f: Focus) -> tuple[str, str] | None:
    """The run, and on which side of it others are wanted."""
    if len(c.refs) == 1 and isinstance(c.refs[0], Named):
        side = side_in(c.text)
        asked = c.has("count") or c.says(*ASKED)
        first = c.words[0] in ("which", "who", "what", "list", "show", "name") or c.has("count")
        return (c.refs[0].run, side) if side and side != "near" and asked and (first or c.says(*OTHERS)) else None
    if c.refs or len(f.runs) != 1 or not c.says(*OTHERS):
        return None
    word = next((side for side, words in COMPARED.items() if c.says(*words)), None)
    return (f.runs[0], word) if word and not c.bound else None


def standing(c: Clause, _: Focus) -> Intent | None:
    """ "What place is run 6", "where does run 12 rank"."""
    if len(c.refs) != 1 or not c.says(*PLACES) or c.has("why", "plot") or c.says("lora", "adapter", "use", "used"):
        return None
    return Best(outcome(c), claim=c.refs[0], standing=True, spot="last" if c.has("final") else "best")
