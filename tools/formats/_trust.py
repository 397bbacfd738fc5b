"""How sure the generic reader is of what it took out of a text: a share that can be counted, and why in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tools.amounts import counted
from tools.formats._measures import is_known
from tools.records import Floats

UNPLACED = 0.6
"""What remains where no line says where it stands: values are then counted by rows."""
UNNAMED = 0.7
"""What remains where no name is understood: the lines were still read as they are shaped."""
WORTH_TELLING = 0.95


class Trust:
    """Counts, for one file, the lines with numbers from its first metric on, and what became of them."""

    def __init__(self) -> None:
        self._fitting = self._other = self._waiting = 0
        self._placed = self._back = 0
        self._last = -np.inf
        self._shapes: set[tuple[str, ...]] = set()
        self._names: set[str] = set()

    def took(self, shapes: Sequence[tuple[str, ...]], positions: Floats) -> None:
        """Lines that gave values under the names of these shapes, with the places they name (NaN: none)."""
        self._other, self._waiting = self._other + self._waiting, 0
        self._fitting += len(positions)
        self._shapes.update(shapes)
        self._names.update(name for names in shapes for name in names)
        known = positions[~np.isnan(positions)]
        if len(known):
            self._back += int(np.count_nonzero(np.diff(known, prepend=self._last) < 0))
            self._placed += len(known)
            self._last = float(known[-1])

    def left(self) -> None:
        """A line with numbers that gave nothing; those behind the last metric are somebody else's."""
        if self._fitting:
            self._waiting += 1

    def said(self, restarts: int = 0) -> tuple[float, str] | None:
        """The confidence and why; nothing where no value was taken. `restarts`: so often a new run began anew."""
        if not self._fitting:
            return None
        back = max(0, self._back - restarts)
        share = self._fitting / (self._fitting + self._other)
        forward = 1.0 - back / self._placed if self._placed else UNPLACED
        understood = sum(map(is_known, self._names)) / max(1, len(self._names))
        sure = share * forward * (UNNAMED + (1.0 - UNNAMED) * understood)
        return round(sure, 2), self._words(share, forward, understood, back)

    def _words(self, share: float, forward: float, understood: float, back: int) -> str:
        shapes = counted(len(self._shapes), "shape")
        told = [f"{share:.0%} of the {self._fitting + self._other:,} lines with numbers fit {shapes}"]
        if not self._placed:
            told.append("no line says where it stands")
        elif forward < WORTH_TELLING:
            told.append(f"the step goes back {counted(back, 'time')}")
        if understood < 0.5:
            told.append(f"{understood:.0%} of the names are understood")
        return ", ".join(told)
