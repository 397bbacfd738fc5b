"""A judgement, back from how the log of diagnoses keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tools.records import Diagnosis, Evidence, Finding, NotChecked, Suppressed, Waste


def diagnosis_of(run: str, fields: Mapping[str, Any]) -> Diagnosis:
    """A judgement as it was kept, of this run."""
    findings = map(_finding, fields["findings"])
    gaps = (NotChecked(**{**one, "missing": tuple(one["missing"])}) for one in fields["not_checked"])
    suppressed = (Suppressed(_finding(one["finding"]), one["reason"]) for one in fields["suppressed"])
    waste = fields["waste"]
    kept = {
        "findings": tuple(findings),
        "not_checked": tuple(gaps),
        "suppressed": tuple(suppressed),
        "judged_by": tuple(fields["judged_by"]),
        "waste": None if waste is None else Waste(**waste),
        "alone": None if fields["alone"] is None else diagnosis_of(run, fields["alone"]),
    }
    return Diagnosis(**{**fields, "run": run, **kept})


def _finding(fields: Mapping[str, Any]) -> Finding:
    return Finding(**{**fields, "evidence": _evidence(fields["evidence"])})


def _evidence(found: Iterable[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(**one) for one in found)
