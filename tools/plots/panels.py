"""What shares a panel, and on which scale and range a panel is shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tools.plots.look import spans_decades
from tools.records import Floats, Panel, PlotLine, Series

GROUPS = {
    **dict.fromkeys(("train_loss", "eval_loss", "generator_loss", "discriminator_loss"), "loss"),
    **dict.fromkeys(("grad_norm", "layer_grad_norm"), "gradient norm"),
}
SCORES = ("train_score", "eval_score")
FAR_OUT = {True: 10.0, False: 100.0}
"""Values beyond this many times the usual range (5th to 95th percentile) do not set the range: on a log scale, and on a
linear one, where this is far, so that an ordinary start of training stays in sight."""
MARGIN = 1.5
"""How much of the usual range is shown beyond it where the axis is cut."""


def group_of(series: Series) -> str:
    """Metrics of one group are drawn over each other: losses, gradient norms, scores of one family."""
    if series.role in GROUPS:
        return GROUPS[series.role]
    if series.role in SCORES:
        return series.family or series.metric
    return series.role or series.metric


def kind_of(series: Series, beside: Sequence[Series]) -> str:
    """What a line shows whatever its run calls it: its role, where no other series of the run plays the same."""
    if series.role is None or sum(s.role == series.role for s in beside) > 1:
        return series.metric
    return f"{series.family}_{series.role}" if series.role in SCORES else series.role


def panel(group: str, lines: Sequence[PlotLine], log_scale: bool, scores: bool) -> Panel:
    """The panel of these lines. Scores are bounded, so they stay on a linear scale unless asked otherwise."""
    y = np.array([v for line in lines for v in line.y], dtype=np.float64)
    y = y[np.isfinite(y)]
    log_y = bool((y > 0).any()) if log_scale else spans_decades(y) and not scores
    return Panel(_label(group, lines), log_y, _cut(y[y > 0] if log_y else y, log_y))


def _label(group: str, lines: Sequence[PlotLine]) -> str:
    names, kinds = {line.metric for line in lines}, {line.kind for line in lines}
    if len(names) == 1:
        return names.pop()
    return (kinds.pop() if len(kinds) == 1 else group).replace("_", " ")


def _cut(y: Floats, log_y: bool) -> tuple[float, float] | None:
    """The range to show where values far out (a loss of 1e27 before the first NaN) would flatten all others."""
    if len(y) < 20:
        return None
    scaled = np.log10(y) if log_y else y
    low, high = np.percentile(scaled, [5, 95])
    usual = max(high - low, 0.5 if log_y else 0.0)
    if usual == 0 or max(scaled.max() - high, low - scaled.min()) <= FAR_OUT[log_y] * usual:
        return None
    bottom, top = max(scaled.min(), low - MARGIN * usual), min(scaled.max(), high + MARGIN * usual)
    return (float(10**bottom), float(10**top)) if log_y else (float(bottom), float(top))
