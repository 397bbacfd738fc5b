"""The rules of thumb that everybody writes first, as a yardstick: their scores are shown beside ours.

They are kept as they are found, with absolute thresholds; the setting is read before the log where both tell the rate.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evals.claims import Claim
from tools.detectors._view import view_of
from tools.records import RunData, Series

GAP = 0.15
LAST_GAP = 5
RATES = (1e-6, 0.1)
IMPROVEMENT = 0.01
LAST_IMPROVEMENT = 10
JUMP = 5.0


def naive_claims(data: RunData) -> Iterator[Claim]:
    """What the rules say of a run, in the words of the bench."""
    train, judged = (data.main(role) for role in ("train_loss", "eval_loss"))
    if train is not None and judged is not None and _gap(train, judged) > GAP:
        yield Claim("overfitting")
    rate = view_of(data).config.learning_rate or view_of(data).peak_lr
    if rate is not None and not RATES[0] <= rate <= RATES[1]:
        yield Claim("lr_too_high" if rate > RATES[1] else "lr_too_low")
    if train is not None:
        yield from _by_curve(train)


def _gap(train: Series, judged: Series) -> float:
    """How far the mean of the last evaluations is above that of the last training losses, relative to the latter."""
    low, high = (
        float(np.mean(s.curve.finite.y[-LAST_GAP:])) if len(s.curve.finite.y) else 0.0 for s in (train, judged)
    )
    return (high - low) / abs(low) if low else 0.0


def _by_curve(train: Series) -> Iterator[Claim]:
    x, y = train.curve.finite.x, train.curve.finite.y
    last = y[-LAST_IMPROVEMENT:]
    if len(last) == LAST_IMPROVEMENT and last[0] - last.min() < IMPROVEMENT * abs(last[0]):
        yield Claim("plateau")
    jumps = np.flatnonzero(y[1:] > JUMP * np.abs(y[:-1]))
    if len(jumps):
        yield Claim("loss_spike", onset=float(x[jumps[0] + 1]), unit="epoch" if train.axis == "epoch" else "step")
