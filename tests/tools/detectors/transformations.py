"""Changes of a run that must not change what is found in it: other units, names and steps, more of the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tools.records import Floats, RunData, Series
from tools.roles import assign_roles

LOSSES = ("train_loss", "eval_loss", "loss_component", "generator_loss", "discriminator_loss", "policy_loss", "kl")
Change = Callable[[RunData], RunData]


def each(data: RunData, change: Callable[[Series], Series]) -> RunData:
    """The run with every series changed."""
    return replace(data, series={name: change(s) for name, s in data.series.items()})


def with_losses(data: RunData, factor: float, shift: float = 0.0) -> RunData:
    """The run with its losses in another unit, or moved."""
    return each(data, lambda s: replace(s, value=s.value * factor + shift) if s.role in LOSSES else s)


def stretched(data: RunData, factor: int) -> RunData:
    """The run as if each step had been that many."""
    return each(data, lambda s: replace(s, step=s.step * factor))


def renamed(data: RunData, rename: Callable[[str], str]) -> RunData:
    """The run as a logger with other habits would have written it; roles are found anew."""
    roles = assign_roles([rename(name) for name in data.series])
    series = {rename(name): replace(s, metric=rename(name)) for name, s in data.series.items()}
    return replace(data, series={name: replace(s, role=roles[name].role) for name, s in series.items()})


def points(s: Series, chosen: slice) -> Series:
    """Some of the points of a series."""
    columns = {name: getattr(s, name)[chosen] for name in ("step", "epoch", "wall_time", "value")}
    return replace(s, **columns)


def judged_one_step_later(data: RunData) -> RunData:
    """The run with its evaluations logged at steps at which no training loss is."""
    return each(data, lambda s: replace(s, step=s.step + 1) if (s.role or "").startswith("eval") else s)


def trained_at_every_second(data: RunData, least: int = 60) -> RunData:
    """The run with every other point of its long series, so that training and evaluation share few steps."""
    return each(data, lambda s: s if len(s.value) < least or s.role == "eval_loss" else points(s, slice(0, None, 2)))


def among_others(data: RunData) -> RunData:
    """The run with metrics beside it that mean nothing for the training."""
    one = next(iter(data.series.values()))
    rng = np.random.default_rng(0)
    drift, dice = np.cumsum(rng.normal(size=len(one.value))), rng.normal(size=len(one.value))
    others = {"disk_free_gb": drift, "aux/zeta": dice}
    more = {name: replace(one, metric=name, role=None, value=value) for name, value in others.items()}
    return replace(data, series={**more, **data.series})


def without_unmapped(data: RunData) -> RunData:
    """The run without the metrics that play no role."""
    return replace(data, series={name: s for name, s in data.series.items() if s.role is not None})


def continued(data: RunData, share: float) -> RunData:
    """The run with healthy points behind it: each series goes on as it was in its best stretch."""
    rng = np.random.default_rng(1)
    return each(data, lambda s: _longer(s, max(3, int(share * len(s.value))), rng))


def _longer(s: Series, more: int, rng: np.random.Generator) -> Series:
    healthy = _best_stretch(s)
    if not len(healthy):
        return s
    ahead = np.arange(1, more + 1)

    def on(column: Floats) -> Floats:
        pace = float(np.median(np.diff(column))) if len(column) > 1 else 1.0
        return np.append(column, column[-1] + pace * ahead)

    added = healthy[rng.integers(0, len(healthy), more)]
    return replace(s, step=on(s.step), epoch=on(s.epoch), wall_time=on(s.wall_time), value=np.append(s.value, added))


def _best_stretch(s: Series) -> Floats:
    """A tenth of the finite values: the lowest of a loss, else the last."""
    y = s.curve.finite.y
    size = max(3, len(y) // 10)
    if len(y) < size or s.role not in LOSSES:
        return y[-size:]
    at = int(np.argmin(np.convolve(y, np.ones(size) / size, "valid")))
    return y[at : at + size]
