"""What a result says of causes: a diagnosis of its findings and of what a healthy sibling set, a sweep of them all."""

from __future__ import annotations

from collections.abc import Iterator

from tools.cascade import EXPLAINS
from tools.compare import knobs
from tools.hypotheses.weighing import by_finding, by_setting
from tools.lessons import Hypothesis, ResultEvidence, SettingEffect, SweepAnalysis
from tools.records import Diagnosis, Finding
from tools.results import DiagnosedRun, Result, WeighedCause

NOT_BY_SETTING = frozenset(
    {
        *("memory_leak", "oom_crash", "throughput_drop", "bad_resume", "eval_mode_bug"),
        *("val_leakage", "below_chance", "label_noise"),
    }
)
"""Faults of code, data or machine: a sibling with other settings does not show what mends them."""
MOST_UNTESTABLE = 3
MOST_RULED_OUT = 3
CLEAR, NOTHING = 0.1, 0.02
"""A setting whose importance surely exceeds the first matters; one that surely stays below the second does not."""


def hypotheses_of(result: Result) -> tuple[Hypothesis, ...]:
    """The causes that a result proposes or judges; none for a run in which nothing is wrong."""
    match result:
        case DiagnosedRun():
            return tuple(_of_run(result)) if result.diagnosis.verdict == "faulty" else ()
        case SweepAnalysis():
            return tuple(_of_sweep(result))
        case WeighedCause():
            return (result.hypothesis,)
    return ()


def _of_run(result: DiagnosedRun) -> Iterator[Hypothesis]:
    run, findings = result.run.run, [f for f in result.diagnosis.findings if f.severity != "info"]
    if not findings:
        return
    root = findings[0]
    yield from (by_finding(run, finding, root, result.axes) for finding in findings)
    for one in result.diagnosis.suppressed:
        yield Hypothesis(run, one.finding.id, "refuted", f"suppressed by the user: {one.reason}")
    yield from _not_found(run, root, result.diagnosis)
    if (other := result.counterpart) and root.id not in NOT_BY_SETTING:
        turned = [d for d in knobs(other.differences) if len(d.values) > 1]
        yield from (by_setting(run, d, other, alone=len(turned) == 1) for d in turned)


def _not_found(run: str, root: Finding, diagnosis: Diagnosis) -> Iterator[Hypothesis]:
    """Causes that would explain the root: looked for in vain, or not to be looked for with what was logged."""
    gaps = {gap.id: gap for gap in diagnosis.not_checked}
    found = {f.id for f in diagnosis.findings} | {s.finding.id for s in diagnosis.suppressed}
    likely = [cause for cause, effects in EXPLAINS.items() if root.id in effects and cause not in found]
    for cause in [c for c in likely if c in gaps][:MOST_UNTESTABLE]:
        missing = ", ".join(gaps[cause].missing) or gaps[cause].reason
        yield Hypothesis(run, cause, "untestable", f"missing: {missing}")
    for cause in [c for c in likely if c not in gaps and c in GENERAL][:MOST_RULED_OUT]:
        yield Hypothesis(run, cause, "refuted", "looked for and not found")


GENERAL = frozenset({"exploding_gradients", "missing_warmup", "lr_too_high", "lr_too_low", "loss_spike", "bad_resume"})
"""Causes that any run may have: that they were looked for in vain is worth a word."""


def _of_sweep(result: SweepAnalysis) -> Iterator[Hypothesis]:
    """For the sweep as a whole, which settings move its outcome; for a broken run, the boundary that it lies beyond."""
    told: list[str] = []
    for effect in result.effects:
        said = None if set(effect.tied_with) & set(told) else _effect(effect)  # once for those that changed together
        if said is not None:
            told.append(effect.key)
            yield said
    if found := result.boundary:
        shown = (ResultEvidence("", "", None, found.threshold, f"boundary: unstable {found.side} {found.key}"),)
        yield from (Hypothesis(run, found.key, "supported", found.summary, shown) for run in found.broken)


def _effect(effect: SettingEffect) -> Hypothesis | None:
    if effect.importance is None or effect.importance_low is None or effect.importance_high is None:
        return None
    shown = (ResultEvidence("", "", None, effect.importance, f"importance of {effect.key}"),)
    if effect.tied_with:
        why = f"changed together with {', '.join(effect.tied_with[:3])}"
        return Hypothesis("", effect.key, "untestable", why, shown)
    if effect.importance_low > CLEAR:
        return Hypothesis("", effect.key, "supported", "its importance is clear of chance", shown)
    if effect.importance_high < NOTHING:
        return Hypothesis("", effect.key, "refuted", "it hardly moves the outcome", (), shown)
    return None
