"""Whether a user's rules speak of findings and thresholds that exist, with values that make sense."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from tools.detectors import detectors
from tools.errors import ToolError
from tools.rules import Rules


def check_rules(rules: Rules) -> None:
    """ToolError names the section and the nearest valid choice."""
    known = {d.id: d for d in detectors(rules.folder)}
    for suppression in rules.suppressions:
        _among("[[suppress]] finding", suppression.finding, known)
    for finding, values in rules.thresholds.items():
        _among("[thresholds]", finding, known)
        named = {t.name: t for t in known[finding].thresholds}
        for name, value in values.items():
            _among(f"[thresholds.{finding}]", name, named)
            threshold = named[name]
            if not threshold.low <= value <= threshold.high:
                raise ToolError(
                    f"[thresholds.{finding}] {name} cannot be {value:g}: {threshold.means}.",
                    f"It lies between {threshold.low:g} and {threshold.high:g}, by default at {threshold.default:.3g}.",
                )


def _among(section: str, name: str, known: Iterable[str]) -> None:
    choices = sorted(known)
    if name in choices:
        return
    near = get_close_matches(name, choices, n=1, cutoff=0.6)
    all_of = f"There are {', '.join(choices)}." if choices else "This finding has no threshold that can be set."
    raise ToolError(f"{section}: there is no {name!r}.", f"Did you mean {near[0]}?" if near else all_of)
