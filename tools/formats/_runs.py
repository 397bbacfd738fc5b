"""Rows of one file to points of its runs: runs behind each other, resumes, counters that restart every epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from tools.formats._collect import NAN, Collector
from tools.records import Floats, Points

SETTLED_POSITIONS = 3
"""So many positions must have passed before a jump back to the start counts as a new run: ranks interleave."""


class RunWriter:
    """Takes the rows of a file in the order of writing and hands out points, each under the run it belongs to.

    A position that falls back to the start begins a new run ("2", "3", ...); one that falls back to the middle is a
    resume and is kept as written. A step that restarts while the epoch moves on is counted through.
    """

    def __init__(self, run: str = "") -> None:
        self.base = run
        self.count = 1
        self.total = 0
        self._start(run)

    def _start(self, run: str) -> None:
        self.run = run
        self._collector = Collector(run)
        self._names: set[str] = set()
        self._first = NAN
        self._highest = NAN
        self._positions = 0
        self._epoch = NAN
        self._first_step = NAN
        self._step_in_epoch = NAN
        self._offset = 0.0

    def row(
        self, values: Mapping[str, float], step: float = NAN, epoch: float = NAN, wall: float = NAN
    ) -> Iterator[Points]:
        """Take one row; hands out a batch now and then."""
        if self._begins_anew(values, step, epoch):
            yield from self.new_run()
        at = self._counted_through(step, epoch)
        self._names.update(values)
        self._note(step if step == step else epoch)
        self._collector.add_row(values, at, epoch, wall)
        self.total += len(values)
        yield from self._collector.full()

    def moves_on(self, step: Floats, epoch: Floats) -> bool:
        """Whether these rows can only continue the run: no position falls back to the start or is missing."""
        position = epoch if np.isnan(step).all() else step
        if np.isnan(position).any() or (len(position) and not np.isnan(epoch).any() and (np.diff(epoch) < 0).any()):
            return False
        highest = self._highest if self._highest == self._highest else -np.inf
        return bool((np.diff(position, prepend=highest) >= 0).all())

    def block(
        self,
        names: tuple[str, ...],
        values: Floats,
        present: NDArray[np.bool_],
        step: Floats,
        epoch: Floats,
        wall: Floats,
    ) -> Iterator[Points]:
        """Take many rows at once that continue the run; `present` says which cells hold a value."""
        yield from self._collector.rest()
        rows, columns = np.nonzero(present)
        position = epoch if np.isnan(step).all() else step
        self._note(float(position[0]))
        self._note(float(position[-1]))
        self._positions += len(position)
        self._counted_through(float(step[0]), float(epoch[0]))
        self._counted_through(float(step[-1]), float(epoch[-1]))
        self._names.update(names[index] for index in np.flatnonzero(present.any(axis=0)))
        self.total += len(rows)
        at = step + self._offset
        yield Points(
            names, columns.astype(np.int32), at[rows], epoch[rows], wall[rows], values[rows, columns], self.run
        )

    def new_run(self) -> Iterator[Points]:
        """Close this run and begin the next one of the file."""
        yield from self._collector.rest()
        self.count += 1
        self._start(f"{self.base}/{self.count}" if self.base else str(self.count))

    def rest(self) -> Iterator[Points]:
        """What is left at the end of the file."""
        yield from self._collector.rest()

    @property
    def last_step(self) -> float:
        """The step of the last row that had one, counted through the epochs."""
        return self._step_in_epoch + self._offset

    @property
    def last_epoch(self) -> float:
        """The epoch of the last row that had one."""
        return self._epoch

    def _begins_anew(self, values: Mapping[str, float], step: float, epoch: float) -> bool:
        position = step if step == step else epoch
        if self._positions < SETTLED_POSITIONS or not position <= self._first or not position < self._highest:
            return False
        if step == step and epoch > self._epoch:
            return False
        return not self._names.isdisjoint(values)

    def _note(self, position: float) -> None:
        if position != position:
            return
        if self._first != self._first:
            self._first = position
        if not position <= self._highest:
            self._highest = position
            self._positions += 1

    def _counted_through(self, step: float, epoch: float) -> float:
        if step == step:
            if self._first_step != self._first_step:
                self._first_step = step
            if step < self._step_in_epoch and step <= self._first_step and epoch > self._epoch:
                self._offset += self._step_in_epoch
            self._step_in_epoch = step
        if epoch == epoch:
            self._epoch = epoch
        return step + self._offset if self._offset else step
