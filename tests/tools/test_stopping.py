"""What nobody waits for any longer ends: a query, the reading of a log, the judging of many runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path

import pytest

from tools.stopping import Stopped, Task
from tools.store import Progress, Store
from tools.toolbox.judging import Judge

ENDLESS = "select count(*) from range(1000000) a, range(10000000) b"
SOON = 30.0
"""Seconds on a busy machine; what is stopped here would take hours, or all that is left of it is counted."""


def stopped(work: Callable[[], object], task: Task) -> bool:
    """Whether this work ends by a stop."""

    def run() -> bool:
        task.begin()
        try:
            work()
        except Stopped:
            return True
        return False

    return copy_context().run(run)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for number in range(6):
        rows = "".join(f"{s},{2 * 0.9**s}\n" for s in range(50))
        (tmp_path / "runs" / f"run-{number}").mkdir(parents=True)
        (tmp_path / "runs" / f"run-{number}" / "log.csv").write_text("step,train_loss\n" + rows)
    return tmp_path / "runs"


def test_a_query_ends_with_its_process_and_the_next_one_is_answered(runs: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        store.ingest([runs])
        assert store.query("select count(*) from runs").rows == ((6,),)
        task = Task()
        began = time.monotonic()
        threading.Timer(0.2, task.stop).start()
        with pytest.raises(Exception, match="stopped"):
            stopped(lambda: store.query(ENDLESS, timeout_seconds=100), task)
        assert time.monotonic() - began < SOON
        assert stopped(lambda: store.query(ENDLESS, timeout_seconds=100), task)
        assert store.query("select count(*) from runs").rows == ((6,),)


def test_reading_ends_within_a_log_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "long.csv"
    log.write_text("step,train_loss\n" + "".join(f"{s},{1 / (s + 1):.9f}\n" for s in range(300_000)))
    task, told = Task(), []

    def progress(one: Progress) -> None:
        told.append(one)
        if one.bytes_done:
            task.stop()

    with Store(tmp_path / "store") as store:
        assert stopped(lambda: store.ingest([log], progress), task)
        assert told[-1].bytes_done < told[-1].bytes_total
        assert store.runs() == ()
        assert len(store.ingest([log]).runs) == 1


def test_judging_ends_between_two_runs_and_what_was_judged_is_kept(runs: Path, tmp_path: Path) -> None:
    task = Task()

    def progress(done: int, _total: int, _name: str) -> None:
        if done == 2:
            task.stop()

    with Store(tmp_path / "store") as store:
        store.ingest([runs])
        assert stopped(lambda: Judge(store).judge_all(progress), task)
        assert 2 <= sum(store.judged(run.run) for run in store.runs()) < 6
        Judge(store).judge_all()
        assert all(store.judged(run.run) for run in store.runs())
