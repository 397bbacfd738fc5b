"""From a run to a judgement: every detector runs, findings are put in order of cause and effect, a verdict is given."""

from __future__ import annotations

from tools.detectors import detectors
from tools.detectors._base import Detector
from tools.records import Diagnosis, Finding, NotChecked, RunData


def diagnose(data: RunData) -> Diagnosis:
    """The judgement of one run."""
    findings: list[Finding] = []
    open_questions: list[NotChecked] = []
    checked = False
    for detector in detectors():
        missing = _missing(detector, data)
        if missing is not None:
            open_questions.append(missing)
            continue
        results = list(detector.detect(data))
        findings += [r for r in results if isinstance(r, Finding)]
        gaps = [r for r in results if isinstance(r, NotChecked)]
        open_questions += gaps
        checked = checked or (detector.essential and not gaps)
    ordered = tuple(findings)
    bad = any(f.severity != "info" for f in ordered)
    verdict = "faulty" if bad else "healthy" if checked else "cannot_judge"
    return Diagnosis(data.run.run, verdict, ordered, tuple(open_questions))  # type: ignore[arg-type]


def _missing(detector: Detector, data: RunData) -> NotChecked | None:
    unmet = [group for group in detector.needs if not data.with_role(*group)]
    if not unmet:
        return None
    wanted = "; ".join(" or ".join(group) for group in unmet)
    return NotChecked(detector.id, tuple(group[0] for group in unmet), f"not logged: {wanted}")
