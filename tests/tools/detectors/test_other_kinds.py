"""Healthy runs of kinds that no fixture trains: logs written by hand as they look, and no fault found in them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.tools.detectors.toy_training import series_run
from tools.diagnosis import diagnose
from tools.records import Floats, RunData, Scalar

N = 300
X = np.arange(N) / N


def noise(size: float, seed: int = 0) -> Floats:
    """Gaussian noise."""
    return size * np.random.default_rng(seed).normal(size=N)


def lora() -> RunData:
    """Fine-tuning of a language model: a loss that starts low and has little left to learn."""
    settings: dict[str, Scalar] = {"model_name_or_path": "llama", "lora_r": 16, "learning_rate": 2e-5}
    return series_run({"loss": 1.25 - 0.04 * X + noise(0.15), "learning_rate": 2e-5 * (1 - X)}, settings)


def diffusion() -> RunData:
    """A denoising loss: at its level at once, noisy with the drawn time step."""
    loss = 0.03 * np.exp(noise(0.3)) + 0.9 * np.exp(-X * 15)
    return series_run({"loss": loss}, {"num_train_timesteps": 1000, "lr": 2e-4, "optimizer": "adam"})


def preferences() -> RunData:
    """DPO: from ln 2 downwards, with margins that grow."""
    curves = {"loss": 0.693 - 0.15 * (1 - np.exp(-4 * X)) + noise(0.05), "rewards/chosen": 0.5 * X + noise(0.1, 1)}
    return series_run({**curves, "rewards/rejected": noise(0.1, 2) - 0.8 * X}, {"beta": 0.1})


def reasoning() -> RunData:
    """GRPO: a loss around zero, a reward that rises, a KL that grows a little, longer answers."""
    curves = {"loss": noise(0.001), "reward": 0.3 + 0.4 * (1 - np.exp(-3 * X)) + noise(0.05), "kl": 0.001 + 0.05 * X}
    return series_run({**curves, "completion_length": 200 + 150 * X + noise(20, 3), "entropy": 0.8 - 0.3 * X})


def ppo() -> RunData:
    """An agent that learns, with the noise of its episodes."""
    reward = 20 + 180 * (1 - np.exp(-5 * X)) + noise(15)
    curves = {
        "ep_rew_mean": reward,
        "approx_kl": 0.01 * np.exp(noise(0.5, 1)),
        "value_loss": 50 * np.exp(noise(0.6, 2)),
    }
    return series_run({**curves, "policy_gradient_loss": noise(0.005, 3) - 0.01, "fps": 900 + noise(20, 4)})


def wasserstein() -> RunData:
    """A critic whose losses are no probabilities."""
    return series_run({"d_loss": -10 * np.exp(-3 * X) - 2 + noise(0.5), "g_loss": 5 + 10 * X + noise(1.0, 1)})


def detection() -> RunData:
    """A detector: parts of a loss, scores that rise, a rate that decays."""
    curves = {"train/box_loss": 1.5 * np.exp(-3 * X) + 1, "train/cls_loss": 3 * np.exp(-4 * X) + 0.6}
    judged = {"val/box_loss": 1.4 * np.exp(-3 * X) + 1.1, "metrics/mAP50": 0.6 * (1 - np.exp(-4 * X))}
    return series_run({**curves, **judged, "lr/pg0": 0.01 * (1 - 0.99 * X)})


def distilled() -> RunData:
    """A student that comes to agree with its teacher."""
    curves = {"loss": 3 * np.exp(-6 * X) + 0.5 + noise(0.05), "kl_loss": 1.5 * np.exp(-6 * X) + 0.05}
    return series_run({**curves, "ce_loss": 3 * np.exp(-6 * X) + 0.6}, {"teacher": "resnet50", "temperature": 4})


def mixture() -> RunData:
    """A mixture of experts that share the work unevenly, as they do."""
    loads = {
        f"moe/expert_{k}_load": np.full(N, v) for k, v in enumerate((0.2, 0.15, 0.14, 0.13, 0.12, 0.1, 0.09, 0.07))
    }
    return series_run(
        {"loss": 5 * np.exp(-5 * X) + 2.5 + noise(0.03), "moe_aux_loss": 0.01 + 0.02 * np.exp(-5 * X), **loads}
    )


def cyclic() -> RunData:
    """A rate that swings, and a loss that swings with it."""
    wave = np.abs(np.sin(6 * np.pi * X))
    return series_run({"loss": 2.3 * np.exp(-4 * X) + 0.3 + 0.08 * wave + noise(0.02), "lr": 0.001 + 0.009 * wave})


def machine() -> RunData:
    """Caches that fill, an evaluation now and then inside a step."""
    memory = 6000 + np.cumsum(np.random.default_rng(1).random(N) < 0.02) * 50 - 4000 * np.exp(-X * 300)
    slow = 0.2 + noise(0.01) + (np.arange(N) % 100 == 0)
    return series_run({"loss": 2 * np.exp(-5 * X) + 0.3 + noise(0.03), "gpu_mem_mb": memory, "step_time": slow})


@pytest.mark.parametrize(
    "made",
    [lora, diffusion, preferences, reasoning, ppo, wasserstein, detection, distilled, mixture, cyclic, machine],
)
def test_a_healthy_run_of_another_kind_stays_silent(made: Callable[[], RunData]) -> None:
    assert [f.summary for f in diagnose(made()).findings if f.severity != "info"] == []
