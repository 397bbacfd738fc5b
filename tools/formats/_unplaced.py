"""Values that came before any position: they belong to the first one, or the log has none and counts rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tools.formats._measures import is_result

MOST_WAITING = 2000
NEAR_LINES = 30
SERIES_ROWS = 3
"""A name that came so often without a position is a series."""
Values = dict[str, float]


class Unplaced:
    """The values that wait, with the numbers of their lines."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Values]] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def are_many(self) -> bool:
        """Whether it is no use to wait any longer."""
        return len(self._waiting) >= MOST_WAITING

    def add(self, line: int, values: Values) -> None:
        """Let the values of a line wait."""
        self._waiting.append((line, values))

    def near(self, line: int) -> Iterator[Values]:
        """The results that stood shortly before the first position; nothing waits any longer."""
        waiting, self._waiting = self._waiting, []
        for at, values in waiting:
            results = {name: value for name, value in values.items() if is_result(name)}
            if results and line - at <= NEAR_LINES:
                yield results

    def series(self) -> Iterator[tuple[int, Values]]:
        """The values of the names that came again and again, by line; nothing waits any longer."""
        waiting, self._waiting = self._waiting, []
        counts = Counter(name for _line, values in waiting for name in values)
        for line, values in waiting:
            kept = {name: value for name, value in values.items() if counts[name] >= SERIES_ROWS}
            if kept:
                yield line, kept
