"""A run held against an earlier one that counts as good enough: which findings are new, which are gone, and whether the
metric that it is judged by is worse beyond noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.compare import best_of, headline
from tools.counterfactual import same_metric
from tools.records import SEVERITY_ORDER, Diagnosis, Finding, Goal, MetricSummary, Series, Severity
from tools.stats import noise

SPREADS = 3.0
"""Standard deviations of the noise of both runs within which two bests are the same."""
SEEDS, SEED_SPREADS = 3, 2.0
"""From so many baseline runs on their own spread counts too."""
LEAST = 0.005
"""Half a percent is no regression, however smooth the curves are."""
TAIL = 5
"""Noise is that of the last fifth."""


@dataclass(frozen=True)
class Side:
    """A judged run with the curve of the metric that it is judged by."""

    name: str
    diagnosis: Diagnosis
    metrics: tuple[MetricSummary, ...]
    curve: Series | None


@dataclass(frozen=True)
class Against:
    """What changed since the baseline. new: findings that it has not, or not so severely; gone: those it alone has.

    now, before: the best of `metric` here and there (of several baseline runs the mean); tolerance: as far apart two
    bests may be by noise. None where there is no such value.
    """

    baseline: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    same: tuple[str, ...]
    worst_new: Severity | None
    metric: str = ""
    goal: Goal = "lower"
    now: float | None = None
    before: float | None = None
    tolerance: float = 0.0

    @property
    def worse_by(self) -> float:
        """How far the metric is worse than in the baseline; negative where it is better."""
        if self.before is None:
            return 0.0
        if self.now is None:
            return math.inf
        return self.now - self.before if self.goal == "lower" else self.before - self.now

    @property
    def regressed(self) -> bool:
        """Whether the metric is worse beyond noise."""
        return self.worse_by > self.tolerance

    @property
    def improved(self) -> bool:
        """Whether it is better beyond noise."""
        return -self.worse_by > self.tolerance

    def at_or_above(self, severity: Severity) -> bool:
        """Whether something new is at least this severe; a regression counts as a warning."""
        grave = -1 if self.worst_new is None else SEVERITY_ORDER[self.worst_new]
        grave = max(grave, SEVERITY_ORDER["warning"]) if self.regressed else grave
        return grave >= SEVERITY_ORDER[severity]


def against(own: Side, baselines: Sequence[Side]) -> Against:
    """The run against one baseline run or more; of several, what any of them has is nothing new."""
    known: dict[str, Severity] = {}
    for side in baselines:
        for f in side.diagnosis.findings:
            known[f.id] = max(known.get(f.id, f.severity), f.severity, key=_grave)
    new = [f for f in own.diagnosis.findings if f.id not in known or _grave(f.severity) > _grave(known[f.id])]
    here = {f.id for f in own.diagnosis.findings}
    in_all = [id for id in known if all(id in _ids(side.diagnosis.findings) for side in baselines)]
    found = Against(
        tuple(side.name for side in baselines),
        tuple(f.id for f in new),
        tuple(id for id in in_all if id not in here),
        tuple(f.id for f in own.diagnosis.findings if f not in new),
        max(new, key=lambda f: _grave(f.severity)).severity if new else None,
    )
    return _measured(found, own, baselines)


def _grave(severity: Severity) -> int:
    return SEVERITY_ORDER[severity]


def _ids(findings: Sequence[Finding]) -> frozenset[str]:
    return frozenset(f.id for f in findings)


def _measured(found: Against, own: Side, baselines: Sequence[Side]) -> Against:
    """With the metric that the baseline is judged by."""
    shown = next((m for side in baselines if (m := headline(side.metrics)) is not None), None)
    if shown is None:
        return found
    alike = [same_metric(shown, side.metrics) for side in baselines]
    bests = [best[0] for metric in alike if metric is not None and (best := best_of(metric)) is not None]
    mine = same_metric(shown, own.metrics)
    now = best_of(mine) if mine is not None else None
    if not bests:
        return found
    before = float(np.mean(bests))
    wobble = math.hypot(_noise(own), max(_noise(side) for side in baselines))
    spread = SEED_SPREADS * float(np.std(bests, ddof=1)) if len(bests) >= SEEDS else 0.0
    tolerance = max(SPREADS * wobble, spread, LEAST * abs(before))
    return Against(
        *(found.baseline, found.new, found.gone, found.same, found.worst_new, shown.name, shown.goal or "lower"),
        *(now[0] if now else None, before, tolerance),
    )


def _noise(side: Side) -> float:
    if side.curve is None:
        return 0.0
    y = side.curve.curve.finite.y
    return noise(y[-max(TAIL, len(y) // TAIL) :]) if len(y) >= TAIL else 0.0
