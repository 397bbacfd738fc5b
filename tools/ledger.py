"""The ledger of advice: what was recommended for the runs of a store, with its prediction, and which runs followed it.

It is a JSON file beside the runs (advice.jsonl), a line for each advice. An advice that was given before keeps its
number. Runs that did already what an advice says when it was given are noted with it: they have not followed it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tools.compare import comparable, differences, is_incidental, knobs
from tools.lessons import Advice, Change, Followed
from tools.records import Scalar

FILE = "advice.jsonl"
TOLERANCE = 0.05
"""A setting follows an advice that comes this close to it."""


@dataclass(frozen=True)
class Tried:
    """A run as the ledger needs it; `bests`: best value by metric."""

    run: str
    params: Mapping[str, Scalar]
    bests: Mapping[str, float | None]


@dataclass(frozen=True)
class Kept:
    """An advice as it was given: the settings of the run that it builds on, and the runs that did so already."""

    advice: Advice
    params: Mapping[str, Scalar]
    already: tuple[str, ...]


class Ledger:
    """The advice kept in one folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def entries(self) -> tuple[Kept, ...]:
        """All of it, in the order in which it was given; `complaint` tells of lines that cannot be read."""
        return tuple(kept for _, kept in self._lines() if kept is not None)

    @property
    def complaint(self) -> str:
        """Which lines cannot be read; "" where all can."""
        lost = [str(number) for number, kept in self._lines() if kept is None]
        return f"{self.path.name} cannot be read in line {', '.join(lost)}; that advice is not scored" if lost else ""

    def _lines(self) -> list[tuple[int, Kept | None]]:
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [(number, _parsed(line)) for number, line in enumerate(lines, 1)]

    def keep(self, given: Iterable[Advice], runs: Sequence[Tried]) -> tuple[Advice, ...]:
        """The same advice with numbers, new ones written down."""
        known = {_mark(kept.advice): kept.advice.number for kept in self.entries()}
        params = {one.run: one.params for one in runs}
        numbered: list[Advice] = []
        new: list[Kept] = []
        for advice in given:
            mark = _mark(advice)
            numbered.append(replace(advice, number=known.get(mark, max(known.values(), default=0) + 1)))
            if mark not in known:
                known[mark] = numbered[-1].number
                new.append(_noted(Kept(numbered[-1], params.get(advice.run, {}), ()), runs))
        if new:
            with self.path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(asdict(kept)) + "\n" for kept in new)
        return tuple(numbered)

    def followed(self, runs: Sequence[Tried]) -> tuple[Followed, ...]:
        """The runs that did what an advice said after it was given, with what came of it."""
        return tuple(
            _score(kept.advice, one)
            for kept in self.entries()
            for one in runs
            if one.run not in kept.already and follows(one, kept)
        )


def _noted(kept: Kept, runs: Sequence[Tried]) -> Kept:
    return replace(kept, already=tuple(one.run for one in runs if follows(one, kept)))


def follows(one: Tried, kept: Kept) -> bool:
    """Whether a run changed what the advice says, and nothing else that matters."""
    advice = kept.advice
    if one.run == advice.run or not advice.changes:
        return False
    wanted = {change.key: change.proposed for change in advice.changes}
    if not all(key in one.params and _is_near(one.params[key], value) for key, value in wanted.items()):
        return False
    others = [d for d in knobs(differences([kept.params, one.params])) if d.key not in wanted]
    return not any(not is_incidental(d.key) and not _is_near(*d.values[:2]) for d in others)


def _is_near(own: Scalar, wanted: Scalar) -> bool:
    a, b = comparable(own), comparable(wanted)
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=TOLERANCE)
    return a == b


def _score(advice: Advice, one: Tried) -> Followed:
    best = one.bests.get(advice.metric)
    low, high = (-math.inf if advice.low is None else advice.low), (math.inf if advice.high is None else advice.high)
    held = best is not None and low <= best <= high
    got = "nothing finite" if best is None else f"{best:.6g}"
    said = f"{one.run} followed advice {advice.number}: predicted {advice.metric} {predicted(advice)}, got {got}"
    return Followed(advice.number, one.run, advice.metric, advice.low, advice.high, best, held, said)


def predicted(advice: Advice) -> str:
    """The prediction in words: "0.31 to 0.35", "below 0.52"; of a run that reached nothing finite any value."""
    if advice.low is None:
        return "a finite value" if advice.high is None else f"below {advice.high:.6g}"
    return f"above {advice.low:.6g}" if advice.high is None else f"{advice.low:.6g} to {advice.high:.6g}"


def _mark(advice: Advice) -> str:
    """What makes two pieces of advice the same: the run, and what to change about it."""
    return json.dumps([advice.run, sorted((c.key, str(comparable(c.proposed))) for c in advice.changes)])


def _parsed(line: str) -> Kept | None:
    try:
        found = json.loads(line)
        advice = found["advice"]
        changes = tuple(Change(**change) for change in advice["changes"])
        return Kept(Advice(**{**advice, "changes": changes}), found["params"], tuple(found["already"]))
    except (ValueError, KeyError, TypeError):
        return None
