"""What the parts of a tool result are called: their runs, findings, nouns and labels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from agent.grounding.fact import IN_UNITS
from tools.render.plain import Json


def belongs_to(record: Mapping[str, Json]) -> str:
    """The finding that a record is about, or the text of a line."""
    if "severity" in record or "onset_step" in record:
        return str(record.get("finding") or record.get("id") or "")
    if "unit" in record and "amount" in record:
        return f"{IN_UNITS}{record['unit']}"
    return str(record["text"]) if "line" in record and isinstance(record.get("text"), str) else ""


def noun_of(key: str) -> str:
    """What a field of that name counts."""
    return {
        "total": "run",
        "matched": "run",
        "log_lines": "line",
        "skipped_lines": "line",
        "same_params": "setting",
    }.get(key, key.removeprefix("n_").removeprefix("num_").rstrip("s"))


def as_number(text: str) -> float | None:
    """A setting that was written as text; None where it is no number."""
    try:
        return float(text)
    except ValueError:
        return None


def as_list(value: Json) -> list[Json]:
    """A list of a query, which arrives as JSON in a string."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    return value if isinstance(value, list) else []


def run_of(item: Json) -> str:
    """The id of the run that an item is about, or nothing."""
    run = item.get("run") if isinstance(item, dict) else None
    return str(run["run"]) if isinstance(run, dict) else str(run or "")


def labels(value: Json, depth: int) -> Iterator[frozenset[str]]:
    """What an item is called: the stems of its short texts."""
    if isinstance(value, dict) and depth:
        for key, item in value.items():
            if isinstance(item, str) and len(item) < 40 and key not in {"run", "name", "path", "summary", "fix"}:
                words = re.findall(r"[a-z]{2,}", item.lower().replace("_", " "))
                if words:
                    yield frozenset(word[:5] for word in words)
            else:
                yield from labels(item, depth - 1)
    elif isinstance(value, list) and depth:
        for item in value:
            yield from labels(item, depth - 1)
