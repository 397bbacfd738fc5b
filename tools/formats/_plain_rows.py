"""Rows of a table with nothing but numbers and empty cells, gathered so that they are taken at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tools.formats._bulk import ABSENT
from tools.formats._collect import HURRY, NAN
from tools.formats._json_lines import seconds
from tools.formats._runs import ROWS_AT_ONCE, Rows
from tools.formats._table_lines import Table
from tools.records import Floats

_NOTHING = Rows.empty((), 0)


class PlainRows:
    """The rows since the last one that had to be looked at cell by cell."""

    def __init__(self) -> None:
        self._table: Table | None = None
        self._rows: list[list[float]] = []
        self._hurry = HURRY.get(None)

    def takes(self, cells: Sequence[str], table: Table | None) -> bool:
        """Take the next row, if that can be done; else those that came before must be handed out first."""
        if self._rows and (table is not self._table or len(self._rows) >= ROWS_AT_ONCE):
            return False
        if self._hurry is not None and self._hurry():
            return False
        if table is None or not table.is_clear or len(cells) != len(table.header) or "_" in "".join(cells):
            return False
        try:
            self._rows.append([float(cell) if cell else ABSENT for cell in cells])
        except ValueError:
            return False
        self._table = table
        return True

    def rest(self) -> Rows:
        """What has been gathered."""
        table, rows = self._table, self._rows
        if table is None or not rows:
            return _NOTHING
        self._rows = []
        cells = np.array(rows)
        step, epoch, wall = (_place(cells, index) for index in (table.step, table.epoch, table.clock))
        present = cells[:, table.metrics] != ABSENT
        # Metrics come in the order in which they are first logged.
        order = np.argsort(np.where(present.any(axis=0), present.argmax(axis=0), len(cells)), kind="stable")
        columns = np.array(table.metrics, dtype=np.int64)[order]
        names = tuple(table.header[column] for column in columns)
        return Rows(names, cells[:, columns], present[:, order], step, epoch, seconds(wall))


def _place(cells: Floats, index: int | None) -> Floats:
    if index is None:
        return np.full(len(cells), NAN)
    return np.where(cells[:, index] == ABSENT, NAN, cells[:, index])
