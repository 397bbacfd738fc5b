"""Fine-tuning from preferences: how long the answers are, under the names that trainers give it."""

from __future__ import annotations

import re

from tools.detectors._view import Trace, trace_of
from tools.records import RunData
from tools.roles import words_of

LENGTH = re.compile(
    r"\b(completions?|responses?|answers?|generat\w*|output|rollout)\b.*\b(len|length|lengths|tokens)\b"
)
EXTREME = re.compile(r"\b(max|min|std|clipped|terminated|limit)\b")
MIN_CURVE = 10


def answer_length(data: RunData) -> Trace | None:
    """The mean length of the answers over the run, or None where it is not logged."""
    for name, series in data.series.items():
        words = " ".join(words_of(name))
        if LENGTH.search(words) and not EXTREME.search(words):
            return trace_of(series, MIN_CURVE)
    return None
