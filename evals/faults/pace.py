"""Faults of how a run moves on: learning rate, schedule, clipping, batches, and the (simulated) machine below."""

from __future__ import annotations

from random import Random

import numpy as np

from evals.faults.bases import any_of
from evals.faults.case import LATE, NOISE, SLOW, STUCK, Case, Draft, Proof, Trial, around, finite, late, reached, worse


def _high(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface", "letters", "prices")
    rate = dice.uniform(0.2, 0.8) if r.optimizer == "adamw" else dice.uniform(0.6, 1.5)
    return Draft(r.but(learning_rate=float(f"{rate:.2g}")), r)


def _low(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface", "letters", "patches", "genes")
    return Draft(r.but(learning_rate=float(f"{r.learning_rate / dice.choice([100, 200, 400]):.2g}")), r)


def _no_warmup(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs").but(
        optimizer=dice.choice(["sgd", "adamw"]), hidden=(64, 64, 64, 64), steps=700, init_scale=1.15
    )
    rate = dice.uniform(0.12, 0.3) if r.optimizer == "sgd" else dice.uniform(0.02, 0.05)
    r = r.but(learning_rate=float(f"{rate:.2g}"), schedule="cosine")
    return Draft(r, r.but(warmup_steps=r.steps // 4), (0, r.steps // 10))


def _early_damage(t: Trial) -> str:
    early = t.faulty.column("train_loss")[: t.faulty.recipe.steps // 10].max()
    before = t.faulty.column("train_loss")[:2].mean()
    if finite(t.faulty) and reached(t) <= 0.7 and early > 1.2 * before:
        return f"early peak {early / before:.1f}x the start; {reached(t):.0%} of what a warm-up reaches"
    return ""


def _early_decay(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface", "letters", "patches")
    at = max(4, int(r.steps * dice.uniform(0.03, 0.1)))
    return Draft(
        r.but(schedule="step", decay_steps=(at,), decay_factor=dice.choice([0.01, 0.002])), r, around(at, r, 0.12)
    )


def _clipped(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface").but(optimizer="sgd", learning_rate=0.03, clip=0.0)
    return Draft(r.but(clip=dice.choice([0.002, 0.005, 0.01])), r)


def _tiny_batch(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface").but(optimizer="sgd", learning_rate=0.03, steps=900)
    return Draft(r.but(batch_size=dice.choice([1, 2])), r.but(batch_size=32))


def _rough(t: Trial) -> str:
    share = reached(t)
    return f"reached {share:.0%} of what batches of 32 reach" if finite(t.faulty) and 0 < share < 0.8 else ""


def _unshuffled(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs").but(
        rows=dice.choice([800, 1200]), batch_size=16, optimizer="sgd", learning_rate=0.04
    )
    r = r.but(steps=r.steps_per_epoch * dice.choice([10, 14]))
    return Draft(r.but(sorted_data=True), r)


def _periodic(t: Trial) -> str:
    loss, lag = t.faulty.column("train_loss"), t.faulty.recipe.steps_per_epoch
    if not np.isfinite(loss).all():
        return ""
    echo = float(np.corrcoef(loss[2 * lag : -lag], loss[3 * lag :])[0, 1])
    return f"period {lag} steps, autocorrelation {echo:.2f}" if echo > 0.6 else ""


def _slow(dice: Random) -> Draft:
    r = any_of(dice, "waves", "genes", "surface", "letters")
    at = late(r, dice)
    return Draft(r.but(slow_from=at, slow_factor=dice.uniform(2.5, 8)), r, around(at, r, 0.1))


def _memory(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface", "letters")
    return Draft(r.but(leaked_per_step=dice.uniform(1500, 6000) / r.steps), r)


def _always(note: str) -> Proof:
    return lambda t: note if finite(t.faulty) else ""


CASES: tuple[Case, ...] = (
    Case("lr_too_high", _high, worse(0.6), ("divergence", "dead_relu", "not_learning", "noisy_loss"),
         ("bad_init", "batch_too_small", "exploding_gradients", "missing_warmup", *NOISE, *STUCK, *LATE)),
    Case("lr_too_low", _low, worse(0.4), ("slow_convergence",), (*STUCK, "generalization_gap")),
    Case("missing_warmup", _no_warmup, _early_damage, ("lr_too_high",),
         ("bad_init", "dead_relu", "divergence", "exploding_gradients", *NOISE, *STUCK), by_step=True),
    Case("lr_decay_too_early", _early_decay, worse(0.75), ("lr_too_low", "plateau"), (*STUCK, *LATE), ("lr",)),
    Case("over_clipping", _clipped, worse(0.6), ("lr_too_low", "slow_convergence"),
         ("exploding_gradients", *STUCK), ("grad_norm",)),
    Case("batch_too_small", _tiny_batch, _rough, ("lr_too_high", "noisy_loss"),
         ("dead_relu", "divergence", "exploding_gradients", *NOISE, *STUCK, *LATE), by_step=True),
    Case("unshuffled_data", _unshuffled, _periodic, ("noisy_loss",),
         ("batch_too_small", "divergence", "exploding_gradients", "lr_too_high", *NOISE, *STUCK, *LATE), by_step=True),
    Case("throughput_drop", _slow, _always("simulated clock: steps become several times slower"), (),
         (*SLOW, "generalization_gap"), ("seconds",)),
    Case("memory_leak", _memory, _always("simulated memory grows with every step"), ("oom_crash",),
         (*SLOW, "generalization_gap"), ("memory",)),
)  # fmt: skip
