"""A document that holds several runs: by name, or as a list, each with its settings or its history."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tools.formats._measures import is_measure, is_result
from tools.formats._records import SETTING_KEYS

CONTAINERS = ("runs", "experiments", "trials", "results", "folds")
HISTORIES = frozenset({"history", "metrics", "log", "logs", "curves", "train_log"})
TITLES = ("name", "run", "run_name", "run_id", "id", "experiment", "trial")
NAMES = (*TITLES, "seed", "fold")
_NUMBERS = re.compile(r"\d+")


def runs_in(value: object) -> dict[str, Mapping[str, object]]:
    """The runs of a document by name; empty where it is the log of one."""
    inside = [value[key] for key in CONTAINERS if key in value] if isinstance(value, Mapping) else []
    return next((found for one in (*inside, value) if (found := _runs(one))), {})


def _runs(value: object) -> dict[str, Mapping[str, object]]:
    named = _named(value)
    alike = len({_NUMBERS.sub("#", name) for name in named}) == 1
    whole = [inner for inner in named.values() if _has_history(inner) and (alike or not SETTING_KEYS.isdisjoint(inner))]
    return named if len(named) > 1 and len(whole) == len(named) else {}


def _named(value: object) -> dict[str, Mapping[str, object]]:
    if isinstance(value, list):
        listed = [one for one in value if isinstance(one, Mapping)]
        names = [_name(run, index) for index, run in enumerate(listed)]
        return dict(zip(names, listed, strict=True)) if len(listed) == len(value) == len(set(names)) else {}
    found = {str(name): inner for name, inner in value.items()} if isinstance(value, Mapping) else {}
    runs = {name: inner for name, inner in found.items() if isinstance(inner, Mapping)}
    told = any(is_measure(name) for name in runs)
    return {} if told or len(runs) < len(found) else runs


def _name(run: Mapping[str, object], index: int) -> str:
    said = next((run[key] for key in NAMES if isinstance(run.get(key), str | int)), index)
    return said if isinstance(said, str) else f"run-{said}"


def _has_history(run: Mapping[str, object]) -> bool:
    """Whether a run holds series of its own: lists of numbers, or records, under names or in its history."""
    inside = next((run[key] for key in HISTORIES if key in run), run)
    if isinstance(inside, list):
        return bool(inside) and isinstance(inside[0], Mapping)
    return isinstance(inside, Mapping) and any(
        isinstance(column, list) and bool(column) and isinstance(column[0], int | float) and is_measure(str(name))
        for name, column in inside.items()
    )


def told_beside(run: Mapping[str, object]) -> dict[str, object]:
    """What stands beside the history of a run in plain words and numbers, but for its name and its results."""
    return {
        name: one
        for name, one in run.items()
        if isinstance(one, str | int | float | bool) and name not in TITLES and not is_result(name)
    }
