"""Speed as ratios: each measure beside a reference that does the same work in the same run, so that machines compare.

`python -m evals.bench`; exit 1 when a ratio or the memory is above its bound. `goal` is where we want to be.
"""

from __future__ import annotations

import multiprocessing
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tools.discovery import recognise
from tools.formats import Source
from tools.records import Points
from tools.store import Store

ROWS = 1_000_000
RUNS = 2_000
METRICS = ("loss", "acc", "lr", "grad_norm")
MEMORY_BOUND_MIB = 300.0
LINE = re.compile(
    r"step\s+(\d+)/\d+ \| epoch ([\d.]+) \| loss ([\d.nai]+) \| lr ([\d.e+-]+) \| grad_norm ([\d.naif]+) \| tok/s (\d+)"
)


@dataclass(frozen=True)
class Measure:
    """`make` writes the input below a folder; `ours` and `reference` do the work, each in a process of its own.

    `bound`: the ratio of seconds above which the bench fails. `goal`: the ratio that we are after.
    """

    name: str
    make: Callable[[Path], None]
    ours: Callable[[Path], None]
    reference: Callable[[Path], None]
    bound: float
    goal: float


@dataclass(frozen=True)
class Cost:
    """What a piece of work took; memory is the peak of its process."""

    seconds: float
    mebibytes: float


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
    """Two thousand runs of fifty steps, each a folder with a log and a config."""
    for number in range(RUNS):
        run = folder / "logs" / f"run-{number}"
        run.mkdir(parents=True)
        (run / "config.json").write_text(f'{{"lr": {10 ** -(1 + number % 4)}, "seed": {number}}}')
        rows = "".join(f"{step},{2 / (1 + step):.5f},{2.2 / (1 + step):.5f}\n" for step in range(50))
        (run / "metrics.csv").write_text("step,train_loss,val_loss\n" + rows)


def unpivot(path: Path, reader: str) -> None:
    """DuckDB's own reading of a table into long form."""
    duckdb.execute(
        f"create or replace table long as unpivot (select * from {reader}('{path}')) on {', '.join(METRICS)} "
        "into name metric value value"
    )


def take_in(folder: Path, name: str) -> None:
    """Read logs below the folder into a store beside them."""
    with Store(folder / "store") as store:
        taken = store.ingest([folder / name])
    if taken.unreadable or not taken.runs:
        raise RuntimeError(f"{name} was not read: {taken.unreadable}")


def read_text(folder: Path) -> None:
    """The points of the text log."""
    path = folder / "train.log"
    found = recognise(path)
    points = sum(len(part.value) for part in found[0].parse(Source(path)) if isinstance(part, Points)) if found else 0
    if points < 3 * ROWS:
        raise RuntimeError(f"{points} points were read.")


def match_text(folder: Path) -> None:
    """What a reader written for just this log does: one regular expression for each line, numbers into columns."""
    columns: list[list[float]] = [[] for _ in range(6)]
    with (folder / "train.log").open(encoding="utf-8") as file:
        for line in file:
            found = LINE.search(line)
            if found:
                for column, text in zip(columns, found.groups(), strict=True):
                    column.append(float(text))


def take_in_csv(folder: Path) -> None:
    """The CSV into a store."""
    take_in(folder, "log.csv")


def take_in_jsonl(folder: Path) -> None:
    """The JSON lines into a store."""
    take_in(folder, "log.jsonl")


def take_in_runs(folder: Path) -> None:
    """The folder of runs into a store; the second time it is a reopening."""
    take_in(folder, "logs")


def unpivot_csv(folder: Path) -> None:
    """The CSV into a table."""
    unpivot(folder / "log.csv", "read_csv")


def unpivot_jsonl(folder: Path) -> None:
    """The JSON lines into a table."""
    unpivot(folder / "log.jsonl", "read_json")


# The reference runs first: for the reopening it is the first reading, which leaves the store behind.
MEASURES = (
    Measure("1M-row CSV / DuckDB read_csv + unpivot", write_csv, take_in_csv, unpivot_csv, bound=6, goal=2),
    Measure("1M-row JSONL / DuckDB read_json + unpivot", write_jsonl, take_in_jsonl, unpivot_jsonl, bound=8, goal=3),
    Measure("1M-line text log / a regex for each line", write_text, read_text, match_text, bound=0.45, goal=0.25),
    Measure("reopen 2,000 runs / first reading", write_runs, take_in_runs, take_in_runs, bound=0.06, goal=0.02),
)


def timed(work: Callable[[Path], None], folder: Path) -> Cost:
    """Do the work and say what it took."""
    start = time.perf_counter()
    work(folder)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Cost(seconds, peak / (1 << 20 if sys.platform == "darwin" else 1 << 10))


def alone(work: Callable[[Path], None], folder: Path) -> Cost:
    """The same in a fresh process, so that memory is that of this work only."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(timed, work, folder).result()


def run(measure: Measure) -> bool:
    """Print a line of the table; False when a bound is broken."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        measure.make(folder)
        reference = alone(measure.reference, folder)
        ours = alone(measure.ours, folder)
    ratio = ours.seconds / reference.seconds
    held = ratio <= measure.bound and ours.mebibytes <= MEMORY_BOUND_MIB
    print(
        f"{measure.name:<44} {ours.seconds:>8.2f} {reference.seconds:>9.2f} {ratio:>7.2f} {measure.bound:>6g} "
        f"{measure.goal:>6g} {ours.mebibytes:>8.0f}  {'ok' if held else 'ABOVE ITS BOUND'}",
        flush=True,
    )
    return held


def main() -> int:
    """Run all measures, a table on stdout."""
    print(f"{'measure':<44} {'seconds':>8} {'reference':>9} {'ratio':>7} {'bound':>6} {'goal':>6} {'peak MiB':>8}")
    held = [run(measure) for measure in MEASURES]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
