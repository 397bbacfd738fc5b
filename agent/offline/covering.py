"""Parts of a question that the answer to another part tells anyway."""

from __future__ import annotations

from dataclasses import replace

from agent.offline.course_intents import Aside
from agent.offline.effect_intents import Matters
from agent.offline.figure_intents import Most
from agent.offline.intents import (
    Best,
    Compare,
    Describe,
    Health,
    Intent,
    ListRuns,
    Setting,
    SmallTalk,
    Trend,
    Unlogged,
    Value,
    When,
    Why,
)
from agent.offline.terms import Named, Ranked


def merged(intents: list[Intent]) -> list[Intent]:
    """Parts that a bigger part answers anyway are dropped."""
    kept: list[Intent] = []
    serious = [i for i in intents if not isinstance(i, SmallTalk)]
    for intent in serious or intents:
        covering = next((i for i, earlier in enumerate(kept) if _covers(earlier, intent)), None)
        if covering is None:
            kept = [k for k in kept if not _covers(intent, k)]
            kept.append(intent)
        else:
            kept[covering] = _enriched(kept[covering], intent)
    return kept


def _enriched(big: Intent, small: Intent) -> Intent:
    """ "compare 3 and 7: which did better on accuracy" compares on accuracy."""
    if isinstance(big, Compare) and isinstance(small, Compare) and big.leads == "outcome":
        big = replace(big, leads=small.leads)
    metric = getattr(small, "metric", None)
    return replace(big, metric=metric) if isinstance(big, Compare) and big.metric is None and metric else big


def _covers(big: Intent, small: Intent) -> bool:
    """Whether answering `big` answers `small` too."""
    if big == small:
        return True
    same = getattr(big, "who", None) == getattr(small, "who", None)
    if isinstance(big, Aside) and isinstance(small, Health):
        return same and small.aspect in ("", big.aspect)
    if isinstance(big, Why | Health) and isinstance(small, When):
        return same
    if isinstance(big, Why) and isinstance(small, Why | Health | Describe):
        return same and (not small.aspect if isinstance(small, Why | Health) else True)
    if isinstance(big, Health) and isinstance(small, Why):
        return same
    if isinstance(big, Best) and isinstance(small, Best) and big.claim is None:
        known = replace(small, place=None, metric=small.metric or big.metric, extreme=small.extreme or big.extreme)
        return big == known and (small.place is None or small.place.spot == small.extreme)
    if isinstance(big, Best | Most) and isinstance(small, When):
        return not small.aspect and not any(isinstance(ref, Named) for ref in small.who)
    if isinstance(big, Value) and isinstance(small, When):
        return same and not small.aspect
    if isinstance(big, Best) and isinstance(small, Value):
        best = small.place is None or small.place.spot == "best"
        return best and small.metric in (None, big.metric) and not any(isinstance(r, Named) for r in small.who)
    if isinstance(big, Compare) and isinstance(small, Best | Setting | Compare | Value | Why):
        if isinstance(small, Value) and small.place and small.place.spot == "at":
            return False
        return not isinstance(small, Why) or len(small.who) != 1 or small.who == big.who
    if isinstance(big, ListRuns) and isinstance(small, Why | When):
        return not any(isinstance(ref, Named | Ranked) for ref in small.who)
    if isinstance(big, Matters) and isinstance(small, Matters | Best):
        return small.metric in (None, big.metric)
    if isinstance(big, Unlogged) and isinstance(small, Unlogged | Value | Health):
        return True
    return isinstance(big, Trend) and isinstance(small, Trend) and same
