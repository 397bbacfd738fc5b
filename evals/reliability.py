"""Whether confidences mean something: stated beside observed, and the two usual sums of the difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from evals.labelled_runs import Judged

EDGES = (0.0, 0.65, 0.775, 0.825, 0.875, 0.925, 1.01)
"""Bins of stated confidence; detectors state few different ones, so that equal widths would be empty or full."""
OWN_WORD = 10.0
"""A detector's own statement weighs as much as ten findings of which it is known whether they are right."""


@dataclass(frozen=True)
class Verdict:
    """The confidence of one finding, and whether it was right."""

    confidence: float
    right: bool


@dataclass(frozen=True)
class Bin:
    """Findings of similar confidence: how many, what was stated on average, how many of them were right."""

    count: int
    stated: float
    right: int

    @property
    def observed(self) -> float:
        """The share that was right."""
        return self.right / self.count


@dataclass(frozen=True)
class Reliability:
    """brier: mean squared difference of confidence and outcome. ece: mean distance of stated and observed by bin."""

    findings: int
    right: int
    brier: float
    ece: float
    bins: tuple[Bin, ...]


def verdicts(runs: Iterable[Judged]) -> tuple[Verdict, ...]:
    """All findings of weight that are right or wrong; what the labels call neutral is neither."""
    return tuple(
        Verdict(claim.confidence, claim.label in judged.truth.right)
        for judged in runs
        for claim in judged.claims
        if claim.severity != "info" and claim.label not in judged.truth.neutral
    )


def reliability(said: Sequence[Verdict], mapped: Callable[[float], float]) -> Reliability:
    """The curve of these findings after their confidences went through a map."""
    moved = [Verdict(mapped(v.confidence), v.right) for v in said]
    bins = binned(moved)
    total = max(1, len(moved))
    return Reliability(
        findings=len(moved),
        right=sum(v.right for v in moved),
        brier=sum((v.confidence - v.right) ** 2 for v in moved) / total,
        ece=sum(b.count * abs(b.stated - b.observed) for b in bins) / total,
        bins=bins,
    )


def binned(said: Sequence[Verdict]) -> tuple[Bin, ...]:
    """The bins that hold findings, from unsure to sure."""
    places = np.searchsorted(EDGES, [v.confidence for v in said], side="right")
    groups = [[v for v, place in zip(said, places, strict=True) if place == at] for at in range(1, len(EDGES))]
    return tuple(
        Bin(len(group), sum(v.confidence for v in group) / len(group), sum(v.right for v in group))
        for group in groups
        if group
    )


def fitted(said: Sequence[Verdict]) -> tuple[tuple[float, float], ...]:
    """Knots (stated, right) of a map that never falls: the share that was right in each bin, drawn towards what was
    stated by OWN_WORD (a beta prior), neighbours that fall pooled (pool adjacent violators; Zadrozny & Elkan 2002)."""
    pools: list[tuple[Bin, ...]] = []
    for one in binned(said):
        pools.append((one,))
        while len(pools) > 1 and _share(pools[-2]) > _share(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    knots = [(round(b.stated, 4), round(_share(pool), 4)) for pool in pools for b in pool]
    return ((0.0, 0.0), *knots)


def _share(pool: tuple[Bin, ...]) -> float:
    count = sum(b.count for b in pool)
    return sum(b.right + OWN_WORD * b.stated * b.count / count for b in pool) / (count + OWN_WORD)
