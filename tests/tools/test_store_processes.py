"""Several real processes on one store: they read and write at once, and one of them dies in the middle."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.store import Store

CHECKOUT = Path(__file__).resolve().parents[2]
POINTS = 50

INGEST = """
import sys
from pathlib import Path
import tools.store.parts as parts
from tools.store import Store
parts.BATCH_RUNS = 5
with Store(Path(sys.argv[1])) as store:
    for path in sys.argv[2:]:
        store.ingest([Path(path)])
        print(len(store.query("select run from runs", limit=1000).rows), flush=True)
"""

DIE = """
import os, signal, sys
from pathlib import Path
import tools.store.parts as parts
from tools.store import Store
parts.BATCH_RUNS = 5
def die(progress):
    if progress.runs_done == 12:
        os.kill(os.getpid(), signal.SIGKILL)
Store(Path(sys.argv[1])).ingest([Path(sys.argv[2])], die)
"""

ORPHAN = """
import os, signal, sys
from pathlib import Path
from tools.store import Store
store = Store(Path(sys.argv[1]))
store.query("select 1")
print(store._sql._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def write_runs(folder: Path, numbers: range) -> Path:
    for number in numbers:
        run = folder / f"run-{number}"
        run.mkdir(parents=True)
        (run / "log.csv").write_text("step,loss\n" + "".join(f"{n},{number + n}\n" for n in range(POINTS)))
    return folder


def start(script: str, *args: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, args)]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def assert_sound(store: Store, runs: int) -> None:
    assert len(store.runs()) == runs
    assert store.query("select count(distinct run), count(*) from metrics").rows == ((runs, runs * POINTS),)
    for run in store.runs():
        assert store.load(run.run).series["loss"].value[0] == run.number


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    return [write_runs(tmp_path / f"part{n}", range(20 * n, 20 * n + 20)) for n in range(3)]


def test_processes_ingest_and_query_at_the_same_time(tmp_path: Path, folders: list[Path]) -> None:
    root = tmp_path / "store"
    first, second, third = folders
    with Store(root) as store:
        store.ingest([first])
        workers = [start(INGEST, root, second, third), start(INGEST, root, third, second, first)]
        while any(worker.poll() is None for worker in workers):
            ((runs, rows),) = store.query("select count(distinct run), count(*) from metrics").rows
            assert isinstance(runs, int)
            assert rows == runs * POINTS
            assert runs >= 20
        for worker in workers:
            assert worker.wait() == 0, worker.communicate()[1]
        assert_sound(store, 60)
        assert store.ingest(folders).read == 0


def test_a_process_that_is_killed_leaves_the_last_good_state(tmp_path: Path, folders: list[Path]) -> None:
    root = tmp_path / "store"
    worker = start(DIE, root, folders[1])
    assert worker.wait() == -signal.SIGKILL, worker.communicate()[1]
    with Store(root) as store:
        assert_sound(store, 8)  # the batches before the one that it died in, of which the first ones are small
        taken = store.ingest([folders[1]])
        assert (taken.read, taken.reused) == (12, 8)
        assert_sound(store, 20)


def test_the_sql_worker_of_a_killed_process_ends_by_itself(tmp_path: Path) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc")
    out, _ = start(ORPHAN, tmp_path / "store").communicate()
    stat = Path("/proc") / out.strip() / "stat"
    for _ in range(200):
        if not stat.exists() or ") Z " in stat.read_text():
            return
        time.sleep(0.05)
    pytest.fail("the worker is still there")
