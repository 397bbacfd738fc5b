"""What the words of a query say of its rows: whether they share something, and what a number in them counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from agent.grounding.fact import Count
from agent.grounding.items import labels
from tools.render.plain import Json

_JUDGING = re.compile(
    r"\b(?:findings|finding|verdict|severity|status|waste|having|is(?:nan|inf|finite))\b|[<>]|'-?(?:nan|inf\w*)'",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\bcount\s*\(\s*distinct\s+(?:\w+\.)?(?P<of>run)\b|\bcount\s*\(.*\bfrom\s+(?P<table>run|finding)s\b",
    re.IGNORECASE | re.DOTALL,
)
_SUMMED = re.compile(r"\bsum\s*\(\s*(?!(?:runs?|n)\b)[\w.]+\s*\)\s+as\s+total\b", re.IGNORECASE)
_NAMES_NOTHING = re.compile(r"n|cnt|num|number|total|count\w*(?:\(.*\))?|(?:n_|num_)?runs?|runs?_count", re.IGNORECASE)


def is_judging(sql: str) -> bool:
    """Whether rows share more than that they were asked for by name."""
    return _JUDGING.search(sql) is not None


def sums_up(sql: str) -> bool:
    """Whether its total is one of values, and counts no runs."""
    return _SUMMED.search(sql) is not None


def counts_of(sql: str, records: Sequence[Mapping[str, Json]]) -> Iterator[Count]:
    """How many runs or findings the rows of a query count, each with what its row says that they share."""
    counted = _COUNTED.search(sql)
    for record in records if counted else ():
        said = list(labels(dict(record), depth=2)) or [frozenset[str]()]
        for key, value in record.items():
            if isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer():
                own = frozenset() if _NAMES_NOTHING.fullmatch(key) else frozenset({key.lower()[:5]})
                for noun in dict.fromkeys(("run", (counted["of"] or counted["table"]).lower() if counted else "run")):
                    yield from (
                        Count(float(value), noun, words=words | own, is_all=not is_judging(sql)) for words in said
                    )
