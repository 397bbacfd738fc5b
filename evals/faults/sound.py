"""Healthy runs, most of which look suspicious to a hasty reader, and the proof that they are healthy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np

from evals.faults import boosting, further, others
from evals.faults.bases import any_of
from evals.faults.domains import DOMAINS
from evals.faults.logs import Display
from evals.faults.recipes import Recipe
from evals.faults.training import History


@dataclass(frozen=True)
class Sound:
    """A kind of healthy run; `neutral` is what may also be said of it."""

    kind: str
    draft: Callable[[Random], Recipe]
    neutral: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    display: Display = "as it is"
    by_step: bool = False


def is_sound(history: History) -> bool:
    """Learned, finite, and not overfitted: unseen rows end within 8 % of the best validation loss."""
    if history.recipe.task == "moe" and not further.learns(history):
        return False
    if history.recipe.task in DOMAINS and history.recipe.task not in ("moe", "boosting"):
        return others.improves(history)
    if history.recipe.pretrained_steps:
        return bool(history.column("val_loss")[-1] < 1.05 * history.column("val_loss").min())
    losses, gained = history.column("val_loss"), history.column("train_loss")
    if not np.isfinite(losses).all() or not np.isfinite(gained).all():
        return False
    best, start = float(losses.min()), max(float(losses[0]), float(gained[0]))
    way = start - best
    return way > 0.15 * abs(start) and float(losses[-1]) - best < 0.08 * min(way, abs(best)) + 0.01 * way


def _plain(dice: Random) -> Recipe:
    return any_of(dice, "waves", "blobs", "genes", "surface", "letters", "patches", "rare")


def _small_batches(dice: Random) -> Recipe:
    r = any_of(dice, "waves", "blobs", "surface")
    return r.but(batch_size=4, steps=2400, learning_rate=0.002 if r.optimizer == "sgd" else 4e-4)


def _warm_restarts(dice: Random) -> Recipe:
    r = any_of(dice, "waves", "surface", "letters", "patches")
    return r.but(schedule="restarts", decay_steps=(r.steps // dice.choice([3, 4]) + 1,))


def _recovers(dice: Random) -> Recipe:
    r = any_of(dice, "waves", "blobs", "surface")
    at = int(r.steps * dice.uniform(0.25, 0.6))
    return r.but(
        clip=1.0, bad_steps=(at,), bad_factor=dice.uniform(4, 8), learning_rate=r.learning_rate / 2, steps=r.steps * 2
    )


def _dropout(dice: Random) -> Recipe:
    return any_of(dice, "waves", "blobs", "letters").but(dropout=dice.choice([0.2, 0.3, 0.4]), hidden=(96, 64))


def _converged(dice: Random) -> Recipe:
    r = any_of(dice, "surface", "patches", "genes")
    return r.but(schedule="cosine", steps=dice.choice([2000, 3000]), rows=3000)


def _by_hand(dice: Random) -> Recipe:
    r = any_of(dice, "waves", "letters", "patches", "blobs").but(evaluations=20)
    every = r.steps // 20
    return r.but(stopped_at=every * dice.randrange(6, 10))


def _huge(dice: Random) -> Recipe:
    return any_of(dice, "prices")


def _negative(dice: Random) -> Recipe:
    return any_of(dice, "sensor").but(schedule=dice.choice(["cosine", "linear"]))


def _fit(dice: Random) -> Recipe:
    return any_of(dice, "surface").but(schedule=dice.choice(["constant", "cosine"]))


def _tiny_validation(dice: Random) -> Recipe:
    return any_of(dice, "waves", "blobs", "surface").but(validation_rows=dice.choice([24, 40]))


def _resumed(dice: Random) -> Recipe:
    r = any_of(dice, "waves", "letters", "surface")
    at = int(r.steps * dice.uniform(0.4, 0.7))
    return r.but(repeated=(at, at - dice.randrange(10, 40)))


def _smoothed(dice: Random) -> Recipe:
    return any_of(dice, "waves", "blobs").but(label_smoothing=dice.choice([0.1, 0.2]))


def _step_decay(dice: Random) -> Recipe:
    r = any_of(dice, "waves", "surface", "patches", "letters")
    return r.but(schedule="step", decay_steps=(r.steps // 2, r.steps * 3 // 4), decay_factor=dice.choice([0.1, 0.3]))


def _half(dice: Random) -> Recipe:
    return any_of(dice, "waves", "blobs").but(half=True, steps=1200)


def _clipped_at_times(dice: Random) -> Recipe:
    return any_of(dice, "waves", "surface", "letters").but(clip=dice.choice([0.8, 1.0, 1.5]))


def _stops_itself(dice: Random) -> Recipe:
    return any_of(dice, "waves", "blobs", "genes").but(early_stop=4, steps=2000, evaluations=60)


def _long_warmup(dice: Random) -> Recipe:
    r = any_of(dice, "waves", "letters", "surface", "patches")
    return r.but(warmup_steps=r.steps // dice.choice([5, 8]), schedule=dice.choice(["cosine", "linear"]))


def _harder_later(dice: Random) -> Recipe:
    r = any_of(dice, "waves", "blobs", "letters")
    return r.but(steps=2 * r.steps, easy_until=int(r.steps * dice.uniform(0.5, 0.8)), evaluations=30)


def _unlogged_restarts(dice: Random) -> Recipe:
    r = any_of(dice, "waves", "letters", "surface", "patches")
    length = r.steps // dice.choice([5, 6, 8]) + 1
    return r.but(schedule="restarts", decay_steps=(length,), learning_rate=float(f"{2 * r.learning_rate:.2g}"))


def _easy(dice: Random) -> Recipe:
    return any_of(dice, "surface").but(task="sure", rows=4000, steps=1500, learning_rate=5e-3, optimizer="adamw")


def _small(dice: Random) -> Recipe:
    r = any_of(dice, "waves", "blobs", "letters")
    return r.but(steps=r.steps_per_epoch * dice.choice([12, 16]))


SPIKY = ("noisy_loss", "loss_spike", "repeated_spikes")
SLOW = ("plateau", "not_converged", "slow_convergence", "generalization_gap")
KINDS: tuple[Sound, ...] = (
    Sound("plain", _plain),
    Sound("noisy small batch, converging", _small_batches, SPIKY, by_step=True),
    Sound("cosine with warm restarts", _warm_restarts, (), ("lr",)),
    Sound("short benign spike that recovers", _recovers, SPIKY, by_step=True),
    Sound("dropout, val loss below train loss", _dropout),
    Sound("plateau: has converged", _converged),
    Sound("stopped by hand, still improving", _by_hand),
    Sound("huge-magnitude regression loss", _huge),
    Sound("negative loss (Gaussian NLL)", _negative, SPIKY),
    Sound("higher-is-better metric (R2)", _fit),
    Sound("tiny validation set", _tiny_validation, ("noisy_validation",)),
    Sound("resumed run with repeated steps", _resumed, SPIKY),
    Sound("label smoothing (high loss floor)", _smoothed),
    Sound("step decay drops", _step_decay, (), ("lr",)),
    Sound("mixed precision, ordinary loss-scale changes", _half, (), ("loss_scale", "skipped", "grad_norm")),
    Sound("gradient clipping at times", _clipped_at_times, (), ("grad_norm",)),
    Sound("early stopping did its work", _stops_itself, ("noisy_validation",)),
    Sound("warm-up, then decay", _long_warmup, (), ("lr",)),
    Sound("VAE with KL annealing", others.vae, SPIKY, others.VAE),
    Sound("RL: noisy reward that improves", others.policy, SPIKY, others.POLICY),
    Sound("GAN in balance", others.gan, SPIKY, others.GAN),
    Sound("steady throughput logged", _plain, (), ("seconds", "memory", "waiting")),
    Sound("harder rows from some step on", _harder_later, SPIKY, by_step=True),
    Sound("warm restarts, rate not logged", _unlogged_restarts, hidden=("lr",), by_step=True),
    Sound("running mean of the epoch as loss", _small, display="running mean", by_step=True),
    Sound("perplexity only", _small, display="perplexity", by_step=True),
    Sound("an easy task, solved exactly", _easy, by_step=True),
    Sound("fine-tuning of a good model", further.fine_tuning, by_step=True),
    Sound("experts in balance", further.mixture, SPIKY, further.LOADS),
    Sound("boosting with early stopping", boosting.sound, ("best_round_passed",)),
)
