"""What is said of a run, in the words of the bench's scorer: ours, or that of another judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tools.records import Diagnosis, RunData, Severity


@dataclass(frozen=True)
class Claim:
    """One finding. `onset` is in `unit`, None where the judge names no moment; confidence in 0 to 1."""

    label: str
    severity: Severity = "warning"
    onset: float | None = None
    unit: Literal["step", "epoch"] = "step"
    confidence: float = 1.0

    def as_scored(self) -> dict[str, object]:
        """The claim as score.py reads it."""
        return {"label": self.label, "severity": self.severity, "onset": self.onset, "onset_unit": self.unit}


def claims_of(diagnosis: Diagnosis, data: RunData) -> Iterator[Claim]:
    """Our findings; the onset in steps where the metric's axis counts steps, else in epochs."""
    for finding in diagnosis.findings:
        series = data.series.get(finding.metric)
        by_epoch = finding.onset_step is None or (series is not None and series.axis == "epoch")
        by_epoch = by_epoch and finding.onset_epoch is not None
        onset = finding.onset_epoch if by_epoch else finding.onset_step
        yield Claim(finding.id, finding.severity, onset, "epoch" if by_epoch else "step", finding.confidence)
