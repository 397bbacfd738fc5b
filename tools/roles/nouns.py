"""What a logged name can mean: the part it plays, the split it was taken on, which direction is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tools.records import Goal, Split

Role = Literal[
    "train_loss", "eval_loss", "train_score", "eval_score", "loss_component", "learning_rate",
    "grad_norm", "layer_grad_norm", "weight_norm", "update_norm", "loss_scale", "skipped_steps",
    "throughput", "step_time", "data_time", "memory", "entropy", "kl", "policy_loss", "value_loss",
    "reward", "episode_length", "generator_loss", "discriminator_loss", "discriminator_real", "discriminator_fake",
    "diversity", "dead_units", "clip_rate", "epoch", "step", "tokens", "time", "perplexity", "system",
]  # fmt: skip


@dataclass(frozen=True)
class RoleMatch:
    """What a name means: confidence 0 for an unmapped name, 1 for a name that leaves no doubt.

    `family` tells kindred metrics apart within a role: "loss", "accuracy", "balanced_accuracy", "f1", "r2", "mae", ...
    """

    role: Role | None
    confidence: float
    split: Split | None
    goal: Goal | None
    family: str = ""


UNMAPPED = RoleMatch(None, 0.0, None, None)
