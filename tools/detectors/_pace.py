"""How fast a loss falls and how the step size compares with what is usual: shared by the learning-rate detectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.detectors._config import Config
from tools.detectors._view import Trace, View
from tools.stats import trend_z

HIGH_ADAPTIVE, ABSURD_ADAPTIVE, TINY_ADAPTIVE = 0.008, 0.05, 1e-4
"""Adam and kin: 1e-3 is the default and 3e-4 the folklore; above 0.008 few networks train, below 1e-4 only fine-tuning
does."""
SCALES = {"muon": 10.0, "shampoo": 10.0, "adagrad": 10.0, "adafactor": 10.0, "lamb": 3.0, "sophia": 0.5, "lion": 0.3}
"""Usual rates of adaptive optimizers as multiples of Adam's (Muon 0.02, Adagrad 0.01, Lion a third)."""
OWN_SCALE = ("lars", "prodigy", "dadapt", "d-adapt", "dog", "lbfgs", "rprop")
"""Optimizers that scale the step by themselves: their rate says nothing (Prodigy's is 1, that of LARS 1 to 30)."""
HIGH_SGD, ABSURD_SGD, TINY_SGD = 1.0, 5.0, 2e-3
"""SGD, as lr / (1 - momentum): 0.1 / (1 - 0.9) = 1 is the top of the usual range (He et al. 2016), 0.01 the low end."""
FINE_TUNING = 1e-3
"""Rates for a pretrained model reach down to a thousandth of the usual: 1e-6 is common with Adam."""
GONE = 0.02
"""A learning rate below 2% of its peak no longer moves anything."""

RATES_TESTED = 10
"""Fewer rates are no search."""
SEARCH = "the rate is raised evenly over a factor of 1,000 or more: a search for a rate, no training run"


@dataclass(frozen=True)
class StepSize:
    """The learning rate in words of the optimizer; `known` is False where no rate is logged or configured."""

    known: bool
    high: bool
    absurd: bool
    tiny: bool
    text: str


def step_size(view: View) -> StepSize:
    """How the largest learning rate of the run compares with what is usual for its optimizer."""
    lr, c = view.peak_lr, view.config
    if lr is None or lr <= 0 or any(name in c.optimizer for name in OWN_SCALE):
        return StepSize(False, False, False, False, "")
    tiny = FINE_TUNING if c.pretrained else 1.0
    if c.adaptive:
        usual = lr / next((scale for name, scale in SCALES.items() if name in c.optimizer), 1.0)
        text = f"{lr:g} with {c.optimizer}"
        return StepSize(True, usual >= HIGH_ADAPTIVE, usual >= ABSURD_ADAPTIVE, usual <= TINY_ADAPTIVE * tiny, text)
    effective = lr / (1.0 - c.momentum)
    if c.optimizer:
        name = c.optimizer + (f", momentum {c.momentum:g}" if c.momentum else "")
        return StepSize(
            True, effective >= HIGH_SGD, effective >= ABSURD_SGD, effective <= TINY_SGD * tiny, f"{lr:g} with {name}"
        )
    return StepSize(True, lr >= HIGH_SGD, lr >= ABSURD_SGD, lr <= TINY_ADAPTIVE * tiny, f"{lr:g}")


def tests_rates(view: View) -> bool:
    """Whether the rate is raised a thousandfold in equal factors to the very end: a search for a good rate, which is
    meant to end badly."""
    lr = view.lr
    if lr is None or len(lr.y) < RATES_TESTED or float(lr.y.min()) <= 0:
        return False
    way = np.log(lr.y)
    total = float(way[-1] - way[0])
    even = abs(float(np.median(way) - way[0]) / max(total, 1e-300) - 0.5) < 0.1
    return total >= np.log(1000.0) and even and bool(np.all(np.diff(way) >= 0))


def late_share(trace: Trace) -> float:
    """Pace of the last quarter over the mean pace: 1 for a straight line, near 0 for a curve that has levelled off."""
    s = trace.smooth
    total = float(s[0] - s[-max(1, trace.n // 12) :].min())
    if trace.n < 8 or total <= 0:
        return 0.0
    before = float(np.median(s[int(0.70 * trace.n) : int(0.80 * trace.n) + 1]))
    after = float(np.median(s[-max(1, trace.n // 12) :]))
    return (before - after) / 0.21 / total


def after_share(view: View, share: float) -> float:
    """The part of all improvement that came after `share` of the run, by the loss that came down furthest beyond its
    noise.

    The evaluation counts double: it is the calmer of the two.
    """
    weight = {id(t): (t.top - t.end - 2.0 * t.sigma) * (2.0 if t is view.eval else 1.0) for t in view.losses}
    t = max(view.losses, key=lambda t: weight[id(t)], default=None)
    if t is None or t.top <= t.end:
        return 0.0
    k = int(share * t.n)
    return (float(np.median(t.smooth[k : k + max(1, t.n // 20)])) - t.end) / (t.top - t.end)


def falling(trace: Trace) -> bool:
    """Whether a curve goes down steadily over its whole length, noise aside."""
    return trend_z(trace.y) <= -3.0


@dataclass(frozen=True)
class Decay:
    """A learning rate that was taken away: the share of the run at which it fell below a tenth, and below 2%, of its
    peak."""

    tenth: float
    gone: float
    x: float | None
    text: str


def early_decay(view: View, latest: float = 0.5) -> Decay | None:
    """A rate that is gone for good in the first part of the run: as logged, else as configured."""
    lr = view.lr
    if lr is not None and len(lr.y) >= 4:
        return _logged_decay(view, latest)
    return _configured_decay(view, latest)


def _logged_decay(view: View, latest: float) -> Decay | None:
    lr = view.lr
    if lr is None:
        return None
    peak_at = int(np.argmax(lr.y))
    peak = max(float(lr.y[peak_at]), view.config.learning_rate or 0.0)
    later_top = np.maximum.accumulate(lr.y[::-1])[::-1]
    gone = np.flatnonzero(later_top <= GONE * peak)
    tenth = np.flatnonzero(later_top <= 0.1 * peak)
    if peak <= 0 or not len(gone):
        return None
    span = max(float(lr.x[-1] - lr.x[0]), 1e-300)
    share = float(lr.x[gone[0]] - lr.x[0]) / span
    if share > latest:
        return None
    x = float(lr.x[tenth[0]])
    return Decay(float(x - lr.x[0]) / span, share, x, f"from {peak:.3g} to {lr.y[gone[0]]:.3g}")


def _configured_decay(view: View, latest: float) -> Decay | None:
    trace, c = view.train or view.eval, view.config
    if trace is None:
        return None
    steps = c.number(
        "lr_decay_iters", "lr_decay_steps", "decay_steps", "t_max", "cosine_steps", "total_decay_steps", "decay_iters"
    )
    last = trace.series.step_at(float(trace.x[-1])) if trace.series.axis == "step" else None
    if steps and last and steps < latest * last:
        return Decay(0.8 * steps / last, steps / last, 0.8 * steps, f"to 0 within {steps:g} steps")
    return _milestones(c, trace, latest)


def _milestones(c: Config, trace: Trace, latest: float) -> Decay | None:
    marks = [float(v) for v in c.numbers("milestones", "lr_milestones", "lr_steps", "decay_epochs", "step_milestones")]
    gamma, epochs = c.number("gamma", "lr_gamma", "lr_decay", "decay_factor"), c.epochs
    if not marks or gamma is None or not epochs or gamma ** len(marks) > GONE or marks[-1] > latest * epochs:
        return None
    on_axis = marks[0] if trace.series.axis == "epoch" else None
    return Decay(
        marks[0] / epochs, marks[-1] / epochs, on_axis, f"by {gamma:g} at epochs {', '.join(f'{m:g}' for m in marks)}"
    )
