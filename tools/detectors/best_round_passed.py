"""Best round passed: a boosted model was grown far beyond the number of trees that served it best.

## What it looks for
A boosting run whose best value on held-out rows came at least 50 rounds and a tenth of the run before the end, and
whose last value is worse. It is a remark: libraries can predict with the best round. Where the metric got clearly
worse, `overfitting` says so.

## Why it matters
Every further tree costs time in training and in each prediction, and makes the model a little worse.

## When it is wrong
With an early-stopping patience of 50 rounds the last 50 are the price of knowing, and the library keeps the best
round.

## How to confirm
`model.best_iteration` (XGBoost, LightGBM), `model.get_best_iteration()` (CatBoost) against the number of trees used by
`predict`.

## What to change
- XGBoost `XGBClassifier(early_stopping_rounds=50)`, predictions with `iteration_range=(0, model.best_iteration + 1)`.
- LightGBM `callbacks=[lgb.early_stopping(50)]`; CatBoost `fit(..., eval_set=val, use_best_model=True, od_wait=50)`.
- sklearn `HistGradientBoostingClassifier(early_stopping=True, n_iter_no_change=20)`.

## Source
Friedman 2001, "Greedy function approximation", 5; XGBoost docs, "Early stopping"; LightGBM docs, `early_stopping`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, finding, trace_of
from tools.records import Finding, NotChecked, RunData

SHARE = 0.1
PATIENCE = Threshold(
    "best_round_passed", "rounds", 50, 1, 1e+06, "rounds",
    "at least so many rounds follow the best one",
    "the early_stopping_rounds=50 of the boosting guides",
)  # fmt: skip
WORSE = 1e-3
"""A thousandth of all improvement: less is rounding."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Rounds after the best one."""
    trace = _held_out(data)
    if trace is None:
        yield NotChecked("best_round_passed", ("eval_loss",), "log the metric of held-out rows for every round")
        return
    best = int(np.argmin(trace.y))
    after = float(trace.x[-1] - trace.x[best])
    worse = float(trace.y[-1] - trace.y[best])
    if after < max(PATIENCE.of(data), SHARE * float(trace.x[-1] - trace.x[0])) or worse < WORSE * float(
        np.ptp(trace.y)
    ):
        return
    shown = data.series[trace.series.metric].curve.finite
    at, value, last = float(trace.x[best]), float(shown.y[best]), float(shown.y[-1])
    summary = (
        f"{trace.series.metric} is best at round {at:g} ({value:.5g}); the {after:g} rounds after it end at {last:.5g}."
    )
    fix = (
        f"Predict with the first {at + 1:g} rounds (XGBoost iteration_range=(0, best_iteration + 1)), and stop early:"
        " early_stopping_rounds=50, LightGBM lgb.early_stopping(50), CatBoost use_best_model=True."
    )
    points = Trace(trace.series, shown.x, shown.y).evidence(0, best, -1)
    yield finding("best_round_passed", "info", 0.85, trace.series, summary, points, fix, at)


def _held_out(data: RunData) -> Trace | None:
    """The held-out loss, else the held-out score turned so that lower is better."""
    loss = trace_of(data.main("eval_loss"), 10)
    if loss is not None:
        return loss
    score = trace_of(data.main("eval_score"), 10)
    if score is None:
        return None
    return score if score.series.goal == "lower" else replace(score, y=-score.y)


DETECTOR = Detector(
    "best_round_passed", "Boosted past its best round", "info", (("eval_loss", "eval_score"),), detect,
    domain="boosting", thresholds=(PATIENCE,)
)  # fmt: skip
