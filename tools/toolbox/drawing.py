"""What of the runs and metrics that were asked for can be drawn."""

from __future__ import annotations

from collections.abc import Sequence

from tools.errors import ToolError
from tools.plots import Trace
from tools.records import Run
from tools.store import Store
from tools.toolbox.judging import Judge
from tools.toolbox.references import find_metric


def traces_of(store: Store, judge: Judge, runs: Sequence[Run], metrics: Sequence[str]) -> tuple[list[Trace], list[str]]:
    """The lines to draw, and a note on each that cannot be drawn. ToolError when none can."""
    traces: list[Trace] = []
    notes: list[str] = []
    complaint = ToolError("There is no run to plot.")
    for run in runs:
        names: list[str] = []
        for metric in metrics:
            try:
                names.append(find_metric(metric, store.summaries(run.run)).name)
            except ToolError as error:
                complaint = error
                notes.append(f"run {run.run} has no metric like {metric!r}")
        if names:
            series = store.load(run.run).series
            drawn = tuple(series[name] for name in dict.fromkeys(names))
            traces.append(Trace(run, drawn, judge.diagnosis(run.run).findings))
    if not traces:
        raise complaint
    return traces, notes


def reach(traces: Sequence[Trace]) -> str:
    """From where to where the logs go."""
    curves = [s.curve for t in traces for s in t.series]
    ends = [float(x) for curve in curves if len(curve.x) for x in (curve.x[0], curve.x[-1])]
    return f"The log goes from {min(ends):g} to {max(ends):g}." if ends else "Nothing is logged."
