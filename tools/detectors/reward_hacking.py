"""Reward hacking: the reward model is pleased more and more, by answers that have left the language they came from.

## What it looks for
Fine-tuning from preferences or rewards in which the reward rises while the KL to the reference model grows to five
times its early level or more, together with a sign that the answers themselves went wrong: their length falls to a
fifth or grows threefold, or the policy's entropy falls below a third. Without such a sign it is a remark.

## Why it matters
A reward model is a proxy that was fitted near the reference model. Far from it the policy finds inputs that the proxy
overrates (flattery, repeated phrases, format tricks): the number rises while people like the answers less.

## When it is wrong
Verifiable rewards (unit tests, exact answers) cannot be overrated in the same way, and long answers may be what is
wanted. A schedule that lowers the KL penalty lets the KL grow on purpose.

## How to confirm
Read twenty answers of the last checkpoint beside those of the reference model. Score both with another reward model:
if only the training one prefers the new answers, it is being gamed.

## What to change
- A stronger tether: TRL `GRPOConfig(beta=0.04)`, `PPOConfig(kl_coef=0.1)` or `DPOConfig(beta=0.3)`; learning rate over
  3.
- Stop at the KL where the second reward model turned; an ensemble of reward models; a length penalty.

## Source
Gao, Schulman, Hilton 2023, "Scaling laws for reward model overoptimization"; Stiennon et al. 2020; Skalse et al. 2022.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._preference import answer_length
from tools.detectors._view import Trace, finding, trace_of, view_of, where
from tools.records import Evidence, Finding, NotChecked, RunData, Severity
from tools.stats import trend_z

MIN_CURVE = 10
TIMES = Threshold(
    "reward_hacking", "times", 5.0, 1.2, 1e+06, "times",
    "the KL to the reference ends at so many times its early level",
    "Gao et al. 2022: the gap opens with the KL",
)  # fmt: skip
RISES_Z = 3.0
SHORT, LONG = 0.2, 3.0
ENTROPY_LEFT = 0.33


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Reward up, reference left behind."""
    reward, kl = trace_of(data.main("reward"), MIN_CURVE), trace_of(data.main("kl"), MIN_CURVE)
    if reward is None or kl is None:
        missing = "reward" if reward is None else "kl"
        yield NotChecked("reward_hacking", (missing,), "needs the reward and the KL to the reference model")
        return
    early = float(np.median(np.abs(kl.y[: max(3, kl.n // 4)])))
    if trend_z(reward.y) < RISES_Z or trend_z(kl.y) < RISES_Z or kl.end < TIMES.of(data) * early or early <= 0:
        return
    yield _finding(data, reward, kl, early)


def _finding(data: RunData, reward: Trace, kl: Trace, early: float) -> Finding:
    signs, shown = _signs(data)
    low = np.flatnonzero(kl.smooth <= 0.5 * TIMES.of(data) * early)
    onset = min(int(low[-1]) + 1, kl.n - 1) if len(low) else 0
    x = float(kl.x[onset])
    severity: Severity = "warning" if signs else "info"
    summary = (
        f"{reward.series.metric} rises from {reward.start:.4g} to {reward.end:.4g} while {kl.series.metric} grows from"
        f" {early:.3g} to {kl.end:.3g}"
        + (f", and {signs}: the reward model is being gamed." if signs else ": read the answers before trusting it.")
    )
    beta = view_of(data).config.number("beta", "kl_coef", "init_kl_coef", "kl_penalty_coef")
    now = f" from {beta:g} to {3 * beta:g}" if beta else " threefold"
    fix = (
        f"Raise the KL penalty{now}, divide the learning rate by 3, go back to the checkpoint of"
        f" {where(kl.series, x)}, and select checkpoints by a second reward model or by reading."
    )
    points = reward.evidence(0, reward.n - 1) + kl.evidence(0, onset, kl.n - 1) + shown
    return finding("reward_hacking", severity, 0.65, kl.series, summary, points, fix, x)


def _signs(data: RunData) -> tuple[str, tuple[Evidence, ...]]:
    """What went wrong with the answers, in words; "" when nothing is seen."""
    length, entropy = answer_length(data), trace_of(data.main("entropy"), MIN_CURVE)
    if length is not None and length.start > 0 and not SHORT < length.end / length.start < LONG:
        return f"{length.series.metric} goes from {length.start:.4g} to {length.end:.4g}", length.evidence(0, -1)
    if entropy is not None and 0 < entropy.end < ENTROPY_LEFT * entropy.start:
        return f"{entropy.series.metric} falls from {entropy.start:.3g} to {entropy.end:.3g}", entropy.evidence(0, -1)
    return "", ()


DETECTOR = Detector(
    "reward_hacking",
    "The reward model is gamed",
    "warning",
    (("reward",), ("kl",)),
    detect,
    domain="preference",
    thresholds=(TIMES,),
)
