"""What the answers of a thread may draw on: numbers, counts and runs in its tool results and in what the person said.

A number of a run only supports an answer that names this run: with twelve runs listed, nearly any small number would
find its like in one of them.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from agent.evidence import Artifact, EvidenceEntry, artifact_of, evidence_in
from tools.records import Floats
from tools.render.plain import Json

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_NUMBER = re.compile(
    r"(?<![A-Za-z_\d.])(?<![A-Za-z_][-.])[-−+]?(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
)
_NUMBERED = re.compile(r"\bruns?\s+#?\d+(?:\s*(?:,|and|or|to|vs\.?|&|/)\s*#?\d+)*|(?<!\w)#\d+", re.IGNORECASE)
_PLACE_BEFORE = re.compile(r"(?:steps?|epochs?|iterations?|line|row)\W{0,3}$", re.IGNORECASE)
_PLACE_KEY = re.compile(r"(?:^|_)(?:steps?|epochs?|iterations?|line|x)$")
_OUTSIDE = frozenset({"x", "y", "sql"})
"""A plot's points are thousands that no text shows; the words of a query are the model's own."""
_SHARED = frozenset({"counterpart"})
"""Parts of a run's result that are about another run too."""
EVERY_RUN = None
SAME = 1e-6
"""Relative distance below which two numbers are one: logs hold single precision, whose 0.7 is 0.69999999."""


@dataclass(frozen=True)
class Sources:
    """What is known. numbers, places: run ("" for none) -> sorted absolute values; places are steps, epochs and lines.

    counts: lengths of lists and of groups in them. runs: number, name or id -> id. cited: evidence id -> its numbers.
    """

    numbers: Mapping[str, Floats]
    places: Mapping[str, Floats]
    counts: frozenset[float]
    runs: Mapping[str, str]
    asked: frozenset[str]
    ids: frozenset[str]
    cited: Mapping[str, tuple[float, ...]]
    text: str

    def nearest(self, value: float, slack: float, runs: frozenset[str] | None, is_place: bool) -> float | None:
        """The number nearest to |value| within slack that supports an answer about these runs, or None."""
        pools = self.places if is_place else self.numbers
        found = [_nearest(pool, abs(value), slack) for run, pool in pools.items() if runs is None or run in runs]
        near = [one for one in found if one is not None]
        return min(near, key=lambda one: abs(one - abs(value)), default=None)

    def values_of(self, ids: Sequence[str]) -> tuple[float, ...]:
        """The values of evidence, and the places they stand at."""
        return tuple(number for one in ids for number in self.cited.get(one, ()))

    def knows_run(self, name: str) -> bool:
        """True when a run is called or numbered so, or when the person said it."""
        return name.lower() in self.runs or name.lower() in self.asked

    def named_in(self, text: str) -> frozenset[str] | None:
        """Ids of the runs that a text names, with "" for what belongs to none; EVERY_RUN when it names none."""
        words = {word for word in re.findall(r"[\w./:-]*\w", text.lower()) if not word.isdigit()}
        words |= {number for listed in _NUMBERED.findall(text) for number in re.findall(r"\d+", listed)}
        named = frozenset(self.runs[word] for word in words if word in self.runs)
        return named | {""} if named else EVERY_RUN


def _words_of(text: str) -> list[str]:
    """Words as they stand, and "run 15" as the name run-15."""
    numbered = [f"{noun}-{number}" for noun, number in re.findall(r"\b(run|trial|version)[ #_]*(\d+)", text)]
    return [*re.findall(r"[\w./:-]*\w", text), *numbered]


def _nearest(pool: Floats, at: float, slack: float) -> float | None:
    low, high = np.searchsorted(pool, [at - slack - SAME * at, at + slack + SAME * at])
    near = pool[low : min(high + 1, len(pool))]
    near = near[np.abs(near - at) <= slack + SAME * at]
    return float(near[np.argmin(np.abs(near - at))]) if len(near) else None


def sources_of(thread: Sequence[BaseMessage]) -> Sources:
    """Gather what stands in the tool results and in the words of the person; the model's own words prove nothing."""
    heap = _Heap()
    said = [str(message.text) for message in thread if message.type == "human"]
    results = [message for message in thread if message.type == "tool"]
    for text in said:
        heap.add_text(text, "")
        heap.places[""] += [number for number, _ in _numbers_in(text)]
    for message in results:
        heap.merge(_heap_of(_Told(message.id or uuid.uuid4().hex, str(message.content), artifact_of(message))))
    evidence = evidence_in(thread)
    return Sources(
        numbers={run: _sorted(pool) for run, pool in heap.numbers.items()},
        places={run: _sorted(pool) for run, pool in heap.places.items()},
        counts=frozenset(heap.counts),
        runs=heap.runs,
        asked=frozenset(word for text in said for word in _words_of(text.lower())),
        ids=frozenset(evidence),
        cited={key: tuple(_numbers_of(entry)) for key, entry in evidence.items()},
        text="\n".join([*said, *(str(message.content) for message in results)]),
    )


@dataclass(frozen=True)
class _Told:
    """A tool result; the same id and content mean the same artifact."""

    id: str
    content: str
    artifact: Artifact | None = field(compare=False)


@lru_cache(maxsize=256)
def _heap_of(told: _Told) -> _Heap:
    """What one result holds. A thread is gone over with each answer, its results stay the same."""
    heap = _Heap()
    if told.artifact is None:
        heap.add_text(told.content, "")
        return heap
    heap.add(told.artifact["result"], "", "")
    for entry in told.artifact["evidence"]:
        heap.add(entry["value"], "", entry["run"])
    return heap


@dataclass
class _Heap:
    """Sources while they are being gathered."""

    numbers: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    places: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    counts: set[float] = field(default_factory=set)
    runs: dict[str, str] = field(default_factory=dict)

    def merge(self, other: _Heap) -> None:
        """Take in another heap."""
        for run, pool in other.numbers.items():
            self.numbers[run] += pool
        for run, pool in other.places.items():
            self.places[run] += pool
        self.counts |= other.counts
        self.runs |= other.runs

    def add(self, value: Json, key: str, run: str) -> None:
        """A part of a result: `key` is the field it stands in, `run` the run it is about."""
        if _is_number(value):
            self._add_number(float(value), bool(_PLACE_KEY.search(key)), run)
        elif isinstance(value, str):
            self.add_text(value, run)
        elif isinstance(value, dict):
            self._add_record(value, run)
        elif isinstance(value, list):
            self.counts |= _counts_of(value)
            for item in value:
                self.add(item, key, run)

    def _add_record(self, record: dict[str, Json], run: str) -> None:
        run = self._learn_run(record) or run
        if "columns" in record:
            self._add_table(record)
            return
        for key, item in record.items():
            if not (key in _OUTSIDE and isinstance(item, list | str)):
                self.add(item, key, "" if key in _SHARED else run)

    def _add_table(self, table: dict[str, Json]) -> None:
        """Each row is about its own run. What a query calls a step is free, so each whole number may be one."""
        columns, rows = table["columns"], table["rows"]
        if not isinstance(columns, list) or not isinstance(rows, list):
            return
        self.counts |= _counts_of(rows)
        for row in rows:
            record = dict(zip(map(str, columns), row, strict=True)) if isinstance(row, list) else {}
            self._add_record(record, "")
            whole = [float(value) for value in record.values() if _is_number(value) and float(value).is_integer()]
            self.places[self._learn_run(record)] += whole

    def _learn_run(self, record: dict[str, Json]) -> str:
        """The id of the run a record is about, if it says so, known from now on by its id, name and number."""
        several = record.get("runs")
        for one in several if isinstance(several, list) else ():
            if isinstance(one, str):
                self.runs[one.lower()] = one
        run = record.get("run")
        if isinstance(run, dict):
            return self._learn_run(run)
        if not isinstance(run, str) or not run:
            return ""
        names = (run, record.get("name"), record.get("number")) if "number" in record else (run,)
        self.runs.update({str(name).lower(): run for name in names if name is not None})
        return run

    def add_text(self, text: str, run: str) -> None:
        """Numbers in words, such as the summary of a finding."""
        for number, is_place in _numbers_in(text):
            self._add_number(number, is_place, run)

    def _add_number(self, number: float, is_place: bool, run: str) -> None:
        self.numbers[run].append(number)
        if is_place:
            self.places[run].append(number)


def _numbers_of(entry: EvidenceEntry) -> Iterator[float]:
    value, step = entry["value"], entry["step"]
    if step is not None:
        yield float(step)
    if isinstance(value, str):
        yield from (number for number, _ in _numbers_in(value))
    elif _is_number(value):
        yield float(value)


def _sorted(pool: Sequence[float]) -> Floats:
    values = np.abs(np.asarray(pool, dtype=np.float64))
    return np.unique(values[np.isfinite(values)])


def _counts_of(items: list[Json]) -> set[float]:
    """How many there are, and how many share a word: four of twelve runs are faulty."""
    words = Counter(word for item in items for word in set(_words(item, depth=3)))
    groups = {float(count) for count in words.values()}
    return {float(len(items)), *groups, *(len(items) - count for count in groups)}


def _words(value: Json, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and depth:
        for key, item in value.items():
            if isinstance(item, str):
                yield key, item
            else:
                yield from _words(item, depth - 1)
    elif isinstance(value, list) and depth:
        for item in value:
            yield from _words(item, depth - 1)


def _is_number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers_in(text: str) -> Iterator[tuple[float, bool]]:
    """(number, is it a place) for each number in a text."""
    for match in _NUMBER.finditer(text):
        before = text[max(0, match.start() - 24) : match.start()]
        yield float(match[0].replace(",", "").replace("−", "-")), bool(_PLACE_BEFORE.search(before))
