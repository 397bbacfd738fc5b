"""Faults of VAEs, policy gradients and GANs, and their healthy counterparts."""

from __future__ import annotations

from random import Random

import numpy as np

from evals.faults.case import NOISE, SLOW, Case, Draft, Trial
from evals.faults.recipes import Recipe
from evals.faults.training import History

VAE = ("reconstruction", "kl")
POLICY = ("reward", "entropy", "policy_loss")
GAN = ("d_loss", "g_loss", "d_real", "d_fake", "diversity")


def vae(dice: Random) -> Recipe:
    """A VAE whose code is used; the weight of its code is ramped up."""
    return Recipe(
        "vae", learning_rate=float(f"{dice.uniform(1e-3, 4e-3):.2g}"), kl_weight=dice.choice([0.2, 0.5, 1.0]),
        batch_size=50, rows=2000, steps=dice.choice([700, 1000]), warmup_steps=200, seed=dice.randrange(1, 100_000),
    )  # fmt: skip


def policy(dice: Random) -> Recipe:
    """A policy gradient that learns, with noise."""
    return Recipe(
        "policy", hidden=(32,), steps=dice.choice([250, 400]), learning_rate=float(f"{dice.uniform(2e-3, 5e-3):.2g}"),
        entropy_bonus=0.03, batch_size=dice.choice([16, 32]), seed=dice.randrange(1, 100_000),
    )  # fmt: skip


def gan(dice: Random) -> Recipe:
    """A GAN in balance."""
    return Recipe(
        "gan", learning_rate=float(f"{dice.uniform(4e-4, 7e-4):.2g}"), batch_size=64, rows=2000, steps=1200,
        seed=dice.randrange(1, 100_000),
    )  # fmt: skip


def improves(history: History) -> bool:
    """Whether a domain run did what it should."""
    if history.recipe.task == "vae":
        return history.unseen["kl"] > 1.5
    if history.recipe.task == "gan":
        return history.unseen["modes"] == 6 and history.unseen["right"] < 0.65
    return bool(history.unseen["reward"] > 90)


def _unused_code(dice: Random) -> Draft:
    r = vae(dice)
    return Draft(r.but(kl_weight=float(dice.choice([10, 15, 25])), warmup_steps=0), r)


def _no_code(t: Trial) -> str:
    kl, usual = t.faulty.unseen["kl"], t.control.unseen["kl"]
    return f"KL {kl:.3f} nats (control {usual:.2f})" if kl < 0.25 and usual > 1.5 else ""


def _greedy(dice: Random) -> Draft:
    r = policy(dice)
    return Draft(r.but(learning_rate=float(f"{dice.uniform(0.1, 0.4):.2g}"), entropy_bonus=0.0), r)


def _too_sure(t: Trial) -> str:
    reward, usual, entropy = t.faulty.unseen["reward"], t.control.unseen["reward"], t.faulty.column("entropy")
    if float(np.median(entropy[len(entropy) // 5 :])) < 0.02 and reward < usual - 15:
        return f"reward {reward:.1f}, control {usual:.1f}"
    return ""


def _strong_judge(dice: Random) -> Draft:
    r = gan(dice)
    return Draft(r.but(learning_rate=1e-5, judge_rate=r.learning_rate * 1e5 * dice.choice([4, 8]), judge_steps=2), r)


def _judge_wins(t: Trial) -> str:
    loss, wish = (float(np.median(t.faulty.column(name)[-200:])) for name in ("d_loss", "g_loss"))
    return f"D loss {loss:.3f}, G loss {wish:.1f}" if loss < 0.1 and wish > 3 else ""


def _one_mode(dice: Random) -> Draft:
    r = gan(dice)
    return Draft(r.but(learning_rate=0.01, judge_rate=0.05), r)


def _few_modes(t: Trial) -> str:
    modes, spread = t.faulty.unseen["modes"], float(np.median(t.faulty.column("diversity")[-300:]))
    usual = float(np.median(t.control.column("diversity")[-300:]))
    covered = t.control.unseen["modes"]
    return f"modes {modes:.0f} (control {covered:.0f})" if modes <= 2 and covered >= 5 and spread < 0.2 * usual else ""


CASES: tuple[Case, ...] = (
    Case("posterior_collapse", _unused_code, _no_code, (), (*SLOW, "not_learning", "underfitting"), VAE),
    Case("entropy_collapse", _greedy, _too_sure, (), ("divergence", "lr_too_high", "not_learning", "plateau", *NOISE),
         POLICY),
    Case("gan_discriminator_wins", _strong_judge, _judge_wins, ("gan_mode_collapse",),
         ("divergence", "lr_too_high", "plateau", *NOISE), GAN),
    Case("gan_mode_collapse", _one_mode, _few_modes, ("gan_discriminator_wins",),
         ("divergence", "lr_too_high", "plateau", *NOISE), GAN),
)  # fmt: skip
