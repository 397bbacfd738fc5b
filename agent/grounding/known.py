"""The facts of a thread: numbers with their kind, run and topic, and how many things are listed."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from agent.grounding.numbers import SAME, Written
from agent.grounding.subjects import Names
from agent.grounding.wording import Moment

FactKind = Literal[
    "value", "setting", "step", "epoch", "place", "line", "share", "ratio", "amount", "span", "count", "bound", "free"
]
"""place: a step or an epoch; bound: one end of a range to search; free: a column of a query, whose name may mean
anything."""

IN_UNITS = "in "
"""What counts of runs are of that spent something in this unit."""
_groups = count(1)


@dataclass(frozen=True)
class Fact:
    """One number of a result. topic: the metric or setting; beside: the words around it, where it is one of a sentence.

    group: numbers of one group belong together: a value and the place it was logged at. of: the finding that began
    here, the metric or setting that was counted, or the text of the line. unit: what it was logged in, where known.
    """

    value: float
    kind: FactKind
    run: str = ""
    topic: str = ""
    moment: Moment | Literal["point"] = ""
    group: int = 0
    beside: tuple[str, str] | None = None
    is_advice: bool = False
    is_asked: bool = False
    of: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Count:
    """How many things a result lists. words: what they share ("faulty"), none for all. of: as in a fact. beside: a
    value of the same row of a sweep, which must stand beside the count in an answer too."""

    value: float
    noun: str
    run: str = ""
    words: frozenset[str] = frozenset()
    of: str = ""
    beside: float | None = None


@dataclass
class Facts:
    """All that is known. cited: evidence id -> its facts. said: what the person or a result says, as text.

    about: the runs that the last question names.
    """

    facts: list[Fact] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    runs: dict[str, str] = field(default_factory=dict)
    topics: set[str] = field(default_factory=set)
    verdicts: dict[str, str] = field(default_factory=dict)
    prose: list[tuple[str, str, str, bool]] = field(default_factory=list)
    cited: dict[str, tuple[Fact, ...]] = field(default_factory=dict)
    asked: str = ""
    said: str = ""
    about: frozenset[str] = frozenset()

    @property
    def names(self) -> Names:
        """The names that an answer may use."""
        return Names(self.runs, frozenset(self.topics))

    def near(self, number: Written) -> Iterator[Fact]:
        """The facts that a number may be, whatever else is said of it."""
        for value, slack in number.readings:
            margin = slack + SAME * value
            low, high = bisect_left(self._values, value - margin), bisect_right(self._values, value + margin)
            yield from (fact for fact in self._sorted[low:high] if number.says(fact.value, fact.unit))

    def group(self, group: int) -> Sequence[Fact]:
        """What belongs together."""
        return self._by_group.get(group, ()) if group else ()

    def index(self) -> None:
        """Sort the facts by value and by group, once all are there."""
        self._sorted = sorted(
            (fact for fact in self.facts if math.isfinite(fact.value)), key=lambda fact: abs(fact.value)
        )
        self._values = [abs(fact.value) for fact in self._sorted]
        self.onsets = [fact for fact in self.facts if fact.moment == "onset"]
        self.findings = frozenset(fact.of for fact in self.onsets if fact.of)
        self._by_group: dict[int, list[Fact]] = defaultdict(list)
        for fact in self.facts:
            self._by_group[fact.group].append(fact)

    def knows_run(self, name: str) -> bool:
        """True when a run is called or numbered so, or when the person said it."""
        return name.lower() in self.runs or name.lower() in _words_of(self.asked)


def new_group() -> int:
    """A number for facts that belong together."""
    return next(_groups)


def _words_of(text: str) -> frozenset[str]:
    """Words as they stand, and "run 15" as the name run-15."""
    numbered = [f"{noun}-{number}" for noun, number in re.findall(r"\b(run|trial|version)[ #_]*(\d+)", text)]
    return frozenset([*re.findall(r"[\w./:-]*\w", text), *numbered])
