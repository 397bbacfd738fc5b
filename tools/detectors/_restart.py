"""Signs that training was interrupted and continued: what the config, the log lines and the clock say, and what the
curve shows."""

from __future__ import annotations

import re

import numpy as np

from tools.detectors._spikes import Jump
from tools.detectors._view import Trace, View

RESUME_WORDS = re.compile(
    r"resum(e|ed|ing)|restor(e|ed|ing)|load(ed|ing) (checkpoint|weights|state)|restart(ed|ing)?"
    r"|continu(e|ed|ing) (training|from)"
    r"|from checkpoint|missing keys|optimizer state"
)
REPLAY_ERROR = 0.2
"""A replayed stretch follows its first run within 20% of the levels, in the median."""
ABOVE_START = 1.15
"""A restart from a checkpoint of the same run cannot be worse than the run's own start."""
CLOCK_GAP = 20.0
"""A pause of 20 median intervals between two points is an interruption."""


def told_of_resume(view: View) -> str:
    """What speaks of a resume in config or log, as a phrase; "" when nothing does."""
    entry = view.config.resume
    if entry is not None:
        return f"{entry[0]}={entry[1]}"
    hit = RESUME_WORDS.search(view.gathered)
    return f'the log says "{hit.group(0)}"' if hit else ""


def clock_gap(trace: Trace, index: int) -> bool:
    """Whether the clock stood still, or jumped far ahead, just before this point."""
    wall, position = trace.series.wall_time, trace.series.position
    known = np.isfinite(wall) & np.isfinite(position)
    wall, position = wall[known], position[known]
    if len(wall) < 8:
        return False
    d = np.diff(wall)
    k = int(np.searchsorted(position, trace.x[index]))
    near = d[max(0, k - 2) : k + 1]
    return bool(len(near)) and float(near.max()) > CLOCK_GAP * max(float(np.median(d)), 1e-9)


def repeated_positions(trace: Trace, index: int) -> bool:
    """Whether the log goes back to earlier positions around this point."""
    position = trace.series.position
    back = np.flatnonzero(np.diff(position) <= 0)
    if not len(back):
        return False
    span = float(trace.x[-1] - trace.x[0])
    seams = np.concatenate([position[back], position[back + 1]])  # where the log breaks off, where it goes on
    return bool(np.any(np.abs(seams - trace.x[index]) <= 0.1 * span))


def replays(trace: Trace, jump: Jump) -> bool:
    """Whether the curve after the jump runs through the same levels at the same pace as earlier in the run."""
    thin, i = trace.thin, jump.thin_index
    s = thin.smooth
    length = min(thin.n - i, i)
    if length < 4 or jump.after > ABOVE_START * trace.top:
        return False
    after = s[i : i + length]
    fall = float(after[0] - after.min())
    if fall < 0.4 * (jump.after - jump.before):
        return False
    positive = float(trace.y.min()) >= 0
    starts = range(0, max(1, i - length + 1), max(1, i // 200))
    errors = []
    for k in starts:
        earlier = s[k : k + length]
        size = 0.5 * (np.abs(earlier) + np.abs(after)) if positive else np.full(length, trace.scale)
        errors.append(float(np.median(np.abs(earlier - after) / np.maximum(size, 1e-300))))
    return min(errors) <= REPLAY_ERROR
