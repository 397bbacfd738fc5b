"""Where a run that goes on will end at its present pace, whether that beats its finished siblings, what stopping saves.

Curves that level off (powers and exponentials of the position) are fitted to the whole course; how far each was off
when it was to foretell the latter part of what is known decides its weight, and how wide the interval is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tools.amounts import HOUR, counted
from tools.detectors._config import Config
from tools.elapsed import in_seconds
from tools.lessons import Outlook
from tools.records import Floats, MetricSummary, RunData, Series
from tools.stats import blocks

HEADLINES = ("eval_loss", "train_loss", "eval_score", "reward")
FEWEST = 12
"""Points without which nothing is foretold."""
ENOUGH_SIBLINGS = 3
NEARLY = 0.01
"""With no more than this share of the way left a run is over: some count from 0."""
EARLIEST = 0.05
"""Before this share of the way nothing is foretold either."""
KNOWN = 0.7
"""Share of the known course from which the rest of it is foretold."""
NINETY = 1.645
"""Standard deviations on either side that hold 90% of a normal distribution."""
BLOCKS = 200
POWERS = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0)
RATES = (0.25, 1.0, 2.0, 3.5, 5.0, 8.0, 16.0, 32.0)
HOPELESS, PROMISING = 0.05, 0.5
FATAL = frozenset({"nan_loss", "divergence", "exploding_gradients", "not_learning"})


def foretelling(data: RunData) -> Series | None:
    """The series that the outlook of a run is of."""
    return next((s for s in data.with_role(*HEADLINES) if len(s.curve.finite.x) >= FEWEST), data.main(*HEADLINES))


def outlook_of(data: RunData, finished: Sequence[MetricSummary | None], fatal: str = "") -> Outlook | None:
    """The outlook of a run by its main metric; None where it logs none.

    finished: of each finished sibling the metric of the same name. fatal: the finding after which going on is in vain.
    """
    series = foretelling(data)
    if series is None or not len(series.curve.finite.x):
        return None
    curve = series.curve.finite
    at, goal = float(curve.x[-1]), series.goal or "lower"
    end, basis = planned_end(data, series, finished)
    found = Outlook(series.metric, goal, series.axis, at, end, None, float(curve.y[-1]), basis=basis)
    if end is not None:
        reached = float(np.nanmax(series.curve.x))
        found = _costed(replace(found, left=max(0.0, end - reached)), data, series)
        if len(curve.x) >= FEWEST and EARLIEST * end <= at < end and not fatal:
            found = _foretold(found, curve.x, curve.y, end)
    found = _beside(found, [s.last for s in finished if s is not None and s.last is not None and math.isfinite(s.last)])
    return replace(found, worth="no", basis=f"after {fatal} nothing more is learned") if fatal else found


def without_prospects(found: Outlook) -> Outlook:
    """What holds of a run that is over: where it ended, and how others did."""
    return Outlook(
        found.metric,
        found.goal,
        found.axis,
        found.at,
        found.end,
        None,
        found.value,
        siblings=found.siblings,
        best=found.best,
        median=found.median,
        worth="no",
        basis="it is over",
    )


def planned_end(data: RunData, series: Series, finished: Sequence[MetricSummary | None]) -> tuple[float | None, str]:
    """Where the run is planned to end on the axis of the series, and how that is known."""
    config = Config(data.params)
    if series.axis == "step" and config.total_steps:
        return config.total_steps, f"{config.total_steps:g} steps are planned"
    if config.epochs and series.axis == "epoch":
        first = float(series.curve.x[0])
        return config.epochs - (1 if first == 0 else 0), f"{config.epochs:g} epochs are planned"
    if config.epochs and series.axis == "step":
        known = np.isfinite(series.epoch) & np.isfinite(series.step) & (series.epoch > 0)
        if known.sum() >= 2:
            each = float(np.median(series.step[known][-10:] / series.epoch[known][-10:]))
            return round(config.epochs * each), f"{config.epochs:g} epochs of {each:.0f} steps are planned"
    ends = [s.last_step for s in finished if s is not None and s.last_step is not None and s.axis == series.axis]
    if len(ends) >= ENOUGH_SIBLINGS:
        return float(np.median(ends)), "its settings name no end; finished runs beside it end there"
    return None, "nothing says how long it is to train"


def _costed(found: Outlook, data: RunData, series: Series) -> Outlook:
    """With the hours that are left at the pace of the latter half, and what they cost."""
    clock = next(
        (c for c in (series.wall_time, *(in_seconds(s, data) for s in data.with_role("time"))) if _runs(c)), None
    )
    place = series.position
    if clock is None or len(clock) != len(place) or not found.left:
        return found
    known = np.flatnonzero(np.isfinite(clock) & np.isfinite(place))
    half = known[len(known) // 2 :]
    way = float(place[half[-1]] - place[half[0]])
    if way <= 0:
        return found
    hours = float(clock[half[-1]] - clock[half[0]]) / way * found.left / HOUR
    cost = data.rules.cost
    money = None if cost is None else hours * cost.per_hour
    return replace(found, hours=hours, money=money, currency=cost.currency if cost else "")


def _runs(clock: Floats) -> bool:
    known = clock[np.isfinite(clock)]
    return len(known) >= FEWEST and bool((np.diff(known) >= 0).all()) and float(known[-1]) > float(known[0])


def _foretold(found: Outlook, x: Floats, y: Floats, end: float) -> Outlook:
    """With the value at the end, and the interval that holds nine of ten."""
    x, y = blocks(x, y, BLOCKS)
    cut = max(FEWEST // 2, int(KNOWN * len(x)))
    early, late = _fits(x[:cut], y[:cut], x[cut:], end), _fits(x, y, np.array([end]), end)
    if len(x) - cut < 2:
        return found
    noise = max(1.4826 * float(np.median(np.abs(np.diff(y[cut:])))) / math.sqrt(2), 1e-12 * (1 + abs(float(y[-1]))))
    missed = np.sqrt(np.mean((early - y[cut:]) ** 2, axis=1))
    weight = np.exp(-0.5 * ((missed - missed.min()) / (noise + missed.min())) ** 2)
    weight /= weight.sum()
    value = float(weight @ late[:, 0])
    apart = float(weight @ (late[:, 0] - value) ** 2)
    stretch = (end - float(x[-1])) / max(1e-12, float(x[-1] - x[cut]))
    drift = max(0.0, float(weight @ missed) ** 2 - noise**2) * max(1.0, stretch)
    half = NINETY * math.sqrt(apart + noise**2 + drift)
    low, high = value - half, value + half
    if float(y.min()) >= 0:
        low, value, high = max(0.0, low), max(0.0, value), max(0.0, high)
    if found.goal == "higher" and float(y.max()) <= 1:
        low, value, high = min(1.0, low), min(1.0, value), min(1.0, high)
    return replace(found, forecast=value, low=low, high=high)


def _fits(x: Floats, y: Floats, at: Floats, span: float) -> Floats:
    """What each curve, fitted to x and y, says at these places: a row for each."""
    scale, weight = max(abs(span), 1e-12), np.sqrt(np.linspace(0.2, 1.0, len(x)))
    shift = float(x[0]) - 0.01 * scale
    said = []
    for here, there in zip(_shapes((x - shift) / scale), _shapes((at - shift) / scale), strict=True):
        basis = np.column_stack([np.ones(len(x)), here])
        (level, rest), *_ = np.linalg.lstsq(basis * weight[:, None], y * weight, rcond=None)
        said.append(level + rest * there)
    return np.array(said)


def _shapes(t: Floats) -> list[Floats]:
    return [*(t**-power for power in POWERS), *(np.exp(-rate * t) for rate in RATES)]


def _beside(found: Outlook, ends: Sequence[float]) -> Outlook:
    """Held against the ends of the finished runs."""
    if not ends:
        return replace(found, basis=f"{found.basis}; no finished run is beside it")
    sign = 1.0 if found.goal == "lower" else -1.0
    median, best = float(np.median(ends)), sign * min(sign * end for end in ends)
    found = replace(found, siblings=len(ends), median=median, best=best)
    if found.forecast is None or found.low is None or found.high is None:
        return found
    sigma = max((found.high - found.low) / 2 / NINETY, 1e-12)
    chance = 0.5 * (1 + math.erf(sign * (median - found.forecast) / sigma / math.sqrt(2)))
    found = replace(found, chance=chance)
    if len(ends) < ENOUGH_SIBLINGS:
        few = f"only {counted(len(ends), 'finished run')} {'is' if len(ends) == 1 else 'are'} beside it"
        return replace(found, basis=f"{found.basis}; {few}")
    return replace(found, worth="no" if chance < HOPELESS else "yes" if chance >= PROMISING else "unclear")
