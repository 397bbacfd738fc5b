"""Faults of mixtures of experts, of fine-tuning, of the data loader, and a run that dies for want of memory."""

from __future__ import annotations

from random import Random

import numpy as np

from evals.faults.bases import any_of
from evals.faults.case import LATE, NOISE, SLOW, STUCK, Case, Draft, Trial, finite
from evals.faults.mixture import EXPERTS
from evals.faults.recipes import Recipe
from evals.faults.training import History

LOADS = tuple(f"expert_{k}" for k in range(EXPERTS))
GOOD_ACCURACY = 0.6
"""Four classes that overlap; guessing gives 0.25."""


def mixture(dice: Random) -> Recipe:
    """A mixture of experts whose load is kept even."""
    return Recipe(
        "moe", rows=2400, validation_rows=500, batch_size=128, steps=dice.choice([400, 600]), balance=0.05,
        learning_rate=float(f"{dice.uniform(2e-3, 4e-3):.2g}"), init_scale=0.5, seed=dice.randrange(1, 100_000),
    )  # fmt: skip


def learns(history: History) -> bool:
    """Whether a mixture does what it should, with its experts in balance."""
    return history.unseen["most"] < 0.4 and history.unseen["accuracy"] > GOOD_ACCURACY


def _unbalanced(dice: Random) -> Draft:
    r = mixture(dice)
    return Draft(r.but(balance=-dice.uniform(0.02, 0.05), init_scale=0.1), r)


def _uneven(t: Trial) -> str:
    most, idle = t.faulty.unseen["most"], t.faulty.unseen["idle"]
    if (most > 0.5 or idle >= 0.5) and t.control.unseen["most"] < 0.4:
        return f"one expert takes {most:.0%}, {idle:.0%} idle (control at most {t.control.unseen['most']:.0%})"
    return ""


def _tuned(dice: Random) -> Recipe:
    r = any_of(dice, "waves", "blobs").but(optimizer="adamw", learning_rate=2e-5, rows=800, steps=300, evaluations=15)
    return r.but(pretrained_steps=500, hidden=(48, 48))


def _destroyed(dice: Random) -> Draft:
    r = _tuned(dice)
    return Draft(r.but(learning_rate=float(f"{dice.uniform(0.05, 0.2):.2g}")), r)


def _forgotten(t: Trial) -> str:
    losses, usual = t.faulty.column("val_loss"), t.control.column("val_loss")
    if losses[1:].min() > 1.4 * losses[0] and usual[-1] < 1.1 * usual[0] and finite(t.faulty):
        return f"val loss {losses[0]:.3g} before, at best {losses[1:].min():.3g} after"
    return ""


def fine_tuning(dice: Random) -> Recipe:
    """A pretrained network that is taught a little more."""
    return _tuned(dice).but(learning_rate=float(f"{dice.uniform(2e-5, 1e-4):.2g}"))


def _starved(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "surface", "letters")
    return Draft(r.but(waiting=dice.uniform(0.72, 0.92)), r)


def _waits(t: Trial) -> str:
    share = float(np.median(t.faulty.column("waiting") / t.faulty.column("seconds")))
    return f"{share:.0%} of a step is waiting (simulated clock)" if share > 0.66 else ""


def _hungry(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "letters").but(evaluations=20)
    at = int(r.steps * dice.uniform(0.3, 0.8))
    return Draft(r.but(dies_at=at, leaked_per_step=dice.uniform(4000, 9000) / r.steps), r)


def _killed(t: Trial) -> str:
    return f"out of memory at step {t.faulty.rows[-1].step}" if finite(t.faulty) else ""


CASES: tuple[Case, ...] = (
    Case("moe_imbalance", _unbalanced, _uneven, (), (*SLOW, *NOISE, *LATE), LOADS),
    Case("forgetting", _destroyed, _forgotten, ("lr_too_high",),
         ("divergence", "not_learning", "exploding_gradients", "missing_warmup", *NOISE, *STUCK, *LATE), by_step=True),
    Case("data_loader_bound", _starved, _waits, (), (*SLOW, *LATE), ("seconds", "waiting")),
    Case("oom_crash", _hungry, _killed, ("memory_leak",), ("crash", *SLOW, *LATE), ("memory",)),
)  # fmt: skip
