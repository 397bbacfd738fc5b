"""From what was measured to what somebody would log of it: names, intervals, axes and formats are drawn by lot."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from evals.faults.domains import DOMAINS
from evals.faults.names import NAMES
from evals.faults.training import History, Row, Values

Record = dict[str, float]
Display = Literal["as it is", "running mean", "perplexity"]
FORMATS = (
    "jsonl", "csv", "keras_csv", "keras_history", "trainer_state", "hf_console", "nanogpt", "key_value", "wandb",
    "lightning", "megatron",
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How a run is logged. `by_epoch`: one record per epoch; else every `every` steps, averaged over them or not.
    `first_epoch` is the number of the first epoch in a log by epoch, `pick` settles small choices of a format."""

    format: str
    names: dict[str, str]
    by_epoch: bool
    every: int
    averaged: bool
    shown: frozenset[str]
    with_epoch: bool
    first_epoch: int
    pick: int
    display: Display = "as it is"


def draw_style(history: History, wanted: Sequence[str], by_step: bool, dice: Random) -> Style:
    """A style that shows at least the `wanted` columns, and logs by step where `by_step` says so."""
    epochs = history.rows[-1].epoch
    formats = list(FORMATS) if epochs >= 8 and not by_step else [f for f in FORMATS if not f.startswith("keras")]
    if history.recipe.task in DOMAINS:
        formats = ["jsonl", "csv", "key_value", "wandb", "lightning"]
    if history.recipe.task == "boosting":
        formats = ["xgboost", "csv", "jsonl"]
    if history.recipe.pretrained_steps:  # which is evaluated before its first step
        formats = [f for f in formats if f not in ("nanogpt", "megatron")]
    if history.recipe.mishap.dies_at:
        formats = ["key_value", "nanogpt", "megatron", "hf_console"]
    chosen = dice.choice(formats)
    family = {"keras_csv": "keras", "keras_history": "keras", "trainer_state": "hf", "hf_console": "hf"}.get(
        chosen, dice.choice(["plain", "slash"]) if chosen in ("jsonl", "wandb", "csv") else "plain"
    )
    depth = len(history.recipe.hidden)
    place = dice.randrange(5)
    names = {
        k: v[min(place, len(v) - 1)].replace("{n}", str(depth)).replace("{m}", str((depth + 1) // 2))
        for k, v in NAMES[family].items()
    }
    by_epoch = family == "keras" or (
        epochs >= 12
        and not by_step
        and history.recipe.task not in DOMAINS
        and chosen in ("csv", "key_value")
        and dice.random() < 0.4
    )
    shown = {"train_loss", "val_loss", "val_accuracy", "val_balanced", "val_r2", "val_kl", *wanted}
    for column, chance in (
        ("lr", 0.6),
        ("grad_norm", 0.5),
        ("train_accuracy", 0.5),
        ("seconds", 0.15),
        ("memory", 0.15),
    ):
        if dice.random() < chance:
            shown.add(column)
    every = dice.choice([1, 2, 5, 10]) if history.rows[-1].step >= 300 else 1
    return Style(
        chosen, names, by_epoch, 1 if by_step else every, dice.random() < 0.4, frozenset(shown),
        dice.random() < 0.5, 0 if chosen.startswith("keras") else dice.randrange(2), dice.randrange(10_000),
    )  # fmt: skip


def records(history: History, style: Style) -> list[Record]:
    """What the log holds, in order, under plain names; "step" and "epoch" are its own numbers."""
    if style.by_epoch:
        return list(_epochs(history, style))
    out: list[Record] = []
    window: list[Row] = []
    for row in history.rows:
        window.append(row)
        due = row.step % style.every == 0 or row.step == 1
        if not due and "val_loss" not in row.values:
            continue
        values = dict(row.values)
        if style.averaged and due and "train_loss" in values:
            known = [r.values["train_loss"] for r in window if "train_loss" in r.values]
            values["train_loss"] = sum(known) / len(known)
        window = []
        if style.display == "running mean":
            since = int((row.epoch - 1e-9) // 1)
            kept = [r.values["train_loss"] for r in history.rows[: row.step] if int((r.epoch - 1e-9) // 1) == since]
            values["train_loss"] = sum(kept) / len(kept)
        if style.display == "perplexity":
            values |= {k: math.exp(min(values[k], 50.0)) for k in ("train_loss", "val_loss") if k in values}
        out.append(_record(values, style) | {"step": row.step, "epoch": round(row.epoch, 4)})
    return out


def _epochs(history: History, style: Style) -> Iterator[Record]:
    per = history.recipe.steps_per_epoch
    last: Values = {}
    for begin in range(0, len(history.rows) - per + 1, per):
        rows = history.rows[begin : begin + per]
        for row in rows:
            last = last | {k: v for k, v in row.values.items() if k.startswith("val_") or k == "dead"}
        mean = {k: sum(r.values[k] for r in rows) / per for k in rows[0].values if not k.startswith(("val_", "dead"))}
        mean |= {k: rows[-1].values[k] for k in ("lr", "memory", "loss_scale", "skipped") if k in mean}
        yield _record(mean | last, style) | {"epoch": begin // per + style.first_epoch}


def _record(values: Values, style: Style) -> Record:
    return {k: short(v) for k, v in values.items() if k in style.shown}


def short(value: float) -> float:
    """Six significant digits, as most loggers print."""
    return float(f"{value:.6g}") if math.isfinite(value) else value
