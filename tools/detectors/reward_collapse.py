"""Reward collapse: the agent had learned the task and has lost it again.

## What it looks for
A reward that rose clear of its start and its noise, then fell back by more than 60% of that rise and stayed there for
the last seventh of the run. Where the policy's entropy collapsed as well, that is the cause and this is only a remark.

## Why it matters
The policy at the end is worse than one that was thrown away hours ago. In on-policy methods a bad policy gathers bad
data, so that it rarely comes back by itself.

## When it is wrong
A curriculum that gets harder, another opponent in self-play, or an evaluation in other levels lowers the reward
without any loss of skill. Exploration bonuses that run out lower a reward in which they are counted.

## How to confirm
Play ten episodes with the checkpoint of the best reward and ten with the last one, under the same seeds and without
exploration noise.

## What to change
- Keep the best checkpoint: stable-baselines3 `EvalCallback(env, best_model_save_path="best", eval_freq=10_000)`.
- Smaller policy updates: `PPO(..., learning_rate=1e-4, clip_range=0.1, target_kl=0.02, n_epochs=5)`; TRL
  `PPOConfig(learning_rate=1e-6, cliprange=0.1)`.
- Decay the learning rate to zero: SB3 `learning_rate=lambda left: 3e-4 * left`; normalise rewards (`VecNormalize`).
- Off-policy: larger replay buffer, `tau=0.005` target updates, two critics.

## Source
Schulman et al. 2017 (PPO); Henderson et al. 2018, "Deep reinforcement learning that matters"; Huang et al. 2022, "The
37 implementation details of PPO".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors import entropy_collapse
from tools.detectors._base import Detector, Threshold
from tools.detectors._tasks import read_of_task
from tools.detectors._view import Trace, View, finding, trace_of, view_of, where
from tools.records import Finding, NotChecked, RunData, Severity
from tools.stats import noise

MIN_CURVE = 20
LOST = Threshold(
    "reward_collapse", "lost", 0.6, 0.05, 1, "share",
    "at least this share of the rise is gone at the end",
    "noise gives back less than half of a rise",
)  # fmt: skip
"""Share of the rise that is gone at the end."""
LASTING = 7
"""For a seventh of the run or more."""
CLEAR = 4.0
"""Rise and fall stand this many sigmas (point to point) above the noise of a mean over the window."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A reward that rose and fell back for good."""
    view = view_of(data)
    reward = trace_of(data.main("reward"), MIN_CURVE)
    if reward is None:
        yield NotChecked("reward_collapse", ("reward",), f"fewer than {MIN_CURVE} values of the reward")
        return
    best_at = int(np.argmax(reward.smooth))
    best, tail = float(reward.smooth[best_at]), max(4, reward.n // LASTING)
    low = float(np.median(reward.y[-tail:]))
    rise, fall = best - reward.start, best - low
    blur = CLEAR * noise(reward.y) / np.sqrt(max(1, reward.window))
    if min(rise, fall) < max(blur, noise(reward.y)) or fall < LOST.of(data) * rise or best_at >= reward.n - tail:
        return
    if float(np.mean(reward.y[-tail:] > best - 0.5 * fall)) > 0.1:
        return
    yield _finding(view, reward, best_at, low)


def _finding(view: View, reward: Trace, best_at: int, low: float) -> Finding:
    best = float(reward.smooth[best_at])
    high = np.flatnonzero(reward.smooth >= best - 0.25 * (best - low))
    onset = min(int(high[-1]) + 1, reward.n - 1)
    explained = any(isinstance(f, Finding) for f in entropy_collapse.detect(view.data))
    severity: Severity = "info" if explained else "warning"
    summary = (
        f"{reward.series.metric} rises from {reward.start:.4g} to {best:.4g} at"
        f" {where(reward.series, float(reward.x[best_at]))}, falls from {where(reward.series, float(reward.x[onset]))}"
        f" on and ends at {low:.4g}: what was learned is lost."
    )
    lr = view.peak_lr
    rate = f" and learning rate {lr / 3:.2g} instead of {lr:g}" if lr else " and a third of the learning rate"
    fix = (
        f"Go back to the checkpoint of {where(reward.series, float(reward.x[best_at]))} and go on with smaller updates"
        f" (PPO clip_range=0.1, target_kl=0.02){rate}, decayed to 0; keep the best model by evaluation."
    )
    points = reward.evidence(0, int(np.argmax(reward.y)), onset, reward.n - 1)
    return finding("reward_collapse", severity, 0.75, reward.series, summary, points, fix, float(reward.x[onset]))


DETECTOR = Detector(
    "reward_collapse", "The agent loses what it had learned", "warning", (("reward",),), detect, essential=True,
    domain="rl", thresholds=(LOST,), reads=read_of_task
)  # fmt: skip
