"""Entropy collapse: the policy has become deterministic before it was good.

## What it looks for
A policy entropy that falls below 5% of its start, while the reward ends far below its best, far below what the task
is known to allow (the reward at which it counts as solved, or what another run of the project got in the same task), or
never left its start. A policy that becomes sure of itself while the reward is high has simply finished.

## Why it matters
Without randomness there is no exploration, and no gradient that could bring it back: the agent repeats one action for
ever.

## When it is wrong
In tasks that are solved by a deterministic policy the entropy goes to zero too; then the reward is high, and nothing
is reported. Differential entropies of continuous actions may be negative; they are judged by the reward alone and
skipped here.

## How to confirm
Histogram of the actions over the last hundred episodes: one bar.

## What to change
- Entropy bonus: `ent_coef=0.01` (PPO/A2C; 0.001 to 0.05), annealed late, or a target entropy as in SAC.
- Lower the learning rate by 3 to 10, clip the gradient norm at 0.5, fewer epochs per batch, `target_kl=0.02`.
- SB3 `PPO(ent_coef=0.01, target_kl=0.02)`, RLlib `entropy_coeff=0.01`, CleanRL `--ent-coef 0.01`; TRL
  `GRPOConfig(temperature=1.0, epsilon_high=0.28)`.

## Source
Williams & Peng 1991; Mnih et al. 2016 (A3C), 4; Andrychowicz et al. 2021, "What matters in on-policy RL".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._tasks import Known, known_reward, read_of_task
from tools.detectors._view import Trace, View, finding, trace_of, view_of, where
from tools.records import Finding, Floats, NotChecked, RunData
from tools.stats import rolling_median, trend_z

GONE = Threshold(
    "entropy_collapse", "left", 0.05, 0.001, 0.9, "share",
    "the entropy ends at this share of its start or less",
    "a twentieth is next to deterministic",
)  # fmt: skip
"""Share of its start to which the entropy falls."""
LOST = 0.25
"""With a quarter of its entropy left a policy hardly explores: from there on the collapse is under way."""
POOR = 0.5
"""The reward ends in the lower half of the range between its start and its best, or what the task allows."""
EARLY, NOTHING, TREND_Z = 0.15, 0.01, 2.6
"""Less than 1% of the entropy left within the first 15% of the run: what came before cannot have tried much."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Entropy gone, reward poor."""
    view = view_of(data)
    entropy = trace_of(data.main("entropy"), 6)
    if entropy is None:
        yield NotChecked("entropy_collapse", ("entropy",), "fewer than 6 values of the policy entropy")
        return
    size = np.abs(entropy.y)
    start = float(size[: max(1, entropy.n // 20)].max())
    end = float(np.median(size[-max(3, entropy.n // 10) :]))
    if start <= 0 or end > GONE.of(data) * start or bool(np.any(np.sign(entropy.y) * np.sign(entropy.y[0]) < 0)):
        return
    reward = trace_of(data.main("reward"), 6)
    known = None if reward is None else known_reward(data, reward)
    if reward is not None and not _poor(reward, known) and not _early(size, float(size[0]), reward):
        return
    high = np.flatnonzero(size > LOST * start)
    onset = min(int(high[-1]) + 1, entropy.n - 1)
    result = _result(reward, known)
    summary = (
        f"{entropy.series.metric} falls from {start:.3g} to {end:.3g}, below {LOST:.0%} of its start from"
        f" {where(entropy.series, float(entropy.x[onset]))} on,{result}: the policy stopped exploring before it was"
        " good."
    )
    points = entropy.evidence(0, onset, -1) + (() if reward is None else reward.evidence(int(np.argmax(reward.y)), -1))
    fix = _fix(view)
    yield finding(
        "entropy_collapse",
        "critical",
        0.9 if reward else 0.65,
        entropy.series,
        summary,
        points,
        fix,
        float(entropy.x[onset]),
    )


def _result(reward: Trace | None, known: Known | None) -> str:
    if reward is None:
        return ""
    best = float(reward.smooth.max())
    more = f"; {known.why}" if known is not None and known.reward > best else ""
    return f" while {reward.series.metric} is {reward.end:.4g} (best {best:.4g}{more})"


def _poor(reward: Trace, known: Known | None) -> bool:
    best = max(float(reward.smooth.max()), -np.inf if known is None else known.reward)
    return reward.end < reward.start + POOR * max(best - reward.start, 0.0) or best <= reward.start


def _early(size: Floats, first: float, reward: Trace) -> bool:
    """Whether all exploration ended at once and the reward did not get better since."""
    gone = float(np.mean(rolling_median(size, 3) > NOTHING * first))
    return gone <= EARLY and trend_z(reward.y[int(gone * reward.n) + 1 :]) < TREND_Z


def _fix(view: View) -> str:
    bonus = view.config.number(
        "ent_coef", "entropy_coef", "entropy_coeff", "entropy_beta", "ent_coeff", "entropy_weight"
    )
    lr = view.peak_lr
    now = "" if bonus is None else f" (now {bonus:g})"
    rate = f"lower the learning rate from {lr:g} to {lr / 10:.2g}" if lr else "lower the learning rate by 3 to 10"
    return (
        f"Add an entropy bonus of 0.01{now}, {rate}, clip the gradient norm at 0.5, and restart from a checkpoint with"
        " entropy left."
    )


DETECTOR = Detector(
    "entropy_collapse",
    "Policy entropy collapses",
    "critical",
    (("entropy",), ("reward", "policy_loss", "episode_length")),
    detect,
    domain="rl",
    thresholds=(GONE,),
    reads=read_of_task,
)
