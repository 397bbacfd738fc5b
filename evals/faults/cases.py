"""All faults that can be put into a run."""

from __future__ import annotations

from evals.faults import accidents, blowups, boosting, capacity, further, others, pace, rows
from evals.faults.case import Case

CASES: tuple[Case, ...] = (
    *(*blowups.CASES, *pace.CASES, *capacity.CASES, *rows.CASES, *others.CASES, *further.CASES),
    *(*accidents.CASES, *boosting.CASES),
)
