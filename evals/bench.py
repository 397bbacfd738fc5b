"""Speed as ratios: each measure beside a reference that does the same work in the same run, so that machines compare.

`python -m evals.bench`; exit 1 when a ratio or the memory is above its bound. `goal` is where we want to be.
"""

from __future__ import annotations

import compileall
import csv
import itertools
import multiprocessing
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from evals import bench_inputs as inputs
from evals.bench_advice import advise, write_tuned
from evals.bench_watch import (
    GROWING,
    LOOKS,
    ask_for_stats,
    look_at_rest,
    read_all,
    read_growth,
    read_one_line,
    read_watched,
)
from tools.diagnosis import diagnose
from tools.discovery import recognise
from tools.formats import Source
from tools.records import Points
from tools.store import Store
from tools.toolbox.judging import Judge

READERS = Path(__file__).parents[1] / "tools"
METRICS = ("loss", "acc", "lr", "grad_norm")
LINE = re.compile(
    r"step\s+(\d+)/\d+ \| epoch ([\d.]+) \| loss ([\d.nai]+) \| lr ([\d.e+-]+) \| grad_norm ([\d.naif]+) \| tok/s (\d+)"
)


@dataclass(frozen=True)
class Measure:
    """`make` writes the input below a folder; `ours` and `reference` do the work, each in a process of its own.

    `bound`, `mebibytes`: the ratio of seconds and the memory above which the bench fails. `goal`: the ratio that we are
    after. `within`: the seconds that we are after on two cores, where they are what was asked for. `times`: so often
    the work is done at once, and seconds are those of one time; `ours` and `reference` are then called once before the
    clock starts.
    """

    name: str
    make: Callable[[Path], None]
    ours: Callable[[Path], None]
    reference: Callable[[Path], None]
    bound: float
    goal: float
    within: float | None = None
    times: int = 1
    mebibytes: float = 300.0


@dataclass(frozen=True)
class Cost:
    """What a piece of work took; memory is the peak of its process or of the largest that it started."""

    seconds: float
    mebibytes: float


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


def read_points(path: Path, least: int) -> None:
    """Read a log without keeping it."""
    found = recognise(path)
    points = sum(len(part.value) for part in found[0].parse(Source(path)) if isinstance(part, Points)) if found else 0
    if points < least:
        raise RuntimeError(f"{points} points were read.")


def read_text(folder: Path) -> None:
    """The points of the text log."""
    read_points(folder / "train.log", 3 * inputs.ROWS)


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


def read_tables(folder: Path) -> None:
    """The numbers of all small runs by the csv module, which keeps nothing."""
    for path in (folder / "logs").rglob("metrics.csv"):
        with path.open(newline="") as file:
            _, *rows = csv.reader(file)
        for column in zip(*rows, strict=True):
            list(map(float, column))


def read_events(folder: Path) -> None:
    """The scalars of the event file."""
    (path,) = (folder / "events").iterdir()
    read_points(path, inputs.SCALARS)


def accumulate_events(folder: Path) -> None:
    """The same by TensorBoard's own reader."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "events"), size_guidance={"scalars": 0})
    events.Reload()
    if sum(len(events.Scalars(tag)) for tag in events.Tags()["scalars"]) != inputs.SCALARS:
        raise RuntimeError("TensorBoard did not read all scalars.")


def load_long_run(folder: Path) -> None:
    """The long run from its log into the store, and out of it as detectors need it."""
    take_in(folder, "long.csv")
    with Store(folder / "store") as store:
        store.load(store.runs()[0].run)


def judge_long_run(folder: Path) -> None:
    """All detectors over the long run, which is in the store."""
    with Store(folder / "store") as store:
        diagnose(store.load(store.runs()[0].run))


def take_in_sweep(folder: Path) -> None:
    """The sweep into a store."""
    take_in(folder, "sweep")


def judge_sweep(folder: Path) -> None:
    """All detectors over every run of the sweep."""
    with Store(folder / "store") as store:
        Judge(store).judge_all()


def judge_tuned(folder: Path) -> None:
    """The runs that were given settings into a store, and all detectors over them."""
    take_in(folder, "tuned")
    judge_sweep(folder)


def write_nothing(_: Path) -> None:
    """What is asked about are the sample runs."""


def ask_agent(folder: Path) -> None:
    """A model that takes no time, asked through our sessions."""
    # LangChain is imported here only: its memory is none of the other measures'.
    from evals import bench_agent

    bench_agent.ask(folder)


def ask_loop(_: Path) -> None:
    """The same model in LangChain's own loop."""
    from evals import bench_agent

    bench_agent.loop()


# Measures of the same input stand together: it is written once, and the store that one leaves behind is there for the
# next. The reference runs first.
MEASURES = (
    Measure("1M-row CSV / DuckDB read_csv + unpivot", inputs.write_csv, take_in_csv, unpivot_csv, 2.9, 2),
    Measure("1M-row JSONL / DuckDB read_json + unpivot", inputs.write_jsonl, take_in_jsonl, unpivot_jsonl, 2.7, 3),
    Measure("1M-line text log / a regex for each line", inputs.write_text, read_text, match_text, 0.4, 0.25),
    Measure("400,000 scalars / TensorBoard", inputs.write_events, read_events, accumulate_events, 0.08, 0.1),
    Measure("10,000 small runs / csv module", inputs.write_runs, take_in_runs, read_tables, 50, 30),
    Measure("reopen 10,000 runs / csv module", inputs.write_runs, take_in_runs, read_tables, 1.5, 1),
    Measure("judge a run of 1M points / read it", inputs.write_long_run, judge_long_run, load_long_run, 0.9, 0.6, 0.5),
    Measure("judge 500 runs of 10,000 points / read them", inputs.write_sweep, judge_sweep, take_in_sweep, 0.8, 0.5, 9),
    Measure(
        "effects and advice over 2,000 runs / judge them",
        write_tuned,
        advise,
        judge_tuned,
        1.5,
        1,
        8,
        mebibytes=450,  # half of it are Optuna, scikit-learn and what they load
    ),
    Measure(
        "a look at 200 runs at rest / stat of their logs",
        inputs.write_watched,
        look_at_rest,
        ask_for_stats,
        6,
        3,
        0.05,
        times=LOOKS,
    ),
    Measure(
        "a line more in each of 200 logs / all of them",
        inputs.write_watched,
        read_growth,
        read_watched,
        0.8,
        0.4,
        1,
        times=GROWING,
    ),
    Measure(
        "a new line of a log of 250,000 / all of it",
        inputs.write_watched,
        read_one_line,
        read_all,
        0.02,
        0.01,
        0.05,
        times=LOOKS,
    ),
    Measure("a question / bare create_agent", write_nothing, ask_agent, ask_loop, 6, 4, 0.05, times=20),
)


def timed(work: Callable[[Path], None], folder: Path, times: int = 1) -> Cost:
    """Do the work and say what it took, one time of so many."""
    if times > 1:
        work(folder)
    start = time.perf_counter()
    work(folder)
    seconds = (time.perf_counter() - start) / times
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Cost(seconds, peak / (1 << 20 if sys.platform == "darwin" else 1 << 10))


def alone(work: Callable[[Path], None], folder: Path, times: int = 1) -> Cost:
    """The same in a fresh process, so that memory is that of this work only."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(timed, work, folder, times).result()


def run(measure: Measure, folder: Path) -> bool:
    """Print a line of the table; False when a bound is broken."""
    reference = alone(measure.reference, folder, measure.times)
    ours = alone(measure.ours, folder, measure.times)
    ratio = ours.seconds / reference.seconds
    held = ratio <= measure.bound and ours.mebibytes <= measure.mebibytes
    print(
        f"{measure.name:<44} {ours.seconds:>8.2f} {reference.seconds:>9.2f} {ratio:>7.2f} {measure.bound:>6g} "
        f"{measure.goal:>6g} {measure.within or '':>6} {ours.mebibytes:>8.0f}  {'ok' if held else 'ABOVE ITS BOUND'}",
        flush=True,
    )
    return held


def by_input(measures: Iterable[Measure]) -> Iterator[Iterator[tuple[Measure, Path]]]:
    """The measures with the folder of their input, which is gone when the next input comes."""
    for make, same in itertools.groupby(measures, key=lambda measure: measure.make):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            make(folder)
            yield ((measure, folder) for measure in same)


def main(measures: Sequence[Measure] = MEASURES) -> int:
    """Run the measures, a table on stdout."""
    # As bytecode, like every package that has been installed or used once.
    compileall.compile_dir(READERS, quiet=1)
    columns = f"{'ratio':>7} {'bound':>6} {'goal':>6} {'goal s':>6} {'peak MiB':>8}"
    print(f"{'measure':<44} {'seconds':>8} {'reference':>9} {columns}")
    held = [run(measure, folder) for same in by_input(measures) for measure, folder in same]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
