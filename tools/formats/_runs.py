"""Rows of one file to points of its runs: runs behind each other, resumes, counters that restart every epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tools.formats._collect import NAN, Collector
from tools.records import Floats, Points

SETTLED_POSITIONS = 3
"""So many positions must have passed before a jump back to the start counts as a new run: ranks interleave."""
ROWS_AT_ONCE = 1 << 15
"""Bounds the work for a file in which the counter begins again all the time."""


@dataclass(frozen=True)
class Rows:
    """Rows of a grid: a column for each name, `present` where it holds a value, the place of each row beside it."""

    names: tuple[str, ...]
    values: Floats
    present: NDArray[np.bool_]
    step: Floats
    epoch: Floats
    wall: Floats

    @cached_property
    def position(self) -> Floats:
        """The step, else the epoch."""
        return np.where(np.isnan(self.step), self.epoch, self.step)

    def between(self, start: int, stop: int) -> Rows:
        """Some of the rows."""
        here = slice(start, stop)
        places = (column[here] for column in (self.step, self.epoch, self.wall))
        return Rows(self.names, self.values[here], self.present[here], *places)

    @classmethod
    def empty(cls, names: tuple[str, ...], count: int) -> Rows:
        """So many rows without values and without places."""
        values = np.full((count, len(names)), NAN, order="F")
        step, epoch, wall = (np.full(count, NAN) for _ in range(3))
        return cls(names, values, np.zeros(values.shape, dtype=np.bool_, order="F"), step, epoch, wall)

    @property
    def used(self) -> tuple[str, ...]:
        """The names that have a value in any row."""
        return tuple(name for name, column in zip(self.names, self.present.T, strict=True) if column.any())

    def one(self, index: int) -> tuple[dict[str, float], tuple[float, float, float]]:
        """The values of a row by name, and its place."""
        kept = np.flatnonzero(self.present[index])
        values = {self.names[column]: float(self.values[index, column]) for column in kept}
        return values, (float(self.step[index]), float(self.epoch[index]), float(self.wall[index]))


def _first(known: float, column: Floats, otherwise: float = NAN) -> float:
    """What is known already, else the first number in the column."""
    if known == known:
        return known
    numbers = column[~np.isnan(column)]
    return float(numbers[0]) if len(numbers) else otherwise


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
        self._epoch_of_step = NAN
        self._first_epoch = NAN
        self._epochs = 0
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
        self._note(self._place(step, epoch))
        self._collector.add_row(values, at, epoch, wall)
        self.total += len(values)
        yield from self._collector.full()

    def rows(self, rows: Rows) -> Iterator[Points]:
        """Take many rows at once, with the same outcome as one by one."""
        for start in range(0, len(rows.step), ROWS_AT_ONCE):
            yield from self._window(rows.between(start, start + ROWS_AT_ONCE))

    def _window(self, rows: Rows) -> Iterator[Points]:
        start, turns, runs = 0, self._turns(rows, 0), self.count
        while True:
            stop = next(turns, len(rows.step))
            if stop > start:
                yield from self._stretch(rows.between(start, stop))
            if stop == len(rows.step):
                return
            values, place = rows.one(stop)
            yield from self.row(values, *place)
            start = stop + 1
            if runs != self.count:
                turns, runs = self._turns(rows, start), self.count

    def first_turn(self, rows: Rows) -> int:
        """The index of the first row that may begin another run; how many rows there are when none can."""
        return next(self._turns(rows, 0), len(rows.step))

    def _turns(self, rows: Rows, start: int) -> Iterator[int]:
        """Rows that stand at the start of the run or before it: only there a run or a counter can begin again."""
        step, position = rows.step[start:], rows.position[start:]
        turns = position <= _first(self._first, position)
        turns |= step <= _first(self._first_step, step)
        epoch = rows.epoch[start:]
        turns |= np.isnan(step) & (epoch <= _first(self._first_epoch, epoch))
        yield from (np.flatnonzero(turns) + start).tolist()

    def _stretch(self, rows: Rows) -> Iterator[Points]:
        """Rows that can only continue the run."""
        position = rows.position if self._first_step != self._first_step else rows.step
        position = position[~np.isnan(position)]
        if len(position):
            self._first = _first(self._first, position)
            before = -np.inf if np.isnan(self._highest) else self._highest
            highest = np.maximum.accumulate(np.append(before, position))
            self._positions += int(np.count_nonzero(highest[1:] > highest[:-1]))
            self._highest = float(highest[-1])
        self._first_step = _first(self._first_step, rows.step)
        self._step_in_epoch = _first(NAN, rows.step[::-1], self._step_in_epoch)
        known = rows.epoch[~np.isnan(rows.epoch)]
        self._first_epoch = _first(self._first_epoch, known)
        self._epochs += int(np.count_nonzero(~(known <= np.append(self._epoch, known)[:-1])))
        self._epoch = _first(NAN, known[::-1], self._epoch)
        stepping = np.where(np.isnan(rows.step), NAN, rows.epoch)
        self._epoch_of_step = _first(NAN, stepping[::-1], self._epoch_of_step)
        yield from self._points(rows)

    def _points(self, rows: Rows) -> Iterator[Points]:
        """The values of the rows, one metric after the other."""
        step = rows.step + self._offset if self._offset else rows.step
        if rows.used:
            yield from self._collector.rest()
        places, before = (step, rows.epoch, rows.wall), np.ones(len(step), dtype=np.bool_)
        here = places
        for name, column, present in zip(rows.names, rows.values.T, rows.present.T, strict=True):
            if not np.array_equal(present, before):
                # Columns that stand in the same rows share their places.
                here, before = tuple(place[present] for place in places), present
            value = column[present] if len(here[0]) < len(step) else column
            if len(value):
                self._names.add(name)
                self.total += len(value)
                only = np.zeros(len(value), dtype=np.int32)
                yield Points((name,), only, *here, value, self.run)

    def new_run(self) -> Iterator[Points]:
        """Close this run and begin the next one of the file."""
        yield from self._collector.rest()
        self.count += 1
        self._start(f"{self.base}/{self.count}" if self.base else str(self.count))

    def rest(self) -> Iterator[Points]:
        """What is left at the end of the file."""
        yield from self._collector.rest()

    @property
    def waits(self) -> bool:
        """Whether points wait to be handed out."""
        return self._collector.waits

    @property
    def last_step(self) -> float:
        """The step of the last row that had one, counted through the epochs."""
        return self._step_in_epoch + self._offset

    @property
    def last_epoch(self) -> float:
        """The epoch of the last row that had one."""
        return self._epoch

    def _begins_anew(self, values: Mapping[str, float], step: float, epoch: float) -> bool:
        position = self._place(step, epoch)
        if step == step and self._first_step != self._first_step:
            return False
        if position != position:
            return self._rewound(values, epoch)
        if self._positions < SETTLED_POSITIONS or not position <= self._first or not position < self._highest:
            return False
        if step == step and epoch > self._epoch_of_step:
            return False
        if self._offset and step > self._step_in_epoch and not epoch < self._epoch_of_step:
            return False
        return not self._names.isdisjoint(values)

    def _rewound(self, values: Mapping[str, float], epoch: float) -> bool:
        """Whether a row of epochs in a run of steps begins all of its names from the first epoch again."""
        fallen = epoch <= self._first_epoch and epoch < self._epoch and self._epochs >= SETTLED_POSITIONS
        return fallen and self._names.issuperset(values)

    def _place(self, step: float, epoch: float) -> float:
        """The step; the epoch only as long as the run has no steps: the two are not to be compared."""
        return epoch if step != step and self._first_step != self._first_step else step

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
                self._first = self._highest = NAN
                self._positions = 0
            if step <= self._step_in_epoch and step <= self._first_step and epoch > self._epoch_of_step:
                self._offset += self._step_in_epoch
            self._step_in_epoch = step
            if epoch == epoch:
                self._epoch_of_step = epoch
        if epoch == epoch:
            if self._first_epoch != self._first_epoch:
                self._first_epoch = epoch
            self._epochs += not epoch <= self._epoch
            self._epoch = epoch
        return step + self._offset if self._offset else step
