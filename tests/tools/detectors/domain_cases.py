"""Cases of the kinds of training that have faults of their own: policies, preferences, experts, boosting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.tools.detectors.toy_training import series_run
from tools.records import RunData


def returns(lost: bool) -> RunData:
    """The reward of an agent that forgets, and of one that is only unlucky for a while."""
    rng = np.random.default_rng(5)
    x = np.arange(120.0)
    reward = 20 + 180 * (1 - np.exp(-x / 15)) + 15 * rng.normal(size=120)
    reward[80:] -= 150 if lost else 0
    reward[60:66] -= 90
    return series_run({"ep_rew_mean": reward, "ep_len_mean": reward + 5})


def updates(too_far: bool) -> RunData:
    """The KL of each policy update, with some that go far, and a single one that does."""
    rng = np.random.default_rng(6)
    kl = 0.01 * np.exp(0.4 * rng.normal(size=100))
    kl[60 : 70 if too_far else 61] = 1.5
    reward = np.linspace(0, 100, 100) + 5 * rng.normal(size=100)
    reward[60:] -= 60 if too_far else 0
    return series_run({"approx_kl": kl, "mean_reward": reward})


def critic(useful: bool) -> RunData:
    """A value loss that grows with the rewards, and one that grows without them."""
    x = np.arange(100.0)
    reward = (1 + x * 10 if useful else 5 + 0 * x) + np.random.default_rng(7).normal(size=100)
    return series_run({"value_loss": 0.1 + 0.01 * (1 + x) ** 2 + np.exp(x / 10), "episode_return": reward})


def preferred(shorter: float) -> RunData:
    """Reward and KL of a model tuned from preferences, whose answers shrink to a share of their length."""
    x = np.arange(60.0)
    length = 300 * (1 - (1 - shorter) * np.minimum(1, x / 45))
    curves = {"reward": 1 + x / 20, "kl": 0.02 + 0.002 * x**1.6, "completion_length": length}
    return series_run(curves, {"trl": "grpo"})


def experts(top: float, of: int = 8) -> RunData:
    """The load of eight experts; one takes a share, the rest is spread evenly."""
    share = {0: top} | dict.fromkeys(range(1, of), (1 - top) / (of - 1))
    return series_run(
        {f"moe/expert_{k}_load": np.linspace(1 / of, v, 30) for k, v in share.items()} | {"loss": np.linspace(5, 3, 30)}
    )


def trees(past: int) -> RunData:
    """The held-out metric of a boosted model, some rounds past its best."""
    x = np.arange(200.0 + past)
    held_out = 0.3 + 0.4 * np.exp(-x / 40) + 2e-4 * np.maximum(x - 200, 0)
    curves = {"train-logloss": 0.1 + 0.6 * np.exp(-x / 60), "valid-logloss": held_out}
    return series_run(curves, {"num_boost_round": 1000})


def tuned(worse: float, learned: float = 0.0) -> RunData:
    """A pretrained model whose evaluations lie a share above the first one; its training loss gains another share."""
    x = np.arange(10.0)
    rng = np.random.default_rng(8)
    held_out = 1.2 * (1 + worse * (1 - np.exp(-x)) + 0.01 * rng.normal(size=10))
    fitted = 1.3 * (1 - learned * (1 - np.exp(-x))) + 0.01 * rng.normal(size=10)
    return series_run({"loss": fitted, "eval_loss": held_out}, {"base_model": "any-7b", "learning_rate": 1e-3})


DOMAIN_CASES: dict[str, tuple[Callable[[], RunData], Callable[[], RunData]]] = {
    "answer_collapse": (lambda: preferred(0.02), lambda: preferred(0.5)),
    "best_round_passed": (lambda: trees(200), lambda: trees(20)),
    "forgetting": (lambda: tuned(0.8), lambda: tuned(0.1)),
    "moe_imbalance": (lambda: experts(0.8), lambda: experts(0.2)),
    "policy_kl_explosion": (lambda: updates(too_far=True), lambda: updates(too_far=False)),
    "reward_collapse": (lambda: returns(lost=True), lambda: returns(lost=False)),
    "reward_hacking": (lambda: preferred(0.1), lambda: preferred(0.7)),
    "value_loss_explosion": (lambda: critic(useful=False), lambda: critic(useful=True)),
}
