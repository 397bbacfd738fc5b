"""Settings in which a broken run differs from a healthy one, and what each would do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.offline.scalars import number
from agent.offline.troubles import canonical
from tools.records import Scalar
from tools.results import ParamDifference


@dataclass(frozen=True)
class Suspect:
    """A setting that a healthy run has differently, and what that would do."""

    key: str
    own: Scalar
    other: Scalar
    other_run: str
    words: str
    only: bool = False
    ratio: float | None = None


HIGHER: Mapping[str, str] = {
    "learning_rate": "the learning rate is too high",
    "weight_decay": "the weight decay is too strong: it pulls the weights to zero",
    "dropout": "the dropout is too strong",
    "batch_size": "the batch is much larger",
    "beta": "the KL weight (beta) is too high",
    "label_smoothing": "the label smoothing is too strong",
    "momentum": "the momentum is too high",
}
LOWER: Mapping[str, str] = {
    "learning_rate": "the learning rate is too low",
    "batch_size": "the batch is too small",
    "warmup": "there is hardly any warm-up",
    "grad_clip": "gradient clipping is too hard",
    "width": "the network is too small",
    "depth": "the network is too shallow",
    "ent_coef": "there is too little entropy bonus",
    "max_steps": "the schedule ends too early",
    "dropout": "there is less dropout",
    "weight_decay": "there is less weight decay",
    "train_size": "there is less training data",
}
CHANGED: Mapping[str, str] = {
    "init": "the initialization differs",
    "optimizer": "the optimizer differs",
    "schedule": "the schedule differs",
    "warmup": "there is no warm-up",
    "norm": "the normalization differs",
    "architecture": "the architecture differs",
}


USUALLY: Mapping[str, float] = {
    **{"learning_rate": 3.0, "init": 2.5, "weight_decay": 2.0, "warmup": 2.0},
    **{"grad_clip": 2.0, "beta": 2.0, "ent_coef": 2.0},
}
"""How often a setting is to blame, beside 1 for the others."""


def suspects(differences: Sequence[ParamDifference], other_run: str) -> tuple[Suspect, ...]:
    """The settings in which a broken run differs from a healthy one, the most telling first."""
    telling = [d for d in differences if not d.incidental and len(d.values) > 1]
    found = [_suspect(d, other_run, len(telling) == 1) for d in telling]
    return tuple(sorted((s for s in found if s), key=lambda s: -_weight(s)))


def _suspect(d: ParamDifference, other_run: str, only: bool) -> Suspect | None:
    own, other = d.values[0], d.values[1]
    key = canonical(d.key)
    a, b = number(own), number(other)
    if a is not None and b is not None:
        table, ratio = (HIGHER if a > b else LOWER), (a / b if a and b else None)
        words = table.get(key, f"{d.key} is {'higher' if a > b else 'lower'}")
        return Suspect(d.key, own, other, other_run, words, only, ratio)
    if own is None or other is None:
        words = CHANGED.get(key, "") if own is None else ""
        return Suspect(d.key, own, other, other_run, words or f"{d.key} is {'not set' if own is None else 'set'}", only)
    return Suspect(d.key, own, other, other_run, CHANGED.get(key, f"{d.key} differs"), only)


def _weight(s: Suspect) -> float:
    """Rates that are a factor of ten off explain more than an architecture that is a bit wider."""
    usual = USUALLY.get(canonical(s.key), 1.0)
    if s.ratio is None:
        return usual
    factor = max(s.ratio, 1 / s.ratio) if s.ratio > 0 else 1.0
    return usual * math.sqrt(min(factor, 1000.0))
