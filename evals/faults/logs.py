"""From what was measured to the log that somebody would find: names, intervals, axes and formats are drawn by lot."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

from evals.faults.recipes import Recipe
from evals.faults.training import History, Row, Values

Axis = str
Record = dict[str, float]

NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "plain": {
        "train_loss": ("train_loss", "loss_train", "training_loss", "tr_loss", "loss"),
        "val_loss": ("val_loss", "valid_loss", "dev_loss", "validation_loss", "heldout_loss"),
        "train_accuracy": ("train_acc", "train_accuracy", "acc"),
        "val_accuracy": ("val_acc", "valid_accuracy", "dev_acc", "validation_accuracy"),
        "val_balanced": ("val_balanced_accuracy", "val_macro_recall", "dev_bal_acc"),
        "val_r2": ("val_r2", "valid_r2_score", "dev_r2"),
        "lr": ("lr", "learning_rate", "current_lr"),
        "grad_norm": ("grad_norm", "gnorm", "total_grad_norm", "gradient_norm"),
        "grad_first": ("grad_norm_layer0", "gnorm_l0"),
        "grad_last": ("grad_norm_layer{n}", "gnorm_l{n}"),
        "seconds": ("step_time", "sec_per_step", "iter_time"),
        "memory": ("memory_mb", "gpu_mem_mb", "rss_mb"),
        "loss_scale": ("loss_scale", "scaler_scale"),
        "skipped": ("skipped_steps", "num_skipped"),
        "dead": ("dead_units", "dead_relu_frac"),
    },
    "slash": {
        "train_loss": ("train/loss", "Loss/train", "training/nll", "train/loss_total", "loss/training"),
        "val_loss": ("val/loss", "Loss/val", "validation/nll", "valid/loss_total", "eval/loss"),
        "train_accuracy": ("train/acc", "Accuracy/train", "training/accuracy"),
        "val_accuracy": ("val/acc", "Accuracy/val", "validation/accuracy"),
        "val_balanced": ("val/balanced_acc", "val/uar"),
        "val_r2": ("val/r2", "R2/val"),
        "lr": ("train/lr", "optim/lr", "LR"),
        "grad_norm": ("train/grad_norm", "grad/total_norm", "optim/gnorm"),
        "grad_first": ("grad/layers.0.weight", "grad_norm/layer_0"),
        "grad_last": ("grad/layers.{n}.weight", "grad_norm/layer_{n}"),
        "seconds": ("perf/step_seconds", "time/step"),
        "memory": ("system/gpu_mem_mb", "perf/rss_mb"),
        "loss_scale": ("amp/loss_scale", "train/loss_scale"),
        "skipped": ("amp/skipped_steps",),
        "dead": ("act/dead_fraction", "activations/dead_relu"),
    },
    "hf": {
        "train_loss": ("loss",),
        "val_loss": ("eval_loss",),
        "train_accuracy": ("train_accuracy",),
        "val_accuracy": ("eval_accuracy",),
        "val_balanced": ("eval_balanced_accuracy",),
        "val_r2": ("eval_r2",),
        "lr": ("learning_rate",),
        "grad_norm": ("grad_norm",),
        "seconds": ("step_time",),
        "memory": ("gpu_memory_mb",),
        "loss_scale": ("loss_scale",),
        "skipped": ("skipped_steps",),
        "grad_first": ("grad_norm/layer.0",),
        "grad_last": ("grad_norm/layer.{n}",),
        "dead": ("dead_neurons",),
    },
    "keras": {
        "train_loss": ("loss",),
        "val_loss": ("val_loss",),
        "train_accuracy": ("accuracy", "acc"),
        "val_accuracy": ("val_accuracy", "val_acc"),
        "val_balanced": ("val_balanced_accuracy",),
        "val_r2": ("val_r2_score", "val_r_squared"),
        "lr": ("lr", "learning_rate"),
        "grad_norm": ("grad_norm",),
        "seconds": ("step_time",),
        "memory": ("memory_mb",),
        "loss_scale": ("loss_scale",),
        "skipped": ("skipped_steps",),
        "grad_first": ("grad_norm_dense",),
        "grad_last": ("grad_norm_dense_{n}",),
        "dead": ("dead_units",),
    },
}
CONFIG_KEYS: tuple[dict[str, str], ...] = (
    {},
    {"learning_rate": "lr", "batch_size": "bs", "weight_decay": "wd", "rows": "n_train", "validation_rows": "n_val"},
    {"learning_rate": "lr0", "batch_size": "batch", "steps": "max_steps", "weight_decay": "l2", "task": "dataset"},
    {"optimizer": "optimizer.name", "learning_rate": "optimizer.lr", "batch_size": "data.batch_size", "clip": "grad_clip"},
    {"learning_rate": "base_lr", "batch_size": "train_batch_size", "steps": "total_steps", "clip": "max_grad_norm"},
)


@dataclass(frozen=True)
class Style:
    """How a run is logged. `by_epoch`: one record per epoch; else every `every` steps, averaged over them or not.
    `first_epoch` is the number of the first epoch in a log by epoch."""

    format: str
    names: dict[str, str]
    by_epoch: bool
    every: int
    averaged: bool
    shown: frozenset[str]
    with_epoch: bool
    first_epoch: int


def draw_style(history: History, wanted: Sequence[str], by_step: bool, dice: Random) -> Style:
    """A style that shows at least the `wanted` columns, and logs by step where `by_step` says so."""
    epochs = history.rows[-1].epoch
    formats = list(WRITERS) if epochs >= 8 and not by_step else [f for f in WRITERS if not f.startswith("keras")]
    chosen = dice.choice(formats)
    family = {"keras_csv": "keras", "keras_history": "keras", "trainer_state": "hf", "hf_console": "hf"}.get(
        chosen, dice.choice(["plain", "slash"]) if chosen in ("jsonl", "wandb", "csv") else "plain"
    )
    depth = len(history.recipe.hidden)
    place = dice.randrange(5)
    names = {k: v[min(place, len(v) - 1)].replace("{n}", str(depth)) for k, v in NAMES[family].items()}
    by_epoch = family == "keras" or (epochs >= 12 and not by_step and chosen in ("csv", "key_value") and dice.random() < 0.4)
    shown = {"train_loss", "val_loss", "val_accuracy", "val_balanced", "val_r2", *wanted}
    for column, chance in (("lr", 0.6), ("grad_norm", 0.5), ("train_accuracy", 0.5), ("seconds", 0.15), ("memory", 0.15)):
        if dice.random() < chance:
            shown.add(column)
    every = dice.choice([1, 2, 5, 10]) if history.rows[-1].step >= 300 else 1
    return Style(
        chosen, names, by_epoch, 1 if by_step else every, dice.random() < 0.4, frozenset(shown),
        dice.random() < 0.5, 0 if chosen.startswith("keras") else dice.randrange(2),
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
        if style.averaged and due:
            values["train_loss"] = sum(r.values["train_loss"] for r in window) / len(window)
        window = []
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


def write(history: History, style: Style, folder: Path, dice: Random) -> str:
    """Write the log and the settings; returns the name of the format."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = records(history, style)
    WRITERS[style.format](rows, style, folder, dice)
    _write_config(history.recipe, folder, dice)
    return style.format


def settings(recipe: Recipe, keys: dict[str, str]) -> dict[str, object]:
    """The hyperparameters that a training script would dump, under the given names."""
    r = recipe
    own: dict[str, object] = {
        "task": r.task, "hidden": list(r.hidden), "activation": r.activation, "optimizer": r.optimizer,
        "learning_rate": r.learning_rate, "batch_size": r.batch_size, "steps": r.steps, "rows": r.rows,
        "validation_rows": r.validation_rows, "weight_decay": r.weight_decay, "lr_scheduler": r.schedule,
        "warmup_steps": r.warmup_steps, "dropout": r.dropout, "label_smoothing": r.label_smoothing, "seed": r.seed,
    }  # fmt: skip
    if r.optimizer == "sgd":
        own["momentum"] = r.momentum
    if r.clip:
        own["clip"] = r.clip
    if r.half:
        own["fp16"] = True
    names = {"clip": "clip_grad_norm", "rows": "train_examples", "validation_rows": "val_examples"} | keys
    return {names.get(k, k): v for k, v in own.items()}


def _write_config(recipe: Recipe, folder: Path, dice: Random) -> None:
    if dice.random() < 0.08:
        return
    values = settings(recipe, dice.choice(CONFIG_KEYS))
    if dice.random() < 0.5:
        _text([json.dumps(values, indent=1)], folder / dice.choice(["config.json", "hparams.json", "args.json"]))
    else:
        _text([yaml.safe_dump(values, sort_keys=False)], folder / dice.choice(["config.yaml", "hparams.yaml"]))


def _named(row: Record, style: Style, digits: int = 6) -> dict[str, float]:
    return {style.names.get(k, k): v for k, v in row.items() if k not in ("step", "epoch")}


def _place(row: Record, style: Style) -> dict[str, float]:
    if "step" not in row:
        return {"epoch": int(row["epoch"])}
    return {"step": int(row["step"])} | ({"epoch": row["epoch"]} if style.with_epoch else {})


def write_jsonl(rows: list[Record], style: Style, folder: Path, dice: Random) -> None:
    """One object per record; NaN as Python writes it."""
    name = dice.choice(["metrics.jsonl", "log.jsonl", "train_log.jsonl"])
    _text([json.dumps(_place(r, style) | _named(r, style)) for r in rows], folder / name)


def write_wandb(rows: list[Record], style: Style, folder: Path, dice: Random) -> None:
    """A W&B history as its offline export writes it."""
    start, lines = 1_730_000_000.0 + dice.randrange(10**6), []
    for index, r in enumerate(rows):
        own = {"_step": int(r.get("step", index)), "_runtime": round(index * 0.4, 3), "_timestamp": start + index * 0.4}
        own |= {"epoch": r["epoch"]} if style.with_epoch or "step" not in r else {}
        lines.append(json.dumps(_named({k: _or_text(v) for k, v in r.items()}, style) | own))
    _text(lines, folder / "wandb-history.jsonl")


def _or_text(value: float) -> float:
    return value if math.isfinite(value) else ("NaN" if math.isnan(value) else "Infinity")  # type: ignore[return-value]


def write_csv(rows: list[Record], style: Style, folder: Path, dice: Random) -> None:
    """A table with empty cells where nothing was measured."""
    table = [_place(r, style) | _named(r, style) for r in rows]
    _table(table, folder / dice.choice(["log.csv", "metrics.csv", "progress.csv"]))


def write_keras_csv(rows: list[Record], style: Style, folder: Path, dice: Random) -> None:
    """Keras' CSVLogger: epoch first, then the names in order."""
    table = [{"epoch": int(r["epoch"])} | dict(sorted(_named(r, style).items())) for r in rows]
    _table(table, folder / dice.choice(["training.csv", "history.csv", "log.csv"]))


def write_keras_history(rows: list[Record], style: Style, folder: Path, dice: Random) -> None:
    """`History.history` dumped as JSON: one list per name."""
    named = [_named(r, style) for r in rows]
    _text([json.dumps({k: [r.get(k) for r in named] for k in named[-1]}, indent=1)], folder / "history.json")


def write_trainer_state(rows: list[Record], style: Style, folder: Path, dice: Random) -> None:
    """Hugging Face's trainer_state.json."""
    state = {"epoch": rows[-1]["epoch"], "global_step": rows[-1]["step"], "log_history": list(_hf(rows, style))}
    _text([json.dumps(state, indent=1)], folder / "trainer_state.json")


def write_hf_console(rows: list[Record], style: Style, folder: Path, dice: Random) -> None:
    """What the Trainer prints: dicts, without the step."""
    lines = [str({k: v for k, v in r.items() if k != "step"}) for r in _hf(rows, style)]
    _text(["***** Running training *****", *lines], folder / dice.choice(["train.log", "slurm-7041.out"]))


def _hf(rows: list[Record], style: Style) -> Iterator[dict[str, float]]:
    for r in rows:
        named, place = _named(r, style), {"epoch": r["epoch"], "step": r["step"]}
        training = {k: v for k, v in named.items() if not k.startswith(("eval_", "dead"))}
        if training:
            yield training | place
        evaluation = {k: v for k, v in named.items() if k not in training}
        if evaluation:
            yield evaluation | place


def write_nanogpt(rows: list[Record], style: Style, folder: Path, dice: Random) -> None:
    """nanoGPT's console: iterations, and evaluations on lines of their own."""
    lines = ["number of parameters: 0.01M"]
    for r in rows:
        step, extra = int(r["step"]), _pairs(r, style, ("train_loss", "val_"), " ")
        if "val_loss" in r:
            scores = "".join(f", {style.names[k].replace('_', ' ')} {_fixed(r[k])}" for k in r if k in SCORES)
            lines.append(f"step {step}: train loss {_fixed(r['train_loss'])}, val loss {_fixed(r['val_loss'])}{scores}")
        lines.append(f"iter {step}: loss {_fixed(r['train_loss'])}" + (f", {extra}" if extra else ""))
    _text(lines, folder / dice.choice(["out.log", "nohup.out"]))


SCORES = ("val_accuracy", "val_balanced", "val_r2")


def write_key_value(rows: list[Record], style: Style, folder: Path, dice: Random) -> None:
    """A logger's lines of `key: value` or `key=value`."""
    mark, gap = dice.choice([(": ", ", "), ("=", " "), ("=", ", "), (": ", " | ")])
    lines = []
    for index, r in enumerate(rows):
        place = mark.join(("epoch", str(int(r["epoch"])))) if "step" not in r else mark.join(("step", str(int(r["step"]))))
        stamp = f"2025-03-{4 + index // 86400:02d} {index // 3600 % 24:02d}:{index // 60 % 60:02d}:{index % 60:02d}"
        cells = gap.join(f"{k}{mark}{_fixed(v)}" for k, v in _named(r, style).items())
        lines.append(f"{stamp} INFO {place}{gap}{cells}")
    _text(lines, folder / dice.choice(["train.log", "log.txt", "stdout.txt"]))


def write_lightning(rows: list[Record], style: Style, folder: Path, dice: Random) -> None:
    """Lightning's CSVLogger: sorted columns, training and evaluation in rows of their own, whole epochs."""
    table: list[dict[str, float]] = []
    for r in rows:
        place = {"epoch": math.ceil(r["epoch"]) - 1, "step": int(r["step"]) - 1}
        named = {k: v for k, v in r.items() if k not in ("step", "epoch")}
        for part in (False, True):
            cells = {style.names[k]: v for k, v in named.items() if k.startswith(("val_", "dead")) == part}
            if cells:
                table.append(place | cells)
    header = sorted({k for r in table for k in r})
    _table([{k: r.get(k, "") for k in header} for r in table], folder / "metrics.csv")  # type: ignore[misc]


def write_megatron(rows: list[Record], style: Style, folder: Path, dice: Random) -> None:
    """Megatron's console: cells between bars, validation on lines of their own."""
    last, lines = int(rows[-1]["step"]), []
    for r in rows:
        cells = [f"iteration {int(r['step']):8d}/{last:8d}"]
        cells += [f"elapsed time per iteration (ms): {1000 * r['seconds']:.1f}"] if "seconds" in r else []
        cells += [f"learning rate: {r['lr']:.6E}"] if "lr" in r else []
        cells += [f"lm loss: {r['train_loss']:.6E}"]
        cells += [f"loss scale: {r['loss_scale']:.1f}"] if "loss_scale" in r else []
        cells += [f"grad norm: {r['grad_norm']:.3f}"] if "grad_norm" in r else []
        cells += [f"number of skipped iterations: {int(r['skipped'])}"] if "skipped" in r else []
        others = {k: v for k, v in r.items() if k in ("memory", "dead", "grad_first", "grad_last", "train_accuracy")}
        lines.append(" " + " | ".join([*cells, *(f"{style.names[k]}: {v:.6E}" for k, v in others.items())]) + " |")
        if "val_loss" in r:
            scores = "".join(f"{style.names[k]} value: {r[k]:.6E} | " for k in SCORES if k in r)
            lines.append(f" validation loss at iteration {int(r['step'])} | lm loss value: {r['val_loss']:.6E} | {scores}")
    _text(lines, folder / dice.choice(["pretrain.log", "rank0.log"]))


WRITERS: dict[str, Callable[[list[Record], Style, Path, Random], None]] = {
    "jsonl": write_jsonl,
    "csv": write_csv,
    "keras_csv": write_keras_csv,
    "keras_history": write_keras_history,
    "trainer_state": write_trainer_state,
    "hf_console": write_hf_console,
    "nanogpt": write_nanogpt,
    "key_value": write_key_value,
    "wandb": write_wandb,
    "lightning": write_lightning,
    "megatron": write_megatron,
}


def _pairs(row: Record, style: Style, without: tuple[str, ...], mark: str) -> str:
    kept = {k: v for k, v in row.items() if k not in ("step", "epoch") and not k.startswith(without)}
    return ", ".join(f"{style.names[k]}{mark}{v:.4e}" for k, v in kept.items())


def _fixed(value: float) -> str:
    return f"{value:.4f}" if 1e-2 < abs(value) < 1e5 or not math.isfinite(value) else f"{value:.4e}"


def _table(rows: list[dict[str, float]], path: Path) -> None:
    header = list(dict.fromkeys(k for r in rows for k in r))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _text(lines: list[str], path: Path) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
