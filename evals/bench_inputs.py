"""The logs that the bench reads, written anew for each run of it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np

ROWS = 1_000_000
SCALARS = 400_000
RUNS = 10_000
LONG_STEPS = 100_000
JUDGED_RUNS = 500
TUNED_RUNS = 2_000
WATCHED_RUNS, FOLLOWED_ROWS = 200, 250_000
JUDGED_STEPS = 1_000


def write_table(folder: Path, options: str, name: str) -> None:
    """A log of one long run: a million rows of a step and four metrics."""
    noise = "((range * 2654435761) % 1000) / 1e4"
    duckdb.execute(
        f"copy (select range as step, round(2 / (1 + range / 1e4) + {noise}, 6) as loss, "
        f"round({noise} * 10, 4) as acc, 0.001 as lr, round({noise} * 20, 5) as grad_norm from range({ROWS})) "
        f"to '{folder / name}' ({options})"
    )


def write_csv(folder: Path) -> None:
    """The long run as CSV."""
    write_table(folder, "format csv", "log.csv")


def write_jsonl(folder: Path) -> None:
    """The long run as JSON lines."""
    write_table(folder, "format json", "log.jsonl")


def write_text(folder: Path) -> None:
    """The long run as a script prints it, 140 MB of it, with an evaluation now and then."""
    noise = "(1 + range * 2654435761 % 997) / 1e3"
    stamp = "strftime(timestamp '2024-05-01' + to_seconds(range), '%Y-%m-%d %H:%M:%S,%g')"
    judged = f"format('eval step {{:d}} | val_loss {{:.5f}} | val_acc {{:.4f}}', range, {noise} + 2, {noise})"
    names = "epoch {:.3f} | loss {:.6f} | lr {:.4e} | grad_norm {:.4f} | tok/s {:d}"
    values = f"range / 5e4, {noise} + 2, {noise} / 1e3, {noise} * 9, 90000 + range % 20000"
    trained = f"format('step {{:7d}}/{ROWS} | {names}', range, {values})"
    line = f"{stamp} || ' - INFO - trainer - ' || case when range % 500 = 499 then {judged} else {trained} end"
    options = "format csv, header false, quote '', escape '', delimiter '\t'"
    duckdb.execute(f"copy (select {line} from range({ROWS})) to '{folder / 'train.log'}' ({options})")


def write_runs(folder: Path) -> None:
    """Ten thousand runs of fifty steps, each a folder with a log and a config."""
    for number in range(RUNS):
        run = folder / "logs" / f"run-{number}"
        run.mkdir(parents=True)
        (run / "config.json").write_text(f'{{"lr": {10 ** -(1 + number % 4)}, "seed": {number}}}')
        rows = "".join(f"{step},{2 / (1 + step):.5f},{2.2 / (1 + step):.5f}\n" for step in range(50))
        (run / "metrics.csv").write_text("step,train_loss,val_loss\n" + rows)


def write_events(folder: Path) -> None:
    """Scalars under four tags as TensorBoard writes them."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder / "events"))
    tags = ("train/loss", "train/accuracy", "lr", "grad_norm")
    for number in range(SCALARS):
        value = Summary.Value(tag=tags[number % 4], simple_value=1 / (1 + number))
        writer.add_event(Event(step=number // 4, wall_time=1.7e9 + number, summary=Summary(value=[value])))
    writer.close()


def curves(steps: int, seed: int) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Ten metrics of one run; the loss of one in seven rises again from the middle on."""
    draw = np.random.default_rng(seed)
    at = np.arange(steps)
    loss = 2.3 * np.exp(-4 * at / steps) + 0.2 + 0.05 * draw.standard_normal(steps)
    if seed % 7 == 0:
        loss[steps // 2 :] += np.linspace(0, 3, steps - steps // 2)
    judged = loss + 0.1 + 0.05 * draw.standard_normal(steps)
    noise = draw.standard_normal((5, steps))
    return {
        "train_loss": loss,
        "val_loss": judged,
        "train_acc": 1 - loss / 4,
        "val_acc": 1 - judged / 4,
        "lr": 1e-3 * np.cos(1.5 * at / steps),
        "grad_norm": 1 + 0.1 * noise[0],
        "samples_per_second": 1000 + 10 * noise[1],
        "gpu_memory_gb": 8 + 0.01 * noise[2],
        "weight_norm": 10 + at / steps + 0.01 * noise[3],
        "entropy": 1 + 0.1 * noise[4],
    }


def table_of(steps: int, seed: int) -> str:
    """The ten metrics as CSV."""
    columns = curves(steps, seed)
    rows = np.column_stack(list(columns.values())).tolist()
    lines = (f"{step},{','.join(f'{value:.6g}' for value in row)}\n" for step, row in enumerate(rows))
    return f"step,{','.join(columns)}\n{''.join(lines)}"


def write_long_run(folder: Path) -> None:
    """One run of a million points."""
    (folder / "long.csv").write_text(table_of(LONG_STEPS, seed=0))


def write_watched(folder: Path) -> None:
    """Short runs that rest, and a long log that grows."""
    for number in range(WATCHED_RUNS):
        run = folder / "watched" / f"run-{number}"
        run.mkdir(parents=True)
        (run / "metrics.csv").write_text(table_of(JUDGED_STEPS // 5, number % 14))
    rows = (f"{step},{2 / (1 + step)!r},0.5\n" for step in range(FOLLOWED_ROWS))
    (folder / "long.csv").write_text("step,loss,acc\n" + "".join(rows))


def write_sweep(folder: Path) -> None:
    """Runs of ten metrics by a thousand steps; there are fourteen different ones."""
    tables = [table_of(JUDGED_STEPS, seed) for seed in range(14)]
    for number in range(JUDGED_RUNS):
        run = folder / "sweep" / f"run-{number}"
        run.mkdir(parents=True)
        (run / "config.json").write_text(f'{{"lr": {10 ** -(1 + number % 4)}, "seed": {number}}}')
        (run / "metrics.csv").write_text(tables[number % len(tables)])
