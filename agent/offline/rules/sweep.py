"""Rules for clauses about several runs: best, counts, lists, comparisons, what matters, what to try next."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from agent.offline.clauses import Clause
from agent.offline.conditions import conditions_of
from agent.offline.effect_intents import Matters
from agent.offline.intents import (
    Best,
    Count,
    Duration,
    Focus,
    Health,
    Intent,
    ListRuns,
    Logged,
    Next,
    Reach,
    Setting,
    Trend,
    Value,
    When,
    Why,
)
from agent.offline.lexicon import bag
from agent.offline.orderings import Ordering, ordering_in, span_in
from agent.offline.rules.comparing import spot_of
from agent.offline.rules.effects import side_beside
from agent.offline.rules.figures import SIZES
from agent.offline.rules.runs import PEAKS, YES_NO, aspect_of, outcome
from agent.offline.rules.what_if import LENGTHS, LONG
from agent.offline.terms import Condition, Group, MetricAsk, Place, Ranked, Unsaid, Who
from agent.offline.who import BROKEN_RUNS, points_at, who

ALL_PLACES = 30
OTHER_THINGS = (
    r"\bhow many (?!(?:\S+ ){0,3}(?:runs?|ones|experiments?|trials?|models?|jobs?|configs?|trainings?|th[eo]\w+)\b)"
    r"\S+ (?:per|of|in|each|did|does|do|were|was|are|is|have|has|had)\b"
)
""" "How many frames per second", "how many GPUs did it use": no runs are counted."""
COUNTABLE = (
    r"\b(?:runs?|ones|experiments?|trials?|models?|jobs?|configs?|trainings?|them|they|these|those|there|all|we)\b"
    r"|\b(?:how many|number of|count|tally|total)(?: (?:are|is|were|was|did|have|do|got|of|in total|total))*$"
)
"""What is counted where no condition was understood: "how many params" counts no runs."""
NOUN_OF_THE_BEST = re.compile(
    r"(?:what|which) (\w+) (?:did|does|was|had) (?:best|worst|winner|winning|top)\b"
    r".*\b(?:use|used|have|using|with|on)\b"
)
""" "What activation did the best one use": a setting, whatever it is called."""
OF_A_RUN = bag("run one model experiment trial config configuration setup setting settings of metric value score kind")
CHOOSING = (
    *("should i use", "should we use", "to use", "what ... would you", "which ... would you", "what ... do you think"),
    *("what ... do you recommend", "which ... do you recommend", "should i take", "should we take", "should i pick"),
    *(
        "good lr",
        "good learning rate",
        "good batch*",
        "good weight decay",
        "good dropout",
        "sensible",
        "reasonable",
    ),
)
"""What asks for a value of a setting to be chosen."""
MORE = ("longest", "shortest", "earliest", "latest", "deepest", "widest", "cheapest")
GOOD = (
    *("best", "worst", "winner", "wins", "won", "winning", "top", "leader*", "champion", "perform*", "scor*", "place*"),
    *("most accurate", "least accurate", "most promising", "better", "worse", "good", "bad", "on top", "rank*"),
)
"""What judges runs, whatever else is said of them."""
OUGHT = ("should ... use*", "should ... have", "should it", "should that", "should be", "should have been", "ought to")
IN_HINDSIGHT = (
    *(
        f"have {verb}"
        for verb in ("been saved", "saved", "helped", "prevented", "avoided", "rescued", "fixed", "worked")
    ),
    *("should i have", "should we have", "could i have", "could we have", "have been prevented", "have been avoided"),
)
""" "Would clipping have saved run 7?"."""


def advice(c: Clause, f: Focus) -> Intent | None:
    """What to try next; about one run when one is named or was just discussed."""
    asked = c.has("next") or (c.params and c.says(*CHOOSING, *OUGHT)) or (c.says(*IN_HINDSIGHT) and (c.refs or f.runs))
    asked = asked or (c.refs and c.params and c.words[0] in YES_NO and c.says("need", "needs", "benefit*", "profit*"))
    if c.words[0] in ("did", "does", "is", "are", "were", "was") and c.says("do better", "did better", "get better"):
        return None
    if set(c.params) & set(LENGTHS) and c.says(*LONG) and (c.refs or f.runs):
        return None
    if not asked or c.has("count") or c.says("still improving", "next best", "next to nothing", "next to no"):
        return None
    chosen = c.has("which_value") or c.says("for", "values of", "value of", "sizes")
    pointed = c.pronoun and not c.says("this model", "this task", "this project", "this data*", "this net*")
    if c.params and not c.refs and not pointed and (chosen or c.says(*CHOOSING)):
        return Matters(outcome(c), c.params[0], pick=True)
    people: Who = who(c, f) if c.refs or c.says(*BROKEN_RUNS) else ()
    discussed = (f.intents and isinstance(f.intents[-1], Why | When | Health | Trend)) or c.has("mend")
    if not people and len(f.runs) == 1 and outcome(c) is None and (discussed or c.pronoun):
        people = who(c, f)
    alone = c.params and len(c.known.runs) == 1
    if not people and (alone or (f.runs and len(c.words) <= 2 and c.has("mend") and discussed)):
        people = who(c, f)
    mends = bool(c.params) and c.words[0] in (*YES_NO, "will", "could", "should", "might")
    return Next(people, outcome(c), c.params, side_beside(c) if mends else "", mends)


def count(c: Clause, f: Focus) -> Intent | None:
    """How many runs; "how many epochs" asks for a length or for when a value was reached."""
    if not c.has("count"):
        return None
    if c.has("how_many_steps") and not c.says("how many runs"):
        return _how_many_steps(c, f)
    if c.params and c.refs and not c.bound:
        return Setting(c.refs, c.params[0])
    if c.has("metricword") and not c.has("runword"):
        return Logged(c.refs)
    found = conditions_of(c)
    if not found and (re.search(OTHER_THINGS, c.text) or not re.search(COUNTABLE, c.raw)):
        return None
    return Count(found, c.says("fraction", "share", "percentage", "proportion", "percent"))


def _how_many_steps(c: Clause, f: Focus) -> Intent:
    if not c.bound and c.says(*PEAKS) and (c.metric or c.refs or f.runs):
        return Value(who(c, f, ranked=not c.metric), c.metric or f.metric, Place("best", c.unit))
    if c.bound and (c.metric or f.metric):
        return Reach(who(c, f), c.metric or f.metric, c.bound)
    failing = c.has("until") and (c.has("failure", "broken") or c.says("happen*", "start*", "begin*", "show*"))
    return When(who(c, f), aspect_of(c)) if failing else Duration(who(c, f), c.unit)


def used_by_best(c: Clause, _: Focus) -> Intent | None:
    """ "What tokenizer did the best run use?"."""
    thing = NOUN_OF_THE_BEST.match(c.text)
    if thing is None or thing[1] in OF_A_RUN or c.params or c.metrics or c.refs or c.place_is("at"):
        return None
    return Setting((Ranked("worst" if c.has("worst") else "best"),), thing[1])


def best(c: Clause, f: Focus) -> Intent | None:
    """The best or worst runs."""
    if len(c.refs) == 1 and c.words[0] in YES_NO and c.has("best", "worst") and not c.aspects:
        return Best(c.metric or f.metric, "worst" if c.says("worst") else "best", claim=c.refs[0])
    if c.says("main metric", "headline metric", "judge by", "judged by", "metric do you", "metric ... rank by"):
        return Best()
    if points_at(c) and f.runs and not c.metrics:
        return None
    of_ranked = c.says("best run", "worst run", "best one", "worst one", "winner") and c.says(
        "use", "used", "uses", "have", "has", "of"
    )
    if c.params and outcome(c) is None and of_ranked and c.words[0] not in (*YES_NO, "how"):
        return None
    listed = c.says("list ... by") and bool(c.metrics)
    if (
        c.refs
        or not (c.has("best", "worst") or c.count or listed)
        or (c.has("speed") and c.says("converge*", "learn*"))
    ):
        return None
    if "learning_rate" in c.params and outcome(c) is None:
        return Setting((Group("all"),), "learning_rate") if c.has("which_run") else Matters(None, "learning_rate")
    if c.params and not c.metrics and c.has("which_value"):
        return Matters(None, c.params[0])
    return None if _of_something_else(c) else _best(c, f)


def _of_something_else(c: Clause) -> bool:
    """ "The run with the most layers": more of a thing that nobody knows is no better or worse."""
    return not c.metrics and not c.has("speed", "ranking") and c.says(*SIZES, *MORE) and not c.says(*GOOD)


def _best(c: Clause, f: Focus) -> Best:
    among = who(c, f) if c.has("among") else ()
    chosen = tuple(r for r in among if not isinstance(r, Unsaid | Ranked | Group))
    speed = MetricAsk("throughput", "throughput") if c.has("speed") else None
    metric = c.metric or speed or (f.metric if chosen else None)
    ranked = c.says(
        "highest perform*",
        "highest scor*",
        "highest rank*",
        "top perform*",
        "max perform*",
        "maximum perform*",
        "lowest rank*",
    )
    order = ordering_in(c.text)
    many = ALL_PLACES if c.has("ranking") or order.whole else 3 if c.has("several") and not c.says("top run") else 1
    nth, many = _places(c, order, many)
    return Best(
        metric,
        _order(c, order),
        many,
        "last" if order.whole and order.first in ("high", "low") and not c.has("ever") else spot_of(c),
        chosen,
        _among_which(c),
        "" if metric is None or ranked else _extreme(c, order),
        c.place if c.place_is("at", "share") else None,
        nth=nth,
        skipped=order.skipped,
    )


def _order(c: Clause, order: Ordering) -> Literal["best", "worst"]:
    if order.whole and order.first in ("best", "worst"):
        return "worst" if order.first == "worst" else "best"
    if order.whole and c.says("slowest", "fastest", "quickest"):
        return "worst" if c.says("slowest") else "best"
    return "worst" if c.has("worst") and not c.says("best", "better") else "best"


def _extreme(c: Clause, order: Ordering) -> Literal["", "min", "max"]:
    """Which end of the numbers comes first, whatever is good; "" where the better or the worse does."""
    if order.whole and c.says("slowest", "fastest", "quickest"):
        return ""
    if order.whole and order.first:
        return "max" if order.first == "high" else "min" if order.first == "low" else ""
    return "min" if c.has("low") else "max" if c.has("high") else ""


def _places(c: Clause, order: Ordering, many: int) -> tuple[int, int]:
    """The one place that is wanted ("the second best run", where "the best and the second best" are two), and how many
    places are looked at."""
    if last := span_in(c.text):
        return 0, last
    both = c.words.count("best") > 1 or c.says("best and", "first and", "top")
    nth = 0 if both else order.nth
    if order.skipped and not c.count and not order.whole:
        return order.skipped + 1, order.skipped + 1
    return nth, max(nth, c.count or many)


def _among_which(c: Clause) -> tuple[Condition, ...]:
    """The conditions on the runs; "worse" and a bound on the metric itself are none."""
    scoped = conditions_of(c.scope) if c.scope else ()
    own = (x for x in conditions_of(replace(c, scope=None)) if x.bound is None or x.param)
    plain = c.has("worst") and not c.says("broken", "fail*", "faulty", "bad", "unhealthy")
    return (*scoped, *(x for x in own if not (plain and x.which == "broken")))


def listing(c: Clause, _: Focus) -> Intent | None:
    """Which runs are broken, healthy, diverged, above a bound, with a setting."""
    wide = c.says("anything", "everything", "something", "who")
    if c.refs or not (c.has("list", "runword", "yesno", "broken") or wide):
        return None
    found = conditions_of(c)
    asked = c.words[0] in YES_NO or (not c.has("count", "best") and not c.says("which", "what", "list", "show", "name"))
    if asked and c.says("all", "every*") and found == (Condition(which="healthy"),):
        found = (Condition(which="broken"),)
    plain = (
        c.words[0] not in ("of", "out", "among", "across", "in", "from")
        and c.has("runword")
        and c.has("list")
        and not c.metrics
        and not c.params
        and len(c.words) <= 7
    )
    if not found and not (plain and c.says("list", "runs", "show", "all", "overview")):
        return None
    return ListRuns(found, _share_asked(c) if found else "")


def _share_asked(c: Clause) -> Literal["", "any", "all", "most", "half"]:
    """ "Did all runs reach 0.8", "is any run above 0.98", "are most of them fine"."""
    if c.words[0] not in YES_NO and not c.raw.startswith(("half", "most", "all", "every")):
        return ""
    if c.says("half"):
        return "half"
    if c.says("most", "majority"):
        return "most"
    if c.says("all", "every*", "each"):
        return "all" if c.bound or c.params else ""  # of troubles those that are not well are listed
    return "any" if c.says("any", "anyone", "anybody", "anything", "a run", "some", "one of") else ""
