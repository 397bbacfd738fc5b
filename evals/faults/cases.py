"""The faults: how each is put into a sound run, and the proof that it shows. A run without that proof does not count."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import numpy as np

from evals.faults.bases import any_of
from evals.faults.recipes import Recipe
from evals.faults.training import History

Proof = Callable[[History, History], str]
"""(faulty, control) -> why the fault shows, or "" when it does not."""
NOISE = ("noisy_loss", "noisy_validation", "loss_spike", "repeated_spikes")
SLOW = ("plateau", "slow_convergence", "not_converged")
STUCK = (*SLOW, "not_learning", "underfitting")
LATE = ("overfitting", "late_stopping", "generalization_gap")


@dataclass(frozen=True)
class Draft:
    """A faulty recipe beside its control, with the window of steps in which the trouble begins, where there is one."""

    faulty: Recipe
    control: Recipe
    onset: tuple[int, int] | None = None


@dataclass(frozen=True)
class Case:
    """One label. `shown` are the columns that its log must have, `by_step` that epoch means would hide it."""

    label: str
    draft: Callable[[Random], Draft]
    proof: Proof
    acceptable: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    by_step: bool = False
    onset: Callable[[History, Draft], tuple[int, int] | None] = field(default=lambda history, draft: draft.onset)


def reached(history: History, control: History) -> float:
    """Share of the control's improvement on unseen rows that a run made; 0 for a run that ends in NaN."""
    start = float(control.column("val_loss")[0])
    start = max(start, float(control.column("train_loss")[0]))
    gained, possible = start - history.unseen["loss"], start - control.unseen["loss"]
    return gained / possible if math.isfinite(gained) and possible > 0 else 0.0


def worse(limit: float) -> Proof:
    """The run must end finite and with at most this share of the control's improvement."""

    def proof(faulty: History, control: History) -> str:
        share = reached(faulty, control)
        return f"reached {share:.0%} of the control's improvement" if finite(faulty) and share <= limit else ""

    return proof


def finite(history: History) -> bool:
    """Whether every training loss is a number."""
    return bool(np.isfinite(history.column("train_loss")).all())


def _late(r: Recipe, dice: Random, low: float = 0.35, high: float = 0.7) -> int:
    return int(r.steps * dice.uniform(low, high))


def _around(step: int, r: Recipe, after: float = 0.06) -> tuple[int, int]:
    return max(0, step - max(2, r.steps // 100)), step + max(3, int(r.steps * after))


def _divergence(dice: Random) -> Draft:
    r = any_of(dice, "waves", "surface", "blobs").but(optimizer="sgd", learning_rate=0.03)
    at = _late(r, dice)
    factors = tuple((at + 8 * k, 2.2) for k in range(9))
    return Draft(r.but(rate_factors=factors), r, (at, at + 8 * 9 + r.steps // 12))


def _diverged(faulty: History, control: History) -> str:
    losses = faulty.column("train_loss")
    tail, first = losses[-20:], losses[:5].mean()
    return "ends non-finite or far above its start" if not np.isfinite(tail).all() or tail.min() > 3 * first else ""


def _nan(dice: Random) -> Draft:
    r = any_of(dice, "waves", "surface", "genes", "letters", "prices")
    at = _late(r, dice)
    return Draft(r.but(poisoned=(at, at + 1)), r, (max(0, at - 1), at + max(10, r.steps // 40)))


def _sudden(faulty: History, control: History) -> str:
    return "sudden: a row with a missing value" if not np.isfinite(faulty.column("train_loss")[-1]) else ""


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


def _early_damage(faulty: History, control: History) -> str:
    early = faulty.column("train_loss")[: faulty.recipe.steps // 10].max()
    before = faulty.column("train_loss")[:2].mean()
    if finite(faulty) and reached(faulty, control) <= 0.7 and early > 1.2 * before:
        return f"early peak {early / before:.1f}x the start; {reached(faulty, control):.0%} of what a warm-up reaches"
    return ""


def _early_decay(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface", "letters", "patches")
    at = max(4, int(r.steps * dice.uniform(0.03, 0.1)))
    return Draft(r.but(schedule="step", decay_steps=(at,), decay_factor=dice.choice([0.01, 0.002])), r, _around(at, r, 0.12))


def _exploding(dice: Random) -> Draft:
    r = any_of(dice, "waves", "surface", "blobs").but(optimizer="sgd", learning_rate=0.03)
    at = _late(r, dice)
    burst = tuple(range(at, at + dice.choice([4, 8, 12])))
    return Draft(r.but(bad_steps=burst, bad_factor=dice.uniform(6, 20)), r, _around(at, r))


def _gradients_jump(faulty: History, control: History) -> str:
    top, usual = float(np.nanmax(faulty.column("grad_norm"))), float(np.median(control.column("grad_norm")))
    if finite(faulty) and top > 20 * usual and reached(faulty, control) < 0.9:
        return f"gradient norm up to {top:.2g}, control's median {usual:.2g}"
    return ""


def _vanishing(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface").but(optimizer="sgd", learning_rate=0.03, steps=600)
    return Draft(r.but(activation="sigmoid", hidden=(40,) * dice.choice([5, 6, 7])), r)


def _vanished(faulty: History, control: History) -> str:
    ratio = float(np.median(faulty.column("grad_first") / faulty.column("grad_last")))
    if ratio < 1e-3 and reached(faulty, control) < 0.3:
        return f"first/last layer gradient ratio {ratio:.1g}"
    return ""


def _clipped(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface").but(optimizer="sgd", learning_rate=0.03, clip=0.0)
    return Draft(r.but(clip=dice.choice([0.002, 0.005, 0.01])), r)


def _dead(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface").but(activation="relu")
    return Draft(r.but(bias_init=-dice.uniform(8, 14)), r)


def _died(faulty: History, control: History) -> str:
    dead = faulty.unseen["dead"]
    return f"{dead:.0%} of a layer is dead" if dead > 0.8 and reached(faulty, control) < 0.6 else ""


def _bad_init(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "letters")
    if dice.random() < 0.4:
        return Draft(r.but(init_scale=0.0, hidden=(48, 32)), r)
    return Draft(r.but(init_scale=dice.uniform(5, 9), hidden=(48, 32)), r)


def _wrong_start(faulty: History, control: History) -> str:
    start = faulty.column("train_loss")[0] / control.column("train_loss")[0]
    if faulty.recipe.init_scale == 0.0:
        return "all weights zero: stuck at the prior" if reached(faulty, control) < 0.2 else ""
    return f"starts at {start:.0f}x the control's loss" if start > 8 and finite(faulty) else ""


def _frozen(dice: Random) -> Draft:
    r = any_of(dice, "waves", "surface", "letters", "prices", "genes")
    return Draft(r.but(frozen=True), r)


def _overfit(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "genes").but(optimizer="adamw", learning_rate=1.5e-3)
    few, steps = dice.choice([200, 400, 600]), dice.choice([100, 200, 400, 900])
    slow = dice.choice([5e-4, 1.5e-3])
    return Draft(r.but(rows=few, hidden=(96, 48), batch_size=20, steps=steps, learning_rate=slow), r)


def _turns(share: tuple[float, float]) -> Proof:
    def proof(faulty: History, control: History) -> str:
        losses = faulty.column("val_loss")
        at, rise = int(losses.argmin()) / (len(losses) - 1), float(losses[-1] / losses.min()) - 1
        if share[0] <= at < share[1] and rise > 0.25 and faulty.column("val_loss")[0] > 1.05 * losses.min():
            return f"best at {at:.0%} of the run; validation loss ends {rise:.0%} above its minimum"
        return ""

    return proof


def _from_minimum(history: History, draft: Draft) -> tuple[int, int]:
    losses, steps = history.column("val_loss"), history.steps_of("val_loss")
    at = int(losses.argmin())
    close = np.flatnonzero(losses <= losses.min() + 0.25 * (losses[-1] - losses.min()))
    low, high = min(int(close[0]), at), max(int(close[close >= at].max()), at)
    return int(steps[max(0, low - 1)]), int(steps[min(high + 1, len(steps) - 1)])


def _underfit(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "letters").but(optimizer="sgd", learning_rate=0.03)
    change = dice.choice([{"weight_decay": dice.uniform(0.08, 0.3)}, {"dropout": 0.93}, {"hidden": (1,)}])
    return Draft(r.but(**change), r)


def _flat(faulty: History, control: History) -> str:
    losses = faulty.column("train_loss")
    half, tail = len(losses) // 2, len(losses) // 5
    still = losses[half : half + tail].mean() - losses[-tail:].mean() < 0.05 * max(losses[:3].mean() - losses.min(), 1e-9)
    share = reached(faulty, control)
    return f"flat, {share:.0%} of the control's improvement" if still and finite(faulty) and share < 0.55 else ""


def _noisy_labels(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs").but(
        optimizer="adamw", learning_rate=2e-3, rows=500, hidden=(128, 96), steps=1500, batch_size=25
    )
    return Draft(r.but(wrong_labels=dice.uniform(0.35, 0.5)), r)


def _memorised(faulty: History, control: History) -> str:
    seen, unseen = float(faulty.column("train_accuracy")[-40:].mean()), faulty.unseen["accuracy"]
    if seen > 0.85 and unseen < control.unseen["accuracy"] - 0.12:
        return f"memorised: train acc {seen:.2f}, unseen {unseen:.2f}, control {control.unseen['accuracy']:.2f}"
    return ""


def _collapse(dice: Random) -> Draft:
    r = any_of(dice, "rare")
    return Draft(r.but(balanced=False, hidden=(16,), optimizer="sgd", learning_rate=0.005, momentum=0.0, steps=500), r)


def _majority(faulty: History, control: History) -> str:
    accuracy, balanced = faulty.unseen["accuracy"], faulty.unseen["balanced"]
    if balanced < 0.56 and accuracy > 0.9 and control.unseen["balanced"] > 0.75:
        return f"accuracy {accuracy:.2f}, balanced accuracy {balanced:.2f}"
    return ""


def _leak(dice: Random) -> Draft:
    r = any_of(dice, "genes", "blobs", "waves").but(
        rows=300, validation_rows=150, hidden=(96, 48), batch_size=25, steps=900, optimizer="adamw", learning_rate=2e-3
    )
    return Draft(r.but(leaked_validation=True), r)


def _too_good(faulty: History, control: History) -> str:
    logged, true = float(faulty.column("val_loss")[-1]), faulty.unseen["loss"]
    if logged < 0.1 * true and faulty.column("val_accuracy")[-1] > faulty.unseen["accuracy"] + 0.02:
        return f"logged val loss {logged:.3g}, unseen data {true:.3g}"
    return ""


def _shifted(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "genes")
    return Draft(r.but(shifted_validation=True), r)


def _below(faulty: History, control: History) -> str:
    logged, chance = float(faulty.column("val_accuracy")[-1]), {"waves": 1 / 6, "blobs": 0.25, "genes": 0.5}
    usual = chance[faulty.recipe.task]
    if logged < 0.6 * usual and faulty.unseen["accuracy"] > 0.7:
        return f"val accuracy {logged:.3f}, chance {usual:.2f}, true {faulty.unseen['accuracy']:.2f}"
    return ""


def _eval_mode(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs").but(dropout=dice.choice([0.4, 0.5, 0.6]), hidden=(64, 48), steps=1400)
    return Draft(r.but(noisy_evaluation=True), r)


def _evaluated_wrongly(faulty: History, control: History) -> str:
    ratio = float(np.mean(faulty.column("val_loss")[-4:])) / faulty.unseen["loss"]
    return f"logged val loss {ratio:.1f}x the one in evaluation mode" if ratio > 4 else ""


def _unshuffled(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs").but(rows=dice.choice([800, 1200]), batch_size=16, optimizer="sgd", learning_rate=0.04)
    r = r.but(steps=r.steps_per_epoch * dice.choice([10, 14]))
    return Draft(r.but(sorted_data=True), r)


def _periodic(faulty: History, control: History) -> str:
    loss, lag = faulty.column("train_loss"), faulty.recipe.steps_per_epoch
    if not np.isfinite(loss).all():
        return ""
    echo = float(np.corrcoef(loss[2 * lag : -lag], loss[3 * lag :])[0, 1])
    return f"period {lag} steps, autocorrelation {echo:.2f}" if echo > 0.6 else ""


def _tiny_batch(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface").but(optimizer="sgd", learning_rate=0.03, steps=900)
    return Draft(r.but(batch_size=dice.choice([1, 2])), r.but(batch_size=32))


def _rough(faulty: History, control: History) -> str:
    share = reached(faulty, control)
    return f"reached {share:.0%} of what batches of 32 reach" if finite(faulty) and 0 < share < 0.8 else ""


def _spike(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface").but(optimizer="sgd", learning_rate=0.02)
    at = _late(r, dice, 0.5, 0.8)
    return Draft(r.but(bad_steps=(at,), bad_factor=dice.uniform(20, 60)), r, _around(at, r))


def _unrecovered(faulty: History, control: History) -> str:
    losses, at = faulty.column("train_loss"), faulty.recipe.mishap.bad_steps[0]
    before, after = float(np.median(losses[at - 30 : at - 1])), float(np.median(losses[-30:]))
    return f"train loss {before:.3g} before, {after:.3g} after" if finite(faulty) and after > 2.0 * before else ""


def _spikes(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface", "letters").but(clip=1.0)
    apart = dice.choice([60, 80, 110])
    return Draft(r.but(bad_steps=tuple(range(apart + 40, r.steps, apart)), bad_factor=dice.uniform(6, 20)), r)


def _many(faulty: History, control: History) -> str:
    losses, places = faulty.column("train_loss"), faulty.recipe.mishap.bad_steps
    spikes = [p for p in places if losses[p - 1] > 1.5 * np.max(losses[max(0, p - 30) : p - 1])]
    return f"{len(spikes)} spikes" if len(spikes) >= 4 and finite(faulty) else ""


def _resume(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface", "letters")
    at = _late(r, dice, 0.4, 0.75)
    return Draft(r.but(resume_at=at), r, _around(at, r))


def _seam(faulty: History, control: History) -> str:
    losses, at = faulty.column("train_loss"), faulty.recipe.mishap.resume_at
    before, after = float(np.median(losses[at - 20 : at - 1])), float(losses[at - 1 : at + 3].mean())
    return f"loss {before:.3g} before the restart, {after:.3g} after" if after > 1.5 * before else ""


def _half(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs").but(half=True)
    at = _late(r, dice)
    return Draft(r.but(hot_from=at), r, _around(at, r, 0.1))


def _overflow(faulty: History, control: History) -> str:
    scale, skipped = faulty.column("loss_scale")[-1], faulty.column("skipped")[-1]
    return f"loss scale {scale:.1g} at the end, {skipped:.0f} steps skipped" if skipped > 25 else ""


def _slow(dice: Random) -> Draft:
    r = any_of(dice, "waves", "genes", "surface", "letters")
    at = _late(r, dice)
    return Draft(r.but(slow_from=at, slow_factor=dice.uniform(2.5, 8)), r, _around(at, r, 0.1))


def _memory(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface", "letters")
    return Draft(r.but(leaked_per_step=dice.uniform(1500, 6000) / r.steps), r)


def _always(note: str) -> Proof:
    return lambda faulty, control: note


def _still(faulty: History, control: History) -> str:
    return "weights never change" if faulty.moved == 0 else ""


CASES: tuple[Case, ...] = (
    Case("divergence", _divergence, _diverged, ("exploding_gradients", "lr_too_high", "nan_loss"),
         (*NOISE, "missing_warmup", "not_learning", *LATE), by_step=False),
    Case("nan_loss", _nan, _sudden, ("divergence",), ("fp16_overflow", *NOISE, *SLOW, *LATE)),
    Case("lr_too_high", _high, worse(0.6), ("divergence", "dead_relu", "not_learning", "noisy_loss"),
         ("bad_init", "batch_too_small", "exploding_gradients", "missing_warmup", *NOISE, *STUCK, *LATE)),
    Case("lr_too_low", _low, worse(0.4), ("slow_convergence",), (*STUCK, "generalization_gap")),
    Case("missing_warmup", _no_warmup, _early_damage, ("lr_too_high",),
         ("bad_init", "dead_relu", "divergence", "exploding_gradients", *NOISE, *STUCK), by_step=True),
    Case("lr_decay_too_early", _early_decay, worse(0.75), ("lr_too_low", "plateau"), (*STUCK, *LATE), ("lr",)),
    Case("exploding_gradients", _exploding, _gradients_jump, ("loss_spike",),
         ("divergence", "lr_too_high", "missing_warmup", "dead_relu", *NOISE, *STUCK, *LATE), ("grad_norm",), True),
    Case("vanishing_gradients", _vanishing, _vanished, ("not_learning",),
         ("class_collapse", "frozen_training", "lr_too_low", "bad_init", *STUCK), ("grad_first", "grad_last")),
    Case("over_clipping", _clipped, worse(0.6), ("lr_too_low", "slow_convergence"),
         ("exploding_gradients", *STUCK), ("grad_norm",)),
    Case("dead_relu", _dead, _died, ("not_learning",),
         ("bad_init", "vanishing_gradients", "frozen_training", "lr_too_high", "lr_too_low", *STUCK), ("dead",)),
    Case("bad_init", _bad_init, _wrong_start, ("not_learning",),
         ("class_collapse", "dead_relu", "frozen_training", "lr_too_low", "vanishing_gradients", "lr_too_high",
          "exploding_gradients", "missing_warmup", *NOISE, *STUCK, *LATE)),
    Case("frozen_training", _frozen, _still, ("not_learning",),
         ("bad_init", "lr_too_low", "noisy_loss", "vanishing_gradients", *STUCK)),
    Case("overfitting", _overfit, _turns((1 / 3, 0.8)), ("late_stopping",), ("label_noise", *LATE, *SLOW, *NOISE),
         onset=_from_minimum),
    Case("late_stopping", _overfit, _turns((0.0, 1 / 3)), ("overfitting",), ("label_noise", *LATE, *SLOW, *NOISE),
         onset=_from_minimum),
    Case("underfitting", _underfit, _flat, ("not_learning", "plateau"),
         ("bad_init", "dead_relu", "frozen_training", "lr_too_high", "lr_too_low", "vanishing_gradients", *NOISE, *STUCK)),
    Case("label_noise", _noisy_labels, _memorised, ("late_stopping", "overfitting"), (*LATE, *SLOW, *NOISE),
         ("train_accuracy",), onset=_from_minimum),
    Case("class_collapse", _collapse, _majority, (), ("lr_too_low", *LATE, *STUCK)),
    Case("val_leakage", _leak, _too_good, (), (*LATE, *SLOW, *NOISE), ("train_accuracy",)),
    Case("below_chance", _shifted, _below, (), ("divergence", "val_leakage", *LATE, *SLOW, *NOISE), ("train_accuracy",)),
    Case("eval_mode_bug", _eval_mode, _evaluated_wrongly, (), (*LATE, *SLOW, *NOISE, "underfitting")),
    Case("unshuffled_data", _unshuffled, _periodic, ("noisy_loss",),
         ("batch_too_small", "divergence", "exploding_gradients", "lr_too_high", *NOISE, *STUCK, *LATE), by_step=True),
    Case("batch_too_small", _tiny_batch, _rough, ("lr_too_high", "noisy_loss"),
         ("dead_relu", "divergence", "exploding_gradients", *NOISE, *STUCK, *LATE), by_step=True),
    Case("loss_spike", _spike, _unrecovered, ("divergence",),
         ("bad_resume", "dead_relu", "exploding_gradients", "lr_too_high", *NOISE, *STUCK, *LATE), by_step=True),
    Case("repeated_spikes", _spikes, _many, ("loss_spike",),
         ("batch_too_small", "exploding_gradients", "lr_too_high", "missing_warmup", "unshuffled_data", *NOISE, *SLOW),
         by_step=True),
    Case("bad_resume", _resume, _seam, ("loss_spike",), ("divergence", "lr_too_high", *NOISE, *SLOW, *LATE)),
    Case("fp16_overflow", _half, _overflow, ("nan_loss",),
         ("divergence", "exploding_gradients", "frozen_training", *NOISE, *SLOW, *LATE), ("loss_scale", "skipped")),
    Case("throughput_drop", _slow, _always("simulated clock: steps become several times slower"), (),
         (*SLOW, "generalization_gap"), ("seconds",)),
    Case("memory_leak", _memory, _always("simulated memory grows with every step"), ("oom_crash",),
         (*SLOW, "generalization_gap"), ("memory",)),
)  # fmt: skip
