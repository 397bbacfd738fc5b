"""Faults of the network itself: it cannot learn, or is not allowed to."""

from __future__ import annotations

from random import Random

import numpy as np

from evals.faults.bases import any_of
from evals.faults.case import LATE, NOISE, STUCK, Case, Draft, Trial, finite, reached


def _vanishing(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface").but(optimizer="sgd", learning_rate=0.03, steps=600)
    return Draft(r.but(activation="sigmoid", hidden=(40,) * dice.choice([5, 6, 7])), r)


def _vanished(t: Trial) -> str:
    ratio = float(np.median(t.faulty.column("grad_first") / t.faulty.column("grad_last")))
    if ratio < 1e-3 and reached(t) < 0.3:
        return f"first/last layer gradient ratio {ratio:.1g}"
    return ""


def _dead(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface").but(activation="relu")
    return Draft(r.but(bias_init=-dice.uniform(8, 14)), r)


def _died(t: Trial) -> str:
    dead = t.faulty.unseen["dead"]
    return f"{dead:.0%} of a layer is dead" if dead > 0.8 and reached(t) < 0.6 else ""


def _bad_init(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "letters")
    if dice.random() < 0.4:
        return Draft(r.but(init_scale=0.0, hidden=(48, 32)), r)
    return Draft(r.but(init_scale=dice.uniform(5, 9), hidden=(48, 32)), r)


def _wrong_start(t: Trial) -> str:
    start = t.faulty.column("train_loss")[0] / t.control.column("train_loss")[0]
    if t.faulty.recipe.init_scale == 0.0:
        return "all weights zero: stuck at the prior" if reached(t) < 0.2 else ""
    return f"starts at {start:.0f}x the control's loss" if start > 8 and finite(t.faulty) else ""


def _frozen(dice: Random) -> Draft:
    r = any_of(dice, "waves", "surface", "letters", "prices", "genes")
    return Draft(r.but(frozen=True), r)


def _still(t: Trial) -> str:
    return "weights never change" if t.faulty.moved == 0 else ""


def _underfit(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "letters").but(optimizer="sgd", learning_rate=0.03)
    held = dice.choice(["weight decay", "dropout", "width"])
    if held == "width":
        return Draft(r.but(hidden=(1,)), r)
    return Draft(r.but(dropout=0.93) if held == "dropout" else r.but(weight_decay=dice.uniform(0.08, 0.3)), r)


def _flat(t: Trial) -> str:
    losses = t.faulty.column("train_loss")
    half, tail = len(losses) // 2, len(losses) // 5
    still = losses[half : half + tail].mean() - losses[-tail:].mean() < 0.05 * max(
        losses[:3].mean() - losses.min(), 1e-9
    )
    share = reached(t)
    return f"flat, {share:.0%} of the control's improvement" if still and finite(t.faulty) and share < 0.55 else ""


CASES: tuple[Case, ...] = (
    Case("vanishing_gradients", _vanishing, _vanished, ("not_learning",),
         ("class_collapse", "frozen_training", "lr_too_low", "bad_init", *STUCK),
         ("grad_first", "grad_middle", "grad_last")),
    Case("dead_relu", _dead, _died, ("not_learning",),
         ("bad_init", "vanishing_gradients", "frozen_training", "lr_too_high", "lr_too_low", *STUCK), ("dead",)),
    Case("bad_init", _bad_init, _wrong_start, ("not_learning",),
         ("class_collapse", "dead_relu", "frozen_training", "lr_too_low", "vanishing_gradients", "lr_too_high",
          "exploding_gradients", "missing_warmup", *NOISE, *STUCK, *LATE)),
    Case("frozen_training", _frozen, _still, ("not_learning",),
         ("bad_init", "lr_too_low", "noisy_loss", "vanishing_gradients", *STUCK)),
    Case("underfitting", _underfit, _flat, ("not_learning", "plateau"),
         ("bad_init", "dead_relu", "frozen_training", "lr_too_high", "lr_too_low", "vanishing_gradients",
          *NOISE, *STUCK)),
)  # fmt: skip
