"""From runs to a PlotSpec: which lines share a panel, on which axis, on which scale, and what is marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from tools.plots.look import cut
from tools.plots.names import told_apart
from tools.plots.panels import SCORES, group_of, kind_of, panel
from tools.plots.thin import thin
from tools.records import (
    SEVERITY_ORDER,
    Axis,
    Curve,
    Finding,
    Floats,
    Mark,
    Panel,
    PlotLine,
    PlotSpec,
    Run,
    Series,
    Severity,
)

MAX_POINTS_PER_LINE = 2000
MAX_POINTS = 24000
MAX_MARKS = 6
MAX_MARK_CHARACTERS = 60
TOUCHING = 0.015
"""Marks nearer than this share of the x axis become one."""

AXIS_LABELS: dict[Axis | None, str] = {
    "step": "step",
    "epoch": "epoch",
    "row": "row of the log",
    None: "step or epoch, as logged",
}


@dataclass(frozen=True)
class Trace:
    """What is drawn of one run: some of its series, and the findings whose onsets are marked (worst first)."""

    run: Run
    series: tuple[Series, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Window:
    """The part of the x axis that is shown; None is open."""

    first: float | None = None
    last: float | None = None

    def covers(self, x: Floats) -> NDArray[np.bool_]:
        """Which positions lie inside."""
        low = -np.inf if self.first is None else self.first
        high = np.inf if self.last is None else self.last
        inside: NDArray[np.bool_] = (x >= low) & (x <= high)
        return inside

    def holds(self, x: float) -> bool:
        """Whether a position lies inside."""
        return bool(self.covers(np.array([x]))[0])


def plot_spec(
    traces: Sequence[Trace], *, log_scale: bool = False, window: Window | None = None, mark_best: bool = False
) -> PlotSpec:
    """A plot of one or more runs. Metrics of one kind share a panel; panels are stacked over one x axis.

    A panel is on a log scale when asked for, or when its values are positive and span more than 2.5 decades.
    mark_best: a point at each line's best value, for held-out metrics of which it is known which direction is better.
    """
    window = window or Window()
    drawn = [s for t in traces for s in t.series]
    axis = _shared_axis(drawn)
    groups = list(dict.fromkeys(map(group_of, drawn)))
    limit = min(MAX_POINTS_PER_LINE, MAX_POINTS // max(1, sum(len(t.series) for t in traces)))
    names = _Names(traces)
    lines = tuple(
        PlotLine(
            *(names.line(t, s), *_points(s, axis, window, limit), t.run.run, s.metric, groups.index(group_of(s))),
            kind=kind_of(s, t.series),
        )
        for t in traces
        for s in t.series
    )
    scores = {group_of(s) for s in drawn if s.role in SCORES}
    panels = tuple(
        panel(group, [ln for ln in lines if ln.panel == i], log_scale, group in scores)
        for i, group in enumerate(groups)
    )
    marks = _onsets(traces, names, axis, window, _extent(lines)) + (_bests(lines, drawn) if mark_best else ())
    first = panels[0] if panels else Panel("")
    return PlotSpec(names.title, AXIS_LABELS[axis], first.y_label, lines, marks, first.log_y, panels)


def _shared_axis(series: Sequence[Series]) -> Axis | None:
    """The first axis on which most points of every series have a place; None when there is none in common."""
    columns: tuple[Axis, Axis] = ("step", "epoch")
    for axis in columns:
        if all(np.isfinite(getattr(s, axis)).mean() > 0.5 for s in series if len(s.value)):
            return axis
    return "row" if all(s.axis == "row" for s in series) else None


def _points(
    series: Series, axis: Axis | None, window: Window, limit: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    curve = (replace(series, axis=axis) if axis else series).curve
    inside = window.covers(curve.x)
    thinned = thin(Curve(curve.x[inside], curve.y[inside]), limit)
    return tuple(thinned.x.tolist()), tuple(thinned.y.tolist())


def _name(trace: Trace, traces: Sequence[Trace]) -> str:
    same = [t for t in traces if t.run.name == trace.run.name]
    return trace.run.name if len(same) == 1 else trace.run.run


class _Names:
    """How lines and the plot are called: what tells them apart, and no more."""

    def __init__(self, traces: Sequence[Trace]) -> None:
        self._runs = dict(zip((t.run.run for t in traces), told_apart([_name(t, traces) for t in traces]), strict=True))
        self._metrics = list(dict.fromkeys(s.metric for t in traces for s in t.series))
        self._kinds = list(dict.fromkeys(kind_of(s, t.series) for t in traces for s in t.series))

    def line(self, trace: Trace, series: Series) -> str:
        """The run where there are several, the metric where it is not the same for all."""
        if len(self._runs) == 1:
            return series.metric
        run = self._runs[trace.run.run]
        return run if len(self._kinds) == 1 else f"{run} · {series.metric}"

    def run(self, trace: Trace) -> str:
        """The run where there are several, else nothing."""
        return self._runs[trace.run.run] if len(self._runs) > 1 else ""

    @property
    def title(self) -> str:
        """Metrics and runs, counted where they are many."""
        shown = self._metrics if len(self._metrics) <= len(self._kinds) else [k.replace("_", " ") for k in self._kinds]
        left = ", ".join(shown) if len(shown) <= 3 else f"{len(shown)} metrics"
        right = ", ".join(self._runs.values()) if len(self._runs) <= 3 else f"{len(self._runs)} runs"
        return f"{left} · {right}"


def _extent(lines: Sequence[PlotLine]) -> tuple[float, float]:
    x = [v for line in lines for v in (line.x[:1] + line.x[-1:])]
    return (min(x), max(x)) if x else (0.0, 0.0)


def _onsets(
    traces: Sequence[Trace], names: _Names, axis: Axis | None, window: Window, extent: tuple[float, float]
) -> tuple[Mark, ...]:
    found = [
        _Onset(x, names.run(t), f.id.replace("_", " "), f.severity, t.run.run)
        for t in traces
        for f in _marked(t, len(traces) > 1)
        if (x := _onset(t, f, axis)) is not None and window.holds(x)
    ]
    groups: list[list[_Onset]] = []
    for onset in sorted(found, key=lambda o: o.x):
        if groups and onset.x - groups[-1][0].x <= TOUCHING * (extent[1] - extent[0]):
            groups[-1].append(onset)
        else:
            groups.append([onset])
    worst_first = sorted(map(_mark, groups), key=lambda m: -SEVERITY_ORDER[m.severity])
    return tuple(sorted(worst_first[:MAX_MARKS], key=lambda m: m.x))


def _listed(runs: Sequence[str]) -> str:
    text = ", ".join(runs)
    return text if len(runs) == 1 or len(text) <= MAX_MARK_CHARACTERS // 2 else f"{len(runs)} runs"


def _marked(trace: Trace, several: bool) -> Sequence[Finding]:
    """One run: all that is wrong, else what is worth knowing. Several: the first thing wrong with each."""
    wrong = [f for f in trace.findings if f.severity != "info"]
    if several:
        return wrong[:1]
    return wrong or trace.findings


@dataclass(frozen=True)
class _Onset:
    x: float
    name: str
    word: str
    severity: Severity
    run: str


def _mark(onsets: Sequence[_Onset]) -> Mark:
    """Onsets that would lie on each other become one mark that names them all and is as severe as the worst."""
    names: dict[str, list[str]] = {}
    for onset in onsets:
        names.setdefault(onset.word, []).append(onset.name)
    text = "; ".join(f"{_listed(runs)}: {word}" if any(runs) else word for word, runs in names.items())
    severity = max((o.severity for o in onsets), key=SEVERITY_ORDER.__getitem__)
    return Mark(onsets[0].x, cut(text, MAX_MARK_CHARACTERS), severity, onsets[0].run)


def _onset(trace: Trace, finding: Finding, axis: Axis | None) -> float | None:
    """Where a finding begins on the plot's axis; the run's curves tell a step from an epoch and back."""
    axis = axis or trace.series[0].axis
    if axis == "row":
        return finding.evidence[0].step if finding.evidence else None
    if axis == "step" and finding.onset_step is not None:
        return float(finding.onset_step)
    if axis == "epoch" and finding.onset_epoch is not None:
        return finding.onset_epoch
    for series in trace.series:
        if axis == "epoch" and finding.onset_step is not None:
            return replace(series, axis="step").epoch_at(finding.onset_step)
        if axis == "step" and finding.onset_epoch is not None:
            return replace(series, axis="epoch").step_at(finding.onset_epoch)
    return None


def _bests(lines: Sequence[PlotLine], drawn: Sequence[Series]) -> tuple[Mark, ...]:
    marks = []
    for line, series in zip(lines, drawn, strict=True):
        goal = series.goal if series.split != "train" else None
        points = [(y, x) for x, y in zip(line.x, line.y, strict=True) if isfinite(y)]
        if goal and points:
            y, x = min(points) if goal == "lower" else max(points, key=lambda p: (p[0], -p[1]))
            marks.append(Mark(x, f"best {y:.4g}", "info", line.run, y, line.panel))
    return tuple(marks)
