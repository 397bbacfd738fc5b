"""How much a log could have shown: what takes a longer run, and the smallest change that its curves can tell."""

from __future__ import annotations

from tools.detectors._base import Detector
from tools.detectors._generalise import MIN_TURN, RISE, RISE_GAIN
from tools.detectors._view import Trace, View
from tools.records import NotChecked
from tools.stats import smallest_change

FEWEST_LOSSES = 6
"""Of a run that evaluates nothing."""


def too_early(detector: Detector, view: View) -> NotChecked | None:
    """That a run without any evaluation ended before the step from which a detector can judge, or None."""
    t = view.train
    if t is None or view.eval is not None or not detector.least_steps:
        return None
    if t.n < FEWEST_LOSSES:
        reason = f"{t.n} training losses and no evaluation show too little: {FEWEST_LOSSES} losses or more"
        return NotChecked(detector.id, ("train_loss",), reason)
    if t.series.axis != "step" or t.x[-1] >= detector.least_steps:
        return None
    reason = f"the run ends at step {t.x[-1]:g}, before anything can be learned: {detector.least_steps} steps or more"
    return NotChecked(detector.id, ("train_loss",), reason)


def power(view: View) -> str:
    """What the curves of a run could have shown at all, in a sentence."""
    parts = [part for part in (_of_training(view.train), _of_evaluation(view)) if part]
    if not parts:
        return "No loss with enough finite values is logged: nothing essential can be judged."
    return "; ".join(parts) + "."


def _of_training(t: Trace | None) -> str:
    if t is None:
        return ""
    return (
        f"{t.n} training losses can show a lasting change of {_said(smallest_change(t.y) / t.scale)} of the start level"
    )


def _of_evaluation(view: View) -> str:
    e = view.eval
    if e is None:
        return ""
    if e.n < MIN_TURN:
        return f"{e.n} evaluations can show no rise, {MIN_TURN} could"
    share = smallest_change(e.y) / max(abs(e.best), 1e-300)
    if float(e.y.min()) > 0:  # less is not reported, however calm the curve
        share = max(share, RISE.of(view.data), RISE_GAIN * max(float(e.y[0]) - e.best, 0.0) / e.best)
    return f"{e.n} evaluations can show a rise of {_said(share)} of the best"


def _said(share: float) -> str:
    """The smallest lasting change in words."""
    return f"{share:.1%} or more" if share < 1 else "more than all"
