"""What the answers of a thread may draw on: every number, count and run name in its tool results and questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from agent.evidence import artifact_of, evidence_in
from tools.records import Floats
from tools.render.plain import Json

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_NUMBER = re.compile(
    r"(?<![A-Za-z_\d.])(?<![A-Za-z_][-.])[-−+]?(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
)
_RUN_KEYS = frozenset({"run", "runs", "name", "winner"})
_CURVES = frozenset({"x", "y"})
"""Fields of a plot's lines: thousands of values that no text shows, among which any number would find its like."""


@dataclass(frozen=True)
class Sources:
    """numbers: absolute values, sorted. counts: lengths of lists and of groups in them. cited: id -> value."""

    numbers: Floats
    counts: frozenset[float]
    names: frozenset[str]
    run_numbers: frozenset[str]
    ids: frozenset[str]
    cited: dict[str, float]
    text: str

    def nearest(self, value: float, slack: float) -> float | None:
        """The source number nearest to |value| within slack, or None."""
        at = abs(value)
        low, high = np.searchsorted(self.numbers, [at - slack, at + slack], side="left")
        near = self.numbers[low : min(high + 1, len(self.numbers))]
        near = near[np.abs(near - at) <= slack + 1e-12 * at]
        return float(near[np.argmin(np.abs(near - at))]) if len(near) else None

    def knows_run(self, name: str) -> bool:
        """True when a run is called this, or numbered so."""
        return name in self.run_numbers or name.lower() in self.names


def sources_of(thread: Sequence[BaseMessage]) -> Sources:
    """Gather what stands in the tool results and in the words of the person; the model's own words prove nothing."""
    numbers: list[float] = []
    counts: set[float] = set()
    names: set[str] = set()
    run_numbers: set[str] = set()
    for message in thread:
        if message.type == "human":
            asked = str(message.text)
            numbers += _numbers_in(asked)
            run_numbers |= set(re.findall(r"\d+", asked))
            names |= {word.lower() for word in re.findall(r"[\w./:-]+", asked)}
        elif message.type == "tool":
            numbers += _numbers_in(str(message.content))
            if artifact := artifact_of(message):
                _gather(artifact["result"], "", numbers, counts, names, run_numbers)
    unique = np.unique(np.abs(np.asarray(numbers, dtype=np.float64)))
    values = {key: entry["value"] for key, entry in evidence_in(thread).items()}
    return Sources(
        numbers=unique[np.isfinite(unique)],
        counts=frozenset(counts),
        names=frozenset(names),
        run_numbers=frozenset(run_numbers),
        ids=frozenset(values),
        cited={key: float(value) for key, value in values.items() if _is_number(value)},
        text="\n".join(str(message.content) for message in thread if message.type in {"human", "tool"}),
    )


def _gather(
    value: Json, key: str, numbers: list[float], counts: set[float], names: set[str], run_numbers: set[str]
) -> None:
    if _is_number(value):
        numbers.append(float(value))
        if key == "number":
            run_numbers.add(f"{value}")
    elif isinstance(value, str):
        numbers += _numbers_in(value)
        if key in _RUN_KEYS:
            names.add(value.lower())
    elif isinstance(value, dict):
        for inner, item in value.items():
            if not (inner in _CURVES and isinstance(item, list)):
                _gather(item, inner, numbers, counts, names, run_numbers)
    elif isinstance(value, list):
        counts |= _counts_of(value)
        for item in value:
            _gather(item, key, numbers, counts, names, run_numbers)


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


def _numbers_in(text: str) -> Iterator[float]:
    return (float(match[0].replace(",", "").replace("−", "-")) for match in _NUMBER.finditer(text))
