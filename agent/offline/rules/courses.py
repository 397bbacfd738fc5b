"""Rules for clauses about the course of a run: does it still move, was it too short, how long it took."""

from __future__ import annotations

from typing import Literal

from agent.offline.clauses import Clause
from agent.offline.intents import Duration, Focus, Intent, Trend, Why
from agent.offline.rules.runs import YES_NO
from agent.offline.who import who

Asked = Literal["", "improving", "settled", "up", "down", "rising", "falling", "learned", "gained"]
EACH = tuple(f"{how} {unit}" for how in ("one", "each", "every", "per", "single") for unit in ("epoch", "step"))
PACES = ("faster", "slower", "quicker", "longer", "shorter", "took", "fastest", "quickest", "slowest", "sooner")
TOO_SHORT = (
    *(
        f"{verb} ... {how}"
        for verb in ("stop*", "end*", "cut", "kill*", "abort*")
        for how in ("early", "soon", "short")
    ),
    *(
        "undertrain*",
        "under train*",
        "trained enough",
        "train* ... enough",
        "train* ... too short",
        "long enough",
        "epochs enough",
        "steps enough",
        "enough epochs",
        "enough steps",
    ),
    *("too short", "too few epochs", "too few steps", "not enough epochs", "not enough steps", "need more epochs"),
    *(
        "needs more epochs",
        "needed more epochs",
        "need more steps",
        "need more time",
        "needed more time",
        "more training",
    ),
)
""" "Was it stopped too early": whether it was still improving."""

LEARNING = ("learn", "learned", "learnt", "learning")


def trend(c: Clause, f: Focus) -> Intent | None:
    """Still moving, or done?"""
    course = c.metric is not None and c.says(
        "describe", "summar*", "behav*", "how did ... go", "how does ... look", "doing"
    )
    about = c.refs or c.pronoun or c.has("runword") or c.unit is not None
    done = c.words[0] in YES_NO and c.says("done", "finished learning", *TOO_SHORT) and about
    learned = c.words[0] in YES_NO and c.says(*LEARNING) and not (c.metrics or c.params or c.aspects)
    moves = _moves(c)
    if (
        not (c.has("trend") or course or done or learned or moves)
        or c.has("which_run", "first_time")
        or (c.has("broken") and not moves)
        or c.says("any run*", "how many")
    ):
        return None
    if c.has("count", "when", "list") and not c.refs and not f.runs:
        return None
    settled = c.says("converge", "converged", "plateau", "plateaued")
    if c.says("plateau*", "converge*") and not settled:
        return None
    if c.says(*TOO_SHORT) and c.has("why"):
        return None
    return Trend(
        who(c, f),
        c.metric,
        "settled"
        if c.says("enough") and not c.says("not")
        else "improving"
        if c.says(*TOO_SHORT)
        else _asked_of_course(c),
    )


def _moves(c: Clause) -> bool:
    """ "Does the val acc rise", "did train loss drop": a metric with a verb of moving, and no number to be passed."""
    moved = c.has("upward", "downward") or c.says("improve*", "get better", "got better", "get worse", "got worse")
    alone = len(c.metrics) == 1 and "than" not in c.words and not (c.bound or c.numbers or c.params)
    return alone and moved and c.words[0] in YES_NO


def _asked_of_course(c: Clause) -> Asked:
    """What a yes or no is wanted on; a question that opens with "how" wants the course itself."""
    if c.words[0] not in (*YES_NO, "should", "could", "still") and not c.says("or not"):
        return ""
    if c.says("converge*", "plateau*", "settled", "saturat*", "level* off", "flatten*", "done", "bottomed out"):
        return "settled"
    if c.says("still", "at end", "in end", "at last", "lately"):
        return "rising" if c.has("upward") else "falling" if c.has("downward") else "improving"
    if c.says(*LEARNING):
        return "learned"
    if c.words[0] == "did" and c.says("improve", "get better"):
        return "gained"
    return "up" if c.has("upward") else "down" if c.has("downward") else "improving"


def sequence(c: Clause, f: Focus) -> Intent | None:
    """ "What came first in run 7, the loss or the gradients?": how one thing led to another is told with the cause."""
    about = bool(c.refs) or (bool(f.runs) and c.pronoun)
    if about and c.says(
        "else could", "other cause*", "other explanation*", "other reason*", "alternative*", "else might"
    ):
        return Why(who(c, f))
    things = len(c.metrics) + len(c.aspects)
    either = c.says("or") and c.says("first", "before", "earlier", "sooner")
    ordered = either or c.says("before ... did", "before ... does", "after ... did", "followed by", "follow")
    happens = c.has("failure") or bool(c.aspects) or c.says("came", "come", "comes", "happened", "happen")
    return (
        Why(who(c, f))
        if about and ordered and happens and things > 1 and not c.numbers and not c.place_is("at")
        else None
    )


def duration(c: Clause, f: Focus) -> Intent | None:
    """How long it ran."""
    if c.words in (("epochs",), ("steps",)) and f.runs:
        return Duration(who(c, f), c.unit)
    if len(c.refs) > 1 and not c.metrics and c.says(*PACES, "how long", "how much time", "duration", "runtime"):
        return Duration(who(c, f), c.unit or "time")
    each = (
        c.unit in ("epoch", "step")
        and c.says(*EACH, "epoch take", "step take")
        and c.says("how long", "how much time", "how many seconds", "take")
    )
    return Duration(who(c, f), c.unit, each) if c.has("duration") or each else None
