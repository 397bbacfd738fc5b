"""Tool results back from their JSON-able form to the records they were (tools/results.py)."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from tools import results
from tools.results import Result

KINDS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(results.Result)}
NON_FINITE: Mapping[str, float] = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def result_of(data: Mapping[str, Any]) -> Result | None:
    """The record of an artifact's "result", None where it is no kind that we know."""
    kind = KINDS.get(str(data.get("kind")))
    return None if kind is None else cast(Result, _record(kind, data))


def _record(kind: type, data: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    known = {field.name for field in fields(kind)}
    return kind(**{name: _value(hints[name], item) for name, item in data.items() if name in known})


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, item: Any) -> Any:
    origin = get_origin(hint)
    if item is None or origin is Literal:
        return item
    if origin in (Union, types.UnionType):
        return _either(get_args(hint), item)
    if origin is tuple:
        inner = get_args(hint)[0]
        return tuple(_value(inner, one) for one in item)
    if is_dataclass(hint) and isinstance(item, Mapping):
        return _record(cast(type, hint), item)
    return NON_FINITE.get(item, item) if hint is float and isinstance(item, str) else item


def _either(options: tuple[Any, ...], item: Any) -> Any:
    """The first option that fits; a number that was written out ("NaN") only where no text may stand."""
    real = [option for option in options if option is not type(None)]
    if str in real:
        return item
    return _value(real[0], item)
