"""The facts of a thread, found by their value, their run or what belongs together."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Generic, TypeVar

from agent.grounding.fact import Count, Fact
from agent.grounding.numbers import SAME, Written
from agent.grounding.prose import Sentence, read, values_of
from agent.grounding.subjects import Names, meaning

T = TypeVar("T")


class Sorted(Generic[T]):
    """Things by a value of theirs, whatever its sign."""

    def __init__(self, pairs: Iterable[tuple[float, T]]) -> None:
        self._pairs = sorted(((abs(x), one) for x, one in pairs if math.isfinite(x)), key=itemgetter(0))
        self._values = [value for value, _ in self._pairs]

    def near(self, number: Written) -> Iterator[T]:
        """Those whose value may be what a number says."""
        for value, slack in number.readings:
            margin = slack + SAME * value
            low, high = bisect_left(self._values, value - margin), bisect_right(self._values, value + margin)
            yield from (one for _, one in self._pairs[low:high])


@dataclass
class Facts:
    """All that is known. facts: what the fields of results hold. prose: their sentences. cited: evidence id -> its
    facts. said: what the person or a result says, as text.

    about: the runs that the last question names.
    """

    facts: list[Fact] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    runs: dict[str, str] = field(default_factory=dict)
    topics: set[str] = field(default_factory=set)
    verdicts: dict[str, str] = field(default_factory=dict)
    prose: list[Sentence] = field(default_factory=list)
    cited: dict[str, tuple[Fact, ...]] = field(default_factory=dict)
    asked: str = ""
    said: str = ""
    about: frozenset[str] = frozenset()

    @property
    def names(self) -> Names:
        """The names that an answer may use."""
        return Names(self.runs, frozenset(self.topics))

    def near(self, number: Written, runs: frozenset[str] = frozenset()) -> Iterator[Fact]:
        """The facts that a number may be, whatever else is said of it. runs: whose it is, empty for anybody's."""
        yield from (fact for fact in self._fields.near(number) if number.says(fact.value, fact.unit))
        for sentence in self._about(runs, dict.fromkeys(self._sentences.near(number))):
            yield from (fact for fact in self._read(sentence) if number.says(fact.value, fact.unit))

    def of(self, runs: frozenset[str]) -> Iterator[Fact]:
        """The facts of these runs and of none; of all where none is named."""
        if not runs:
            yield from self.facts
        yield from (fact for run in ({*runs, ""} if runs else ()) for fact in self._by_run.get(run, ()))
        for sentence in self._about(runs, self.prose):
            yield from self._read(sentence)

    def is_of_training(self, fact: Fact) -> bool:
        """Whether a metric has a sister in its run that is logged in validation: `loss` beside `val_loss`."""
        own = meaning(fact.topic)
        sister = own | {"eval"}
        return sister != own and any(meaning(one.topic) == sister for one in self._by_run.get(fact.run, ()))

    def group(self, group: int) -> Sequence[Fact]:
        """What belongs together."""
        return self._by_group.get(group, ()) if group else ()

    def index(self) -> None:
        """Sort the facts by value, by run and by group, once all are there. Sentences are read when they are needed."""
        self._sentences = Sorted((value, one) for one in self.prose for value in values_of(one))
        self._names: dict[str, set[str]] = defaultdict(set)
        for name, run in self.runs.items():
            self._names[run].add(name)
        self._was_read: dict[Sentence, tuple[Fact, ...]] = {}
        self.onsets = [fact for fact in self.facts if fact.moment == "onset"]
        self.spans = [fact for fact in self.facts if fact.kind == "span" and fact.run]
        self.findings = frozenset(fact.of for fact in self.onsets if fact.of)
        self._by_group: dict[int, list[Fact]] = defaultdict(list)
        self._by_run: dict[str, list[Fact]] = defaultdict(list)
        for fact in self.facts:
            self._by_group[fact.group].append(fact)
            self._by_run[fact.run].append(fact)
        self._fields = Sorted((fact.value, fact) for fact in [*self.facts, *self._from_zero()])

    def _from_zero(self) -> Iterator[Fact]:
        """Epochs that are counted from zero are one more than the last one's number."""
        for own in self._by_run.values():
            if any(fact.kind == "epoch" and fact.value == 0 for fact in own):
                lengths = [fact for fact in own if fact.kind == "span" and fact.topic == "epochs"]
                longest = max(lengths, key=lambda fact: fact.value, default=None)
                if longest and longest.value.is_integer():
                    yield replace(longest, value=longest.value + 1)

    def _about(self, runs: frozenset[str], sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        names = frozenset(name for run in runs for name in self._names[run])
        return (one for one in sentences if not runs or one.may_be_of(runs, names))

    def _read(self, sentence: Sentence) -> tuple[Fact, ...]:
        if sentence not in self._was_read:
            self._was_read[sentence] = read(sentence)
            for fact in self._was_read[sentence]:
                self._by_group[fact.group].append(fact)
        return self._was_read[sentence]

    def knows_run(self, name: str) -> bool:
        """True when a run is called or numbered so, or when the person said it."""
        return name.lower() in self.runs or name.lower() in _words_of(self.asked)

    def asks_for(self, name: str) -> bool:
        """Whether the person named a run so, or by a name with this number: 99 of exp99."""
        return re.search(rf"(?<!\d){re.escape(name.lower())}(?!\d)", self.asked) is not None


def _words_of(text: str) -> frozenset[str]:
    """Words as they stand, and "run 15" as the name run-15."""
    text = re.sub(r"\b((?:[a-z]+[-_ ]?)\d+)s\b", r"\1s \1", text)  # "ft-6s loss" speaks of ft-6
    numbered = [f"{noun}-{number}" for noun, number in re.findall(r"\b(run|trial|version)[ #_]*(\d+)", text)]
    return frozenset([*re.findall(r"[\w./:-]*\w", text), *numbered])
