"""From a run to a judgement: every detector runs, findings are put in order of cause and effect, a verdict is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from tools.calibration import calibrated
from tools.cascade import CONTRADICTS, EXPLAINS, FROM_THE_START, SYMPTOMS
from tools.detectors import detectors, read_of_siblings
from tools.detectors._base import Detector
from tools.detectors._once import forget
from tools.detectors._view import view_of
from tools.power import power, too_early
from tools.records import SEVERITY_ORDER, CascadeRole, Diagnosis, Finding, NotChecked, RunData, Suppressed, Verdict
from tools.roles import to_log
from tools.usual import measures
from tools.waste import waste_of

GUESS = 0.5
"""A finding below this confidence is a guess, and falls as soon as a cause that explains it is found."""


def diagnose(
    data: RunData,
    confidence: Callable[[float], float] = calibrated,
    checks: Sequence[Detector] | None = None,
) -> Diagnosis:
    """The judgement of one run: findings root first, what could not be checked, and what the data could have shown at
    all.

    checks: other detectors than those that are installed. confidence: what becomes of a detector's own statement at the
    very end; until then detectors are weighed by it.
    """
    try:
        return _diagnosed(data, confidence, detectors(data.rules.folder) if checks is None else checks)
    finally:
        forget()


def _diagnosed(data: RunData, confidence: Callable[[float], float], checks: Sequence[Detector]) -> Diagnosis:
    logged, data = data, data.as_losses
    findings: list[Finding] = []
    unchecked: list[NotChecked] = []
    checked = False
    view = view_of(data)
    short = False
    for detector in checks:
        if detector.domain is not None and detector.domain not in view.domains:
            continue
        early = too_early(detector, view)
        gap = missing(detector, data) or early
        short = short or (detector.essential and early is not None)
        results = [gap] if gap is not None else list(detector.detect(data))
        findings += [_as_logged(r, logged) for r in results if isinstance(r, Finding)]
        gaps = [r for r in results if isinstance(r, NotChecked)]
        unchecked += [replace(gap, log_next=_log_next(gap, data)) for gap in gaps]
        checked = checked or (detector.essential and not gaps)
    suppressed = {f.id: reason for f in findings if (reason := _reason(f, data)) is not None}
    ordered = order([f for f in findings if f.id not in suppressed])
    stated = tuple(replace(f, confidence=confidence(f.confidence)) for f in ordered)
    return Diagnosis(
        data.run.run,
        _verdict(stated, checked and not short and bool(view.losses or view.domains)),
        stated,
        tuple(unchecked),
        power(view),
        tuple(Suppressed(f, suppressed[f.id]) for f in findings if f.id in suppressed),
        waste_of(stated, data),
        tuple(said for d in checks for t in d.thresholds if (said := t.said(data))),
        measures(data),
        *((data.beside.mark, read_of_siblings(data)) if data.beside else ()),
    )


def stands(made: Diagnosis, outline: RunData) -> bool:
    """Whether the siblings of a run are still such that it would be judged as it was; its own series are not needed."""
    try:
        return outline.beside is not None and made.read == read_of_siblings(outline)
    finally:
        forget()


def _as_logged(finding: Finding, data: RunData) -> Finding:
    """Evidence with the signs of the log, where what is maximised was judged as a loss."""
    if finding.metric not in data.maximised:
        return finding
    shown = tuple(replace(e, value=-e.value) if e.metric in data.maximised else e for e in finding.evidence)
    said = f"{finding.summary} {finding.metric} is maximised: as a loss it is taken with its sign turned."
    return replace(finding, evidence=shown, summary=said)


def _reason(finding: Finding, data: RunData) -> str | None:
    """Why its owner does not want this finding to count, or None."""
    run = data.run
    return data.rules.reason((run.run, run.name, str(run.number)), finding.id)


def _verdict(findings: Iterable[Finding], checked: bool) -> Verdict:
    if any(f.severity != "info" for f in findings):
        return "faulty"
    return "healthy" if checked else "cannot_judge"


def missing(detector: Detector, data: RunData) -> NotChecked | None:
    """What a detector needs and the log does not have, or None."""
    unmet = [group for group in detector.needs if not data.with_role(*group)]
    if not unmet:
        return None
    wanted = "; ".join(" or ".join(group) for group in unmet)
    return NotChecked(detector.id, tuple(group[0] for group in unmet), f"not logged: {wanted}")


def _log_next(gap: NotChecked, data: RunData) -> str:
    """What to log so that the check can judge: what is missing, or more of what is there."""
    if all(data.with_role(role) for role in gap.missing):
        return f"{gap.reason[:1].upper()}{gap.reason[1:].rstrip('.')}."
    return to_log(gap.missing)


def order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings with their role in the cascade: one cause first, then what stands for itself, then effects, remarks
    last."""
    serious = sorted((f for f in findings if f.severity != "info"), key=_weight)
    explained = _explained(serious)
    refuted = _refuted(serious)
    sure = any(f.confidence >= GUESS for f in serious if f.id not in explained | refuted | SYMPTOMS)
    explained |= SYMPTOMS if sure else frozenset()
    kept = [f for f in serious if f.id not in refuted and (f.confidence >= GUESS or not (sure or f.id in explained))]
    said = frozenset().union(*(EXPLAINS.get(f.id, ()) for f in kept))
    remarks = [f for f in findings if f.severity == "info" and f.id not in said]
    roots = [f for f in kept if f.id not in explained]
    if not roots:
        return tuple(kept + remarks)
    cause = roots[0]
    effects = [replace(f, role_in_cascade="effect") for f in kept if f.id in explained]
    effects.sort(key=lambda f: (_onset(f), _weight(f)))
    role: CascadeRole = "cause" if effects or len(roots) == 1 else "unknown"
    return (replace(cause, role_in_cascade=role), *roots[1:], *effects, *remarks)


def _explained(findings: list[Finding]) -> frozenset[str]:
    """Ids that are the effect of another finding. Of two that explain each other the weightier one is the cause."""
    explained: set[str] = set()
    for cause in findings:
        if cause.id in explained or cause.confidence < GUESS:
            continue
        explained |= {f.id for f in findings if f.id in EXPLAINS.get(cause.id, frozenset()) and _can_follow(f, cause)}
    return frozenset(explained)


def _refuted(findings: list[Finding]) -> frozenset[str]:
    """Ids that a finding of at least the same confidence rules out."""
    sure = {f.id: f.confidence for f in findings}
    return frozenset(
        other
        for f in findings
        for other in CONTRADICTS.get(f.id, ())
        if other in sure and f.confidence >= max(GUESS, sure[other] - 0.1)
    )


def _can_follow(effect: Finding, cause: Finding) -> bool:
    """An effect does not come long before its cause; onsets on different axes cannot be compared."""
    if cause.id in FROM_THE_START:
        return True
    for mine, its in ((effect.onset_step, cause.onset_step), (effect.onset_epoch, cause.onset_epoch)):
        if mine is not None and its is not None:
            return mine >= its - max(2.0, 0.1 * its)
    return True


def _weight(f: Finding) -> tuple[float, float, float, str]:
    mutual = sum(f.id in effects for effects in EXPLAINS.values()) - 2 * len(EXPLAINS.get(f.id, ()))
    guess = f.confidence < GUESS
    return (guess - SEVERITY_ORDER[f.severity] * (not guess), -round(f.confidence, 2), _onset(f) + 0.001 * mutual, f.id)


def _onset(f: Finding) -> float:
    if f.onset_step is not None:
        return float(f.onset_step)
    return float(f.onset_epoch) if f.onset_epoch is not None else 0.0
