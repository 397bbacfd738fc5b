"""The sample runs in the log formats that people meet, each as its usual logger would have written it."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from evals.samples.glyphs import CLASSES, SIDE

if TYPE_CHECKING:
    from evals.samples.train import Recipe, Row

Cell = str | int | float | None

# Event files carry a wall time. It is counted, one second per step, so that the files come out the same each time.
FIRST_WALL_TIME = 1_760_000_000.0


def write(recipe: Recipe, rows: list[Row], folder: Path) -> Path:
    """Write the log and the settings of a run into its folder; returns the log."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = [row for row in rows if row.step % recipe.log_every == 0 or row.step == 1 or row.val_loss is not None]
    return WRITERS[recipe.log](recipe, kept if recipe.log != "keras" else rows, folder)


def settings(recipe: Recipe) -> dict[str, object]:
    """The hyperparameters that apply to a run, as its training script would have dumped them."""
    own = {
        key: value for key, value in asdict(recipe).items() if key not in ("number", "log", "log_every", "eval_every")
    }
    if recipe.optimizer != "sgd":
        own.pop("momentum")
    if recipe.schedule != "step":
        own.pop("decay_step")
    return {"model": "mlp", "dataset": "shaky-digits", **own, "hidden": list(recipe.hidden)}


def short(value: float | None) -> float | None:
    """Six significant digits, as most loggers print."""
    return None if value is None else float(f"{value:.6g}")


def write_jsonl(recipe: Recipe, rows: list[Row], folder: Path) -> Path:
    """One JSON object per logged step; NaN as Python's json writes it."""
    lines = []
    for row in rows:
        record = {
            "step": row.step,
            "epoch": round(row.epoch, 3),
            "train_loss": short(row.train_loss),
            "lr": short(row.learning_rate),
            "grad_norm": short(row.grad_norm),
            "val_loss": short(row.val_loss),
            "val_accuracy": short(row.val_accuracy),
        }
        lines.append(json.dumps({key: value for key, value in record.items() if value is not None}))
    _dump_json(settings(recipe), folder / "config.json")
    return _text(lines, folder / "metrics.jsonl")


def write_csv(recipe: Recipe, rows: list[Row], folder: Path) -> Path:
    """A table with one line per logged step, evaluation cells empty where none was due."""
    header = ("step", "train_loss", "val_loss", "val_accuracy", "lr", "grad_norm")
    cells = (
        (r.step, *map(short, (r.train_loss, r.val_loss, r.val_accuracy, r.learning_rate, r.grad_norm))) for r in rows
    )
    _dump_yaml(settings(recipe), folder / "config.yaml")
    return _table(header, cells, folder / "log.csv")


def write_lightning(recipe: Recipe, rows: list[Row], folder: Path) -> Path:
    """Lightning's CSVLogger: columns sorted, training and evaluation on lines of their own, steps counted from 0."""
    header = ("epoch", "grad_norm", "lr", "step", "train_loss", "val_acc", "val_loss")
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        epoch, step = int((row.step - 1) // recipe.steps_per_epoch), row.step - 1
        cells.append((epoch, short(row.grad_norm), short(row.learning_rate), step, short(row.train_loss), None, None))
        if row.val_loss is not None:
            cells.append((epoch, None, None, step, None, short(row.val_accuracy), short(row.val_loss)))
    _dump_yaml(settings(recipe), folder / "hparams.yaml")
    return _table(header, cells, folder / "metrics.csv")


def write_keras(recipe: Recipe, rows: list[Row], folder: Path) -> Path:
    """Keras' CSVLogger: one line per epoch counted from 0, loss averaged over the epoch, no steps, no gradient norm."""
    header = ("epoch", "accuracy", "learning_rate", "loss", "val_accuracy", "val_loss")
    cells = []
    for first in range(0, len(rows), recipe.steps_per_epoch):
        epoch = rows[first : first + recipe.steps_per_epoch]
        end, loss = epoch[-1], float(np.mean([row.train_loss for row in epoch]))
        values = (end.train_accuracy, end.learning_rate, loss, end.val_accuracy, end.val_loss)
        cells.append((first // recipe.steps_per_epoch, *map(short, values)))
    _dump_json(settings(recipe), folder / "config.json")
    return _table(header, cells, folder / "training.csv")


def write_trainer_state(recipe: Recipe, rows: list[Row], folder: Path) -> Path:
    """The trainer_state.json of Hugging Face's Trainer."""
    history: list[dict[str, Cell]] = []
    for row in rows:
        place = {"epoch": round(row.epoch, 4), "step": row.step}
        training = {"grad_norm": short(row.grad_norm), "learning_rate": short(row.learning_rate)}
        history.append({**training, "loss": short(row.train_loss), **place})
        if row.val_loss is not None:
            history.append({"eval_accuracy": short(row.val_accuracy), "eval_loss": short(row.val_loss), **place})
    state = {
        "best_metric": min(row.val_loss for row in rows if row.val_loss is not None),
        "epoch": round(rows[-1].epoch, 4),
        "eval_steps": recipe.eval_every,
        "global_step": rows[-1].step,
        "is_world_process_zero": True,
        "log_history": history,
        "logging_steps": recipe.log_every,
        "max_steps": recipe.steps,
        "num_train_epochs": math.ceil(recipe.steps / recipe.steps_per_epoch),
        "train_batch_size": recipe.batch_size,
    }
    _dump_json(settings(recipe), folder / "config.json")
    return _dump_json(state, folder / "trainer_state.json")


def write_nanogpt(recipe: Recipe, rows: list[Row], folder: Path) -> Path:
    """Console output in the style of nanoGPT's train.py."""
    parameters = sum(i * o + o for i, o in _layers(recipe))
    lines = [f"number of parameters: {parameters / 1e6:.2f}M", "using fused AdamW: False"]
    for row in rows:
        if row.val_loss is not None:
            values = f"train loss {row.train_loss:.4f}, val loss {row.val_loss:.4f}, val acc {row.val_accuracy:.4f}"
            lines.append(f"step {row.step}: {values}")
        lines.append(
            f"iter {row.step}: loss {row.train_loss:.4f}, lr {row.learning_rate:.4e}, grad_norm {row.grad_norm:.4f}"
        )
    _dump_yaml(settings(recipe), folder / "config.yaml")
    return _text(lines, folder / "train.log")


def write_tensorboard(recipe: Recipe, rows: list[Row], folder: Path) -> Path:
    """A TensorBoard event file, written by tensorboardX; left as it is where tensorboardX is not installed."""
    path = folder / f"events.out.tfevents.{FIRST_WALL_TIME:.0f}.sweep.0"
    try:
        from tensorboardX.proto.event_pb2 import Event  # type: ignore[import-not-found,import-untyped,unused-ignore]
        from tensorboardX.proto.summary_pb2 import Summary  # type: ignore[import-not-found,import-untyped,unused-ignore]
        from tensorboardX.record_writer import RecordWriter  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        print("tensorboardX is not installed: the event file stays as it is")
        return path
    path.unlink(missing_ok=True)
    writer = RecordWriter(str(path))
    writer.write(Event(wall_time=FIRST_WALL_TIME, file_version="brain.Event:2").SerializeToString())
    for row in rows:
        values = {
            "train/loss": row.train_loss,
            "train/grad_norm": row.grad_norm,
            "train/lr": row.learning_rate,
            "val/loss": row.val_loss,
            "val/accuracy": row.val_accuracy,
        }
        for tag, value in values.items():
            if value is not None:
                summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
                event = Event(wall_time=FIRST_WALL_TIME + row.step, step=row.step, summary=summary)
                writer.write(event.SerializeToString())
    writer.close()
    _dump_json(settings(recipe), folder / "config.json")
    return path


WRITERS: dict[str, Callable[[Recipe, list[Row], Path], Path]] = {
    "jsonl": write_jsonl,
    "csv": write_csv,
    "lightning": write_lightning,
    "keras": write_keras,
    "trainer_state": write_trainer_state,
    "nanogpt": write_nanogpt,
    "tensorboard": write_tensorboard,
}


def _layers(recipe: Recipe) -> Iterable[tuple[int, int]]:
    sizes = (SIDE * SIDE, *recipe.hidden, CLASSES)
    return pairwise(sizes)


def _table(header: tuple[str, ...], rows: Iterable[tuple[Cell, ...]], path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def _text(lines: list[str], path: Path) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _dump_json(value: object, path: Path) -> Path:
    return _text([json.dumps(value, indent=1)], path)


def _dump_yaml(value: object, path: Path) -> Path:
    return _text([yaml.safe_dump(value, sort_keys=False).rstrip()], path)
