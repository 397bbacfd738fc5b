"""What was spent after the point of no return: steps, hours where times are logged, money where an hour has a price."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tools.detectors._generalise import find_turn
from tools.detectors._view import view_of
from tools.elapsed import in_seconds
from tools.records import Finding, Floats, RunData, Series, Waste

AT_BEST = frozenset({"overfitting", "late_stopping"})
"""What was learned up to the best point is kept."""
NOT_LOST = frozenset(
    {
        *("memory_leak", "oom_crash", "crash", "throughput_drop"),
        *("eval_mode_bug", "val_leakage", "below_chance"),
        "unshuffled_data",
    }
)
"""Grave, but what was trained is still good: the machine failed, only the measurement was wrong, or the order was."""
PAUSE = 20.0
"""A step that takes so many times the usual is a pause (a resume the next morning), which costs nothing."""
SECONDS_PER_HOUR = 3600.0


def waste_of(findings: Iterable[Finding], data: RunData) -> Waste | None:
    """The waste by the first finding after which training was in vain, or None; consequences add nothing to it."""
    for finding in findings:
        if finding.role_in_cascade == "effect":
            continue
        lost = finding.severity == "critical" and finding.id not in NOT_LOST
        if (lost or finding.id in AT_BEST) and finding.metric in data.series:
            return _since(finding, data)
    return None


def _since(finding: Finding, data: RunData) -> Waste | None:
    series = data.series[finding.metric]
    spans = [s.curve.x for s in data.series.values() if s.axis == series.axis and len(s.curve.x)]
    first, last = min(float(x[0]) for x in spans), max(float(x[-1]) for x in spans)
    since = _no_return(finding, series, data)
    since = first if since is None else min(max(since, first), last)
    if last <= since:
        return None
    hours = _hours(data, series, since, last)
    cost = data.rules.cost
    return Waste(
        finding=finding.id,
        axis=series.axis,
        since=since,
        amount=last - since,
        share=(last - since) / (last - first),
        hours=hours,
        money=None if hours is None or cost is None else hours * cost.per_hour,
        currency="" if hours is None or cost is None else cost.currency,
    )


def _no_return(finding: Finding, series: Series, data: RunData) -> float | None:
    """The position on the metric's axis: the best point, else the onset; None for what was wrong from the start."""
    turn = find_turn(view_of(data)) if finding.id in AT_BEST else None
    if turn is not None and turn.trace.series.axis == series.axis:
        return float(turn.trace.x[turn.at])
    onset = finding.onset_step if series.axis == "step" else finding.onset_epoch
    return None if onset is None else float(onset)


def _hours(data: RunData, series: Series, since: float, last: float) -> float | None:
    """By the wall clock of the lines, else by a logged count of seconds, else as a share of the whole run's time."""
    clock = max(
        (s for s in data.series.values() if s.axis == series.axis), key=lambda s: np.isfinite(s.wall_time).sum()
    )
    seconds = _spent(clock.position, clock.wall_time, since)
    if seconds is None:
        elapsed = [s for s in data.with_role("time") if s.axis == series.axis]
        seconds = next((t for s in elapsed if (t := _spent(s.position, in_seconds(s, data), since)) is not None), None)
    begin, end = data.run.started_at, data.run.ended_at
    if seconds is None and begin is not None and end is not None and end > begin and last > 0:
        seconds = (end - begin) * (last - since) / last
    return None if seconds is None else seconds / SECONDS_PER_HOUR


def _spent(position: Floats, clock: Floats, since: float) -> float | None:
    """Seconds that a running clock counts from a position on, pauses left out; None where it is no running clock."""
    known = np.isfinite(position) & np.isfinite(clock)
    position, clock = position[known], clock[known]
    ticks = np.diff(clock)
    if len(ticks) < 2 or bool((ticks < 0).any()) or not bool((ticks > 0).any()):
        return None
    usual = float(np.median(ticks[ticks > 0]))
    later = ticks[position[1:] > since]
    return float(np.where(later > PAUSE * usual, usual, later).sum())
