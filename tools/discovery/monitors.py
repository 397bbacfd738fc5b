"""The monitors that Stable-Baselines3 keeps of its environments: an episode a row, with its reward, length and time.

Several workers take steps at the same time, so that only all of them together tell how many steps were taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.discovery.files import LogFile, RunFiles
from tools.errors import ToolError
from tools.records import Part, Points

_MONITOR = re.compile(r"(?:^|\.)monitor\.csv$")
_HEADER = re.compile(r"#(\{.*\})")
EPISODE = ("r", "l", "t")
Columns = dict[str, NDArray[np.float64]]


class Monitors:
    """Holds the episodes of all workers back until the last monitor is read, and gives them in the order of time."""

    def __init__(self, files: RunFiles) -> None:
        monitors = {log.path for log in files.logs if log.format.name == "csv" and _MONITOR.search(log.path.name)}
        # A single one stays as it was written, by episodes: its clock starts anew whenever training goes on.
        self.waiting = monitors if len(monitors) > 1 else set()
        self.read: list[Columns] = []

    def sift(self, log: LogFile, parts: Iterator[Part]) -> Iterator[Part]:
        """The parts of a log; the episodes of a monitor come with those of the last one."""
        if log.path not in self.waiting:
            yield from parts
            return
        self.waiting.discard(log.path)
        held: list[Points] = []
        try:
            for part in parts:
                if isinstance(part, Points) and not set(EPISODE).isdisjoint(part.names):
                    held.append(part)
                else:
                    yield part
        except ToolError:
            yield from self._merged()
            raise
        if set(EPISODE) <= {name for points in held for name in points.names}:
            self.read.append(_columns(held, _started(log.path)))
        else:
            yield from held
        yield from self._merged()

    def _merged(self) -> Iterator[Points]:
        if self.read and not self.waiting:
            yield _in_time(self.read)


def _columns(held: Sequence[Points], started: float) -> Columns:
    """One array for each of the three columns, and when each episode ended in seconds since 1970."""
    columns = {
        name: np.concatenate(
            [points.value[points.metric == points.names.index(name)] for points in held if name in points.names]
        )
        for name in EPISODE
    }
    rows = min(map(len, columns.values()))
    return {name: values[:rows] for name, values in columns.items()} | {
        "ended": _going_on(columns["t"][:rows]) + started
    }


def _going_on(clock: NDArray[np.float64]) -> NDArray[np.float64]:
    """A clock that never goes back: where training went on in the same file it began at 0 again."""
    back = np.append(False, np.diff(clock) < 0)
    added: NDArray[np.float64] = np.cumsum(np.where(back, np.append(0.0, clock[:-1]), 0.0))
    return clock + added


def _in_time(read: Sequence[Columns]) -> Points:
    """All episodes one after the other, each at the number of steps that all workers have taken by its end."""
    ended = np.concatenate([columns["ended"] for columns in read])
    order = np.argsort(ended, kind="stable")
    whole = {name: np.concatenate([columns[name] for columns in read])[order] for name in EPISODE}
    rows, many = len(order), len(EPISODE)
    nowhere = np.full(rows * many, np.nan)
    return Points(
        EPISODE,
        np.tile(np.arange(many, dtype=np.int32), rows),
        np.repeat(np.cumsum(whole["l"]), many),
        nowhere,
        np.repeat(ended[order], many) if ended.min(initial=np.inf) > _YEAR else nowhere,
        np.stack([whole[name] for name in EPISODE], axis=1).ravel(),
    )


_YEAR = 365 * 86400.0
"""A time of the wall clock is later than a year after 1970; one without the start of its monitor is not."""


def _started(path: Path) -> float:
    """When the monitor was opened, which its first line says; 0 where it does not."""
    with path.open(encoding="utf-8", errors="replace") as file:
        found = _HEADER.match(file.readline(1 << 12))
    try:
        told = json.loads(found[1])["t_start"] if found else 0
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0.0
    return float(told) if isinstance(told, int | float) else 0.0
