"""A run with everything that was logged: what detectors, comparisons and plots work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from tools.records.kinds import MAXIMISED, TURNED, Axis, Floats, Goal, Scalar, Split, Status
from tools.records.logged import Crash, LogLine
from tools.rules import Rules


@dataclass(frozen=True)
class Run:
    """One training run. `run` is its id, unique in a store and readable ("run-7", "sweep/run-7").

    `number` is what people mean by "run 7". `format_confidence`: how sure it is that the log was read as it was meant;
    `reading` says why where that is less than certain.
    """

    run: str
    number: int
    name: str
    path: str
    format: str
    status: Status = "unknown"
    project: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    steps: int | None = None
    points: int = 0
    skipped_lines: int = 0
    crash: Crash | None = None
    format_confidence: float = 1.0
    reading: str = ""


@dataclass(frozen=True)
class Curve:
    """A metric as a function of its axis: x strictly increasing, y the value written last (non-finite kept)."""

    x: Floats
    y: Floats

    @cached_property
    def finite(self) -> Curve:
        """The same curve without its non-finite values."""
        keep = np.isfinite(self.y)
        return self if bool(keep.all()) else Curve(self.x[keep], self.y[keep])


@dataclass(frozen=True)
class Series:
    """All points of one metric of one run in the order of writing (repeated steps included); arrays of equal length.

    step, epoch, wall_time are NaN where the log gives none. `axis` says what `curve.x` counts: steps if the log has
    any, else epochs, else rows from 0. What the name means is told as in MetricSummary.
    """

    metric: str
    role: str | None
    axis: Axis
    step: Floats
    epoch: Floats
    wall_time: Floats
    value: Floats
    role_confidence: float = 0.0
    split: Split | None = None
    goal: Goal | None = None
    family: str = ""

    @cached_property
    def turned(self) -> Series:
        """A score as a loss: its values negated."""
        role = TURNED.get(self.role or "", self.role)
        return replace(self, role=role, value=-self.value, goal="lower", family="loss")

    @cached_property
    def position(self) -> Floats:
        """Position on `axis` of each written point."""
        if self.axis == "row":
            return np.arange(len(self.value), dtype=np.float64)
        return self.step if self.axis == "step" else self.epoch

    @cached_property
    def curve(self) -> Curve:
        """Sorted by position; of a repeated one the value written last. Points without position are left out."""
        x, y = self.position, self.value
        known = np.isfinite(x)
        x, y = x[known], y[known]
        if len(x) < 2 or bool((np.diff(x) > 0).all()):
            return Curve(x, y)
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[order]
        last = np.append(np.diff(x) > 0, True)
        return Curve(x[last], y[last])

    def epoch_at(self, x: float) -> float | None:
        """The epoch logged at position x, or None where the log does not say."""
        return self._nearest(self.epoch, x)

    def step_at(self, x: float) -> int | None:
        """The step logged at position x, or None where the log does not say."""
        step = self._nearest(self.step, x)
        return None if step is None else int(step)

    def _nearest(self, column: Floats, x: float) -> float | None:
        known = np.flatnonzero(np.isfinite(column) & np.isfinite(self.position))
        if not len(known):
            return None
        return float(column[known[np.argmin(np.abs(self.position[known] - x))]])


@dataclass(frozen=True)
class MetricSummary:
    """A metric in one line. first/last follow `axis` (later value of a repeated position); min/max ignore non-finite.

    `count` is every point logged. The *_step fields are positions on `axis`. None where there is no such value.
    role_confidence: 1 where the user said so, 0 where the name means nothing to us; a name without a role and with
    confidence is known to play none. goal: which direction is better. family: "loss", "accuracy", "f1", "rmse", ...
    """

    name: str
    role: str | None
    axis: Axis
    count: int
    non_finite: int
    first_step: float | None
    last_step: float | None
    first: float | None
    last: float | None
    min: float | None
    min_step: float | None
    max: float | None
    max_step: float | None
    role_confidence: float = 0.0
    split: Split | None = None
    goal: Goal | None = None
    family: str = ""

    @property
    def unmapped(self) -> bool:
        """Whether nobody knows what it measures."""
        return self.role is None and not self.role_confidence


@dataclass(frozen=True)
class Sibling:
    """Another run of the same project, as much of it as a comparison needs."""

    run: str
    name: str
    params: Mapping[str, Scalar]
    metrics: Mapping[str, MetricSummary]


@dataclass(frozen=True)
class Beside:
    """How a run stands beside its siblings: it itself as they see it, and a mark that changes when one of them does."""

    own: Sibling
    mark: str


@dataclass(frozen=True)
class RunData:
    """One run with everything that was logged: what detectors, comparisons and plots work on.

    beside: None where the run does not come from a store.
    """

    run: Run
    series: Mapping[str, Series]
    params: Mapping[str, Scalar] = field(default_factory=dict)
    log_lines: tuple[LogLine, ...] = ()
    siblings: tuple[Sibling, ...] = ()
    rules: Rules = field(default_factory=Rules)
    beside: Beside | None = None

    def with_role(self, *roles: str) -> tuple[Series, ...]:
        """Series that play one of the roles, in the order of the roles, then as the user said, then longest first."""
        return tuple(s for role in roles for s in self._by_role.get(role, ()))

    @cached_property
    def _by_role(self) -> Mapping[str | None, list[Series]]:
        ranked = sorted(self.series.values(), key=lambda s: (s.role_confidence < 1, -len(s.value)))
        found: dict[str | None, list[Series]] = {}
        for series in ranked:
            found.setdefault(series.role, []).append(series)
        return found

    @cached_property
    def as_losses(self) -> RunData:
        """The run with what is maximised as losses, their signs turned: what detectors judge."""
        if not self.maximised:
            return self
        turned = {name: self.series[name].turned for name in self.maximised}
        return replace(self, series={**self.series, **turned})

    @cached_property
    def maximised(self) -> frozenset[str]:
        """Metrics that are maximised and stand for the losses that are not logged."""
        losses = {series.role for series in self.series.values()}
        kept = (s for s in self.series.values() if s.family in MAXIMISED and TURNED.get(s.role or "") not in losses)
        return frozenset(s.metric for s in kept if s.goal == "higher" and s.role in TURNED)

    def main(self, *roles: str) -> Series | None:
        """The longest series that plays the first of the roles that is logged at all, or None."""
        found = self.with_role(*roles)
        return found[0] if found else None
