"""Which of the logged names say where a value stands: step, epoch or clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STEP_NAMES = (
    "_step", "trainer/global_step", "train/global_step", "global_step", "globalstep", "step", "steps", "current_steps",
    "iteration", "iter", "iters", "it", "num_updates", "train_num_updates", "valid_num_updates", "updates",
    "update", "optimizer_step", "train_step", "training_step", "step_num", "time/total_timesteps", "total_timesteps",
    "timesteps_total", "num_env_steps_sampled", "num_timesteps", "env_steps", "env_step", "timesteps", "timestep",
    "progress/kimg", "n_iter", "global_iter", "train/step", "train/iter", "train/iteration", "iterations", "niter",
    "itr", "num_env_steps_sampled_lifetime", "training_iteration",
    "schritt", "paso", "étape", "步数", "步骤", "迭代", "迭代次数", "ステップ", "шаг",
)  # fmt: skip
EPOCH_NAMES = (
    "epoch", "current_epoch", "train/epoch", "trainer/epoch", "epochs", "ep", "epoch_num", "num_epoch",
    "epoche", "epoca", "época", "époque", "轮次", "轮数", "周期", "エポック", "эпоха",
    "episode", "episodes", "i_episode", "episode_num",
)  # fmt: skip
"""Passes over the data; where a log counts only episodes, these."""
CLOCK_NAMES = (
    "_timestamp",
    "timestamp",
    "wall_time",
    "walltime",
    "wall time",
    "datetime",
    "date",
    "created_at",
    "time",
)


def normal(name: str) -> str:
    """A name as it is compared: lower case, blanks to underscores."""
    return name.strip().lower().replace(" ", "_")


@dataclass(frozen=True)
class Axes:
    """The logged names that play step, epoch and clock; None where nothing does."""

    step: str | None
    epoch: str | None
    clock: str | None

    def positions(self) -> tuple[str, ...]:
        """Names that are no metrics: the step, else the epoch. An epoch that stands beside a step is a metric too."""
        only = self.step or self.epoch
        return () if only is None else (only,)


def axes_of(names: Iterable[str]) -> Axes:
    """Pick the axes among the names of a record or header."""
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(normal(name), name)

    def first(candidates: tuple[str, ...]) -> str | None:
        return next((seen[candidate] for candidate in candidates if candidate in seen), None)

    return Axes(first(STEP_NAMES), first(EPOCH_NAMES), first(CLOCK_NAMES))
