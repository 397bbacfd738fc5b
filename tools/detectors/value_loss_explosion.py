"""Value loss explosion: the critic's error grows by orders of magnitude while the agent does not get better.

## What it looks for
A value loss whose level at the end is a hundred times that of its first quarter, while the reward does not rise. A
value loss that grows because rewards grow (it has the unit of a squared return) is healthy.

## Why it matters
Advantages and targets come from the critic. When it is off by orders of magnitude the policy learns from noise; in
Q-learning the error feeds itself through the bootstrapped targets.

## When it is wrong
Sparse rewards that are met for the first time make the critic's error jump, and it comes down again.

## How to confirm
Log the explained variance of the value function: near 1 is good, 0 or below is worse than a constant. Compare the mean
predicted value with the returns really obtained: far above means overestimation.

## What to change
- Target network updated slowly: SB3 `tau=0.005` or `target_update_interval=10_000`; two critics and the smaller of
  them (TD3, SAC).
- Normalise returns or rewards (`VecNormalize(norm_reward=True)`), Huber loss, value clipping 0.2, gradient clip 0.5.
- A learning rate for the critic divided by 3 to 10; `gamma=0.99` instead of 0.999.
- SB3 `PPO(vf_coef=0.5, max_grad_norm=0.5)`, `SAC(tau=0.005)`; RLlib `vf_clip_param=10.0`; TRL `PPOConfig(vf_coef=0.1,
  cliprange_value=0.2)`.

## Source
van Hasselt et al. 2018, "Deep reinforcement learning and the deadly triad"; Fujimoto et al. 2018 (TD3).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, View, finding, trace_of, view_of, where
from tools.records import Finding, NotChecked, RunData
from tools.stats import trend_z

MIN_CURVE = 12
TIMES = Threshold(
    "value_loss_explosion", "times", 100.0, 2, 1e+09, "times",
    "the loss of the critic ends at so many times its early level",
    "values may grow tenfold while an agent learns, their squares hundredfold",
)  # fmt: skip
RISES_Z = 2.0


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A critic that runs away."""
    value, reward = trace_of(data.main("value_loss"), MIN_CURVE), trace_of(data.main("reward"), 6)
    if value is None or reward is None:
        missing = "value_loss" if value is None else "reward"
        yield NotChecked("value_loss_explosion", (missing,), f"fewer than {MIN_CURVE} values of the {missing}")
        return
    early = float(np.median(value.y[: max(3, value.n // 4)]))
    if early <= 0 or value.end < TIMES.of(data) * early or trend_z(reward.y) > RISES_Z:
        return
    low = np.flatnonzero(value.smooth <= 0.1 * TIMES.of(data) * early)
    onset = min(int(low[-1]) + 1, value.n - 1) if len(low) else 0
    yield _finding(view_of(data), value, reward, onset)


def _finding(view: View, value: Trace, reward: Trace, onset: int) -> Finding:
    early = float(np.median(value.y[: max(3, value.n // 4)]))
    x = float(value.x[onset])
    summary = (
        f"{value.series.metric} grows from {early:.3g} to {value.end:.3g}, {value.end / early:.0f} times, from"
        f" {where(value.series, x)} on while {reward.series.metric} does not rise ({reward.start:.4g} to"
        f" {reward.end:.4g}): the critic runs away."
    )
    lr = view.peak_lr
    rate = f"learning rate {lr / 3:.2g} instead of {lr:g}" if lr else "a third of the learning rate"
    fix = (
        f"Slow the critic down: {rate}, target updates with tau=0.005, two critics, Huber loss, normalised rewards"
        " and a"
        " gradient clip of 0.5."
    )
    points = value.evidence(0, onset, value.n - 1) + reward.evidence(0, reward.n - 1)
    return finding("value_loss_explosion", "warning", 0.75, value.series, summary, points, fix, x)


DETECTOR = Detector(
    "value_loss_explosion", "The critic's error explodes", "warning", (("value_loss",), ("reward",)), detect,
    domain="rl", thresholds=(TIMES,)
)  # fmt: skip
