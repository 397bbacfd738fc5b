"""What a fault is: how it is put into a sound run, and the proof that it shows. A run without that proof does not
count."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np

from evals.faults.recipes import Recipe
from evals.faults.training import History

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
class Trial:
    """A draft and what came of it."""

    draft: Draft
    faulty: History
    control: History


Proof = Callable[[Trial], str]
"""Why the fault shows, or "" when it does not."""


def as_drafted(t: Trial) -> tuple[int, int] | None:
    """The onset window that the draft gives."""
    return t.draft.onset


@dataclass(frozen=True)
class Case:
    """One label. `shown` are the columns that its log must have, `by_step` that epoch means would hide
    it. beside: so many sound runs of other draws lie in the folder with it."""

    label: str
    draft: Callable[[Random], Draft]
    proof: Proof
    acceptable: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    by_step: bool = False
    beside: int = 0
    onset: Callable[[Trial], tuple[int, int] | None] = as_drafted


def reached(t: Trial) -> float:
    """Share of the control's improvement that the faulty run made, on unseen rows or in training, whichever is more (a
    run may fit well and be overconfident); 0 for a run that ends in NaN."""
    start = max(float(t.control.column(name)[0]) for name in ("val_loss", "train_loss"))
    last = [(h.unseen["loss"], float(h.column("train_loss")[-40:].mean())) for h in (t.faulty, t.control)]
    shares = [(start - its) / (start - usual) for its, usual in zip(*last, strict=True) if usual < start]
    return max((share for share in shares if math.isfinite(share)), default=0.0)


def worse(limit: float) -> Proof:
    """The run must end finite and with at most this share of the control's improvement."""

    def proof(t: Trial) -> str:
        share = reached(t)
        return f"reached {share:.0%} of the control's improvement" if finite(t.faulty) and share <= limit else ""

    return proof


def finite(history: History) -> bool:
    """Whether every training loss is a number."""
    return bool(np.isfinite(history.column("train_loss")).all())


def late(r: Recipe, dice: Random, low: float = 0.35, high: float = 0.7) -> int:
    """A step in the midst of a run."""
    return int(r.steps * dice.uniform(low, high))


def around(step: int, r: Recipe, after: float = 0.06) -> tuple[int, int]:
    """A window of steps that opens a little before `step` and closes a share `after` of the run later."""
    return max(0, step - max(2, r.steps // 100)), step + max(3, int(r.steps * after))
