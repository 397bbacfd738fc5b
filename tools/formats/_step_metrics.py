"""W&B's own x axes, from `define_metric("val/*", step_metric="trainer/global_step")`: `_step` counts calls of log."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping

from tools.roles import role_of

SYSTEM = "system/"
"""Before the names of W&B's readings of the machine."""


class StepMetrics:
    """Which metric counts the steps of which others, and where each of them stands."""

    def __init__(self) -> None:
        self._named: dict[str, str] = {}
        self._globs: dict[str, str] = {}
        self._last: dict[str, float] = {}

    def define(self, name: str, glob: str, step_metric: str) -> None:
        """Take in a definition; an axis of epochs is none of steps."""
        if step_metric and role_of(step_metric).role != "epoch":
            (self._named if name else self._globs)[name or glob] = step_metric

    def steps(self, values: Mapping[str, float], row: float) -> Iterator[tuple[str, float]]:
        """The step of each metric of a row: that of its own axis as logged last, else the number of the row."""
        if not self._named and not self._globs:
            yield from ((name, row) for name in values)
            return
        self._last.update((axis, values[axis]) for axis in self._axes() if axis in values)
        for name in values:
            yield name, self._last.get(self._axis(name), row)

    def _axes(self) -> set[str]:
        return {*self._named.values(), *self._globs.values()}

    def _axis(self, name: str) -> str:
        if name not in self._named:
            globs = (glob for glob in self._globs if fnmatch.fnmatchcase(name, glob))
            self._named[name] = self._globs[glob] if (glob := next(globs, "")) else ""
        return self._named[name]
