"""What `debug` says of real logs is what stands in them: counts, values and steps, through the store and the report."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from agent import debug

SHARED = Path(__file__).resolve().parents[3] / "shared" / "real-logs"
FORMATS = {
    *("csv_generic", "lightning_csv", "spinningup", "sb3", "flair", "rllib", "hf_trainer", "jsonl", "sacred"),
    *("tensorboard", "modded_nanogpt", "parameter_golf", "olmo", "marian"),
}
FIGURES = {
    **{name: name for name in ("first_step", "last_step", "last", "min", "min_step", "max")},
    "n": "count",
    "nonfinite": "non_finite",
}
"""Figure in expected.json -> key of the document."""

APART = {
    "modded_nanogpt/08_track3_3500steps_console": "ten runs in one file, added up in the expectation",
    "jsonl/01_pg_autoresearch_history.jsonl": "rows are trials; a metric that a trial lacks moves the row numbers",
}
NO_SCALARS = {"histogram", "hist_stats", "custom_scalars"}
"""Parts of the names of tags that hold no scalars."""


def logs() -> list[dict[str, Any]]:
    listed = json.loads((SHARED / "expected.json").read_text()) if SHARED.is_dir() else []
    return [row for row in listed if row["format"] in FORMATS and row["path"] not in APART and metrics_of(row)]


def metrics_of(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
    figures = row.get("full") or row.get("expected")
    metrics = figures.get("metrics") if isinstance(figures, dict) else None
    named = metrics if isinstance(metrics, dict) else {}
    return {name: m for name, m in named.items() if not any(part in name for part in NO_SCALARS)}


def letters(name: str) -> str:
    """Names are compared by letters and digits: expected.json writes some in other punctuation than the log."""
    return "".join(filter(str.isalnum, name.lower()))


def same(ours: Any, theirs: Any) -> bool:
    ours = math.nan if ours is None else float(ours)
    return math.isclose(ours, theirs, rel_tol=1e-9) or (math.isnan(ours) and math.isnan(theirs))


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.skipif(not SHARED.is_dir(), reason="no real-logs folder beside this checkout")
def test_there_are_real_logs_to_compare_with() -> None:
    assert len(logs()) > 10


@pytest.mark.parametrize("row", logs(), ids=lambda row: row["path"])
def test_debug_gives_the_figures_of_a_real_log(row: dict[str, Any]) -> None:
    document = debug(SHARED / row["path"])
    assert document["unreadable"] == []
    (run,) = document["runs"]
    found = {letters(m["name"]): m for m in run["metrics"]}
    wrong = []
    for name, expected in metrics_of(row).items():
        ours = found[letters(name)]
        for figure, key in FIGURES.items():
            theirs = expected.get(figure)
            if isinstance(theirs, int | float) and not same(ours[key], theirs):
                wrong.append(f"{name} {key}: {ours[key]} instead of {theirs}")
    assert not wrong
