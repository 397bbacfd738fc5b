"""Values of tables and settings as numbers."""

from __future__ import annotations

from tools.records import Scalar


def number(value: Scalar) -> float | None:
    """A number of a table, NaN and infinities spelt out included."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value)
    except ValueError:
        return None
