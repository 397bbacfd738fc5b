"""The way that any file takes: it is found, recognised, unpacked, read. Nothing but ToolError may come of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.discovery import RunFiles, discover, read_run_files
from tools.errors import ToolError
from tools.records import LogLine, Param, Points, RunInfo, SkippedLine

NAMES = (
    "train.log", "metrics.csv", "loss.tsv", "log.txt", "trainer_state.json", "history.jsonl",
    "book.ipynb", "run-1.wandb", "events.out.tfevents.1700000000.host", "table.parquet",
    "book.xlsx", "evaluations.npz", "mlflow.db", "progress.txt", "config.yaml", "config.json",
    "config.toml", "config.py", "config.ini", "runs.zip", "runs.tar", "runs.tar.gz", "run-1.log.gz",
    "run-1.csv.bz2", "run-1.csv.xz", "run-1.log.zst", "run.json", "meta.yaml", "slurm-7.err",
    "anything",
)  # fmt: skip
"""The first byte of an input picks one; what follows is the file."""
STEPS = "".join(f"step {step} | loss {3 - step / 10:.2f}\n" for step in range(6))


def name_of(data: bytes) -> str:
    """Under which name the input is stored."""
    return NAMES[data[0] % len(NAMES)] if data else NAMES[0]


def as_input(name: str, content: bytes) -> bytes:
    """The input that stores this content under this name."""
    return bytes([NAMES.index(name)]) + content


def drive(data: bytes, folder: Path) -> None:
    """Write the file into a folder of its own and read whatever is found there."""
    runs, cache = folder / "runs", folder / "cache"
    for place in (runs, cache):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    name = name_of(data)
    (runs / name).write_bytes(data[1:])
    if name.startswith("config"):
        (runs / "train.log").write_text(STEPS)
    for path in (runs, runs / name):
        found = discover([path], cache)
        assert all("\n" not in one.reason for one in found.unreadable)
        for run in found.runs:
            _read(run)


def _read(run: RunFiles) -> None:
    told = ""
    try:
        for part in read_run_files(run):
            assert isinstance(part, Points | Param | LogLine | SkippedLine | RunInfo)
            if isinstance(part, Points):
                arrays = (part.metric, part.step, part.epoch, part.wall_time, part.value)
                assert len({len(array) for array in arrays}) == 1
    except ToolError as error:
        told = str(error)
    assert "\n" not in told
