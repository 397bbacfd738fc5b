"""A sweep as numbers: the runs, the settings that were varied, the outcome, and which runs blew up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tools.compare import comparable, differences, knobs
from tools.records import Diagnosis, Floats, Goal, Run, Scalar

UNSTABLE = frozenset(
    {
        *("divergence", "nan_loss", "exploding_gradients", "lr_too_high", "missing_warmup", "fp16_overflow"),
        *("policy_kl_explosion", "value_loss_explosion"),
    }
)
"""Findings of steps that were too large: what a stability boundary is learnt from."""
GONE_ON = frozenset({"overfitting", "late_stopping"})
"""Faults of the end of a run: its best checkpoint is sound."""
UNSET = "unset"
TELLING = 200
"""What proposes and predicts is fed with so many runs: with more it says the same, and takes long (by their cube)."""


@dataclass(frozen=True)
class Member:
    """A run of a sweep; `outcome` is its best value of the metric, None where it has no finite one.

    peak: where in the run that came, as a share of its length; None where that is not known.
    """

    run: Run
    params: Mapping[str, Scalar]
    diagnosis: Diagnosis
    outcome: float | None
    peak: float | None = None

    @property
    def is_unstable(self) -> bool:
        """Whether its steps were too large."""
        return any(f.id in UNSTABLE and f.severity != "info" for f in self.diagnosis.findings)

    @property
    def can_carry(self) -> bool:
        """Whether it can be built on: nothing is wrong with it, or only that it went on for too long."""
        if self.diagnosis.verdict != "faulty":
            return True
        return all(f.id in GONE_ON for f in self.diagnosis.findings if f.severity != "info")


@dataclass(frozen=True)
class Knob:
    """A setting that was varied: numbers, or the texts of a choice, in the order of the runs."""

    key: str
    values: tuple[float, ...] | tuple[str, ...]

    @cached_property
    def is_numeric(self) -> bool:
        """Whether the values are numbers in every run."""
        return isinstance(self.values[0], float)

    @cached_property
    def numbers(self) -> Floats:
        """The values as numbers; the place in the alphabet for a choice."""
        return np.array(self.values if self.is_numeric else self.codes, dtype=np.float64)

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """The index of each value among the distinct ones, in their order."""
        return np.unique(np.array(self.values), return_inverse=True)[1]

    @cached_property
    def is_log(self) -> bool:
        """Whether factors matter, not differences: positive numbers that span a factor of ten."""
        return self.is_numeric and bool(self.numbers.min() > 0 and self.numbers.max() >= 10 * self.numbers.min())

    @cached_property
    def is_whole(self) -> bool:
        """Whether only whole numbers were tried."""
        return self.is_numeric and all(float(value).is_integer() for value in self.values)

    @cached_property
    def stride(self) -> int:
        """What all whole numbers that were tried are multiples of."""
        return math.gcd(*(int(value) for value in self.numbers)) or 1

    @cached_property
    def is_binary(self) -> bool:
        """Whether only powers of two were tried, as batch sizes are."""
        return (
            self.is_whole
            and len(set(self.values)) > 1
            and all(int(v) > 1 and int(v).bit_count() == 1 for v in self.numbers)
        )


@dataclass(frozen=True)
class Sweep:
    """Runs with what varied between them, and the metric (of a family such as "accuracy") that they are judged by."""

    members: tuple[Member, ...]
    metric: str
    goal: Goal
    knobs: tuple[Knob, ...]
    family: str = ""

    @cached_property
    def outcomes(self) -> Floats:
        """One for each run; runs without a finite one get the worst of the others, as they did no better."""
        finite = [m.outcome for m in self.members if m.outcome is not None and math.isfinite(m.outcome)]
        worst = (max if self.goal == "lower" else min)(finite, default=math.nan)
        return np.array([worst if self.is_penalised(m) else m.outcome for m in self.members], dtype=np.float64)

    @staticmethod
    def is_penalised(member: Member) -> bool:
        """Whether a run reached nothing finite."""
        return member.outcome is None or not math.isfinite(member.outcome)

    @property
    def penalised(self) -> tuple[str, ...]:
        """The runs without a finite outcome."""
        return tuple(m.run.run for m in self.members if self.is_penalised(m))

    @cached_property
    def unstable(self) -> NDArray[np.bool_]:
        """Which of the runs blew up."""
        return np.array([m.is_unstable for m in self.members])

    def named(self, which: NDArray[np.bool_]) -> tuple[str, ...]:
        """The ids of some of the runs."""
        return tuple(m.run.run for m, meant in zip(self.members, which, strict=True) if meant)

    @cached_property
    def telling(self) -> NDArray[np.int64]:
        """All runs, the best first; of more than TELLING the best ones and an even sample of the others."""
        order = np.argsort(self.outcomes if self.goal == "lower" else -self.outcomes, kind="stable")
        if len(order) <= TELLING:
            return order
        half = TELLING // 2
        rest = order[half:]
        return np.concatenate([order[:half], rest[:: -(-len(rest) // half)]])

    @cached_property
    def base(self) -> int:
        """Which run to build on: the best one that nothing is wrong with, the best of all where there is none."""
        sound = [i for i, one in enumerate(self.members) if one.can_carry and not self.is_penalised(one)]
        return self.best_of(sound or range(len(self.members)))

    def best_of(self, at: Sequence[int] | NDArray[np.int64]) -> int:
        """Which of these runs has the best outcome; one that reached a finite one before one that did not."""
        sign = 1.0 if self.goal == "lower" else -1.0
        return min(map(int, at), key=lambda i: (sign * self.outcomes[i], self.is_penalised(self.members[i])))


def sweep_of(members: Sequence[Member], metric: str, goal: Goal, family: str = "") -> Sweep:
    """What varied between the members, each knob once."""
    params = [m.params for m in members]
    varied = [_knob(d.key, d.values) for d in knobs(differences(params))]
    return Sweep(tuple(members), metric, goal, tuple(varied), family)


def _knob(key: str, values: Sequence[Scalar]) -> Knob:
    same = [comparable(value) for value in values]
    if all(isinstance(value, float) and math.isfinite(value) for value in same):
        return Knob(key, tuple(float(value) for value in same if isinstance(value, float)))
    return Knob(key, tuple(text_of(value) for value in same))


def text_of(value: Scalar) -> str:
    """A value as a choice is called."""
    if value is None:
        return UNSET
    return f"{value:g}" if isinstance(value, float) else str(value)
