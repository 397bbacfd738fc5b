"""A yardstick: a solver that looks words up. It reads the same logs, finds the lines that share most words with the
question and says them back; what the question means is lost on it. What it passes is no proof of understanding.
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.events import Turn
from agent.evidence import EvidenceEntry
from agent.project import Project
from evals.dataset import Sample
from tools.detectors import detectors
from tools.records import RunData, Series
from tools.store import Store

MODEL = "keyword-lookup"
SAID = 5
"""Lines of an answer."""
STEM = 6
"""Letters by which words are told apart: diverge, diverges and divergence are one."""
WORD = re.compile(r"[a-z]+|\d+")
COMMON = frozenset(
    WORD.findall("a an and are at by did do does for from has have how in is it of on or so the there to was were")
)
NOTHING = "No line has any of these words."


@dataclass(frozen=True)
class Line:
    """A text to be found, and the value in it that an answer could cite."""

    text: str
    words: frozenset[str]
    evidence: tuple[EvidenceEntry, ...] = ()


class KeywordSolver:
    """Answers each turn by itself, as it remembers nothing. `store` gives the runs of a folder of logs."""

    def __init__(self, store: Callable[[Path, Project], Store]) -> None:
        self._store = store
        self._known: dict[str, tuple[Line, ...]] = {}

    def __call__(self, sample: Sample, _epoch: int = 1) -> list[Turn]:
        """A turn for each question."""
        key = f"{sample.logs_path()} {sample.project}"
        lines = self._known.get(key) or self._read(sample)
        self._known[key] = lines
        return [self._answer(question, lines) for question in sample.turns]

    def _read(self, sample: Sample) -> tuple[Line, ...]:
        store = self._store(sample.logs_path(), sample.project)
        runs = [line for run in store.runs() for line in lines_of(store.load(run.run))]
        return (*runs, *(_line(f"{one.id}: {one.title}") for one in detectors()))

    def _answer(self, question: str, lines: Sequence[Line]) -> Turn:
        began = time.monotonic()
        found = best(words_of(question), lines)
        said = "\n".join(line.text for line in found) or NOTHING
        evidence = tuple(entry for line in found for entry in line.evidence)
        return Turn(question, said, MODEL, bool(found), evidence, seconds=time.monotonic() - began)


def best(asked: frozenset[str], lines: Sequence[Line]) -> list[Line]:
    """The lines with the rarest of the words that were asked for, best first."""
    frequency = Counter(word for line in lines for word in line.words & asked)
    weight = {word: math.log(1 + len(lines) / n) for word, n in frequency.items()}
    scored = [(sum(weight[word] for word in line.words & asked), line) for line in lines]
    ranked = sorted((one for one in scored if one[0] > 0), key=lambda one: -one[0])
    return [line for _, line in ranked[:SAID]]


def words_of(text: str) -> frozenset[str]:
    """Its words without the commonest, cut to their beginnings."""
    return frozenset(word[:STEM] for word in WORD.findall(text.lower()) if word not in COMMON)


def _line(text: str, *evidence: EvidenceEntry) -> Line:
    return Line(text, words_of(text), evidence)


def lines_of(data: RunData) -> Iterator[Line]:
    """What stands in the log of a run, a line for each setting, metric and message."""
    run = data.run.run
    yield _line(f"{run}: status {data.run.status}, {data.run.steps} steps")
    for key, value in data.params.items():
        yield _line(f"{run}: {key} = {value}")
    for name, series in data.series.items():
        yield from _metric(run, name, series)
    for line in data.log_lines:
        yield _line(f"{run}: {line.text}")


def _metric(run: str, name: str, series: Series) -> Iterator[Line]:
    x, y = series.curve.finite.x, series.curve.finite.y
    if not len(y):
        return
    for word, i in (("first", 0), ("last", -1), ("lowest", int(y.argmin())), ("highest", int(y.argmax()))):
        cited = EvidenceEntry(
            id="", call="", tool=MODEL, run=run, metric=name, step=float(x[i]), axis=series.axis, value=float(y[i]),
            label=word,
        )  # fmt: skip
        yield _line(f"{run}: {word} {name} {y[i]:.6g} at {series.axis} {x[i]:g}", cited)
