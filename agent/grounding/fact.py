"""A fact: one number of a result with its kind, its run and its topic; and a count of listed things."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Literal

from agent.grounding.wording import Kind, Moment

FactKind = Kind | Literal["setting", "bound", "free"]
"""bound: one end of a range to search; free: a column of a query, whose name may mean
anything."""

OTHERS = "finished runs"
"""Whose a number is that the runs beside a run reached: it is said of no run by its name."""
IN_UNITS = "in "
"""What counts of runs are of that spent something in this unit."""
SUM = "sum"
"""What a total is called that a query worked out from values."""
LEFT = " left"
"""What the length of the rest of a run is called, behind its unit."""
_groups = count(1)


@dataclass(frozen=True)
class Fact:
    """One number of a result. topic: the metric or setting; beside: the words around it, where it is one of a sentence.

    group: numbers of one group belong together: a value and the place it was logged at. of: the finding that began
    here, the metric or setting that was counted, or the text of the line. unit: what it was logged in, where known.
    clause: the words that it is told in. The ends of an interval have the moment "end" and one group.
    """

    value: float
    kind: FactKind
    run: str = ""
    topic: str = ""
    moment: Moment | Literal["point", "end"] = ""
    group: int = 0
    beside: tuple[str, str] | None = None
    is_advice: bool = False
    is_asked: bool = False
    of: str = ""
    unit: str = ""
    clause: str = ""


@dataclass(frozen=True)
class Count:
    """How many things a result lists. words: what they share ("faulty"), none for all. of: as in a fact. beside: a
    value of the same row of a sweep, which must stand beside the count in an answer too. is_all: nobody asked what
    they have in common."""

    value: float
    noun: str
    run: str = ""
    words: frozenset[str] = frozenset()
    of: str = ""
    beside: float | None = None
    is_all: bool = False


def new_group() -> int:
    """A number for facts that belong together."""
    return next(_groups)
