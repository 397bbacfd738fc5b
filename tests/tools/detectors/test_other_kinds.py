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


def adapter_of_diffusion() -> RunData:
    """Fine-tuning of a denoiser: how noisy a batch was is all that its loss shows."""
    return series_run({"step_loss": 0.08 * np.exp(noise(0.8, 7)), "lr": np.full(N, 1e-5)}, {})


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


def restarts() -> RunData:
    """A cosine that starts anew, and a loss that follows it closely."""
    rate = 0.5 * (1 + np.cos(np.pi * (np.arange(N) % 75) / 75))
    return series_run({"loss": 2 * np.exp(-4 * X) + 0.3 + 0.35 * rate * np.exp(-X) + noise(0.03), "lr": 0.1 * rate})


def thousands() -> RunData:
    """A classifier whose loss is logged times 1,000, with the accuracy beside it from guessing on."""
    loss = 1000 * (2.3 * np.exp(-5 * X) + 0.3) + noise(40)
    return series_run({"train_loss": loss, "train_acc": 0.1 + 0.8 * (1 - np.exp(-5 * X)) + noise(0.02, 1)})


def rate_search() -> RunData:
    """A range test: the rate is raised until the loss leaves."""
    rate = np.logspace(-6, 0, N)
    loss = 2.3 - 1.2 / (1 + np.exp(-3 * (np.log10(rate) + 3))) + 0.05 * 1.12 ** np.maximum(0, np.arange(N) - 250)
    return series_run({"loss": loss + noise(0.01), "lr": rate})


def warmed_up_code() -> RunData:
    """A VAE whose KL weight is raised: the sum rises in the middle while both parts do as they should."""
    weight = np.minimum(1.0, 2 * X)
    learned = 1 - np.exp(-8 * X)
    curves = {"loss": 180 - 80 * learned + 20 * weight + noise(2), "recon_loss": 180 - 95 * learned + noise(2, 1)}
    return series_run({**curves, "kl": 22 * weight * (1 - np.exp(-6 * X)) + noise(0.3, 2), "beta": weight})


def boosted() -> RunData:
    """Trees past their best round by less than it matters."""
    late = 0.004 * np.maximum(0.0, X - 0.8)
    curves = {"training-logloss": 0.69 * np.exp(-6 * X) + 0.05}
    curves["validation-logloss"] = 0.5 * np.exp(-7 * X) + 0.2 + late + noise(0.0008)
    return series_run(curves, {"objective": "binary:logistic", "eta": 0.1})


def half_precision() -> RunData:
    """The scale of the loss finds its place in the first steps, which are skipped."""
    scale = np.full(N, 8192.0)
    scale[:3] = 65536, 32768, 16384
    norm = 1.2 * np.exp(-X) * np.exp(noise(0.15, 3))
    norm[:3] = np.inf
    curves = {"loss": 3 * np.exp(-5 * X) + 0.8 + noise(0.05), "loss_scale": scale, "grad_norm": norm}
    return series_run(curves, {"fp16": True})


@pytest.mark.parametrize(
    "made",
    [
        *(restarts, thousands, rate_search, warmed_up_code, boosted, half_precision),
        lora,
        diffusion,
        adapter_of_diffusion,
        preferences,
        reasoning,
        ppo,
        wasserstein,
        detection,
        distilled,
        mixture,
        cyclic,
        machine,
    ],
)
def test_a_healthy_run_of_another_kind_stays_silent(made: Callable[[], RunData]) -> None:
    assert [f.summary for f in diagnose(made()).findings if f.severity != "info"] == []


def test_whether_a_denoiser_learns_is_not_checked_where_only_its_batches_were_logged() -> None:
    gap = next(gap for gap in diagnose(adapter_of_diffusion()).not_checked if gap.id == "not_learning")
    assert "fixed noise" in gap.reason


@pytest.mark.parametrize("seed", range(6))
def test_the_tail_of_a_noisy_loss_is_no_surge(seed: int) -> None:
    loss = 0.08 * np.exp(0.9 * np.random.default_rng(seed).normal(size=800))
    found = diagnose(series_run({"train_loss": loss, "lr": np.full(800, 1e-4)}, {})).findings
    assert "lr_too_high" not in {one.id for one in found}


def test_an_error_rate_is_not_held_against_a_loss() -> None:
    loss, wer = 0.4 + 2.6 * np.exp(-8 * X) + noise(0.02), 14.0 + 60 * np.exp(-8 * X) + noise(0.2, 1)
    report = diagnose(series_run({"loss": loss, "wer": wer}, {}))
    assert "generalization_gap" not in {one.id for one in report.findings}
    assert "generalization_gap" in {one.id for one in report.not_checked}
