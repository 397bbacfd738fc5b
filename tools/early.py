"""Early warnings of a run that is still training: not wrong yet, but on its way there. They are no verdicts.

Two remarks of the detectors count as such (gradients that rise, a loss that creeps up), and one thing is looked for
here: the last points of the loss leave the band in which it moved until then. And what is read off the course as a
whole is no verdict either before a good part of it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from tools.records import Evidence, Finding, Floats, Run, RunData, Series

REMARKS = frozenset({"rising_gradients", "upward_drift"})
AT_THE_END = frozenset(
    {
        *("not_converged", "underfitting", "lr_schedule_ended", "late_stopping"),
        *("worse_than_twins", "corrupted_labels", "seed_variance"),
    }
)
"""What only a run that is over shows, or one that is held against others that are."""
OVER_THE_WHOLE = frozenset({"not_learning", "lr_too_low", "lr_too_high", "bad_init"})
"""What is read off the course as a whole. Of 242 healthy runs 46 show one of these somewhere on their way, 36 of them
within the first tenth."""
PACE = frozenset({"lr_too_low"})
"""What a run says of itself that is not done yet, which is nothing where nobody knows when it is to be."""
QUARTER, HALF = 0.25, 0.5
"""Shares of its way after which a run is warned of such a finding, and after which that is a verdict."""
POINTS = 30
"""Values of a loss that are enough for such a warning where nothing says how long a run is to be."""
LASTING = 3
"""Values that a finding rests on, at least: one that is no number may be that of a single batch, or of none at all."""
LOSSES = ("train_loss", "eval_loss")
HISTORY, LATEST = 40, 5
"""Points of which the band is made, and points that must all lie above it."""
BAND = 6.0
"""Robust standard deviations from the trend. Five in a row above six do not come by chance."""
LEAVES = "leaving_trend"


@dataclass(frozen=True)
class SoFar:
    """What is to be said of a run that goes on: what is wrong by now, and what may become so."""

    wrong: tuple[Finding, ...]
    early: tuple[Finding, ...]


def so_far(data: RunData, findings: Iterable[Finding], behind: Callable[[], float | None]) -> SoFar:
    """What of a diagnosis holds while the run goes on. behind: the share of its way that it has behind it, None where
    nothing says how long that is; asked only where it matters."""
    known = [f for f in findings if f.severity != "info" and f.id not in AT_THE_END and _has_begun(data, f)]
    whole = [f for f in known if f.id in OVER_THE_WHOLE]
    share = behind() if whole else None
    wrong = tuple(f for f in known if f not in whole or (share is not None and share >= HALF))
    if wrong:
        return SoFar(wrong, ())
    warned = early_warnings(data, findings)
    if any(f.id == LEAVES for f in warned):
        return SoFar((), warned)
    whole = [f for f in whole if _is_enough(data, f, share)]
    way = "nothing says how long it is to be" if share is None else f"it has made {share:.0%} of its way"
    said = tuple(replace(f, summary=f"{f.summary} The run goes on: {way}.") for f in whole[:1])
    return SoFar((), (*said, *warned))


def _is_enough(data: RunData, finding: Finding, share: float | None) -> bool:
    """Whether so much of the course is there that what is read off the whole of it is worth a warning."""
    if share is not None:
        return share >= QUARTER
    losses = max((len(s.curve.finite.x) for s in data.with_role(*LOSSES)), default=0)
    return finding.id not in PACE and losses >= POINTS


def stands(run: Run, finding: Finding) -> bool:
    """Whether a finding stands however the run goes on, if it does."""
    return finding.id not in OVER_THE_WHOLE or run.status in ("finished", "crashed")


def is_lasting(data: RunData, finding: Finding) -> bool:
    """Whether a finding rests on more than a value or two."""
    series = data.series.get(finding.metric)
    onset = None if series is None else finding.onset_epoch if series.axis == "epoch" else finding.onset_step
    return series is None or onset is None or int(np.sum(series.position >= onset)) >= LASTING


def _has_begun(data: RunData, finding: Finding) -> bool:
    """Whether the metric of a finding has values enough. Before the first evaluation its loss may be NaN."""
    series, train = data.series.get(finding.metric), data.main("train_loss")
    if series is None or len(series.value) < LASTING:
        return series is None
    trains = train is not None and bool(np.isfinite(train.value[-1:]).any())
    return not (series.role == "eval_loss" and trains and not np.isfinite(series.value[0]))


def early_warnings(data: RunData, remarks: Iterable[Finding]) -> tuple[Finding, ...]:
    """What may become a fault; `remarks` are the findings of a diagnosis."""
    series = data.main("train_loss", "eval_loss")
    own = None if series is None else _leaves_trend(series)
    return (*(f for f in remarks if f.id in REMARKS), *([own] if own else []))


def _leaves_trend(series: Series) -> Finding | None:
    curve = series.turned.curve.finite if series.goal == "higher" else series.curve.finite
    x, y = curve.x[-HISTORY - LATEST :], curve.y[-HISTORY - LATEST :]
    if len(y) < HISTORY + LATEST:
        return None
    level, slope, spread = _band(x[:HISTORY], y[:HISTORY])
    above = y[HISTORY:] - (level + min(slope, 0.0) * (x[HISTORY:] - x[HISTORY - 1]))
    if spread <= 0 or float(above.min()) < BAND * spread:
        return None
    at = int(x[HISTORY]) if series.axis == "step" else None
    epoch = float(x[HISTORY]) if series.axis == "epoch" else series.epoch_at(float(x[HISTORY]))
    summary = (
        f"The last {LATEST} values of {series.metric} lie {above.min() / spread:.0f} standard deviations or more above"
        f" its trend: {y[-1]:.4g} where {level:.4g} was to be expected."
    )
    evidence = tuple(Evidence(series.metric, float(x[one]), float(y[one])) for one in (HISTORY - 1, HISTORY, -1))
    fix = "Nothing is wrong yet. Look at the run soon; if it goes on, lower the learning rate or clip gradients."
    return Finding(LEAVES, "info", 0.6, series.metric, summary, evidence, fix, at, epoch)


def _band(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Level at the end, slope, and robust spread around them: medians of the halves, so that no outlier bends them."""
    half = len(y) // 2
    left, right = (float(np.median(y[:half])), float(np.median(y[half:])))
    middle = [float(np.median(x[:half])), float(np.median(x[half:]))]
    slope = (right - left) / (middle[1] - middle[0])
    rest = y - (right + slope * (x - middle[1]))
    spread = 1.4826 * float(np.median(np.abs(rest - np.median(rest))))
    return right + min(slope, 0.0) * float(x[-1] - middle[1]), slope, spread
