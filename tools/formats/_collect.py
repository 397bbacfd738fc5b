"""Points gathered one by one and handed out in batches, so that memory is bounded by the batch and not by the file."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar

import numpy as np

from tools.records import Points

BATCH_POINTS = 1 << 16
NAN = math.nan
HURRY: ContextVar[Callable[[], bool]] = ContextVar("hurry")
"""Whether somebody waits for the points gathered so far: set where a log is read that is still being written."""


class Collector:
    """Gathers the points of one run in the order of writing."""

    def __init__(self, run: str = "") -> None:
        self.run = run
        self.written = 0
        self._hurry = HURRY.get(None)
        self._clear()

    def _clear(self) -> None:
        self._index: dict[str, int] = {}
        self._metric = array("i")
        self._columns = tuple(array("d") for _ in range(4))

    @property
    def waits(self) -> bool:
        """Whether points have not been handed out."""
        return bool(self._metric)

    def add(self, name: str, value: float, step: float = NAN, epoch: float = NAN, wall: float = NAN) -> None:
        """One point."""
        self._metric.append(self._index.setdefault(name, len(self._index)))
        for column, number in zip(self._columns, (step, epoch, wall, value), strict=True):
            column.append(number)

    def add_row(self, values: Mapping[str, float], step: float = NAN, epoch: float = NAN, wall: float = NAN) -> None:
        """Several metrics logged at one place."""
        for name, value in values.items():
            self.add(name, value, step, epoch, wall)

    def full(self) -> Iterator[Points]:
        """A batch when enough has been gathered, or somebody waits."""
        if len(self._metric) >= BATCH_POINTS or (self._hurry is not None and self._hurry()):
            yield from self.rest()

    def rest(self) -> Iterator[Points]:
        """Whatever has been gathered and not been handed out."""
        if not len(self._metric):
            return
        step, epoch, wall, value = (np.frombuffer(column, dtype=np.float64) for column in self._columns)
        metric = np.frombuffer(self._metric, dtype=np.int32)
        points = Points(tuple(self._index), metric, step, epoch, wall, value, self.run)
        self.written += len(metric)
        self._clear()
        yield points


def one_series(
    name: str, values: Iterable[float], step: Iterable[float] | None, epoch: Iterable[float] | None, run: str = ""
) -> Points:
    """All points of one metric that the log holds as arrays."""
    value = np.asarray(list(values), dtype=np.float64)
    blank = np.full(len(value), NAN)
    at_step = blank if step is None else np.asarray(list(step), dtype=np.float64)
    at_epoch = blank if epoch is None else np.asarray(list(epoch), dtype=np.float64)
    return Points((name,), np.zeros(len(value), dtype=np.int32), at_step, at_epoch, blank, value, run)
