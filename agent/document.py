"""A report as the document of `debug --json`."""

from __future__ import annotations

from dataclasses import asdict

from agent.parts import four_parts
from agent.report import Json, Report, RunReport, plain, runwhy_version
from tools.baseline import Against
from tools.results import Counterpart


def as_json(report: Report) -> dict[str, Json]:
    """The document of `debug --json`; NaN and infinities are strings."""
    return {
        "runwhy": runwhy_version(),
        "runs": [_run_json(r) for r in report.runs],
        **{part: list(said) for part, said in asdict(four_parts(report)).items()},
        "unreadable": [{"path": u.path, "reason": u.reason} for u in report.unreadable],
        **({"analysis": report.analysis} if report.analysis else {}),
    }


def _run_json(report: RunReport) -> dict[str, Json]:
    run, diagnosis = report.run, report.diagnosis
    return {
        "run": run.run,
        "number": run.number,
        "name": run.name,
        "path": run.path,
        "format": run.format,
        "format_confidence": run.format_confidence,
        "reading": run.reading,
        "status": run.status,
        "crash": plain(asdict(run.crash)) if run.crash else None,
        "verdict": diagnosis.verdict,
        "power": diagnosis.power,
        "metrics": [plain(asdict(m)) for m in report.metrics],
        "unmapped": list(report.unmapped),
        "params": plain(dict(report.params)),
        "findings": [plain(asdict(f)) for f in diagnosis.findings],
        "suggestions": [plain(asdict(s)) for s in report.suggestions],
        "counterpart": report.counterpart.run.run if report.counterpart else None,
        "advice": [plain(asdict(a)) for a in report.advice],
        "followed": [plain(asdict(f)) for f in report.followed],
        "hypotheses": [plain(asdict(h)) for h in report.hypotheses],
        "counterfactual": _counterfactual(report.counterpart) if report.counterpart else None,
        "suppressed": [plain({**asdict(s.finding), "reason": s.reason}) for s in diagnosis.suppressed],
        "waste": plain(asdict(diagnosis.waste)) if diagnosis.waste else None,
        "judged_by": list(diagnosis.judged_by),
        "not_checked": [plain(asdict(n)) for n in diagnosis.not_checked],
        **({"baseline": _against(report.against)} if report.against else {}),
        "skipped_lines": run.skipped_lines,
        "skipped_examples": [{"line": s.line, "text": s.text, "reason": s.reason} for s in report.skipped],
    }


def _against(found: Against) -> Json:
    return plain({**asdict(found), "regressed": found.regressed, "improved": found.improved})


def _counterfactual(other: Counterpart) -> Json:
    """The healthy run most like a broken one; what was set differently beside what came out differently."""
    return plain({**asdict(other), "run": other.run.run})
