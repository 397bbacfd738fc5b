"""Policy KL explosion: single updates move the policy so far that the data behind them no longer fits it.

## What it looks for
The divergence between the policies before and after an update (approx_kl, or the KL to a reference model): ten times
its level in the first half of the run or more, above half a nat, at three readings in a row. It is a fault where the
reward fell with it, else a remark.

## Why it matters
PPO, TRPO and their kin assume that the new policy is near the one that gathered the data. Ratios of probabilities far
from 1 make the gradient estimate worthless, and one such update can undo thousands.

## When it is wrong
A KL that is summed over the tokens of an answer is large by its unit and grows with the length of the answers.
Behaviour cloning followed by RL starts with a jump.

## How to confirm
Log `clip_fraction` and the ratio's extremes beside it: above 0.3 of clipped samples the update is too large.

## What to change
- Stop an update early: SB3 `PPO(target_kl=0.02)`, CleanRL `--target-kl 0.02`, RLlib `kl_target=0.01`.
- `n_epochs=4`, larger batches, learning rate divided by 3; TRL `PPOConfig(kl_coef=0.1)` or `GRPOConfig(beta=0.04)`.
- Normalise advantages, clip the gradient norm at 0.5.

## Source
Schulman et al. 2015 (TRPO) and 2017 (PPO, adaptive KL penalty); Andrychowicz et al. 2021, "What matters in on-policy
reinforcement learning".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, View, finding, trace_of, view_of, where
from tools.records import Finding, NotChecked, RunData, Severity
from tools.stats import events

MIN_CURVE = 12
TIMES = Threshold(
    "policy_kl_explosion", "times", 10.0, 1.5, 1e+06, "times",
    "the KL of an update reaches so many times its usual size",
    "an order of magnitude",
)  # fmt: skip
NATS = 0.5
ROW = 3
"""Readings in a row: a single one is luck."""
FALLEN = 0.25
"""The reward afterwards is lower by a quarter of its range."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Updates that go far beyond the usual."""
    view = view_of(data)
    kl = trace_of(data.main("kl"), MIN_CURVE)
    if kl is None:
        yield NotChecked("policy_kl_explosion", ("kl",), "log the KL between old and new policy of each update")
        return
    usual = float(np.median(np.abs(kl.y[: kl.n // 2])))
    high = np.abs(kl.y) > max(TIMES.of(data) * usual, NATS)
    first = next((a for a, b in events(high, 1) if b - a + 1 >= ROW), None)
    if first is not None:
        yield _finding(view, kl, first, usual)


def _finding(view: View, kl: Trace, first: int, usual: float) -> Finding:
    reward, x = trace_of(view.data.main("reward"), 6), float(kl.x[first])
    fell = reward is not None and reward.series.axis == kl.series.axis and _fell(reward, x)
    severity: Severity = "warning" if fell else "info"
    top = first + int(np.argmax(np.abs(kl.y[first:])))
    after = f" and {reward.series.metric} falls with it to {reward.end:.4g}" if fell and reward is not None else ""
    summary = (
        f"{kl.series.metric} leaves its level of {usual:.3g} at {where(kl.series, x)} and reaches"
        f" {kl.y[top]:.3g}{after}:"
        " single updates move the policy too far."
    )
    lr = view.peak_lr
    rate = f"learning rate {lr / 3:.2g} instead of {lr:g}" if lr else "a third of the learning rate"
    fix = (
        f"Stop updates early (target_kl=0.02), use fewer epochs per batch (n_epochs=4), {rate} and a gradient clip of"
        f" 0.5; restart from a checkpoint before {where(kl.series, x)}."
    )
    points = kl.evidence(max(0, first - 1), first, top)
    points += reward.evidence(reward.index(x), reward.n - 1) if reward is not None and fell else ()
    return finding("policy_kl_explosion", severity, 0.7, kl.series, summary, points, fix, x)


def _fell(reward: Trace, x: float) -> bool:
    at = reward.index(x)
    if at < 3 or at >= reward.n - 2:
        return False
    before, after = float(np.median(reward.y[max(0, at - 10) : at])), float(np.median(reward.y[at + 1 :]))
    return before - after > max(FALLEN * float(np.ptp(reward.smooth)), 2.0 * reward.sigma)


DETECTOR = Detector(
    "policy_kl_explosion", "Policy updates go too far", "warning", (("kl",),), detect, domain="rl", thresholds=(TIMES,)
)
