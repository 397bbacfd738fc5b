"""Counts and durations in words: the one place that knows the plural of a unit."""

from __future__ import annotations

MINUTE, HOUR = 60.0, 3600.0


def counted(n: float, noun: str) -> str:
    """ "1 run", "1,200 runs", "0.5 epochs"."""
    amount = f"{n:,.0f}" if n == int(n) and abs(n) < 1e9 else f"{n:.6g}"
    return f"{amount} {noun}{'' if amount == '1' else 's'}"


def lasting(seconds: float) -> str:
    """A duration to three digits, in the unit that people say it in: "0.28 seconds", "14 minutes", "2.3 hours"."""
    size, unit = next(((s, u) for s, u in ((HOUR, "hour"), (MINUTE, "minute")) if seconds >= s), (1.0, "second"))
    return counted(float(f"{seconds / size:.3g}"), unit)
