"""What watching costs: a look at many runs while nothing changes, and one line more in a long log."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from evals import bench_inputs as inputs
from tools.discovery import discover, read_run_files
from tools.follow.live import FollowedRun
from tools.follow.runs import RunsBelow
from tools.store import Store

LOOKS, GROWING = 50, 4


@cache
def _below(folder: Path) -> RunsBelow:
    store = Store(folder / "store")
    store.ingest([folder / "watched"])
    below = RunsBelow(store, [folder / "watched"])
    below.look()
    return below


def look_at_rest(folder: Path) -> None:
    """Looks at runs of which none changes."""
    below = _below(folder)
    for _ in range(LOOKS):
        if below.look().news:
            raise RuntimeError("something has changed")


def ask_for_stats(folder: Path) -> None:
    """What no look can do without: the size of each log."""
    logs = sorted((folder / "watched").rglob("*.csv"))
    for _ in range(LOOKS):
        for log in logs:
            os.stat(log)


@cache
def _followed(log: Path) -> FollowedRun:
    (files,) = discover([log]).runs
    run = FollowedRun(files)
    run.look()
    return run


def read_one_line(folder: Path) -> None:
    """Lines that are added one by one to a log that is followed."""
    run = _followed(folder / "long.csv")
    for step in range(inputs.FOLLOWED_ROWS, inputs.FOLLOWED_ROWS + LOOKS):
        with run.files.logs[0].path.open("a") as log:
            log.write(f"{step},0.5,0.5\n")
        if not run.look():
            raise RuntimeError("the new line was not read")


def read_all(folder: Path) -> None:
    """The log read as a whole, as often."""
    (files,) = discover([folder / "long.csv"]).runs
    for _ in range(LOOKS):
        for _ in read_run_files(files):
            pass


def read_growth(folder: Path) -> None:
    """A line more in each of many logs, looked for and read, as often."""
    below = _below(folder)
    logs = sorted((folder / "watched").rglob("*.csv"))
    for _ in range(GROWING):
        for log in logs:
            with log.open("a") as more:
                more.write(log.read_text()[-200:].splitlines()[-1] + "\n")
        news = below.look().news
        if len(news) != len(logs) or not all(map(below.read, news)):
            raise RuntimeError("not every new line was read")


def read_watched(folder: Path) -> None:
    """All of these logs read as a whole, as often."""
    found = discover([folder / "watched"]).runs
    for _ in range(GROWING):
        for files in found:
            for _ in read_run_files(files):
                pass
