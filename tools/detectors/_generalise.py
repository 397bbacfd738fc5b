"""Training against evaluation: the two curves paired by position, and the place where the evaluation turns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tools.detectors._base import Threshold
from tools.detectors._once import once
from tools.detectors._view import Trace, View, view_of
from tools.records import Floats, RunData
from tools.stats import noise, rolling_median, smallest_change, trend_z

RISE = Threshold(
    "overfitting", "rise", 0.10, 0.01, 10.0, "share",
    "the evaluation loss ends at least this share above its minimum (`late_stopping` goes by it too)",
    "less is the noise of a finite validation set",
)  # fmt: skip
"""An evaluation loss has turned when it ends a tenth above its minimum; less is the noise of a finite validation
set."""
RISE_GAIN = 0.03
"""... and 3% of what had been gained: 10% of a loss that is nearly zero is nothing."""
RISE_GAIN_UNSIGNED = 0.08
"""For losses at or below zero only the gain can be the measure."""
RISE_Z = 2.3
"""Mann-Kendall z of the points after the minimum: one in a hundred by chance."""
LONG, LONG_RISE_Z = 20, 2.75
"""Of so many evaluations a trend this sure (three in a thousand by chance) is seen through more noise."""
STEADY = 0.3
"""Three of four evaluations of the later half lie above this share of the rise: it is no single bad one."""
ONSET_SHARE = 0.1
"""The rise begins where a tenth of it is reached for good: on a long floor the very minimum is a matter of chance."""
ABRUPT = 0.85
"""Overfitting creeps: a rise of which more than 85% came between two evaluations is a jump."""
MIN_TURN = 5
"""Evaluations without which a turn cannot be told from chance."""
TOLD_ONLY = ""
"""The family of a score that means nothing by its name, and is one because the user said so."""
TRAIN_FALL = 0.05
"""Meanwhile the training loss fell by another 5% of its gain or of its level."""


HARDER = (
    "mixup", "cutmix", "mixup_alpha", "augment", "augmentation", "augmentations", "label_smoothing", "smoothing",
    "drop_path", "stochastic_depth",
)  # fmt: skip
"""Settings that make the rows or the targets harder in training only."""


@dataclass(frozen=True)
class Pair:
    """Training and evaluation loss at the positions of the evaluations; arrays of equal length."""

    train: Trace
    eval: Trace
    t: Floats
    e: Floats


@dataclass(frozen=True)
class Turn:
    """An evaluation curve that turned and rose: `at` is the index of its minimum, `onset` the last one on the floor."""

    trace: Trace
    at: int
    onset: int
    best: float
    end: float
    share: float
    train_then: float | None
    train_end: float | None


OF_THEIR_OWN = frozenset({"error_rate", "rmse", "perplexity"})
"""Families on a scale that no other loss has."""


@once
def pair(view: View) -> Pair | None:
    """The two losses side by side, aligned by position (by share of the run where their axes differ), or None; so it is
    where they are not measured alike: an error rate says nothing beside a cross-entropy."""
    train, evaluation = view.train, view.eval
    if train is None or evaluation is None or evaluation.n < 3:
        return None
    families = {train.series.family, evaluation.series.family}
    if len(families) > 1 and not families.isdisjoint(OF_THEIR_OWN):
        return None
    return Pair(train, evaluation, aligned(train, evaluation), evaluation.y)


def held_up(view: View) -> str:
    """The setting that keeps the training loss above what the model can do, as "key=value"; "" when none is known."""
    if view.config.dropout > 0:
        return f"dropout {view.config.dropout:g}"
    entry = view.config.entry(*HARDER)
    return f"{entry[0]}={entry[1]}" if entry is not None and str(entry[1]) not in ("0", "0.0") else ""


@once
def aligned(trace: Trace, other: Trace) -> Floats:
    """The level of `trace` at the positions of `other`: the mean of its points in the second half of the way since the
    last
    position (means, because evaluations are means too), or the value there when it has no more points than `other`.
    Rows without a step are counted in each series apart, so that only shares of the way are the same place."""
    x, at = trace.x, other.x
    counts_apart = trace.series.axis == "row" and trace.n > 2 * other.n
    if trace.series.axis != other.series.axis or counts_apart:
        x = (x - x[0]) / max(float(x[-1] - x[0]), 1e-300)
        at = (at - at[0]) / max(float(at[-1] - at[0]), 1e-300)
    stop = np.searchsorted(x, at, side="right")
    begin = np.append(max(0, 2 * stop[0] - stop[1]) if len(stop) > 1 else 0, stop[:-1])
    begin = (begin + stop) // 2
    total = np.append(0.0, np.cumsum(trace.y - trace.start))
    count = stop - begin
    means = (total[stop] - total[begin]) / np.maximum(count, 1) + trace.start
    return np.where(count >= 3, means, np.interp(at, x, trace.smooth))


@once
def evaluation_traces(view: View) -> tuple[Trace, ...]:
    """The evaluation loss and the evaluation accuracy, or what the user called the score, so that lower is better."""
    score = view.score("eval_score", "accuracy", "f1", "auc", "balanced_accuracy", TOLD_ONLY)
    if score is None or score.n < 5:
        return () if view.eval is None else (view.eval,)
    turned = score if score.series.goal == "lower" else replace(score, y=-score.y)
    return (turned,) if view.eval is None else (view.eval, turned)


@once
def find_turn(view: View) -> Turn | None:
    """Where the evaluation turned for good while training went on improving: by the loss, else by the accuracy."""
    if not view.supervised:
        return None
    traces = [t for t in evaluation_traces(view) if t.n >= MIN_TURN and (t is view.eval or not _loss_denies(view))]
    return next((turn for t in traces if (turn := _turn(view, t)) is not None), None)


def rise(data: RunData) -> float | None:
    """How far the evaluation loss ends above its minimum, as a share of it; None for losses that are not positive."""
    e = view_of(data).eval
    if e is None or e.n < MIN_TURN or float(e.y.min()) <= 0:
        return None
    end = float(np.median(e.y[-max(2, e.n // 10) :]))
    return end / float(rolling_median(e.y, 3).min() if e.n >= 7 else e.y.min()) - 1.0


def _loss_denies(view: View) -> bool:
    """An evaluation loss that rests near its best does not know of what an accuracy lost in its last digits."""
    e = view.eval
    if e is None or e.n < MIN_TURN:
        return False
    size = abs(e.best) if float(e.y.min()) > 0 else e.improvement
    return e.end - e.best < 0.5 * RISE.of(view.data) * size


def _turn(view: View, trace: Trace) -> Turn | None:
    smooth = rolling_median(trace.y, 3) if trace.n >= 7 else trace.y
    at = int(np.argmin(smooth))
    best = float(smooth[at])
    end = float(np.median(trace.y[-max(2, trace.n // 10) :]))
    after = trace.y[at:]
    if len(after) < 3 or not _risen(trace, best, end, after, RISE.of(view.data)):
        return None
    if at == 0 and view.eval is not None and trace is not view.eval:
        return None  # an accuracy that was never better than at first fell by chance, while the loss is there to tell
    # The smoothed minimum may stand beside the logged one; what is told must be in the log.
    beside = max(at - 1, 0)
    at = beside + int(np.argmin(trace.y[beside : at + 2]))
    best = float(trace.y[at])
    floor = np.flatnonzero(smooth <= best + ONSET_SHARE * (end - best))
    onset = max(at, int(floor[-1])) if len(floor) else at
    train = view.train
    if train is None:
        return Turn(trace, at, onset, best, end, at / (trace.n - 1), None, None)
    then, last = float(aligned(train, trace)[at]), train.end
    if then - last < TRAIN_FALL * min(max(train.improvement, 1e-300), max(abs(then), 1e-300)):
        return None
    return Turn(trace, at, onset, best, end, at / (trace.n - 1), then, last)


def _risen(trace: Trace, best: float, end: float, after: Floats, ratio: float) -> bool:
    rise = end - best
    gain = max(float(trace.y[0]) - best, 0.0)
    positive = float(trace.y.min()) > 0
    large = (
        rise >= ratio * best and rise >= RISE_GAIN * gain
        if positive
        else rise >= RISE_GAIN_UNSIGNED * max(gain, 1e-300)
    )
    if len(after) >= 6 and float(np.diff(rolling_median(after, 3)).max()) > ABRUPT * rise + noise(after):
        return False
    late = after[len(after) // 2 :]
    least = smallest_change(trace.y)
    if trace.n >= LONG and trend_z(after) >= LONG_RISE_Z:
        least = min(least, smallest_change(trace.y, parts=3))  # a trend over all of them is no chance of the last few
    if rise < least:
        return False  # less than what is said that these evaluations can show
    steady = float(np.mean(late > best + STEADY * rise)) >= 0.75
    sure = trend_z(after) >= RISE_Z if len(after) >= 6 else bool(np.all(np.diff(after) > 0))
    return bool(large) and steady and (sure or (rise >= 0.5 * abs(best) and rise > 6.0 * trace.sigma))
