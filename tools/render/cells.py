"""Single values and tables as text: six significant digits, NaN written out, one line each, cut where they are long."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tools.records import Axis, Run, Scalar

CELL = 160
"""Longest text of a log (a name, a value, a line) that is shown; the rest is cut and said to be."""


def number(value: float | None) -> str:
    """Six significant digits; whole numbers in full, NaN and infinities in words, "-" for nothing."""
    if value is None:
        return "-"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.6g}"


def cell(value: Scalar, longest: int = CELL) -> str:
    """Any value on one line. Text comes from logs and may hold anything: control characters become spaces."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number(value)
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text) - longest} more characters)"


def run_name(run: Run) -> str:
    """The id, and the name where that is another."""
    return cell(run.run) if run.name in ("", run.run) else f"{cell(run.run)} ({cell(run.name)})"


def place(step: float | None, axis: Axis = "step") -> str:
    """ " at step 340", or nothing where the position is unknown."""
    return "" if step is None else f" at {axis} {number(step)}"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table with | between the cells."""
    return [" | ".join(columns), *(" | ".join(text.replace("|", "/") for text in row) for row in rows)]


def some(rows: Sequence[str], most: int, advice: str) -> list[str]:
    """The first `most` of the rows, and how many were left out."""
    left = len(rows) - most
    return list(rows) if left <= 0 else [*rows[:most], f"[truncated: {left} more not shown; {advice}]"]
