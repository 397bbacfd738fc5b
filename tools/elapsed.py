"""The unit of a logged clock: named by its metric, else the one that its program counts in."""

from __future__ import annotations

from collections.abc import Mapping

from tools.records import Floats, RunData, Series
from tools.roles.words import words_of

SECONDS: Mapping[str, float] = {
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "milliseconds"), 1e-3),
    **dict.fromkeys(("mins", "minutes"), 60.0),
    **dict.fromkeys(("hr", "hrs", "hours"), 3600.0),
    "days": 86400.0,
}
OF_PROGRAMS: Mapping[tuple[str, str], float] = {("modded_nanogpt", "train_time"): 1e-3}
"""(format, metric) whose unit stands behind each value of the log ("train_time:133ms")."""


def in_seconds(series: Series, data: RunData) -> Floats:
    """The values of a clock in seconds, which is what one without a unit is taken to count."""
    named = next((SECONDS[word] for word in words_of(series.metric) if word in SECONDS), 1.0)
    return series.value * OF_PROGRAMS.get((data.run.format, series.metric), named)
