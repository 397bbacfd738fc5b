"""Faults that break out in the middle of a run: the loss jumps, the gradients explode, numbers stop being numbers."""

from __future__ import annotations

from random import Random

import numpy as np

from evals.faults.bases import any_of
from evals.faults.case import LATE, NOISE, SLOW, STUCK, Case, Draft, Trial, around, finite, late, reached


def _divergence(dice: Random) -> Draft:
    r = any_of(dice, "waves", "surface", "blobs").but(optimizer="sgd", learning_rate=0.03)
    at = late(r, dice)
    factors = tuple((at + 8 * k, 2.2) for k in range(9))
    return Draft(r.but(rate_factors=factors), r, (at, at + 8 * 9 + r.steps // 12))


def _diverged(t: Trial) -> str:
    losses = t.faulty.column("train_loss")
    tail, first = losses[-20:], losses[:5].mean()
    return "ends non-finite or far above its start" if not np.isfinite(tail).all() or tail.min() > 3 * first else ""


def _nan(dice: Random) -> Draft:
    r = any_of(dice, "waves", "surface", "genes", "letters", "prices")
    at = late(r, dice)
    return Draft(r.but(poisoned=(at, at + 1)), r, (max(0, at - 1), at + max(10, r.steps // 40)))


def _sudden(t: Trial) -> str:
    return "sudden: a row with a missing value" if not np.isfinite(t.faulty.column("train_loss")[-1]) else ""


def _exploding(dice: Random) -> Draft:
    r = any_of(dice, "waves", "surface", "blobs").but(optimizer="sgd", learning_rate=0.03)
    at = late(r, dice)
    burst = tuple(range(at, at + dice.choice([4, 8, 12])))
    return Draft(r.but(bad_steps=burst, bad_factor=dice.uniform(6, 20)), r, around(at, r))


def _gradients_jump(t: Trial) -> str:
    top, usual = float(np.nanmax(t.faulty.column("grad_norm"))), float(np.median(t.control.column("grad_norm")))
    if finite(t.faulty) and top > 20 * usual and reached(t) < 0.9:
        return f"gradient norm up to {top:.2g}, control's median {usual:.2g}"
    return ""


def _spike(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface").but(optimizer="sgd", learning_rate=0.02)
    at = late(r, dice, 0.5, 0.8)
    return Draft(r.but(bad_steps=(at,), bad_factor=dice.uniform(20, 60)), r, around(at, r))


def _unrecovered(t: Trial) -> str:
    losses, at = t.faulty.column("train_loss"), t.faulty.recipe.mishap.bad_steps[0]
    before, after = float(np.median(losses[at - 30 : at - 1])), float(np.median(losses[-30:]))
    return f"train loss {before:.3g} before, {after:.3g} after" if finite(t.faulty) and after > 2.0 * before else ""


def _spikes(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface", "letters").but(clip=1.0)
    apart = dice.choice([60, 80, 110])
    return Draft(r.but(bad_steps=tuple(range(apart + 40, r.steps, apart)), bad_factor=dice.uniform(6, 20)), r)


def _many(t: Trial) -> str:
    losses, places = t.faulty.column("train_loss"), t.faulty.recipe.mishap.bad_steps
    spikes = [p for p in places if losses[p - 1] > 1.5 * np.max(losses[max(0, p - 30) : p - 1])]
    return f"{len(spikes)} spikes" if len(spikes) >= 4 and finite(t.faulty) else ""


def _resume(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface", "letters")
    at = late(r, dice, 0.4, 0.75)
    return Draft(r.but(resume_at=at), r, around(at, r))


def _seam(t: Trial) -> str:
    losses, at = t.faulty.column("train_loss"), t.faulty.recipe.mishap.resume_at
    before, after = float(np.median(losses[at - 20 : at - 1])), float(losses[at - 1 : at + 3].mean())
    return f"loss {before:.3g} before the restart, {after:.3g} after" if after > 1.5 * before else ""


def _half(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs").but(half=True)
    at = late(r, dice)
    return Draft(r.but(hot_from=at), r, around(at, r, 0.1))


def _overflow(t: Trial) -> str:
    scale, skipped = t.faulty.column("loss_scale")[-1], t.faulty.column("skipped")[-1]
    return f"loss scale {scale:.1g} at the end, {skipped:.0f} steps skipped" if skipped > 25 else ""


CASES: tuple[Case, ...] = (
    Case("divergence", _divergence, _diverged, ("exploding_gradients", "lr_too_high", "nan_loss"),
         (*NOISE, "missing_warmup", "not_learning", *LATE), by_step=False),
    Case("nan_loss", _nan, _sudden, ("divergence",), ("fp16_overflow", *NOISE, *SLOW, *LATE)),
    Case("exploding_gradients", _exploding, _gradients_jump, ("loss_spike",),
         ("divergence", "lr_too_high", "missing_warmup", "dead_relu", *NOISE, *STUCK, *LATE), ("grad_norm",), True),
    Case("loss_spike", _spike, _unrecovered, ("divergence",),
         ("bad_resume", "dead_relu", "exploding_gradients", "lr_too_high", *NOISE, *STUCK, *LATE), by_step=True),
    Case("repeated_spikes", _spikes, _many, ("loss_spike",),
         ("batch_too_small", "exploding_gradients", "lr_too_high", "missing_warmup", "unshuffled_data", *NOISE, *SLOW),
         by_step=True),
    Case("bad_resume", _resume, _seam, ("loss_spike",), ("divergence", "lr_too_high", *NOISE, *SLOW, *LATE)),
    Case("fp16_overflow", _half, _overflow, ("nan_loss",),
         ("divergence", "exploding_gradients", "frozen_training", *NOISE, *SLOW, *LATE), ("loss_scale", "skipped")),
)  # fmt: skip
