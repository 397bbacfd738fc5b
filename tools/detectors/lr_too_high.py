"""Learning rate too high: the loss stays finite, but is stuck or swings well above what a smaller rate reaches.

## What it looks for
Any of these, in a run that did not blow up:
- nothing learned (no loss 6% below its start), with a rate far above what is usual for the optimizer, or with a surge
  of the loss early in the run, or at a level that keeps jittering;
- a rate far beyond the usual range and a loss that fell only from the height it had thrown itself to, and is flat
  since;
- a high rate and a loss that stopped improving within the first 15% of the run with most of it left;
- a high rate and a training loss that lost a quarter of what it had gained, without a jump, and stays there;
- an evaluation loss that swings by a fourteenth of all improvement from one evaluation to the next.

## Why it matters
Each step jumps over the valley instead of going down into it. The run may have killed its units on the way (see
`dead_relu`), so that lowering the rate later does not help: it must be restarted.

## When it is wrong
Tiny batches or tiny validation sets swing too; without a high rate these are told apart by the batch size, where it is
known.

## How to confirm
Restart with a tenth of the rate for a few hundred steps: if the loss goes below the present plateau, the rate was too
high. A rate sweep (1e-5 to 1, factor 3) over 200 steps shows where the loss falls fastest and where it breaks.

## What to change
- Divide the rate by 10 (usual: Adam 3e-4 to 3e-3, SGD with momentum 0.01 to 0.1), and add a warm-up of 200 steps or
  2% of the run.
- Decay it to zero over the run (cosine or linear).
- PyTorch `AdamW(params, lr=3e-4)` with `LinearLR(opt, 0.01, 1.0, 200)` first; Keras `CosineDecay(0.0,
  decay_steps=total, warmup_target=3e-4, warmup_steps=200)`; HF `TrainingArguments(learning_rate=3e-4,
  warmup_ratio=0.03)`.

## Source
Smith 2017, "Cyclical learning rates" (range test); Bengio 2012, 3.1; Google Deep Learning Tuning Playbook (2023).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import TO_LEARN, Detector, Threshold
from tools.detectors._blowup import find_blowup
from tools.detectors._generalise import find_turn
from tools.detectors._pace import SEARCH, StepSize, after_share, early_decay, step_size, tests_rates
from tools.detectors._spikes import MIN_CURVE, jump
from tools.detectors._view import Trace, View, finding, view_of
from tools.records import Evidence, Finding, NotChecked, RunData
from tools.stats import noise, trend_z

SURGE = 1.5
"""The loss stood half again above its final level, and above its start, in the first half of the run."""
LEAP = 10.0
"""With a high rate: an early leap to ten times the start is the rate's work, even if the loss comes back."""
JITTER = 0.004
"""Point-to-point noise of a stuck evaluation loss: a fixed model on fixed rows has none."""
LEFT_OVER = 0.15
"""Share of the start that is still there when a run with an absurd rate goes flat."""
EARLY = 0.15
STALLED = 0.06
"""Share of all improvement that came after the first 15% of the run."""
PARTIAL = 0.5
"""Less than half of the loss was removed."""
GOOD = 0.8
GAVE_BACK, SEEN, STAYS = 0.25, 0.1, 0.2
"""A quarter of the gain is lost (a tenth at least in the evaluation), at every point of the last fifth of the run: a
minimised loss does not do that."""
SWING = Threshold(
    "lr_too_high", "swing", 0.07, 0.005, 1, "share",
    "the evaluation swings by at least this share of all improvement",
    "calm evaluations swing by half of it or less",
)  # fmt: skip
"""Evaluation-to-evaluation noise as a share of all improvement; calm runs are below 0.03."""
SWING_ALONE = 0.2
"""Where the rate is not known: a small validation set makes as much as 0.1."""
MOST_EVALUATIONS = 20_000
"""So many evaluations are not made of a handful of rows."""
SAMPLED = 0.4
"""Weights that are thrown about move training and evaluation alike; noise of the rows shrinks with their number."""
FEW_ROWS = 60
"""With 60 rows one row is 1.7% of the accuracy, and a confident mistake a tenth of the loss."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Stuck, thrown up, stalled or swinging."""
    view = view_of(data)
    trace = view.train or view.eval
    if trace is None or trace.n < 6:
        yield NotChecked("lr_too_high", ("train_loss",), "fewer than 6 finite loss values")
        return
    if tests_rates(view):
        yield NotChecked("lr_too_high", ("train_loss",), SEARCH)
        return
    if not view.supervised or find_blowup(data) is not None or early_decay(view) is not None:
        return
    sign = symptom(view)
    if sign is None:
        return
    text, confidence = sign
    size = step_size(view)
    rate = f"the learning rate is {size.text}" if size.known else "the learning rate is not logged"
    yield finding(
        "lr_too_high", "critical", confidence, trace.series, f"{text}; {rate}.", _points(view), _fix(view, size)
    )


def symptom(view: View) -> tuple[str, float] | None:
    """What speaks for a rate that is too high, with a confidence; None when nothing does."""
    size, trace = step_size(view), view.train or view.eval
    if trace is None:
        return None
    name = trace.series.metric
    if view.stuck:
        return _stuck(view, size, trace)
    if size.absurd and trace.end > LEFT_OVER * trace.start and after_share(view, 0.5) < STALLED:
        moves = "falls" if trace.end < trace.start else "rises"
        return (
            f"{name} {moves} from {trace.start:.4g} to {trace.end:.4g} and is flat since, with a huge step size",
            0.85,
        )
    if size.absurd and _rests_high(view, trace):
        return f"{name} rests at {trace.end:.4g} since the first third of the run, with a huge step size", 0.7
    if size.absurd and trace.end > (1.0 - PARTIAL) * float(np.min([trace.start, trace.y[0]])):
        return f"{name} only gets from {trace.start:.4g} to {trace.end:.4g}, with a huge step size", 0.7
    peak = max(float(t.y[: max(2, t.n // 2)].max()) for t in view.losses)
    if size.high and peak > LEAP * max(trace.end, float(trace.y[0])) > 0 and trace.end > LEFT_OVER * float(trace.y[0]):
        return f"{name} leaps to {peak:.4g} early on and only comes back to {trace.end:.4g}", 0.8
    if size.high and trace.gain < PARTIAL and after_share(view, EARLY) < STALLED:
        return f"{name} stops improving after {EARLY:.0%} of the run, at {trace.end:.4g} from {trace.start:.4g}", 0.75
    if size.high and _gives_back(view, trace):
        return f"{name} was at {trace.best:.4g} and creeps back up to {trace.end:.4g}", 0.75
    return _swings(view, size)


def _gives_back(view: View, trace: Trace) -> bool:
    """Training, and evaluation where there is one, lost a good part of their gain by and by and did not get it back."""
    if trace.n < MIN_CURVE or jump(trace, view) is not None or not _lost(trace, GAVE_BACK):
        return False
    return view.eval is None or view.eval.n < 8 or _lost(view.eval, SEEN)


def _lost(trace: Trace, share: float) -> bool:
    best = float(np.min(trace.smooth))
    late = trace.y[-max(3, int(STAYS * trace.n)) :]
    return bool(np.all(late > best + share * (trace.start - best))) and trace.end > best + 3.0 * trace.sigma


def _rests_high(view: View, trace: Trace) -> bool:
    """The loss has not come down by a tenth of its level since the first third, and no score shows a good one."""
    score = view.score("eval_score") or view.score("train_score")
    good = score is not None and score.end >= GOOD * (100.0 if float(score.y.max()) > 1.5 else 1.0)
    return trace.n >= 10 and not good and trace.level(0.3, 0.5) - trace.end < 0.1 * abs(trace.end)


def _stuck(view: View, size: StepSize, trace: Trace) -> tuple[str, float] | None:
    name = trace.series.metric
    peak = max(_height(t) for t in view.losses)
    surge = not size.tiny and peak > SURGE * trace.end and peak > SURGE * trace.start and trace.end > 0
    if size.high:
        return (
            f"{name} learns nothing (from {trace.start:.4g} to {trace.end:.4g})",
            0.85 if surge or size.absurd else 0.7,
        )
    if surge:
        return f"{name} surges to {peak:.4g} early on and is stuck at {trace.end:.4g} since", 0.7
    e = view.eval
    sampled = "vae" in view.domains  # an evaluation that draws codes jitters whatever the rate
    jitter = 0.0 if e is None or e.n < 8 or sampled else noise(e.y[e.n // 4 :]) / max(abs(e.end), 1e-300)
    if e is not None and jitter > JITTER and e.end > e.start and not size.tiny:
        return f"{e.series.metric} jitters at {e.end:.4g}, above its start of {e.start:.4g}, without learning", 0.55
    return None


def _height(trace: Trace) -> float:
    """How high the loss stood in the first half; of a long log its smoothed height, which no single batch makes."""
    return float((trace.smooth if trace.n >= MIN_CURVE else trace.y)[: max(2, trace.n // 2)].max())


def _swings(view: View, size: StepSize) -> tuple[str, float] | None:
    e, batch = view.eval, view.config.batch_size
    if e is None or e.n < 6 or e.gain < 0.1 or size.tiny or (batch is not None and batch <= 2) or few_rows(view):
        return None
    if view.good_already:  # what little it improved by is noise itself
        return None
    swing = e.sigma / max(view.way, e.improvement, 1e-300)
    train = view.train
    if train is not None and train.n >= 3 * e.n and e.sigma < SAMPLED * train.sigma:
        return None  # what is left of the noise of single batches in a mean over more rows: the weights rest
    if (
        swing < (SWING.of(view.data) if size.known else SWING_ALONE)
        or find_turn(view) is not None
        or (train is not None and jump(train, view) is not None)
    ):
        return None
    if train is not None and train.end - train.best < 0.02 * train.improvement and trend_z(e.y[e.n // 2 :]) < -2:
        return None
    return (
        f"{e.series.metric} swings by {swing:.0%} of all improvement from one evaluation to the next",
        0.75 if size.high else 0.55,
    )


def few_rows(view: View) -> bool:
    """Whether so few rows are evaluated that the evaluation swings by chance: the config says so, or every accuracy is
    a multiple of one over their number."""
    rows = view.config.eval_rows
    if rows is not None:
        return rows < FEW_ROWS
    accuracy = view.score("eval_score", "accuracy")
    if accuracy is None or accuracy.n < 6:
        return False
    if accuracy.n > MOST_EVALUATIONS:
        return False
    shares = np.unique(accuracy.y / (100.0 if float(accuracy.y.max()) > 1.5 else 1.0))
    if len(shares) > FEW_ROWS:
        return False
    counts = np.arange(8, FEW_ROWS)[:, None] * shares[None, :]
    return len(shares) >= 3 and bool((np.abs(counts - np.round(counts)) < 0.01).all(axis=1).any())


def _points(view: View) -> tuple[Evidence, ...]:
    points: tuple[Evidence, ...] = ()
    for t in view.losses:
        points += t.evidence(0, int(np.argmax(t.y)), t.best_at, t.n - 1)
    return points


def _fix(view: View, size: StepSize) -> str:
    lr = view.peak_lr
    if lr is None:
        return "Restart with a tenth of the learning rate and a warm-up of 200 steps; log the learning rate."
    target = lr / 10
    if size.absurd:
        target = 1e-3 if view.config.adaptive else 0.05 * (1 - view.config.momentum) * 2
    return (
        f"Restart from scratch with learning rate {target:.2g} instead of {lr:g}, a linear warm-up over the first 200"
        " steps (or 2% of"
        " the run) and a decay to zero; the present weights are damaged, lowering the rate now will not mend them."
    )


DETECTOR = Detector(
    "lr_too_high",
    "Learning rate too high",
    "critical",
    (("train_loss", "eval_loss"),),
    detect,
    least_steps=TO_LEARN,
    thresholds=(SWING,),
)
