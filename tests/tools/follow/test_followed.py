"""What is read of a log while it grows is what is read of it when it is whole."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tools.discovery import RunFiles, discover, read_run_files
from tools.follow import follower
from tools.follow.live import FollowedRun, Live, live_runs
from tools.roles import NOTHING_GIVEN

FIXTURES = Path(__file__).parents[2] / "fixtures" / "formats"
NEEDS = {"aim": "aim"}
PIECES = 2
HEADS = 8 << 10
"""Bytes of a log that readers may look at more than once, to make up their minds."""
CUT_IN_ITS_HEADER = "rllib_trial/progress.csv"
"""Of its 11 kB ten are the names of columns: as long as they are not all there nothing can be read."""
WRITTEN_WHOLE = frozenset(
    [
        *("allennlp_metrics", "catboost", "excel", "hf_trainer", "json", "mlagents_results", "mlflow_db", "notebook"),
        *("optuna", "parquet", "sacred", "sb3_evaluations", "trackio"),
    ]
)
"""Documents, or folders with one in them: they can only be read as a whole."""
COLUMNS = ("step", "epoch", "wall_time", "value")
LOGS = sorted(path for path in FIXTURES.glob("*/*") if ".expected" not in path.name and path.name != "__pycache__")


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def copies(log: Path, folder: Path) -> Iterator[RunFiles]:
    """The runs of a fixture, in a folder where they may be cut."""
    copy = folder / log.name
    if log.is_dir():
        shutil.copytree(log, copy)
    else:
        shutil.copy(log, copy)
    yield from discover([copy]).runs


def told(runs: list[Live]) -> object:
    return [
        (
            run.sub,
            run.params,
            run.log_lines,
            run.skipped,
            run.tally.info,
            [(s.metric, s.role, s.axis, len(s.value)) for s in run.series.values()],
        )
        for run in runs
    ]


def assert_alike(followed: list[Live], whole: list[Live]) -> None:
    assert told(followed) == told(whole)
    for mine, its in zip(followed, whole, strict=True):
        for name, series in its.series.items():
            for column in COLUMNS:
                np.testing.assert_array_equal(getattr(mine.series[name], column), getattr(series, column), name)


@pytest.fixture
def never_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reader is begun anew because its file is short: all fixtures are."""
    monkeypatch.setattr(follower, "HEAD_BYTES", 0)
    monkeypatch.setattr(follower, "SETTLED_BYTES", 0)


def grown(files: RunFiles, clock: Clock, seed: str) -> FollowedRun:
    """The run followed while its logs grow to their whole length, in pieces of any size."""
    rng = random.Random(seed)
    whole = {log.path: log.path.read_bytes() for log in files.logs}
    cuts = {path: [*sorted(rng.uniform(0.6, 1) for _ in range(PIECES)), 1] for path in whole}
    run = FollowedRun(files, clock)
    for at in range(PIECES + 1):
        for path, data in whole.items():
            path.write_bytes(data[: int(cuts[path][at] * len(data))])
        clock.now += 0.1
        run.look()
    return run


def assert_nothing_wrong(followed: list[Live], whole: list[Live]) -> None:
    assert [run.sub for run in followed] == [run.sub for run in whole]
    for mine, its in zip(followed, whole, strict=True):
        assert set(mine.series) == set(its.series)
        for name, series in mine.series.items():
            for column in COLUMNS:
                np.testing.assert_array_equal(getattr(series, column), getattr(its.series[name], column), name)


@pytest.mark.usefixtures("never_anew")
@pytest.mark.parametrize("log", LOGS, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_a_log_that_was_followed_gives_what_it_gives_as_a_whole_and_is_read_once(
    log: Path, tmp_path: Path, bytes_read: Counter[Path]
) -> None:
    if library := NEEDS.get(log.parent.name):
        pytest.importorskip(library)
    for files in copies(log, tmp_path):
        whole = live_runs(read_run_files(files), NOTHING_GIVEN)
        clock = Clock()
        run = grown(files, clock, log.name)
        if log.parent.name not in WRITTEN_WHOLE:
            assert_nothing_wrong(run.so_far(NOTHING_GIVEN), whole)
            for one in run.followers:
                path = one.log.path
                assert bytes_read[path] <= path.stat().st_size + HEADS or path.match(CUT_IN_ITS_HEADER)
        clock.now += 2 * follower.LONG_QUIET
        run.look()
        assert_alike(run.so_far(NOTHING_GIVEN), whole)
