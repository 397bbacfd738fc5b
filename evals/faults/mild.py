"""Faults at half of their dose: near the limit of what shows, where a finding may be wrong or be missed."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from evals.faults.case import Draft
from evals.faults.recipes import Recipe

T = TypeVar("T")
SAME_TASK = ("seed", "rows", "validation_rows", "batch_size", "steps", "evaluations")
"""What makes the two runs comparable is left as the faulty run has it."""


def milder(draft: Draft, dose: float) -> Draft:
    """The draft with every number that makes the fault moved back towards the sound run: dose 1 leaves it, 0 undoes
    it."""
    return replace(draft, faulty=_between(draft.control, draft.faulty, dose))


def _between(sound: T, faulty: T, dose: float) -> T:
    changes: dict[str, object] = {}
    for one in fields(faulty) if is_dataclass(faulty) else ():
        a, b = getattr(sound, one.name), getattr(faulty, one.name)
        if a == b or (isinstance(faulty, Recipe) and one.name in SAME_TASK):
            continue
        if is_dataclass(b):
            changes[one.name] = _between(a, b, dose)
        elif isinstance(b, float) and isinstance(a, float):
            changes[one.name] = a ** (1 - dose) * b**dose if a > 0 and b > 0 else a + dose * (b - a)
    return replace(faulty, **changes) if changes else faulty  # type: ignore[type-var]
