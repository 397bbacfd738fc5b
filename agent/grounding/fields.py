"""What the name of a field says of the number it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from agent.grounding.fact import FactKind
from agent.grounding.wording import Moment

_PLACE_KEY = re.compile(r"(?:(?P<of>\w+)_)?(?P<axis>step|epoch|iteration|line)s?$")
_COUNT_KEY = re.compile(
    r"points|count|total|matched|skipped_lines|log_lines|non_finite|same_params|n|num|runs|settings|n_\w+|\w+_count"
)
_END = re.compile(r"(|\w+_)(?:low|high)")
_WEIGHED = re.compile(r"importance|correlation")
MOMENTS: Mapping[str, Moment] = {
    **dict.fromkeys(("best", "own_best", "min", "max", "lowest", "highest"), "best"),
    **dict.fromkeys(("last", "final"), "last"),
    **dict.fromkeys(("first", "initial"), "first"),
    **dict.fromkeys(("onset", "since"), "onset"),
}


def kind_of(key: str, axis: FactKind) -> tuple[FactKind, Moment | Literal["end"], str]:
    """What a field holds, which moment it is of, and the name that it shares with what belongs to it."""
    key = key.lower()
    if place := _PLACE_KEY.fullmatch(key):
        of = place["of"] or ""
        kind: FactKind = "epoch" if place["axis"] == "epoch" else "line" if place["axis"] == "line" else "step"
        if kind == "step" and axis != "step" and of != "onset":
            kind = axis
        return kind, MOMENTS.get(of, ""), of
    if key in {"confidence", "share", "chance"}:
        return "share", "", key
    if key in {"since", "x"}:
        return axis, "onset", key
    if _COUNT_KEY.fullmatch(key):
        return "count", "", key
    if key in {"hours", "seconds", "money", "minutes"}:
        return "amount", "", key
    if key in {"amount", "epochs", "left"}:
        return "span", "", key
    if key in {"current", "proposed", "values", "vals"}:
        return "setting", "", ""
    if end := _END.fullmatch(key):
        return "value", "end", f"{end[1]}interval"
    moment = MOMENTS.get(key, "")
    is_value = bool(moment) or key in {"value", "y", "mean", "median", "avg"} or _WEIGHED.match(key) is not None
    return ("value" if is_value else "free"), moment, key
