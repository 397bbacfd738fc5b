"""The curves of a run thinned to what a terminal can show: the worst of each stretch, so that no spike is lost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tools.records import Curve, Diagnosis, Finding, MetricSummary, RunData, Series

MAIN_ROLES = (
    "train_loss",
    "eval_loss",
    "train_score",
    "eval_score",
    "reward",
    "generator_loss",
    "discriminator_loss",
    "grad_norm",
    "learning_rate",
)
SKETCHES = 5
SKETCH_COLUMNS = 240
AFTER_DEATH = 1.3
"""A loss that is NaN for good is shown this far, in lengths of its finite part: the rest tells nothing."""


@dataclass(frozen=True)
class Sketch:
    """A main curve thinned to equal stretches from `low` to `high` on its axis.

    None before its first and after its last point, NaN where a stretch holds a value that is not finite.
    """

    summary: MetricSummary
    low: float
    high: float
    values: tuple[float | None, ...]
    worst_is_low: bool = False


def sketches(data: RunData, diagnosis: Diagnosis, summaries: Iterable[MetricSummary]) -> tuple[Sketch, ...]:
    """The curves that tell the story: those the findings name and the main ones, all on one stretch of the axis."""
    by_name = {s.name: s for s in summaries}
    chosen = story(data, diagnosis)
    if not chosen:
        return ()
    low, high = _stretch(chosen)
    return tuple(
        Sketch(
            by_name[s.metric], low, high, thin(s.curve, low, high, SKETCH_COLUMNS, _worst_is_low(s)), _worst_is_low(s)
        )
        for s in chosen
    )


def story(data: RunData, diagnosis: Diagnosis) -> tuple[Series, ...]:
    """The curves to show of a run, on one axis: those the findings name, and the main ones."""
    named = [data.series[f.metric] for f in diagnosis.findings if f.metric in data.series]
    main = [s for role in MAIN_ROLES if (s := data.main(role)) is not None]
    known = [s for s in {s.metric: s for s in [*named[:3], *main]}.values() if len(s.curve.x)]
    chosen = [s for s in known if s.axis == known[0].axis][:SKETCHES]
    return tuple(sorted(chosen, key=lambda s: MAIN_ROLES.index(s.role) if s.role in MAIN_ROLES else len(MAIN_ROLES)))


def _stretch(chosen: Sequence[Series]) -> tuple[float, float]:
    """The part of the axis worth showing: all of it, unless the first curve is not finite over most of it."""
    low, high = float(min(s.curve.x[0] for s in chosen)), float(max(s.curve.x[-1] for s in chosen))
    alive = chosen[0].curve.finite.x
    shown = low + AFTER_DEATH * (float(alive[-1]) - low) if len(alive) else high
    shown = shown if chosen[0].axis == "epoch" else math.ceil(shown)
    return low, shown if low < shown < high else high


def _worst_is_low(series: Series) -> bool:
    return series.goal == "higher"


def thin(curve: Curve, low: float, high: float, columns: int, worst_is_low: bool) -> tuple[float | None, ...]:
    """The worst value of each column, so that a spike of one step is seen; NaN where a column has a non-finite one.

    Columns without a point take the value before them: a metric evaluated every hundred steps is a line, not dust.
    """
    curve = Curve(curve.x[curve.x <= high], curve.y[curve.x <= high])
    if not len(curve.x):
        return (None,) * columns
    at = np.clip(((curve.x - low) / ((high - low) or 1.0) * columns).astype(int), 0, columns - 1)
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    worst = np.minimum if worst_is_low else np.maximum
    values = worst.reduceat(np.where(np.isfinite(curve.y), curve.y, math.nan), starts)
    carried = values[np.searchsorted(at[starts], np.arange(at[0], at[-1] + 1), side="right") - 1]
    return (None,) * int(at[0]) + tuple(carried.tolist()) + (None,) * int(columns - 1 - at[-1])


def onset(finding: Finding, axis: str) -> float | None:
    """Where a finding begins on an axis, or None where it names no such place."""
    return finding.onset_epoch if axis == "epoch" else finding.onset_step
