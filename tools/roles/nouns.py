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
    "expert_load", "answer_length",
]  # fmt: skip


@dataclass(frozen=True)
class RoleMatch:
    """What a name means, and how sure that is.

    1: the user said so. 0.9 and more: the words mean one thing to everybody (val_loss, lr, tokens/s, grad_norm). 0.6 to
    0.8: a habit must be known (a bare "loss" is the training loss, a loss with a strange word one of several, "test" an
    evaluation). 0.5: what is left when the other names of the run are understood. 0: nobody knows. A name without a
    role and with confidence is known to measure nothing that anybody judges by (momentum, a count, a running best).
    `family` tells kindred metrics apart within a role: "loss", "accuracy", "balanced_accuracy", "f1", "r2", "mae", ...
    """

    role: Role | None
    confidence: float
    split: Split | None
    goal: Goal | None
    family: str = ""


UNMAPPED = RoleMatch(None, 0.0, None, None)
