"""Reading tool results back from the artifacts on a thread, where records are plain JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pydantic import TypeAdapter

from tools.records import PlotSpec
from tools.render.plain import Json

JsonObject = dict[str, Json]


@cache
def _plot_specs() -> TypeAdapter[PlotSpec]:
    return TypeAdapter(PlotSpec)


def plot_spec(result: JsonObject) -> PlotSpec | None:
    """The plot in a result, or None when it is none."""
    return _plot_specs().validate_python(result["spec"]) if result.get("kind") == "Plot" else None


def runs_of(result: JsonObject, answer: str) -> Iterator[str]:
    """Ids of the runs a result is about; of a list or a table only those that the answer names."""
    if result.get("kind") in {"RunList", "Table"}:
        yield from (run for run in _listed_runs(result) if _names(answer, run))
    else:
        yield from (_id(run) for key in ("run", "runs") for run in _items(result.get(key)))


def findings_of(result: JsonObject, answer: str) -> Iterator[str]:
    """Ids of the findings a result is about; of a list only those of runs that the answer names."""
    if result.get("kind") == "Explanation":
        yield str(result["id"])
    diagnoses = [item for key in ("diagnosis", "diagnoses") for item in _items(result.get(key))]
    yield from (_id(found) for diagnosis in diagnoses for found in _items(_field(diagnosis, "findings")))
    if result.get("kind") == "RunList":
        rows = [row for row in _items(result.get("rows")) if _names(answer, _id(_field(row, "run")))]
        yield from (_id(row["headline_finding"]) for row in rows if isinstance(row, dict) and row["headline_finding"])


def _listed_runs(result: JsonObject) -> Iterator[str]:
    columns = _items(result.get("columns"))
    for row in _items(result.get("rows")):
        if isinstance(row, dict):
            yield _id(row.get("run"))
        elif isinstance(row, list) and "run" in columns:
            yield str(row[columns.index("run")])


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _field(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None


def _id(value: Json) -> str:
    """A record's id, or the value itself where it is one."""
    return str(value.get("run") or value.get("id")) if isinstance(value, dict) else str(value)


def _names(answer: str, run: str) -> bool:
    """Of thousands of runs an answer names a few, so a pattern is made for those only that may be among them."""
    if run.lower() not in answer.lower():
        return False
    return re.search(rf"(?<![\w-]){re.escape(run)}(?![\w-])", answer, re.IGNORECASE) is not None
