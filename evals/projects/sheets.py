"""Rows of numbers as the text of a log, in the ways that scripts write one. NaN is written as each of them does."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO

Cell = float | int | str
Rows = list[dict[str, Cell]]
Sheet = Callable[[Rows], str]


def table(rows: Rows) -> str:
    """CSV with empty cells where nothing was measured."""
    text = StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(k for r in rows for k in r)), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: short(v) for k, v in row.items()} for row in rows)
    return text.getvalue()


def lines_of_json(rows: Rows) -> str:
    """An object a line."""
    return "\n".join(json.dumps({k: short(v) for k, v in row.items()}) for row in rows)


def trainer_state(rows: Rows) -> str:
    """Hugging Face's trainer_state.json."""
    history = [{k: short(v) for k, v in row.items()} for row in rows]
    return json.dumps({"global_step": rows[-1]["step"], "log_history": history}, indent=1)


def pairs(rows: Rows) -> str:
    """A logger's lines: `2025-05-02 10:00:00,000 - INFO - step=3 loss=0.31`. A column `clock` is its time."""
    lines = []
    for index, row in enumerate(rows):
        at = datetime.fromtimestamp(float(row.get("clock", 1_746_180_000 + 2 * index)), UTC)
        cells = " ".join(f"{k}={_plain(v)}" for k, v in row.items() if k != "clock")
        lines.append(f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d} - INFO - {cells}")
    return "\n".join(lines)


def fairseq(rows: Rows) -> str:
    """fairseq's `--log-format json`: training lines of `train_inner`, evaluations of `valid`."""
    lines = []
    for index, row in enumerate(rows):
        at = datetime.fromtimestamp(1_746_180_000 + 9 * index, UTC)
        topic = "valid" if any(k.startswith("valid_") for k in row) else "train_inner"
        cells = json.dumps({k: str(short(v)) if k not in ("epoch", "update") else v for k, v in row.items()})
        lines.append(f"{at:%Y-%m-%d %H:%M:%S} | INFO | {topic} | {cells}")
    return "\n".join(lines)


def boxes(rows: Rows) -> str:
    """The tables that Stable-Baselines 3 prints."""
    lines: list[str] = []
    for row in rows:
        parts: dict[str, dict[str, Cell]] = {}
        for name, value in row.items():
            part, _, own = name.partition("/")
            parts.setdefault(part, {})[own] = value
        cells: list[tuple[str, str]] = []
        for part, own_cells in parts.items():
            cells += [(f"{part}/", ""), *((f"   {k}", _plain(v)) for k, v in own_cells.items())]
        edge = "-" * 44
        lines += [edge, *(f"| {name:<24}| {value:<14}|" for name, value in cells), edge]
    return "\n".join(lines)


def rounds(rows: Rows) -> str:
    """XGBoost's console: a round a line."""
    return "\n".join(
        f"[{row['round']}]" + "".join(f"\t{k}:{float(v):.5f}" for k, v in row.items() if k != "round") for row in rows
    )


def short(value: Cell) -> Cell:
    """Six significant digits, as most loggers print."""
    return float(f"{value:.6g}") if isinstance(value, float) and math.isfinite(value) else value


def _plain(value: Cell) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
