"""How well an intent fits a clause: whether it takes up the numbers that were said, and asks for anything at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass

from agent.offline.clauses import Clause
from agent.offline.course_intents import Ended
from agent.offline.effect_intents import Matters
from agent.offline.intents import (
    Best,
    Count,
    Describe,
    Duration,
    Foresee,
    Intent,
    ListRuns,
    Next,
    Setting,
    Trend,
    Value,
    Why,
)


def left_out(intent: Intent, c: Clause) -> int:
    """How much of what the clause says the intent leaves out."""
    lasting = isinstance(intent, Trend) and intent.asked in ("settled", "improving") and c.unit is not None
    in_view = lasting or isinstance(intent, Matters | Foresee | Ended) or (isinstance(intent, Why | Next) and c.refs)
    numbers = set() if in_view else set(c.numbers) - set(numbers_of(intent))
    return len(numbers) + _says_nothing(intent, c) + _passes_over_trouble(intent, c)


def _passes_over_trouble(intent: Intent, c: Clause) -> bool:
    """A plain value or setting, where trouble was spoken of."""
    there = isinstance(intent, Value) and intent.place is not None and intent.place.spot in ("onset", "before")
    plain = isinstance(intent, Setting | Value | Duration | Best | Describe | Trend)
    return plain and not there and bool(set(c.aspects) - set(words_of(intent)))


def _says_nothing(intent: Intent, c: Clause) -> bool:
    """A list or a count of all runs, where troubles, settings or metrics were spoken of."""
    everything = isinstance(intent, Count | ListRuns) and not intent.conditions
    return everything and bool(c.aspects or c.params or c.metrics or c.bound)


def words_of(intent: Intent | Sequence[Intent]) -> Iterator[str]:
    """Every text in an intent."""
    return (leaf for leaf in _leaves(intent) if isinstance(leaf, str))


def numbers_of(intent: Intent | Sequence[Intent]) -> Iterator[float]:
    """Every number in an intent; numbers of settings may be words."""
    for leaf in _leaves(intent):
        if isinstance(leaf, str | int | float) and not isinstance(leaf, bool):
            with suppress(ValueError):
                yield float(leaf)


def _leaves(value: object) -> Iterator[object]:
    """All that is no record and no tuple, in the order of the fields."""
    if isinstance(value, tuple | list):
        for one in value:
            yield from _leaves(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _leaves(getattr(value, field.name))
    else:
        yield value
