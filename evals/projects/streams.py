"""Logistic regressions on a stream of rows, logged in odd ways: what is odd is the log or the stream."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.projects.plan import Plan, Setting
from evals.projects.sheets import Cell, Rows, lines_of_json, table

FEATURES = 20
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stream:
    """hardness(step): by how much the noise of the labels is stretched. masked: share of batches without labels."""

    steps: int = 600
    batch: int = 64
    rate: float = 0.1
    hardness: Callable[[int], float] = lambda _step: 1.0
    masked: float = 0.0
    hinge: bool = False
    easy_validation: bool = False
    seed: int = 31


def regress(stream: Stream) -> Rows:
    """A row per step; evaluations on a fixed set every 20 steps."""
    rng = np.random.default_rng(stream.seed)
    truth = rng.normal(0, 1, FEATURES)
    validation = _rows(rng, truth, 400, 0.25 if stream.easy_validation else 1.0, hinge=stream.hinge)
    weights, rows = np.zeros(FEATURES), []
    for step in range(1, stream.steps + 1):
        x, y = _rows(rng, truth, stream.batch, stream.hardness(step), hinge=stream.hinge)
        blank = rng.random() < stream.masked
        loss, gradient, right = _fit(weights, x, y, hinge=stream.hinge)
        if blank:
            loss, gradient = 0.0, np.zeros(FEATURES)
        weights -= stream.rate * gradient
        row: dict[str, Cell] = {"step": step, "loss": loss, "acc": right, "grad_norm": float(np.linalg.norm(gradient))}
        if step % 20 == 0:
            row["val_loss"], _, row["val_acc"] = _fit(weights, *validation, hinge=stream.hinge)
        rows.append(row)
    return rows


def _rows(rng: np.random.Generator, truth: Floats, n: int, hardness: float, *, hinge: bool) -> tuple[Floats, Floats]:
    x = rng.normal(0, 1, (n, FEATURES))
    side = x @ truth
    y = np.sign(side + (0.0 if hinge else rng.logistic(0, hardness, n)))
    if hinge:
        x = x + 1.2 * y[:, None] * truth / np.linalg.norm(truth)
    return x, np.where(y == 0, 1.0, y)


def _fit(weights: Floats, x: Floats, y: Floats, *, hinge: bool) -> tuple[float, Floats, float]:
    margin = y * (x @ weights)
    right = float((margin > 0).mean())
    if hinge:
        inside = margin < 1
        return float(np.maximum(0, 1 - margin).mean()), -(x * (y * inside)[:, None]).mean(axis=0), right
    pull = -y / (1 + np.exp(margin))
    return float(np.logaddexp(0, -margin).mean()), (pull[:, None] * x).mean(axis=0), right


def _smoothed(rows: Rows) -> Rows:
    """What a progress bar shows: an average over about fifty steps."""
    kept, out = float(rows[0]["loss"]), []
    for row in rows:
        kept = 0.98 * kept + 0.02 * float(row["loss"])
        out.append({"step": row["step"], "loss_smooth": kept} | {k: row[k] for k in ("val_loss",) if k in row})
    return out


def _summed(rows: Rows) -> Rows:
    """The sum over the batch of 64 under the name of the loss."""
    scaled = {"loss": 64.0, "val_loss": 400.0}
    return [{k: float(v) * scaled[k] if k in scaled else v for k, v in row.items() if k != "grad_norm"} for row in rows]


def _in_percent_later(rows: Rows) -> Rows:
    """From the middle on the accuracies are in percent: another version of the script went on."""
    names, since = ("acc", "val_acc"), len(rows) // 2
    return [
        {k: float(v) * 100 if k in names and i >= since else v for k, v in row.items() if k != "grad_norm"}
        for i, row in enumerate(rows)
    ]


def _as_it_is(rows: Rows) -> Rows:
    return rows


def _swinging(step: int) -> float:
    return 1.6 + 1.5 * math.sin(2 * math.pi * step / 56)


STREAMS: dict[str, tuple[Stream, Callable[[Rows], Rows]]] = {
    "s1": (Stream(), _as_it_is),
    "s2": (Stream(batch=16), _smoothed),
    "s3": (Stream(), _summed),
    "s4": (Stream(), _in_percent_later),
    "s5": (Stream(hardness=_swinging, batch=256), _as_it_is),
    "s6": (Stream(hardness=lambda step: 0.6 + max(0, step - 200) / 220, batch=256), _as_it_is),
    "s7": (Stream(masked=0.35), _as_it_is),
    "s8": (Stream(hinge=True, rate=0.3), _as_it_is),
    "s9": (Stream(easy_validation=True, batch=128), _as_it_is),
}


def _plan(run: str, stream: Stream, logged: Callable[[Rows], Rows]) -> Plan:
    same = {"s3": "s1", "s4": "s1"}.get(run, run)
    settings: dict[str, Setting] = {
        "model": "logistic", "stream": f"rows-{same}", "lr": stream.rate, "batch_size": stream.batch
    }  # fmt: skip
    by_line = int(run[1:]) % 2
    file, sheet = ("log.jsonl", lines_of_json) if by_line else ("log.csv", table)
    return Plan("streams", run, file, lambda: logged(regress(stream))[1::2], sheet, settings)


PLANS: tuple[Plan, ...] = tuple(_plan(run, *of) for run, of in STREAMS.items())
