"""One logged record (a JSON object) to numbers, positions and settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools.formats._axes import Axes, axes_of
from tools.formats._collect import NAN
from tools.formats._numbers import clock, scalar
from tools.formats._settings import params_of
from tools.records import Param

SETTING_KEYS = frozenset({"config", "hparams", "args", "params", "hyperparameters", "hyper_parameters"})
DEEPEST = 16


@dataclass(frozen=True)
class Row:
    """The numbers of a record and where they stand."""

    values: dict[str, float]
    step: float = NAN
    epoch: float = NAN
    wall: float = NAN


def flat(record: Mapping[str, object], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """Leaves of a nested record; names joined with a slash. Settings, histograms and images are left out."""
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            if key not in SETTING_KEYS and "_type" not in value and depth < DEEPEST:
                yield from flat(value, f"{name}/", depth + 1)
        elif isinstance(value, list):
            if len(value) == 1:
                yield name, value[0]
        else:
            yield name, value


def row_of(record: Mapping[str, object], axes: Axes | None = None) -> Row:
    """The numbers of a record with its position taken out; an epoch that stands beside a step stays a metric too."""
    leaves = dict(flat(record))
    axes = axes or axes_of(leaves)
    position = axes.positions()
    values = {}
    for name, value in leaves.items():
        if value.__class__ is float and name not in position:
            values[name] = value
        elif name not in position and (number := scalar(value)) is not None:
            values[name] = number
    return Row(values, _at(leaves, axes.step), _at(leaves, axes.epoch), _clock_at(leaves, axes.clock))


def _at(leaves: Mapping[str, object], name: str | None) -> float:
    number = None if name is None else scalar(leaves[name])
    return NAN if number is None else number


def _clock_at(leaves: Mapping[str, object], name: str | None) -> float:
    return NAN if name is None else clock(leaves[name])


def settings_of(record: Mapping[str, object]) -> Iterator[Param]:
    """Hyperparameters that a record carries along with its numbers (RLlib's `config`)."""
    for key in SETTING_KEYS & record.keys():
        value = record[key]
        if isinstance(value, Mapping):
            yield from params_of(value)
