"""Faults of the data and of how it is judged: too few rows, wrong labels, leaks, a wrong evaluation."""

from __future__ import annotations

from random import Random

import numpy as np

from evals.faults.bases import any_of
from evals.faults.case import LATE, NOISE, SLOW, STUCK, Case, Draft, Proof, Trial


def _overfit(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "genes").but(optimizer="adamw", learning_rate=1.5e-3)
    few, steps = dice.choice([200, 400, 600]), dice.choice([100, 200, 400, 900])
    slow = dice.choice([5e-4, 1.5e-3])
    return Draft(r.but(rows=few, hidden=(96, 48), batch_size=20, steps=steps, learning_rate=slow), r)


def _overfit_later(dice: Random) -> Draft:
    r = any_of(dice, "genes").but(optimizer="adamw", weight_decay=0.0, hidden=(96, 48), batch_size=20)
    few, steps, rate = dice.choice([(250, 700, 4e-4), (120, 400, 4e-4), (250, 400, 7e-4), (400, 800, 5e-4)])
    return Draft(r.but(rows=few, steps=steps, learning_rate=float(f"{rate * dice.uniform(0.9, 1.2):.2g}")), r)


def turns(share: tuple[float, float]) -> Proof:
    """The best evaluation lies in this share of the run, and the last one is clearly worse."""

    def proof(t: Trial) -> str:
        losses = t.faulty.column("val_loss")
        at, rise = int(losses.argmin()) / (len(losses) - 1), float(losses[-1] / losses.min()) - 1
        if (
            share[0] <= at < share[1]
            and rise > (0.25 if share[0] == 0 else 0.1)
            and t.faulty.column("val_loss")[0] > 1.05 * losses.min()
        ):
            return f"best at {at:.0%} of the run; validation loss ends {rise:.0%} above its minimum"
        return ""

    return proof


def from_minimum(t: Trial) -> tuple[int, int]:
    """The steps around the best evaluation that are next to as good."""
    losses, steps = t.faulty.column("val_loss"), t.faulty.steps_of("val_loss")
    at = int(losses.argmin())
    close = np.flatnonzero(losses <= losses.min() + 0.25 * (losses[-1] - losses.min()))
    low, high = min(int(close[0]), at), max(int(close[close >= at].max()), at)
    return int(steps[max(0, low - 1)]), int(steps[min(high + 1, len(steps) - 1)])


def _noisy_labels(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs").but(
        optimizer="adamw", learning_rate=2e-3, rows=500, hidden=(128, 96), steps=1500, batch_size=25
    )
    return Draft(r.but(wrong_labels=dice.uniform(0.35, 0.5)), r)


def _memorised(t: Trial) -> str:
    seen, unseen = float(t.faulty.column("train_accuracy")[-40:].mean()), t.faulty.unseen["accuracy"]
    if seen > 0.85 and unseen < t.control.unseen["accuracy"] - 0.12:
        return f"memorised: train acc {seen:.2f}, unseen {unseen:.2f}, control {t.control.unseen['accuracy']:.2f}"
    return ""


def _collapse(dice: Random) -> Draft:
    r = any_of(dice, "rare")
    return Draft(r.but(balanced=False, hidden=(16,), optimizer="sgd", learning_rate=0.005, momentum=0.0, steps=500), r)


def _majority(t: Trial) -> str:
    accuracy, balanced = t.faulty.unseen["accuracy"], t.faulty.unseen["balanced"]
    if balanced < 0.56 and accuracy > 0.9 and t.control.unseen["balanced"] > 0.75:
        return f"accuracy {accuracy:.2f}, balanced accuracy {balanced:.2f}"
    return ""


def _leak(dice: Random) -> Draft:
    r = any_of(dice, "genes", "blobs", "waves").but(
        rows=300, validation_rows=150, hidden=(96, 48), batch_size=25, steps=900, optimizer="adamw", learning_rate=2e-3
    )
    return Draft(r.but(leaked_validation=True), r)


def _too_good(t: Trial) -> str:
    logged, true = float(t.faulty.column("val_loss")[-1]), t.faulty.unseen["loss"]
    if logged < 0.1 * true and t.faulty.column("val_accuracy")[-1] > t.faulty.unseen["accuracy"] + 0.02:
        return f"logged val loss {logged:.3g}, unseen data {true:.3g}"
    return ""


def _shifted(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "genes")
    return Draft(r.but(shifted_validation=True), r)


def _below(t: Trial) -> str:
    logged, chance = float(t.faulty.column("val_accuracy")[-1]), {"waves": 1 / 6, "blobs": 0.25, "genes": 0.5}
    usual = chance[t.faulty.recipe.task]
    if logged < 0.6 * usual and t.faulty.unseen["accuracy"] > 0.7:
        return f"val accuracy {logged:.3f}, chance {usual:.2f}, true {t.faulty.unseen['accuracy']:.2f}"
    return ""


def _eval_mode(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs").but(dropout=dice.choice([0.4, 0.5, 0.6]), hidden=(64, 48), steps=1400)
    return Draft(r.but(noisy_evaluation=True), r)


def _evaluated_wrongly(t: Trial) -> str:
    ratio = float(np.mean(t.faulty.column("val_loss")[-4:])) / t.faulty.unseen["loss"]
    return f"logged val loss {ratio:.1f}x the one in evaluation mode" if ratio > 4 else ""


CASES: tuple[Case, ...] = (
    Case("overfitting", _overfit_later, turns((1 / 3, 0.8)), ("late_stopping",), ("label_noise", *LATE, *SLOW, *NOISE),
         onset=from_minimum),
    Case("late_stopping", _overfit, turns((0.0, 1 / 3)), ("overfitting",), ("label_noise", *LATE, *SLOW, *NOISE),
         onset=from_minimum),
    Case("label_noise", _noisy_labels, _memorised, ("late_stopping", "overfitting"), (*LATE, *SLOW, *NOISE),
         ("train_accuracy",), onset=from_minimum),
    Case("class_collapse", _collapse, _majority, (), ("lr_too_low", *LATE, *STUCK)),
    Case("val_leakage", _leak, _too_good, (), (*LATE, *SLOW, *NOISE), ("train_accuracy",)),
    Case("below_chance", _shifted, _below, (), ("divergence", "val_leakage", *LATE, *SLOW, *NOISE),
         ("train_accuracy",)),
    Case("eval_mode_bug", _eval_mode, _evaluated_wrongly, (), (*LATE, *SLOW, *NOISE, "underfitting")),
)  # fmt: skip
