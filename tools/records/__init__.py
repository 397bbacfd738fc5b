"""The nouns that every room shares: frozen dataclasses, numpy arrays for long columns, tuples for short ones."""

from __future__ import annotations

from tools.records.judged import Diagnosis, Evidence, Finding, NotChecked, Suppressed, Waste
from tools.records.kinds import (
    MAXIMISED,
    SEVERITY_ORDER,
    TURNED,
    Axis,
    CascadeRole,
    CrashKind,
    Floats,
    Goal,
    Scalar,
    Severity,
    Split,
    Status,
    Verdict,
)
from tools.records.logged import Crash, LogLine, Param, Part, Points, RunInfo, SkippedLine
from tools.records.runs import Beside, Curve, MetricSummary, Run, RunData, Series, Sibling
from tools.records.shown import Mark, Panel, PlotLine, PlotSpec, Table, Unreadable

__all__ = [
    "MAXIMISED",
    "SEVERITY_ORDER",
    "TURNED",
    "Axis",
    "Beside",
    "CascadeRole",
    "Crash",
    "CrashKind",
    "Curve",
    "Diagnosis",
    "Evidence",
    "Finding",
    "Floats",
    "Goal",
    "LogLine",
    "Mark",
    "MetricSummary",
    "NotChecked",
    "Panel",
    "Param",
    "Part",
    "PlotLine",
    "PlotSpec",
    "Points",
    "Run",
    "RunData",
    "RunInfo",
    "Scalar",
    "Series",
    "Severity",
    "Sibling",
    "SkippedLine",
    "Split",
    "Status",
    "Suppressed",
    "Table",
    "Unreadable",
    "Verdict",
    "Waste",
]
