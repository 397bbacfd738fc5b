"""Fine-tuning from preferences: how long the answers are."""

from __future__ import annotations

from tools.detectors._view import Trace, trace_of
from tools.records import RunData

MIN_CURVE = 10


def answer_length(data: RunData) -> Trace | None:
    """The mean length of the answers over the run, or None where too little of it is logged."""
    return trace_of(data.main("answer_length"), MIN_CURVE)
