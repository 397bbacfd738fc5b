"""Logs as they would be found, in the formats that people meet."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TypeVar

import yaml

from evals.faults.logs import Record, Style, records
from evals.faults.names import CONFIG_KEYS
from evals.faults.recipes import Recipe
from evals.faults.training import History

TRACE = """Traceback (most recent call last):
  File "train.py", line 88, in <module>
    loss.backward()
"""
LAST_WORDS = {
    "memory": TRACE
    + "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 512.00 MiB. GPU 0 has a capacity of 15.8 GiB.",
    "assert": TRACE + "RuntimeError: CUDA error: device-side assert triggered",
    "disk": TRACE + "OSError: [Errno 28] No space left on device",
    "limit": "slurmstepd: error: *** JOB 70411 ON node3 CANCELLED AT 2025-03-04T09:12:44 DUE TO TIME LIMIT ***",
    "shape": TRACE + "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x48 and 64x10)",
    "key": TRACE + "KeyError: 'labels'",
    "collective": "[rank0]:[E ProcessGroupNCCL.cpp:616] [Rank 0] Watchdog caught collective operation timeout:"
    " WorkNCCL(SeqNum=712, OpType=ALLREDUCE, NumelIn=2048, NumelOut=2048, Timeout(ms)=600000) ran for 600013"
    " milliseconds before timing out.",
}
T = TypeVar("T")
Cells = dict[str, float | str]


def picked(style: Style, *choices: T) -> T:
    """One of the choices, always the same for a style."""
    return choices[style.pick % len(choices)]


def write(history: History, style: Style, folder: Path) -> None:
    """Write the log and the settings."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = records(history, style)
    WRITERS[style.format](rows, style, folder)
    if history.recipe.mishap.dies_at:
        (log,) = folder.iterdir()
        dies_of = history.recipe.mishap.dies_of
        log.write_text(log.read_text(encoding="utf-8") + LAST_WORDS[dies_of] + "\n", encoding="utf-8")
    _write_config(history.recipe, folder, Random(style.pick))


def settings(recipe: Recipe, keys: dict[str, str]) -> dict[str, object]:
    """The hyperparameters that a training script would dump, under the given names."""
    r = recipe
    if r.task == "boosting":
        return {"booster": "gbtree", "n_estimators": r.steps, "learning_rate": r.learning_rate, "seed": r.seed}
    own: dict[str, object] = {
        "task": r.task, "hidden": list(r.hidden), "activation": r.activation, "optimizer": r.optimizer,
        "learning_rate": r.learning_rate, "batch_size": r.batch_size, "steps": r.steps, "rows": r.rows,
        "validation_rows": r.validation_rows, "weight_decay": r.weight_decay, "lr_scheduler": r.schedule,
        "warmup_steps": r.warmup_steps, "dropout": r.dropout, "label_smoothing": r.label_smoothing,
        "seed": r.seed + r.draw,
    }  # fmt: skip
    own |= {k: v for k in ("kl_weight", "entropy_bonus") if (v := getattr(r, k))}
    if r.pretrained_steps:
        own["pretrained"] = True
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


def _named(row: Record, style: Style) -> dict[str, float]:
    return {style.names.get(k, k): v for k, v in row.items() if k not in ("step", "epoch")}


def _place(row: Record, style: Style) -> dict[str, float]:
    if "step" not in row:
        return {"epoch": int(row["epoch"])}
    return {"step": int(row["step"])} | ({"epoch": row["epoch"]} if style.with_epoch else {})


def write_jsonl(rows: list[Record], style: Style, folder: Path) -> None:
    """One object per record; NaN as Python writes it."""
    name = picked(style, "metrics.jsonl", "log.jsonl", "train_log.jsonl")
    _text([json.dumps(_place(r, style) | _named(r, style)) for r in rows], folder / name)


def write_wandb(rows: list[Record], style: Style, folder: Path) -> None:
    """A W&B history as its offline export writes it."""
    start, lines = 1_730_000_000.0 + 100 * style.pick, []
    for index, r in enumerate(rows):
        own = {"_step": int(r.get("step", index)), "_runtime": round(index * 0.4, 3), "_timestamp": start + index * 0.4}
        own |= {"epoch": r["epoch"]} if style.with_epoch or "step" not in r else {}
        lines.append(json.dumps(_named({k: _or_text(v) for k, v in r.items()}, style) | own))
    _text(lines, folder / "wandb-history.jsonl")


def _or_text(value: float) -> float:
    return value if math.isfinite(value) else ("NaN" if math.isnan(value) else "Infinity")  # type: ignore[return-value]


def write_csv(rows: list[Record], style: Style, folder: Path) -> None:
    """A table with empty cells where nothing was measured."""
    table = [_place(r, style) | _named(r, style) for r in rows]
    _table(table, folder / picked(style, "log.csv", "metrics.csv", "progress.csv"))


def write_keras_csv(rows: list[Record], style: Style, folder: Path) -> None:
    """Keras' CSVLogger: epoch first, then the names in order."""
    table = [{"epoch": int(r["epoch"])} | dict(sorted(_named(r, style).items())) for r in rows]
    _table(table, folder / picked(style, "training.csv", "history.csv", "log.csv"))


def write_keras_history(rows: list[Record], style: Style, folder: Path) -> None:
    """`History.history` dumped as JSON: one list per name."""
    named = [_named(r, style) for r in rows]
    _text([json.dumps({k: [r.get(k) for r in named] for k in named[-1]}, indent=1)], folder / "history.json")


def write_trainer_state(rows: list[Record], style: Style, folder: Path) -> None:
    """Hugging Face's trainer_state.json."""
    state = {"epoch": rows[-1]["epoch"], "global_step": rows[-1]["step"], "log_history": list(_hf(rows, style))}
    _text([json.dumps(state, indent=1)], folder / "trainer_state.json")


def write_hf_console(rows: list[Record], style: Style, folder: Path) -> None:
    """What the Trainer prints: dicts, without the step."""
    lines = [str({k: v for k, v in r.items() if k != "step"}) for r in _hf(rows, style)]
    _text(["***** Running training *****", *lines], folder / picked(style, "train.log", "slurm-7041.out"))


def _hf(rows: list[Record], style: Style) -> Iterator[dict[str, float]]:
    for r in rows:
        named, place = _named(r, style), {"epoch": r["epoch"], "step": r["step"]}
        training = {k: v for k, v in named.items() if not k.startswith(("eval_", "dead"))}
        if training:
            yield training | place
        evaluation = {k: v for k, v in named.items() if k not in training}
        if evaluation:
            yield evaluation | place


def write_nanogpt(rows: list[Record], style: Style, folder: Path) -> None:
    """nanoGPT's console: iterations, and evaluations on lines of their own."""
    lines = ["number of parameters: 0.01M"]
    for r in rows:
        step, extra = int(r["step"]), _pairs(r, style, ("train_loss", "val_"), " ")
        if "val_loss" in r:
            scores = "".join(f", {style.names[k].replace('_', ' ')} {_fixed(r[k])}" for k in r if k in SCORES)
            lines.append(f"step {step}: train loss {_fixed(r['train_loss'])}, val loss {_fixed(r['val_loss'])}{scores}")
        lines.append(f"iter {step}: loss {_fixed(r['train_loss'])}" + (f", {extra}" if extra else ""))
    _text(lines, folder / picked(style, "out.log", "nohup.out"))


SCORES = ("val_accuracy", "val_balanced", "val_r2")


def write_key_value(rows: list[Record], style: Style, folder: Path) -> None:
    """A logger's lines of `key: value` or `key=value`."""
    mark, gap = picked(style, (": ", ", "), ("=", " "), ("=", ", "), (": ", " | "))
    lines = []
    for index, r in enumerate(rows):
        place = (
            mark.join(("epoch", str(int(r["epoch"])))) if "step" not in r else mark.join(("step", str(int(r["step"]))))
        )
        stamp = f"2025-03-{4 + index // 86400:02d} {index // 3600 % 24:02d}:{index // 60 % 60:02d}:{index % 60:02d}"
        cells = gap.join(f"{k}{mark}{_fixed(v)}" for k, v in _named(r, style).items())
        lines.append(f"{stamp} INFO {place}{gap}{cells}")
    _text(lines, folder / picked(style, "train.log", "log.txt", "stdout.txt"))


def write_lightning(rows: list[Record], style: Style, folder: Path) -> None:
    """Lightning's CSVLogger: sorted columns, training and evaluation in rows of their own, whole epochs."""
    table: list[dict[str, float]] = []
    for r in rows:
        place = {"epoch": max(0, math.ceil(r["epoch"]) - 1), "step": max(0, int(r["step"]) - 1)}
        named = {k: v for k, v in r.items() if k not in ("step", "epoch")}
        for part in (False, True):
            cells = {style.names[k]: v for k, v in named.items() if k.startswith(("val_", "dead")) == part}
            if cells:
                table.append(place | cells)
    header = sorted({k for r in table for k in r})
    _table(table, folder / "metrics.csv", header)


def write_megatron(rows: list[Record], style: Style, folder: Path) -> None:
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
        others = {
            k: v
            for k, v in r.items()
            if k in ("memory", "dead", "grad_first", "grad_middle", "grad_last", "train_accuracy")
        }
        lines.append(" " + " | ".join([*cells, *(f"{style.names[k]}: {v:.6E}" for k, v in others.items())]) + " |")
        if "val_loss" in r:
            scores = "".join(f"{style.names[k]} value: {r[k]:.6E} | " for k in SCORES if k in r)
            lines.append(
                f" validation loss at iteration {int(r['step'])} | lm loss value: {r['val_loss']:.6E} | {scores}"
            )
    _text(lines, folder / picked(style, "pretrain.log", "rank0.log"))


def write_xgboost(rows: list[Record], _style: Style, folder: Path) -> None:
    """XGBoost's console: a round a line."""
    names = {"train_loss": "train-logloss", "val_loss": "valid-logloss"}
    lines = [f"[{int(r['step'])}]" + "".join(f"\t{n}:{r[k]:.5f}" for k, n in names.items() if k in r) for r in rows]
    _text(lines, folder / "train.log")


WRITERS: dict[str, Callable[[list[Record], Style, Path], None]] = {
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
    "xgboost": write_xgboost,
}


def _pairs(row: Record, style: Style, without: tuple[str, ...], mark: str) -> str:
    kept = {k: v for k, v in row.items() if k not in ("step", "epoch") and not k.startswith(without)}
    return ", ".join(f"{style.names[k]}{mark}{v:.4e}" for k, v in kept.items())


def _fixed(value: float) -> str:
    return f"{value:.4f}" if 1e-2 < abs(value) < 1e5 or not math.isfinite(value) else f"{value:.4e}"


def _table(rows: list[dict[str, float]], path: Path, header: list[str] | None = None) -> None:
    header = header or list(dict.fromkeys(k for r in rows for k in r))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _text(lines: list[str], path: Path) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
