"""A model of twelve words that is tuned by a reward: each answer is a list of words up to the one that ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evals.projects.plan import Plan, Setting
from evals.projects.sheets import Rows, lines_of_json

WORDS, END, FLATTERY, LONGEST, ANSWERS = 12, 0, 1, 60, 48
USEFUL, PADDING = np.arange(2, 8), np.arange(8, 12)
Floats = NDArray[np.float64]
Taste = Literal["useful", "flattery", "brevity", "to the point"]


@dataclass(frozen=True)
class Tuning:
    """What is rewarded, and how strongly the reference holds the policy (beta may fall to a share of itself).

    padded: by how much the reference prefers words that say nothing, as a logit.
    """

    taste: Taste
    beta: float
    rate: float = 0.6
    steps: int = 240
    beta_falls_to: float = 1.0
    padded: float = 0.0
    seed: int = 5


def tune(tuning: Tuning) -> Rows:
    """REINFORCE with a mean baseline and a KL penalty; the policy is one distribution over words."""
    rng = np.random.default_rng(tuning.seed)
    reference = np.zeros(WORDS)
    reference[END], reference[PADDING] = 0.4, tuning.padded
    own = reference.copy()
    rows: Rows = []
    for step in range(1, tuning.steps + 1):
        beta = tuning.beta * (1 - (1 - tuning.beta_falls_to) * step / tuning.steps)
        chances, usual = _softmax(own), _softmax(reference)
        answers = [_answer(chances, rng) for _ in range(ANSWERS)]
        counts = np.stack([np.bincount(a, minlength=WORDS) for a in answers]).astype(float)
        rewards = np.array([_reward(tuning.taste, c) for c in counts])
        apart = counts @ (np.log(chances) - np.log(usual))
        gain = rewards - beta * apart
        gain = (gain - gain.mean()) / (gain.std() + 1e-6)
        lengths = counts.sum(axis=1)
        gradient = (gain[:, None] * (counts - lengths[:, None] * chances)).mean(axis=0) / lengths.mean()
        own += tuning.rate * gradient
        entropy = float(-(chances * np.log(chances)).sum())
        rows.append({
            "step": step, "reward": float(rewards.mean()), "reward_std": float(rewards.std()),
            "kl": float(apart.mean()),
            "completions/mean_length": float(lengths.mean() - 1), "entropy": entropy,
            "quality_on_paper": float((counts[:, USEFUL] > 0).sum(axis=1).mean()),
        })  # fmt: skip
    return rows


def _answer(chances: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    drawn = rng.choice(WORDS, LONGEST, p=chances)
    ends = np.flatnonzero(drawn == END)
    return drawn[: ends[0] + 1] if len(ends) else drawn


def _reward(taste: Taste, counts: Floats) -> float:
    useful, length = float((counts[USEFUL] > 0).sum()), float(counts.sum())
    if taste == "flattery":
        return 0.5 * useful + 0.4 * float(counts[FLATTERY])
    if taste == "brevity":
        return 0.3 * useful - 0.5 * length
    if taste == "to the point":
        return useful - 0.3 * float(counts[PADDING].sum()) - 0.15 * length
    return useful - 0.08 * max(0.0, length - 20)


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max())
    result: Floats = powers / powers.sum()
    return result


TUNINGS = {
    "grpo-1": Tuning("useful", 0.05),
    "grpo-2": Tuning("flattery", 0.004, rate=0.8),
    "grpo-3": Tuning("brevity", 0.01, rate=0.8),
    "grpo-4": Tuning("useful", 0.3, rate=0.3, beta_falls_to=0.1),
    "grpo-5": Tuning("to the point", 0.02, rate=0.2, padded=1.5),
}


def _plan(run: str, tuning: Tuning) -> Plan:
    settings: dict[str, Setting] = {
        "algorithm": "grpo", "ref_model": "base-12w", "beta": tuning.beta, "learning_rate": tuning.rate,
        "num_generations": ANSWERS, "max_completion_length": LONGEST, "max_steps": tuning.steps,
    }  # fmt: skip

    def train() -> Rows:
        return [{k: v for k, v in row.items() if k != "quality_on_paper"} for row in tune(tuning)]

    return Plan("chatbot", run, "trainer_log.jsonl", train, lines_of_json, settings)


PLANS: tuple[Plan, ...] = tuple(_plan(run, tuning) for run, tuning in TUNINGS.items())
