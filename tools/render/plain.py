"""Results as JSON: nothing rounded, nothing left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from tools.results import Result

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def as_dict(result: Result) -> dict[str, Json]:
    """{"kind": name of the result, ...its fields}; values that are not finite as "NaN", "Infinity", "-Infinity"."""
    return {"kind": type(result).__name__, **_fields(result)}


def _fields(record: Any) -> dict[str, Json]:
    return {f.name: _plain(getattr(record, f.name)) for f in fields(record)}


def _plain(value: Any) -> Json:
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(v) for key, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return _number(float(value))
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _number(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value
