"""Runs of which it is known what went wrong, in the layout of the fault bench, and what is said of them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np

from evals.claims import Claim
from tools.records import RunData
from tools.store import Store

JudgeOfRuns = Callable[[RunData], Iterable[Claim]]


@dataclass(frozen=True)
class Window:
    """Where the trouble begins: one unit of the log, both ends included."""

    unit: str
    low: float
    high: float


@dataclass(frozen=True)
class Truth:
    """A line of labels.csv. `right`: the ids that are a right diagnosis; `neutral`: neither right nor wrong."""

    run: str
    label: str
    right: frozenset[str]
    neutral: frozenset[str]
    windows: tuple[Window, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong with the run."""
        return self.label == "healthy"


@dataclass(frozen=True)
class Judged:
    """What was said of a labelled run. `ends`: how long the run is in each unit that its log counts."""

    truth: Truth
    claims: tuple[Claim, ...]
    ends: Mapping[str, float]

    @property
    def hit(self) -> Claim | None:
        """The first right claim of weight."""
        return next((c for c in self.claims if c.severity != "info" and c.label in self.truth.right), None)

    @property
    def alarms(self) -> tuple[str, ...]:
        """The labels that were wrongly given."""
        wrong = [c.label for c in self.claims if c.severity != "info"]
        return tuple(label for label in wrong if label not in self.truth.right | self.truth.neutral)


def held_back(run: str) -> bool:
    """Whether a run belongs to the half that nothing is chosen by from now on: a bit of a hash of its id decides.

    Both halves had been looked at before the cut was made; `evals.faults` makes runs that nobody has seen.
    """
    return bool(blake2b(run.encode(), digest_size=1).digest()[0] % 2)


def read_truth(labels: Path) -> tuple[Truth, ...]:
    """The labels of a set, by run."""
    with labels.open(newline="", encoding="utf-8") as file:
        return tuple(_truth(row) for row in csv.DictReader(file))


def _truth(row: Mapping[str, str]) -> Truth:
    right = frozenset(filter(None, (*row["acceptable"].split("|"), row["label"])))
    windows = [
        Window(row[f"{which}unit"], float(row[f"{which}low"]), float(row[f"{which}high"]))
        for which in ("onset_", "onset_alt_")
        if row[f"{which}low"] and row[f"{which}high"]
    ]
    neutral = frozenset(filter(None, row["neutral"].split("|"))) - right
    return Truth(row["run_id"], row["label"], right, neutral, tuple(windows))


def judge_runs(
    bench: Path, store: Store, judges: Mapping[str, JudgeOfRuns], tick: Callable[[], None] = lambda: None
) -> dict[str, tuple[Judged, ...]]:
    """What each of the judges says of every labelled run; each is read alone, as somebody who debugs one run does."""
    said: dict[str, list[Judged]] = {name: [] for name in judges}
    for truth in read_truth(bench / "labels.csv"):
        for name, judged in _judge_run(truth, bench / "runs" / truth.run, store, judges):
            said[name].append(judged)
        tick()
    return {name: tuple(judged) for name, judged in said.items()}


def _judge_run(
    truth: Truth, folder: Path, store: Store, judges: Mapping[str, JudgeOfRuns]
) -> Iterator[tuple[str, Judged]]:
    logs = [store.load(run.run) for run in store.ingest([folder]).runs]
    ends = {unit: max((_end(data, unit) for data in logs), default=0.0) for unit in ("step", "epoch")}
    for name, judge in judges.items():
        yield name, Judged(truth, tuple(claim for data in logs for claim in judge(data)), ends)


def _end(data: RunData, unit: str) -> float:
    columns = [s.step if unit == "step" else s.epoch for s in data.series.values()]
    return max((float(np.nanmax(c)) for c in columns if np.isfinite(c).any()), default=0.0)


def onset_error(judged: Judged) -> float | None:
    """How far the stated onset lies outside of the window, as a share of the run; 0 inside, None where nothing is to be
    compared."""
    hit = judged.hit
    if hit is None or hit.onset is None:
        return None
    window = next((w for w in judged.truth.windows if w.unit == hit.unit), None)
    if window is None:
        return None
    return max(window.low - hit.onset, hit.onset - window.high, 0.0) / max(judged.ends[hit.unit], window.high, 1.0)
