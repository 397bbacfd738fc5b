"""From scores to figures: the share that holds with its standard error, by scorer and by tag."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.dataset import case_of
from evals.log import EvalSample

ALL = "all"


@dataclass(frozen=True)
class Metric:
    """accuracy: the share of `samples` for which it holds. stderr: of that share, as if other such cases were asked."""

    samples: int
    held: float
    stderr: float

    @property
    def accuracy(self) -> float:
        """Between 0 and 1."""
        return self.held / self.samples


def metric_of(values: Iterable[tuple[str, float]]) -> Metric:
    """Of (case, value). Wordings and repetitions of a case hang together, so that cases are the clusters of the error
    (Miller 2024, Adding Error Bars to Evals, 2.2)."""
    cases: dict[str, list[float]] = defaultdict(list)
    for case, value in values:
        cases[case].append(value)
    every = [value for one in cases.values() for value in one]
    mean = sum(every) / len(every)
    off = sum(sum(value - mean for value in one) ** 2 for one in cases.values())
    few = len(cases) / (len(cases) - 1) if len(cases) > 1 else 1.0
    return Metric(len(every), sum(every), math.sqrt(off * few) / len(every))


def values_by_scorer(samples: Sequence[EvalSample]) -> dict[str, list[tuple[str, float]]]:
    """Scorer -> (case, whether all that it was asked held) for each sample that it had to do with."""
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for sample in samples:
        for name in dict.fromkeys(s.scorer for s in sample.scores):
            held = all(s.passed for s in sample.scores if s.scorer == name)
            found[name].append((case_of(sample.id), float(held)))
    return dict(found)


def by_scorer(samples: Sequence[EvalSample]) -> dict[str, Metric]:
    """How each quality does."""
    return {name: metric_of(values) for name, values in values_by_scorer(samples).items()}


def by_tag(samples: Sequence[EvalSample]) -> dict[str, Metric]:
    """How the samples of each tag do; all together at the end."""
    tags = sorted({tag for sample in samples for tag in sample.tags})
    return {**{tag: passed(s for s in samples if tag in s.tags) for tag in tags}, ALL: passed(samples)}


def passed(samples: Iterable[EvalSample]) -> Metric:
    """How many pass."""
    return metric_of((case_of(sample.id), float(sample.passed)) for sample in samples)
