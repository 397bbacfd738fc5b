"""The near side of judging by several processes: hires them where that pays, shares runs out, does what they cannot.

Not a pool of `multiprocessing`: its children would run the caller's main program again, perhaps a training script.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

from tools.judges.judge import judge
from tools.judges.worker import Order
from tools.records import Diagnosis, Run, Scalar
from tools.store import Store

RUN_COSTS = 25_000
"""Judging a run takes as long as so many of its points do, however few it has."""
WORTH = 6_000_000
"""From so much work on, in points, two processes are done before one: each needs half a second to begin."""
SHARE = 700_000
"""Work handed out at once, in points: about half a second, and what a worker holds in memory."""
MOST = 8
"""More processes would crowd others out of a shared machine, and out of its memory."""
BOOT = "import sys; sys.path[:] = sys.argv[1:]; from tools.judges.worker import main; main()"
CODE = Path(__file__).resolve().parents[2]


def judge_runs(store: Store, runs: Sequence[Run], params: Mapping[str, Scalar]) -> Generator[Diagnosis]:
    """The diagnosis of each of these runs in turn, as `judge` makes and keeps it."""
    shares = _shares(runs)
    size = min(MOST, _processors(), len(shares)) if sum(map(_work, runs)) >= WORTH else 1
    crew = _hired(Order(store.root, store.given, store.rules, params), size) if size > 1 else []
    if not crew:
        yield from judge(store, (run.run for run in runs), params)
        return
    free: SimpleQueue[_Worker] = SimpleQueue()
    for worker in crew:
        free.put(worker)
    with ThreadPoolExecutor(len(crew)) as threads:
        try:
            answers = threads.map(lambda share: _ask(free, share), shares)
            for share, answer in zip(shares, answers, strict=True):
                yield from judge(store, share, params) if answer is None else answer
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            for worker in crew:
                worker.end()


def _work(run: Run) -> int:
    return RUN_COSTS + run.points


def _shares(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """The runs in their order, cut into pieces of about the same work."""
    shares: list[list[str]] = []
    room = 0
    for run in runs:
        if room <= 0:
            shares.append([])
            room = SHARE
        shares[-1].append(run.run)
        room -= _work(run)
    return [tuple(share) for share in shares]


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _hired(order: Order, size: int) -> list[_Worker]:
    """So many workers; none where this machine lets no further process start."""
    crew: list[_Worker] = []
    try:
        crew.extend(_Worker(order) for _ in range(size))
    except OSError:
        for worker in crew:
            worker.end()
        return []
    return crew


class _Worker:
    """A process that judges. Ctrl-C is for the person's program; the worker ends when its stdin does."""

    def __init__(self, order: Order) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", BOOT, str(CODE), *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._send(order)

    def judge(self, share: tuple[str, ...]) -> list[Diagnosis] | None:
        """The diagnoses of a share of the runs; None where the worker failed or is gone."""
        assert self._process.stdout is not None
        try:
            self._send(share)
            answer: list[Diagnosis] | None = pickle.load(self._process.stdout)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            return None
        return answer

    def _send(self, what: Order | tuple[str, ...]) -> None:
        assert self._process.stdin is not None
        pickle.dump(what, self._process.stdin)
        self._process.stdin.flush()

    def end(self) -> None:
        """End the process, whatever it is at; what it has kept is kept."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()


def _ask(free: SimpleQueue[_Worker], share: tuple[str, ...]) -> list[Diagnosis] | None:
    worker = free.get()
    try:
        return worker.judge(share)
    finally:
        free.put(worker)
