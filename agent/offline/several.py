"""What one clause asks for several times: two metrics, two places, both ends, a premise beside the question."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.offline.clauses import Clause
from agent.offline.intents import Best, Define, Intent, Value
from agent.offline.orderings import ordering_in
from agent.offline.places import place_in, places_at
from agent.offline.premises import premises, remarks_beside
from agent.offline.terms import Group, Place, Spot
from agent.offline.who import ranking_metric

AND_ITS = re.compile(r" and (?:its |at )?(max|maximum|peak|highest|min|minimum|lowest|best|worst|last|final)$")
""" "The grad norm at step 100 and its max"."""
OF_EACH = re.compile(
    r"^(?:what is |show |give |list )*(?:highest|lowest|best|max|min|peak) .*\b(?:of|for|in) (?:each|every) run$"
)


def each_part(intent: Intent, clause: Clause) -> list[Intent]:
    """ "the gap between train and val loss" asks for two values; "best, and why" for the best beside the runner-up."""
    return [*remarks_beside(intent, clause), *_parts(intent, clause)]


def _parts(intent: Intent, clause: Clause) -> list[Intent]:
    several = len(clause.metrics) > 1 and ranking_metric(clause) is None and not _is_at_peak(intent)
    if isinstance(intent, Value) and several and intent.metric == clause.metrics[0]:
        return [replace(intent, metric=metric) for metric in clause.metrics]
    if isinstance(intent, Best) and OF_EACH.search(clause.raw):
        return [Value((Group("all"),), intent.metric, Place(intent.extreme or "best"))]
    if isinstance(intent, Value) and intent.place and intent.place.spot == "at":
        places = places_at(list(clause.words))
        if len(places) > 1:
            return [replace(intent, place=place) for place in places]
        if beside := AND_ITS.search(clause.text):
            return [intent, replace(intent, place=place_in([beside[1]])[0])]
    if isinstance(intent, Define) and " and " in intent.term:
        return [Define(term) for term in intent.term.split(" and ")]
    if isinstance(intent, Best | Value):
        return _both_ends(intent, clause)
    return [*premises(intent, clause), intent]


def _is_at_peak(intent: Intent) -> bool:
    """Whether a value is asked for where another metric was at its best."""
    return isinstance(intent, Value) and intent.place is not None and intent.place.of is not None


def _both_ends(intent: Best | Value, c: Clause) -> list[Intent]:
    """ "best and worst run", "highest and lowest loss" ask twice."""
    if ordering_in(c.text).whole:
        return [intent]
    good_and_bad = c.says("best", "top") and c.says("worst", "bottom", "poorest")
    low_and_high = c.has("low") and c.has("high")
    if isinstance(intent, Value):
        unit = intent.place.unit if intent.place else None
        both: tuple[tuple[Spot, Spot], ...] = (("best", "worst"),) if good_and_bad else ()
        both = both or ((("max", "min"),) if low_and_high else ())
        return [replace(intent, place=Place(spot, unit)) for pair in both for spot in pair] or [intent]
    if intent.claim is None and good_and_bad:
        return [replace(intent, order="best", count=c.count or 1), replace(intent, order="worst", count=c.count or 1)]
    if intent.claim is None and low_and_high and intent.metric:
        return [replace(intent, extreme="max"), replace(intent, extreme="min")]
    return [intent]
