"""Bad initialisation: the run starts stuck at the prior, or many times above a sane start.

## What it looks for
- A start far too high: an untrained classifier of k classes has a loss of ln k; with an accuracy of a at the start, k
  is about 1 / a. A cross entropy that starts at three times that or more is confidently wrong before the first step.
- A start that never ends: the loss sits at the level it started from, the accuracy does not move, and the config shows
  an initialisation that cannot work (zeros, a constant, a huge gain or scale), or nothing else explains it.

## Why it matters
With all weights equal every unit of a layer gets the same gradient, so they stay equal for ever. With weights that are
far too large the first thousand steps go into shrinking them.

## When it is wrong
A pretrained head on other classes starts above ln k and recovers within a few steps; sums of losses over tokens or
pixels are not losses per row. A loss that never comes down to the level of a guess may be in another unit, and is not
held against it.

## How to confirm
Before the first step: loss near ln k (or the variance of the target), standard deviation of each layer's output near
1.

## What to change
- `nn.init.kaiming_normal_(w, nonlinearity="relu")`, `nn.init.xavier_uniform_(w)`, biases 0; transformers: std 0.02,
  residual projections over sqrt(2 x layers).
- Zeros only for biases, or for the last layer of a residual branch.
- Keras `Dense(64, kernel_initializer="he_normal", bias_initializer="zeros")`; HF `config.initializer_range=0.02`, then
  `Model(config)` anew.

## Source
Glorot & Bengio 2010; He et al. 2015; Karpathy 2019, "A recipe for training neural networks" (verify loss at init).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import TO_LEARN, Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._pace import early_decay, step_size
from tools.detectors._scores import summed
from tools.detectors._view import Trace, View, finding, view_of
from tools.records import Evidence, Finding, NotChecked, RunData

OVER_PRIOR = Threshold(
    "bad_init", "over_prior", 3.0, 1.1, 100, "times",
    "the first loss is at least so many times that of an untrained guess",
    "a sane start costs ln k for k classes (Karpathy 2019); three times is a confident error",
)  # fmt: skip
OVER_END = 4.0
"""A loss that starts four times above its end or more under such weights."""
NATS_OF_A_MILLION = 14.0
"""ln of 1.2 million: no vocabulary has more entries, so a mean cross entropy above it is no guess but a confident
error."""
NATS_OF_A_THOUSAND = 6.9
"""ln of 1,000, the classes of ImageNet."""
TWO_CLASSES = 0.6
"""No accuracy above that of guessing among two classes, luck included, is that of an untrained model."""
AT_START = 0.95
"""A loss within 5% of its first level: nothing has been learned yet (accuracy moves before the loss does)."""
STILL = 0.02
"""The loss never got 2% below its start."""
DEGENERATE = ("zero", "const", "ones", "same", "identical")
HUGE = ("gain", "init_scale", "init_std", "weight_scale", "init_gain", "std_init", "initializer_range")
HUGE_VALUE = 1.0
"""A weight standard deviation or a gain above 1 multiplies activations from layer to layer."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A start that is too high or that never ends."""
    view = view_of(data)
    trace = view.train or view.eval
    if trace is None or trace.n < MIN:
        yield NotChecked("bad_init", ("train_loss",), f"fewer than {MIN} finite loss values")
        return
    if not view.supervised or find_blowup(data) is not None:
        return
    too_high = _too_high(view, trace)
    if too_high is not None:
        yield too_high
    elif view.stuck and early_decay(view) is None:
        yield from _stuck(view)


MIN = 4
MIN_STILL = 8
"""A curve that stands still is told from a run that has only begun by so many points."""


def _too_high(view: View, trace: Trace) -> Finding | None:
    prior = _prior(view, trace)
    first = _nats(trace, min(trace.start, float(trace.y[0])))  # a loaded model may be torn apart at once
    if step_size(view).high:
        return None
    if summed(view, trace):
        return None
    if prior is not None and first >= OVER_PRIOR.of(view.data) * prior and _in_nats(view, prior):
        times = f"{first / prior:.1f} times the {prior:.3g} nats of an untrained guess"
    elif _wide(view) and trace.top > OVER_END * trace.end > 0:
        times = f"with {odd_initialisation(view)}, {trace.start / trace.end:.1f} times its end"
    else:
        return None
    summary = (
        f"{trace.series.metric} starts at {trace.start:.4g}, {times}, and is at {trace.end:.4g} in the end: the initial"
        " weights are far too large."
    )
    fix = (
        "Initialise with He or Xavier (nn.init.kaiming_normal_, nn.init.xavier_uniform_; transformers: std 0.02) and"
        " biases of 0" + _now(view)
    )
    return finding("bad_init", "critical", 0.85, trace.series, summary, trace.evidence(0, trace.n // 2, -1), fix + ".")


def _nats(trace: Trace, value: float) -> float:
    """A loss as it is; of a perplexity the cross entropy that it is the exponential of."""
    return float(np.log(max(value, 1.0))) if trace.series.family == "perplexity" else value


def _in_nats(view: View, prior: float) -> bool:
    """Whether a loss is in the unit of the guess: it comes down to one at some time, or the config explains why not.
    A healthy loss times a thousand stays above it all the way."""
    return min(_nats(t, t.best) for t in view.losses) <= prior or bool(odd_initialisation(view))


def _wide(view: View) -> bool:
    """Whether the config draws the weights with a standard deviation above 1: a layer of 16 units then multiplies its
    input by four or more."""
    width = view.config.number("init_std", "std_init", "initializer_range", "weight_std")
    return width is not None and width > HUGE_VALUE


def _prior(view: View, loss: Trace) -> float | None:
    """Loss of an untrained classifier in nats, from the worst accuracy logged while the loss is still at its start.

    A later accuracy tells what was learned by then, not how many classes there are: the most that is common is assumed.
    None when this is no classifier.
    """
    scores = [score for role in ("train_score", "eval_score") if (score := view.score(role, "accuracy")) is not None]
    worst = []
    for score in scores:
        untrained = np.interp(score.x, loss.x, loss.y) >= AT_START * loss.start
        if score.series.split == "eval" and view.eval is not None:  # a displayed mean of the training lags behind
            untrained &= np.interp(score.x, view.eval.x, view.eval.y) >= AT_START * loss.start
        if score.series.axis == loss.series.axis and bool(untrained.any()):
            worst.append(float(score.y[untrained].min()) / (100.0 if float(score.y.max()) > 1.5 else 1.0))
    if worst and min(worst) <= TWO_CLASSES:
        return -float(np.log(min(max(min(worst), 1e-6), 0.5)))
    if scores:
        return NATS_OF_A_THOUSAND
    if view.data.with_role("perplexity"):
        return NATS_OF_A_MILLION / OVER_PRIOR.of(view.data)
    return None


def _stuck(view: View) -> Iterator[Finding]:
    odd = odd_initialisation(view)
    still = all(t.start - t.best < STILL * abs(t.start) + 2 * t.sigma for t in view.losses)
    if not odd and not (still and _score_still(view) and view.losses[-1].n >= MIN_STILL):
        return
    if step_size(view).high or (step_size(view).tiny and not odd):
        return
    loss = view.losses[-1]
    why = f"the config has {odd}" if odd else "nothing in the log explains it"
    summary = (
        f"{loss.series.metric} stays where it started ({loss.start:.4g}, ends at {loss.end:.4g}), at the level of"
        f" the prior; {why}."
    )
    points: tuple[Evidence, ...] = loss.evidence(0, loss.n // 2, -1)
    fix = (
        "Use He or Xavier initialisation (nn.init.kaiming_normal_ / xavier_uniform_) with zero biases"
        + _now(view)
        + "; check that units of a layer differ."
    )
    yield finding("bad_init", "critical" if odd else "warning", 0.85 if odd else 0.4, loss.series, summary, points, fix)


def odd_initialisation(view: View) -> str:
    """A setting that makes all units alike or all weights huge, as "key=value"; "" when there is none."""
    init = view.config.initialisation
    if init is not None and any(word in str(init[1]).lower() for word in DEGENERATE):
        return f"{init[0]}={init[1]}"
    for name in HUGE:
        value = view.config.number(name)
        if value is not None and (value > HUGE_VALUE or value == 0):
            return f"{name}={value:g}"
    return ""


def _score_still(view: View) -> bool:
    """Whether no logged accuracy moved clear of its start."""
    for role in ("eval_score",):
        for series in view.data.with_role(role):
            if series.family in ("accuracy", "f1", "balanced_accuracy"):
                y = series.curve.finite.y
                if len(y) >= MIN and float(np.median(y[-max(2, len(y) // 5) :])) > 1.3 * float(y[0]) + 0.02:
                    return False
    return True


def _now(view: View) -> str:
    odd = odd_initialisation(view)
    return f" instead of {odd}" if odd else ""


DETECTOR = Detector(
    "bad_init",
    "Bad initialisation",
    "critical",
    (("train_loss", "eval_loss"),),
    detect,
    least_steps=TO_LEARN,
    thresholds=(OVER_PRIOR,),
)
