"""A cause that somebody proposes, weighed against what the runs show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tools.compare import Contender, comparable
from tools.lessons import Hypothesis, ResultEvidence, Separation
from tools.records import Axis, Diagnosis, Finding, Scalar
from tools.results import Counterpart, ParamDifference

TELLING, IDLE = 0.5, 0.1
"""A pair of runs that differs in one setting alone speaks for it where it shows this part of the gap, or against it."""
NAMED = 3


def weigh(run: str, finding: str, diagnosis: Diagnosis, axes: Mapping[str, Axis]) -> Hypothesis:
    """A kind of finding as the cause: found, found as a consequence, looked for in vain, or not to be looked for.

    axes: metric -> what its places count; a step where it is not there.
    """
    found = [f for f in diagnosis.findings if f.severity != "info"]
    for one in found:
        if one.id == finding:
            return by_finding(run, one, found[0], axes)
    for gap in diagnosis.not_checked:
        if gap.id == finding:
            missing = ", ".join(gap.missing) or gap.reason
            return Hypothesis(run, finding, "untestable", f"missing: {missing}")
    if diagnosis.verdict == "healthy":
        return Hypothesis(run, finding, "refuted", "nothing is wrong with this run")
    return Hypothesis(run, finding, "refuted", "looked for and not found")


def by_finding(run: str, finding: Finding, root: Finding, axes: Mapping[str, Axis]) -> Hypothesis:
    """A finding as the cause; axes as in `weigh`."""
    shown = tuple(
        ResultEvidence(run, e.metric, e.step, e.value, finding.id, axes.get(e.metric, "step")) for e in finding.evidence
    )
    if finding is not root and finding.role_in_cascade == "effect":
        return Hypothesis(run, finding.id, "refuted", f"a consequence of {root.id}, not the cause", (), shown)
    return Hypothesis(run, finding.id, "supported", f"found with a confidence of {finding.confidence:.0%}", shown)


def by_setting(run: str, difference: ParamDifference, other: Counterpart, alone: bool) -> Hypothesis:
    """A setting in which the nearest healthy run differs: proven where it differs alone, else by a pair that does."""
    own, theirs = difference.values[:2]
    key = difference.key
    told = _values(key, ((run, own), (other.run.run, theirs)))
    reached = _bests(other.metric, ((run, other.own_best), (other.run.run, other.best)))
    if alone:
        if _gain(other.own_best, other.best, other.goal) <= 0:
            return Hypothesis(
                run, key, "refuted", f"{other.run.run} differs in it alone and did no better", (), reached
            )
        return Hypothesis(run, key, "supported", f"the only setting in which {other.run.run} differs", told + reached)
    pair = next((s for s in other.separated if s.key == key), None)
    if pair is None:
        return Hypothesis(run, key, "proposed", f"changed together with other settings in {other.run.run}", told)
    return _by_pair(run, pair, own, _gain(other.own_best, other.best, other.goal), other.goal)


def _by_pair(run: str, pair: Separation, own: Scalar, gap: float, goal: str) -> Hypothesis:
    """Two runs that differ in the setting alone; the one with the broken run's value is held against the other."""
    shown = _values(pair.key, zip(pair.runs, pair.values, strict=True))
    shown += _bests(pair.metric, zip(pair.runs, pair.bests, strict=True))
    same = [i for i, value in enumerate(pair.values) if comparable(value) == comparable(own)]
    names = " and ".join(pair.runs)
    if len(same) != 1:
        return Hypothesis(run, pair.key, "proposed", f"{names} differ in it alone, at other values", shown)
    at = same[0]
    gain = _gain(pair.bests[at], pair.bests[1 - at], goal)
    if gain >= TELLING * gap:
        return Hypothesis(run, pair.key, "supported", f"{names} differ in it alone, and as much", shown)
    if gain <= IDLE * gap:
        return Hypothesis(run, pair.key, "refuted", f"{names} differ in it alone, and hardly in outcome", (), shown)
    return Hypothesis(run, pair.key, "proposed", f"{names} differ in it alone, which explains a part", shown)


def _gain(own: float | None, other: float | None, goal: str) -> float:
    """By how much the other is better; infinitely where the own is not even finite."""
    if own is None or other is None:
        return float("inf") if own is None and other is not None else 0.0
    return other - own if goal == "higher" else own - other


def _values(key: str, pairs: Iterable[tuple[str, Scalar]]) -> tuple[ResultEvidence, ...]:
    shown = ((run, value) for run, value in pairs if value is not None)
    return tuple(ResultEvidence(run, "", None, value, f"hyperparameter {key}") for run, value in shown)


def _bests(metric: str, pairs: Iterable[tuple[str, float | None]]) -> tuple[ResultEvidence, ...]:
    return tuple(ResultEvidence(run, metric, None, best, "best") for run, best in pairs if best is not None)


def by_others(run: str, key: str, own: Scalar, others: Sequence[Contender]) -> Hypothesis:
    """A setting that the nearest healthy run does not differ in: other runs with the same value, healthy or not."""
    same = [c for c in others if key in c.params and comparable(c.params[key]) == comparable(own)]
    healthy = [c.run.run for c in same if c.diagnosis.verdict == "healthy"]
    if healthy:
        shown = _values(key, ((one, own) for one in healthy[:NAMED]))
        why = f"healthy with the same value: {', '.join(healthy[:NAMED])}"
        return Hypothesis(run, key, "refuted", why, (), shown)
    if len(same) == len(others):
        return Hypothesis(run, key, "untestable", "it is the same in all runs")
    return Hypothesis(run, key, "proposed", "no run differs in it alone", _values(key, [(run, own)]))
