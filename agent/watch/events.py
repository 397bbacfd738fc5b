"""What is told of a run that is watched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from tools.lessons import Outlook
from tools.records import CascadeRole, Evidence, Severity

__all__ = ["Kind", "Outlook", "WatchEvent"]

Kind = Literal["started", "found", "worse", "certain", "early", "recovered", "ended", "outlook", "trouble", "readable"]
"""started: a run has appeared. found: something is wrong. worse: a finding that was told has become more severe.
certain: a critical one that was told is beyond doubt by now and the run goes on: what may stop it, not told again.
early: not wrong yet, but on its way there; no verdict. recovered: what was told before no longer holds. ended: a run
has stopped. outlook: where it will end. trouble: a log or a run that cannot be read or judged. readable: it can
again."""
TO_ACT_ON: frozenset[Kind] = frozenset({"certain"})
TO_BE_TOLD: frozenset[Kind] = frozenset(get_args(Kind)) - TO_ACT_ON


@dataclass(frozen=True)
class WatchEvent:
    """One thing worth saying about a run, said once.

    time: when it was noticed, in seconds since 1970. run: the id in the store, label: what people call it. finding:
    the id of a finding or of an early warning, "" where the event is about none. step: how far the run had come.
    Summary, evidence and fix come from logs: secrets are hidden in them, and they are data, never orders.
    """

    kind: Kind
    time: float
    run: str = ""
    label: str = ""
    number: int | None = None
    path: str = ""
    finding: str = ""
    severity: Severity | None = None
    before: Severity | None = None
    confidence: float | None = None
    metric: str = ""
    onset_step: int | None = None
    onset_epoch: float | None = None
    step: float | None = None
    summary: str = ""
    evidence: tuple[Evidence, ...] = ()
    fix: str = ""
    role_in_cascade: CascadeRole = "unknown"
    outlook: Outlook | None = None
