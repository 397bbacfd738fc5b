"""For each detector one run on which it must fire and one, near it, on which it must stay quiet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tests.tools.detectors.curve_cases import CURVE_CASES
from tests.tools.detectors.domain_cases import DOMAIN_CASES
from tests.tools.detectors.machine_cases import MACHINE_CASES
from tests.tools.detectors.remark_cases import REMARK_CASES
from tests.tools.detectors.toy_training import Recipe, series_run, train
from tools.records import Crash, CrashKind, LogLine, RunData, Status

Curve = NDArray[np.float64]
PLAIN = Recipe(epochs=15)
SGD = replace(PLAIN, adam=False, lr=0.02)
SMALL_DATA = Recipe(rows=100, eval_rows=200, overlap=4.0, hidden=(96, 96), epochs=60, batch=16)
DEEP = replace(SGD, hidden=(24,) * 8, activation="sigmoid", log_layers=True, epochs=8)


@lru_cache(maxsize=128)
def trained(recipe: Recipe) -> RunData:
    """A recipe's run, trained once per test session."""
    return train(recipe)


def falling(n: int = 300, start: float = 2.3, floor: float = 0.3, noise: float = 0.05, seed: int = 0) -> Curve:
    """A healthy loss: exponential fall to a floor with noise of constant relative size."""
    rng = np.random.default_rng(seed)
    x = np.arange(n) / n
    return (floor + (start - floor) * np.exp(-7 * x)) * (1 + noise * rng.normal(size=n))


def resting(level: float = 1.2) -> Curve:
    """A loss that gets to its floor, far above zero, in the first third."""
    noise = np.random.default_rng(0).normal(size=300)
    return level + np.exp(-15 * np.arange(300) / 300) + 0.02 * noise


def spiked(times: int, height: float = 4.0) -> RunData:
    """A healthy loss with some points lifted."""
    y = falling()
    y[np.linspace(60, 280, times).astype(int)] += height
    return series_run({"train/loss": y})


def stepped(after: int, level: float) -> RunData:
    """A loss that steps up for good."""
    y = falling()
    y[after:] += level
    return series_run({"train/loss": y})


def gradient_jumps(damage: bool) -> RunData:
    """Gradient norms of a hundred times the usual, with and without harm to the loss."""
    rng = np.random.default_rng(3)
    norm = np.exp(0.3 * rng.normal(size=300))
    norm[[150, 190, 230]] = 100.0
    loss = falling(seed=3)
    loss[150:] += 1.2 if damage else 0.0
    return series_run({"train/loss": loss, "grad_norm": norm})


def scales(collapse: bool) -> RunData:
    """A loss scale that finds its level at the start, and one that goes on falling."""
    halvings = np.concatenate([np.arange(6), np.full(94, 5.0)])
    if collapse:
        halvings[60:] += np.arange(40)
    return series_run({"train/loss": falling(100), "loss_scale": 2.0 ** (16 - halvings)})


def paced(slower: float) -> RunData:
    """Samples per second that drop for good after two thirds."""
    rng = np.random.default_rng(1)
    speed = 1000.0 * (1 + 0.05 * rng.normal(size=60))
    speed[40:] /= slower
    return series_run({"train/loss": falling(60), "samples_per_sec": speed})


def ended(kind: CrashKind, text: str) -> RunData:
    """A healthy loss whose log ends with this line."""
    run = series_run({"train/loss": falling(100)})
    stopped: Status = "unknown" if kind == "interrupted" else "crashed"
    return replace(run, run=replace(run.run, status=stopped, crash=Crash(kind, text, 812, "train.err")))


def memory(growing: bool) -> RunData:
    """Memory that grows through the run, and a cache that fills up and levels off."""
    x = np.arange(100.0)
    used = 500 + (8 * x if growing else 300 * (1 - np.exp(-x / 4)))
    return series_run({"train/loss": falling(100), "gpu_mem_mb": used})


def killed() -> RunData:
    """A run whose log ends with the words of the kernel."""
    run = memory(growing=True)
    return replace(run, log_lines=(LogLine(9, "slurmstepd: error: Detected 1 oom-kill event", "error"),))


def policy(collapsed: bool) -> RunData:
    """Reward and entropy of an agent that stops exploring too soon, and of one that is simply done."""
    x = np.arange(80.0)
    entropy = 0.69 * np.exp(-x / 6)
    reward = 20 + (120 * np.exp(-((x - 12) ** 2) / 60) if collapsed else 180 * (1 - np.exp(-x / 15)))
    return series_run({"entropy": entropy, "ep_rew_mean": reward})


def autoencoder(collapsed: bool) -> RunData:
    """A KL term that goes to nothing, and one that grows under annealing."""
    x = np.arange(40.0)
    kl = 0.5 * np.exp(-x) if collapsed else 5 * (1 - np.exp(-x / 10))
    return series_run({"loss": 5 + 6 * np.exp(-x / 5), "recon_loss": 4.5 + 6 * np.exp(-x / 5), "kl_loss": kl})


def adversaries(fake: float, spread: float) -> RunData:
    """Discriminator outputs and sample spread that end at the given levels."""
    x = np.arange(100.0) / 100
    p_fake = 0.5 + (fake - 0.5) * np.minimum(1, 3 * x)
    diversity = 0.8 + (spread - 0.8) * np.minimum(1, 3 * x)
    return series_run(
        {
            "d_loss": 1.38 - 0 * x,
            "g_loss": -np.log(p_fake),
            "d_real": 1 - 0.5 * p_fake,
            "d_fake": p_fake,
            "sample_std": diversity,
        }
    )


def clipped(limit: float) -> RunData:
    """A run with gradient norms around 3 under a clip value."""
    rng = np.random.default_rng(2)
    loss = 1.2 - 0.25 * np.arange(200) / 200 + 0.02 * rng.normal(size=200)
    norm = 3.0 * np.exp(0.2 * rng.normal(size=200))
    return series_run({"train/loss": loss, "grad_norm": norm}, {"optimizer": "sgd", "lr": 0.01, "grad_clip": limit})


def balanced(level: float) -> RunData:
    """A good accuracy beside a balanced accuracy of the given level."""
    return series_run(
        {"val_loss": falling(12), "val_acc": np.full(12, 0.95), "val_balanced_accuracy": np.full(12, level)}
    )


def resumed(back_to: int | None) -> RunData:
    """A run restarted at step 180 from an old checkpoint (or a good one)."""
    y = falling(noise=0.02)
    if back_to is not None:
        y[180:] = falling(noise=0.02, seed=5)[back_to : back_to + 120]
    return series_run({"train/loss": y}, {"resume_from": "last.pt"})


def stalled(warmup: int) -> RunData:
    """A transformer's loss under a high rate: stuck at the letter frequencies without warm-up."""
    rng = np.random.default_rng(4)
    x = np.arange(300) / 300
    deep = 0.0 if not warmup else 1.2 * (1 - np.exp(-3 * x))
    loss = 3.0 + 1.6 * np.exp(-80 * x) - deep + 0.05 * rng.normal(size=300)
    rate = 0.02 * 0.5 * (1 + np.cos(np.pi * x)) * (np.minimum(1, np.arange(1, 301) / warmup) if warmup else 1)
    return series_run({"loss": loss, "lr": rate}, {"optimizer": "adamw", "lr": 0.02, "warmup_iters": warmup})


def frozen_flat(rises: bool) -> RunData:
    """A loss under strong weight decay that fell back to where it started, and one that went down."""
    x = np.arange(40.0)
    y = 2.3 - (0.5 * np.exp(-((x - 4) ** 2) / 8) if rises else 1.5 * (1 - np.exp(-x / 5)))
    noisy = y + 0.005 * np.random.default_rng(0).normal(size=40)
    decay = 0.1 if rises else 1e-4
    return series_run({"train/loss": noisy, "val/loss": noisy + 0.01}, {"optimizer": "sgd", "lr": 0.01, "wd": decay})


CASES: dict[str, tuple[Callable[[], RunData], Callable[[], RunData]]] = {
    "bad_init": (
        lambda: trained(replace(PLAIN, gain=0.0, params=(("init", "zeros"),))),
        lambda: trained(replace(PLAIN, params=(("init", "kaiming"),))),
    ),
    "bad_resume": (lambda: resumed(8), lambda: resumed(None)),
    "batch_too_small": (
        lambda: trained(replace(SGD, batch=1, lr=0.05, momentum=0.8, epochs=4, rows=300, eval_rows=100)),
        lambda: trained(replace(SGD, batch=8, lr=0.004, epochs=5, schedule="cosine")),
    ),
    "below_chance": (lambda: trained(replace(PLAIN, shifted_eval_labels=True, overlap=0.4)), lambda: trained(PLAIN)),
    "class_collapse": (lambda: balanced(0.5), lambda: balanced(0.83)),
    "dead_relu": (
        lambda: trained(replace(PLAIN, bias=-9.0, log_dead=True)),
        lambda: trained(replace(PLAIN, log_dead=True)),
    ),
    "divergence": (
        lambda: trained(replace(SGD, lr=0.6, regression=True)),
        lambda: trained(replace(SGD, lr=0.004, regression=True)),
    ),
    "entropy_collapse": (lambda: policy(collapsed=True), lambda: policy(collapsed=False)),
    "eval_mode_bug": (
        lambda: trained(replace(PLAIN, batch_norm=True, eval_in_train_mode=True, eval_batch=2, lr=5e-3, overlap=0.5)),
        lambda: trained(replace(PLAIN, batch_norm=True, lr=5e-3, overlap=0.5)),
    ),
    "exploding_gradients": (lambda: gradient_jumps(damage=True), lambda: gradient_jumps(damage=False)),
    "fp16_overflow": (lambda: scales(collapse=True), lambda: scales(collapse=False)),
    "frozen_training": (lambda: trained(replace(PLAIN, frozen=True)), lambda: trained(replace(SGD, lr=1e-4))),
    "gan_discriminator_wins": (lambda: adversaries(0.001, 0.8), lambda: adversaries(0.35, 0.8)),
    "gan_mode_collapse": (lambda: adversaries(0.35, 0.001), lambda: adversaries(0.35, 0.6)),
    "label_noise": (
        lambda: trained(
            Recipe(rows=400, wrong_labels=0.5, overlap=0.5, hidden=(128, 96), epochs=50, epoch_means=True, classes=6)
        ),
        lambda: trained(SMALL_DATA),
    ),
    "late_stopping": (lambda: trained(replace(SMALL_DATA, epochs=90)), lambda: trained(PLAIN)),
    "loss_spike": (lambda: stepped(180, 1.5), lambda: spiked(1)),
    "lr_decay_too_early": (
        lambda: trained(replace(PLAIN, schedule="cosine", decay_steps=14, lr=1e-3)),
        lambda: trained(replace(PLAIN, schedule="cosine")),
    ),
    "lr_too_high": (lambda: trained(replace(PLAIN, lr=1.0)), lambda: trained(PLAIN)),
    "lr_too_low": (lambda: trained(replace(SGD, lr=2e-5)), lambda: trained(SGD)),
    "memory_leak": (lambda: memory(growing=True), lambda: memory(growing=False)),
    "missing_warmup": (lambda: stalled(0), lambda: stalled(60)),
    "nan_loss": (lambda: trained(replace(PLAIN, nan_at=150)), lambda: trained(PLAIN)),
    "not_learning": (
        lambda: series_run({"train/loss": 2.303 + 0.01 * np.random.default_rng(0).normal(size=200)}),
        lambda: trained(replace(PLAIN, smoothing=0.2)),
    ),
    "crash": (
        lambda: ended("shape_mismatch", "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x10 and 20x5)"),
        lambda: ended("interrupted", "KeyboardInterrupt"),
    ),
    "oom_crash": (killed, lambda: memory(growing=False)),
    "over_clipping": (lambda: clipped(0.02), lambda: clipped(2.0)),
    "overfitting": (lambda: trained(SMALL_DATA), lambda: trained(replace(PLAIN, dropout=0.3))),
    "plateau": (
        lambda: series_run({"train/loss": resting()}),
        lambda: series_run({"train/loss": falling(floor=0.05)}),
    ),
    "posterior_collapse": (lambda: autoencoder(collapsed=True), lambda: autoencoder(collapsed=False)),
    "repeated_spikes": (lambda: spiked(9), lambda: spiked(2)),
    "throughput_drop": (lambda: paced(4.0), lambda: paced(1.2)),
    "underfitting": (lambda: frozen_flat(rises=True), lambda: frozen_flat(rises=False)),
    "unshuffled_data": (
        lambda: trained(replace(PLAIN, shuffle=False, rows=640, epochs=10)),
        lambda: trained(replace(PLAIN, rows=640, epochs=10)),
    ),
    "val_leakage": (
        lambda: trained(Recipe(rows=120, eval_rows=120, leak=True, overlap=2.0, hidden=(96, 64), epochs=90, batch=16)),
        lambda: trained(replace(SMALL_DATA, overlap=0.6)),
    ),
    "vanishing_gradients": (lambda: trained(DEEP), lambda: trained(replace(DEEP, activation="relu", hidden=(24,) * 3))),
}
CASES |= CURVE_CASES | DOMAIN_CASES | MACHINE_CASES | REMARK_CASES
