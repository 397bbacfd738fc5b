"""The settings of a run: what its owner chose, and apart from that what goes wrong in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from evals.faults.networks import Activation

Schedule = Literal["constant", "cosine", "linear", "step", "restarts"]


@dataclass(frozen=True)
class Mishap:
    """What goes wrong, beyond the settings. A default leaves the run alone; steps count from 1.

    bad_steps: their batches are multiplied by bad_factor. poisoned_from: from here on a share of the rows is missing
    (NaN). resume_at: the run goes on from fresh weights. repeated: it breaks off at the first step and is taken up from
    its checkpoint of the second. slow_from, slow_factor, leaked_per_step: the simulated clock and memory. hot_from: a
    feature arrives unscaled, too large for half precision. rate_factors: from these steps on the rate is another.
    easy_until: up to here only the first half of the classes. waiting: the share of a step that the simulated loader
    takes. dies_at, dies_of: a crash and its cause. schedule_lost: the run comes back, its schedule starts over.
    """

    frozen: bool = False
    wrong_labels: float = 0.0
    shifted_validation: bool = False
    leaked_validation: bool = False
    noisy_evaluation: bool = False
    sorted_data: bool = False
    bad_steps: tuple[int, ...] = ()
    bad_factor: float = 1.0
    poisoned: tuple[int, int] | None = None
    resume_at: int = 0
    slow_from: int = 0
    slow_factor: float = 1.0
    leaked_per_step: float = 0.0
    rate_factors: tuple[tuple[int, float], ...] = ()
    hot_from: int = 0
    stopped_at: int = 0
    easy_until: int = 0
    waiting: float = 0.15
    dies_at: int = 0
    dies_of: str = "memory"
    schedule_lost: bool = False
    repeated: tuple[int, int] | None = None


@dataclass(frozen=True)
class Recipe:
    """What its owner set. `decay_steps` belong to the schedules "step" and "restarts"; `draw` gives other weights and
    batches for the same rows."""

    task: str
    rows: int = 1500
    validation_rows: int = 400
    hidden: tuple[int, ...] = (48, 48)
    activation: Activation = "relu"
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    weight_decay: float = 0.0
    batch_size: int = 32
    steps: int = 700
    schedule: Schedule = "constant"
    decay_steps: tuple[int, ...] = ()
    decay_factor: float = 0.1
    warmup_steps: int = 0
    clip: float = 0.0
    dropout: float = 0.0
    label_smoothing: float = 0.0
    init_scale: float = 1.0
    bias_init: float = 0.0
    half: bool = False
    balanced: bool = False
    early_stop: int = 0
    kl_weight: float = 0.0
    entropy_bonus: float = 0.0
    judge_rate: float = 1.0
    judge_steps: int = 1
    balance: float = 0.0
    pretrained_steps: int = 0
    evaluations: int = 20
    seed: int = 1
    draw: int = 0
    mishap: Mishap = field(default_factory=Mishap)

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps of one pass over the training rows; the last, incomplete batch is dropped."""
        return max(1, self.rows // self.batch_size)

    def but(self, **changes: object) -> Recipe:
        """The same with other settings; names of a mishap go there."""
        own = {k: v for k, v in changes.items() if k in Recipe.__dataclass_fields__}
        wrong = {k: v for k, v in changes.items() if k not in own}
        return replace(self, mishap=replace(self.mishap, **wrong), **own)  # type: ignore[arg-type]
