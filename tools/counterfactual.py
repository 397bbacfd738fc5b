"""A broken run beside a healthy one: where their curves part, and which other runs tell apart what changed together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from tools.compare import Contender, best_of, differences, knobs
from tools.lessons import CurveGap, ResultEvidence, Separation
from tools.records import Curve, Goal, MetricSummary, Series
from tools.results import ParamDifference

PARTED = 0.1
"""Curves have parted where one is worse by this share of all that the healthy one went through."""
MOST_SEPARATIONS = 3


def curve_gap(own_run: str, own: Series, other_run: str, other: Series, goal: Goal) -> CurveGap | None:
    """Where the first run becomes worse than the second and stays so; None where the two have no positions in common.

    The healthy curve is read between its points, so the two may be logged at different steps.
    """
    a, b = own.curve, other.curve.finite
    if own.axis != other.axis or len(b.x) < 2:
        return None
    shared = np.flatnonzero((a.x >= b.x[0]) & (a.x <= b.x[-1]))
    if len(shared) < 2:
        return None
    parted = _parting(Curve(a.x[shared], a.y[shared]), b, goal)
    places = [shared[parted], shared[-1]] if parted is not None else [shared[-1]]
    points = [point for at in places for point in _points(own_run, own, other_run, other, float(a.x[at]))]
    at = None if parted is None else float(a.x[shared[parted]])
    return CurveGap(own.metric, own.axis, at, tuple(points))


def _parting(a: Curve, b: Curve, goal: Goal) -> int | None:
    """The first index from which on `a` is clearly worse to the end. What is not finite is worse."""
    gap = np.interp(a.x, b.x, b.y) - a.y if goal == "higher" else a.y - np.interp(a.x, b.x, b.y)
    worse = ~np.isfinite(a.y) | (gap > PARTED * np.ptp(b.y))
    if not worse[-1]:
        return None
    better = np.flatnonzero(~worse)
    return int(better[-1]) + 1 if len(better) else 0


def _points(own_run: str, own: Series, other_run: str, other: Series, at: float) -> Iterator[ResultEvidence]:
    """Both runs at a position, each at its own point nearest to it."""
    for run, series in ((own_run, own), (other_run, other)):
        curve = series.curve
        i = int(np.argmin(np.abs(curve.x - at)))
        yield ResultEvidence(run, series.metric, float(curve.x[i]), float(curve.y[i]), "curve", series.axis)


def separations(
    confounded: Sequence[ParamDifference], contenders: Sequence[Contender], metric: MetricSummary
) -> tuple[Separation, ...]:
    """For each setting that changed together with others, the pair of runs that differs in it alone, if there is one.

    Of several pairs the one whose values are most like those of the comparison that it clears up; one of them must be.
    """
    wanted = {d.key: d for d in confounded}
    found: dict[str, tuple[int, Separation]] = {}
    for a, b in combinations(contenders, 2):
        telling = knobs(differences([a.params, b.params]))
        if len(telling) == 1 and (key := telling[0].key) in wanted:
            strange = len({*telling[0].values} - {*wanted[key].values})
            if strange < 2 and (key not in found or strange < found[key][0]):
                found[key] = strange, _separation(telling[0], (a, b), metric)
    return tuple(found[key][1] for key in wanted if key in found)[:MOST_SEPARATIONS]


def _separation(difference: ParamDifference, pair: tuple[Contender, Contender], metric: MetricSummary) -> Separation:
    one, other = pair
    return Separation(
        difference.key,
        (one.run.run, other.run.run),
        (difference.values[0], difference.values[1]),
        metric.name,
        (_best(one, metric), _best(other, metric)),
        (one.diagnosis.verdict, other.diagnosis.verdict),
    )


def _best(contender: Contender, metric: MetricSummary) -> float | None:
    same = same_metric(metric, contender.metrics)
    best = best_of(same) if same else None
    return best[0] if best else None


def same_metric(metric: MetricSummary, logged: Sequence[MetricSummary]) -> MetricSummary | None:
    """The metric of another run that is this one, whatever that run calls it."""
    meant = (metric.role, metric.family)
    alike = [m for m in logged if m.name == metric.name or (m.role, m.family) == meant]
    return max(alike, key=lambda m: (m.name == metric.name, m.count), default=None)
