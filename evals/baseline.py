"""What a model reached before: kept as JSON beside the cases, and what later results are held against.

The offline analyst says the same every time, so each check that it loses is a regression. A model that samples is held
against its baseline by a paired bootstrap over cases: the same cases were asked both times, so pairing takes out how
hard they are, which an interval around each share alone (Wilson's) leaves in; and whole cases are drawn, because
wordings and repetitions of a case hang together.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from agent.budget import Usage
from agent.models import OFFLINE
from evals.dataset import case_of
from evals.log import EvalSample, file_name

BASELINES = Path(__file__).parent / "baselines"
ROUNDING = 5e-4
"""Figures are stored with three decimals."""
PASSED = "passed"
LEVEL = 0.05
"""So often an unchanged model may be called worse, over all the qualities that are compared."""
DRAWS = 10_000
FEW = 5
"""Fewer cases are no basis for an interval."""

Shares = Mapping[str, float]


@dataclass(frozen=True)
class Baseline:
    """samples: id -> quality -> the share of repetitions in which it held. figures: by name, of which more is better.

    usage: of a sample on average, for a forecast of what a model on a server will cost.
    """

    samples: Mapping[str, Shares]
    figures: Shares = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)

    @property
    def passed(self) -> frozenset[str]:
        """The samples that passed every time."""
        return frozenset(id for id, shares in self.samples.items() if shares[PASSED] == 1)


def baseline_of(samples: Sequence[EvalSample], figures: Shares) -> Baseline:
    """What these results would be as a baseline."""
    held: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for sample in samples:
        held[sample.id][PASSED].append(sample.passed)
        for name in dict.fromkeys(s.scorer for s in sample.scores if s.counts):
            held[sample.id][name].append(all(s.passed for s in sample.scores if s.scorer == name))
    shares = {id: {name: sum(ones) / len(ones) for name, ones in one.items()} for id, one in held.items()}
    return Baseline(shares, figures, _mean([sample.usage for sample in samples]))


def _mean(used: Sequence[Usage]) -> Usage:
    total, n = sum(used, Usage()), max(1, len(used))
    return Usage(round(total.calls / n), round(total.prompt / n), round(total.completion / n))


def load(model: str) -> Baseline | None:
    """The stored baseline of a model, or None."""
    file = _file(model)
    if not file.exists():
        return None
    stored = json.loads(file.read_text(encoding="utf-8"))
    return Baseline(stored["samples"], stored["figures"], Usage(**stored["usage"]))


def save(model: str, baseline: Baseline) -> Path:
    """Store it, a line for each sample; figures that this run could not measure keep their old value."""
    old = load(model)
    figures = {**(old.figures if old else {}), **baseline.figures}
    samples = ",\n".join(f"  {json.dumps(id)}: {_rounded(shares)}" for id, shares in sorted(baseline.samples.items()))
    rest = f' "figures": {_rounded(dict(sorted(figures.items())), 2)},\n "usage": {json.dumps(asdict(baseline.usage))}'
    file = _file(model)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'{{\n "samples": {{\n{samples}\n }},\n{rest}\n}}\n', encoding="utf-8")
    return file


def _rounded(shares: Shares, indent: int | None = None) -> str:
    return json.dumps({name: round(share, 3) for name, share in shares.items()}, indent=indent)


def _file(model: str) -> Path:
    return BASELINES / f"{file_name(model)}.json"


def regressions(now: Baseline, before: Baseline, model: str = OFFLINE) -> Iterator[str]:
    """What is below the baseline, in words; only what was measured both times is held against each other."""
    yield from _lost(now, before) if model == OFFLINE else _worse(now, before)
    for name, value in now.figures.items():
        if value < before.figures.get(name, 0.0) - ROUNDING:
            yield f"{name}: {value:.3f}, was {before.figures[name]:.3f}"


def _lost(now: Baseline, before: Baseline) -> Iterator[str]:
    for id in sorted(now.samples.keys() & before.samples.keys()):
        is_new = before.samples[id].keys() ^ now.samples[id].keys()
        lost = [name for name, was in before.samples[id].items() if now.samples[id].get(name, was) < was]
        if lost:
            more = " (what is asked has changed since)" if is_new else ""
            yield f"{id}: lost {', '.join(lost)}{more}"


def _worse(now: Baseline, before: Baseline) -> Iterator[str]:
    compared = [one for one in compare(now, before) if one.cases >= FEW]
    for one in compared:
        if one.upper < 0:
            yield f"{one.quality}: {one.now:.1%}, was {one.before:.1%} (the loss is beyond its interval)"


@dataclass(frozen=True)
class Comparison:
    """A quality then and now over the cases of both. lower, upper: the interval of the difference."""

    quality: str
    cases: int
    before: float
    now: float
    lower: float
    upper: float


def compare(now: Baseline, before: Baseline) -> list[Comparison]:
    """Each quality that was measured both times, all together first."""
    pairs = _pairs(now, before)
    tail = LEVEL / max(1, len(pairs))
    return [_compared(name, pairs[name], tail) for name in sorted(pairs, key=lambda name: (name != PASSED, name))]


def _pairs(now: Baseline, before: Baseline) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """Quality -> case -> (share before, share now) of its samples."""
    pairs: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for id in sorted(now.samples.keys() & before.samples.keys()):
        for name in sorted(now.samples[id].keys() & before.samples[id].keys()):
            pairs[name][case_of(id)].append((before.samples[id][name], now.samples[id][name]))
    return {name: dict(cases) for name, cases in pairs.items()}


def _compared(name: str, cases: Mapping[str, list[tuple[float, float]]], tail: float) -> Comparison:
    means = np.array([np.mean(pairs, axis=0) for pairs in cases.values()])
    differences = means[:, 1] - means[:, 0]
    lot = np.random.default_rng(7)
    drawn = differences[lot.integers(0, len(differences), (DRAWS, len(differences)))].mean(axis=1)
    lower, upper = np.quantile(drawn, (tail, 1 - tail))
    return Comparison(
        name, len(means), float(means[:, 0].mean()), float(means[:, 1].mean()), float(lower), float(upper)
    )
