"""What was found in a run, with its evidence, and what could not be checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.records.kinds import Axis, CascadeRole, Severity, Verdict


@dataclass(frozen=True)
class Evidence:
    """A logged value that anyone can query again. `step` is the position on the metric's own axis."""

    metric: str
    step: float | None
    value: float


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (info: worth knowing). `summary`: one sentence with numbers; `fix`: what to change."""

    id: str
    severity: Severity
    confidence: float
    metric: str
    summary: str
    evidence: tuple[Evidence, ...]
    fix: str
    onset_step: int | None = None
    onset_epoch: float | None = None
    role_in_cascade: CascadeRole = "unknown"


@dataclass(frozen=True)
class NotChecked:
    """A detector that could not judge: the roles that were missing (or too short), and what to log next time."""

    id: str
    missing: tuple[str, ...]
    reason: str
    log_next: str = ""


@dataclass(frozen=True)
class Suppressed:
    """A finding that its owner knows of and does not want to count, with the reason given."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class Waste:
    """What a run spent after the point of no return of a finding: positions on `axis`, of which share is of the run.

    hours are None where no times are logged, money where there are no hours or an hour has no price.
    """

    finding: str
    axis: Axis
    since: float
    amount: float
    share: float
    hours: float | None = None
    money: float | None = None
    currency: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """The judgement of one run. Findings come root first. `cannot_judge`: nothing essential could be checked.

    suppressed: found, but by the user's rules they count for nothing.
    """

    run: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    power: str = ""
    """What the data could have shown at all, in a sentence."""
    suppressed: tuple[Suppressed, ...] = ()
    waste: Waste | None = None
    judged_by: tuple[str, ...] = ()
    """Thresholds that are not our own, each in a sentence."""
    measures: Mapping[str, float] = field(default_factory=dict)
    """How far the run goes in what has a threshold, by "<finding>.<threshold>": other runs are held against it."""
    beside: str = ""
    """The mark of the siblings that it was judged beside, "" where there were none to keep it for."""
    read: str = ""
    """Stands for what was read of them: as long as that is the same the judgement holds, whatever else they do."""
    alone: Diagnosis | None = None
    """The judgement as it was before the habits of the project's healthy runs changed it."""
