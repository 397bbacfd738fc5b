"""The nouns that every room shares: frozen dataclasses, numpy arrays for long columns, tuples for short ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tools.rules import Rules

Floats = NDArray[np.float64]
Scalar = str | int | float | bool | None
Severity = Literal["info", "warning", "critical"]
Status = Literal["finished", "crashed", "running", "unknown"]
Verdict = Literal["healthy", "faulty", "cannot_judge"]
CascadeRole = Literal["cause", "effect", "unknown"]
Axis = Literal["step", "epoch", "row"]
Goal = Literal["lower", "higher"]
Split = Literal["train", "eval", "test"]
CrashKind = Literal[
    "cuda_oom", "host_oom", "nccl_timeout", "communication", "time_limit", "preempted", "cancelled", "node_failure",
    "disk_full", "shared_memory", "device_assert", "illegal_memory", "cuda_error", "hardware", "shape_mismatch",
    "device_mismatch", "dtype_mismatch", "non_finite", "overflow", "checkpoint", "missing_file", "permission",
    "missing_module", "network", "too_many_files", "segfault", "error", "killed", "dataloader_killed", "terminated",
    "child_failed", "exit_code", "interrupted",
]  # fmt: skip
"""What ends runs before their time; `tools.crashes` recognises and describes them."""

MAXIMISED = frozenset({"log_likelihood", "objective"})
"""Families of scores that are trained on: a loss but for the sign."""
TURNED: Mapping[str, str] = {"train_score": "train_loss", "eval_score": "eval_loss"}

SEVERITY_ORDER: Mapping[Severity, int] = {"info": 0, "warning": 1, "critical": 2}


@dataclass(frozen=True)
class SkippedLine:
    """A line that a reader could not use: 1-based number, its text (at most 200 characters) and the reason in words."""

    line: int
    text: str
    reason: str
    run: str = ""


@dataclass(frozen=True)
class LogLine:
    """A line that is no metric but tells a story (warning, traceback, crash, note). `line` is 1-based within `file`.

    `kind` is set where the line says what went wrong: a line of an error that the run survived may have one too.
    """

    line: int
    text: str
    level: str = "info"
    file: str = ""
    run: str = ""
    kind: CrashKind | None = None


@dataclass(frozen=True)
class Crash:
    """What ended a run before its time: the line that says so first. `interrupted` is no fault of the run."""

    kind: CrashKind
    text: str
    line: int = 0
    file: str = ""


@dataclass(frozen=True)
class Points:
    """A batch of logged points of one run, long form, in the order of writing.

    `names` are the metric names as logged; `metric[i]` indexes into it. All arrays have the same length n.
    step, epoch: position in the log's own numbers, NaN where the log gives none. A step is an optimizer step, never
    an epoch.
    wall_time: seconds since 1970 UTC, NaN where unknown. value: as logged, NaN and infinities kept.
    """

    names: tuple[str, ...]
    metric: NDArray[np.int32]
    step: Floats
    epoch: Floats
    wall_time: Floats
    value: Floats
    run: str = ""

    def where(self, keep: NDArray[np.bool_]) -> Points:
        """Some of the points."""
        kept = {name: getattr(self, name)[keep] for name in ("metric", "step", "epoch", "wall_time", "value")}
        return replace(self, **kept)


@dataclass(frozen=True)
class Param:
    """One hyperparameter; nested keys joined by dots. `value` as the file gives it (numbers stay numbers)."""

    key: str
    value: Scalar
    run: str = ""


@dataclass(frozen=True)
class RunInfo:
    """What a log says about a run as a whole. Fields that are None say nothing and overwrite nothing."""

    run: str = ""
    name: str | None = None
    project: str | None = None
    status: Status | None = None
    started_at: float | None = None
    ended_at: float | None = None
    crash: Crash | None = None
    confidence: float | None = None
    reading: str | None = None
    """How sure a reader is of what it took (0 to 1), and why, in words."""


Part = Points | Param | LogLine | SkippedLine | RunInfo
"""What a reader yields, in any order, as often as it likes; `run` is "" for the only run of a file, else a key."""


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
class RunData:
    """One run with everything that was logged: what detectors, comparisons and plots work on."""

    run: Run
    series: Mapping[str, Series]
    params: Mapping[str, Scalar] = field(default_factory=dict)
    log_lines: tuple[LogLine, ...] = ()
    siblings: tuple[Sibling, ...] = ()
    rules: Rules = field(default_factory=Rules)

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


@dataclass(frozen=True)
class Evidence:
    """A logged value that anyone can query again. `step` is the position on the metric's own axis."""

    metric: str
    step: float | None
    value: float


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (info: worth knowing). `summary`: one sentence with numbers; `fix`: what to change."""

    id: str
    severity: Severity
    confidence: float
    metric: str
    summary: str
    evidence: tuple[Evidence, ...]
    fix: str
    onset_step: int | None = None
    onset_epoch: float | None = None
    role_in_cascade: CascadeRole = "unknown"


@dataclass(frozen=True)
class NotChecked:
    """A detector that could not judge: the roles that were missing (or too short), and what to log next time."""

    id: str
    missing: tuple[str, ...]
    reason: str
    log_next: str = ""


@dataclass(frozen=True)
class Suppressed:
    """A finding that its owner knows of and does not want to count, with the reason given."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class Waste:
    """What a run spent after the point of no return of a finding: positions on `axis`, of which share is of the run.

    hours are None where no times are logged, money where there are no hours or an hour has no price.
    """

    finding: str
    axis: Axis
    since: float
    amount: float
    share: float
    hours: float | None = None
    money: float | None = None
    currency: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """The judgement of one run. Findings come root first. `cannot_judge`: nothing essential could be checked.

    suppressed: found, but by the user's rules they count for nothing.
    """

    run: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    power: str = ""
    """What the data could have shown at all, in a sentence."""
    suppressed: tuple[Suppressed, ...] = ()
    waste: Waste | None = None
    judged_by: tuple[str, ...] = ()
    """Thresholds that are not our own, each in a sentence."""
    measures: Mapping[str, float] = field(default_factory=dict)
    """How far the run goes in what has a threshold, by "<finding>.<threshold>": other runs are held against it."""


@dataclass(frozen=True)
class Table:
    """The result of a query: column names, rows of plain Python values. `truncated`: there were more rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    truncated: bool = False
    sql: str = ""


@dataclass(frozen=True)
class Mark:
    """A place on a plot: a vertical line (an onset, a resume) or, with `y`, a point of a panel (a best value)."""

    x: float
    text: str
    severity: Severity = "info"
    run: str = ""
    y: float | None = None
    panel: int = 0


@dataclass(frozen=True)
class PlotLine:
    """One line of a plot; x and y of equal length, at most a few thousand points (already thinned), NaN allowed.

    `kind`: what the line shows, whatever its run calls it; lines of one kind are drawn with the same stroke.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    run: str = ""
    metric: str = ""
    panel: int = 0
    kind: str = ""


@dataclass(frozen=True)
class Panel:
    """One of the stacked charts of a plot: its own y axis over the shared x axis.

    y_range: where a few values far out would squash the rest, the part of the axis that is shown.
    """

    y_label: str
    log_y: bool = False
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class PlotSpec:
    """A plot as data; `plots.to_plotly` and `plots.to_png` render the same spec.

    y_label and log_y are those of the first panel; `panels` may be empty where there is only one.
    """

    title: str
    x_label: str
    y_label: str
    lines: tuple[PlotLine, ...]
    marks: tuple[Mark, ...] = ()
    log_y: bool = False
    panels: tuple[Panel, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A path that gave no run, with the reason in one line."""

    path: str
    reason: str
