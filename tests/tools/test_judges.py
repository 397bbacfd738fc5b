"""Runs judged by several processes are judged as by one, and nothing is lost where such a process cannot be had."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.tools.detectors.cases import falling
from tools.detectors import detectors
from tools.errors import ToolError
from tools.judges import crew
from tools.judges.crew import judge_runs
from tools.judges.judge import judge
from tools.records import Diagnosis
from tools.rules import Rules
from tools.store import Store
from tools.store.snapshot import JUDGES, TOOLS
from tools.toolbox.judging import Judge

CHECKOUT = Path(__file__).resolve().parents[2]
RUNS = 6
PRINTS = '''"""## What it looks for
Nothing."""
from tools.detectors import Detector
def detect(data):
    print("looking at", data.run.name, flush=True)
    return ()
DETECTOR = Detector("talkative", "Talks", "info", (), detect)
'''
INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from tools.judges import crew
from tools.store import Store
from tools.toolbox.judging import Judge
crew.WORTH, crew.SHARE = 0, 1
def interrupt(done, total, name):
    if done == 3:
        tasks = Path("/proc/self/task").iterdir()
        print(*((task / "children").read_text() for task in tasks), flush=True)
        os.kill(os.getpid(), signal.SIGINT)
store = Store(Path(sys.argv[1]))
try:
    Judge(store).judge_all(interrupt)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(1, RUNS + 1):
        train, val = falling(80, seed=number), falling(80, seed=100 + number)
        train = falling(80, seed=number)
        val = falling(80, seed=100 + number) + 0.02 * (number % 2) * np.arange(80)
        rows = "".join(f"{n},{a:.5f},{b:.5f}\n" for n, (a, b) in enumerate(zip(train, val, strict=True)))
        (folder / f"run-{number}.csv").write_text("step,train_loss,val_loss\n" + rows)
    return folder


@pytest.fixture
def store(tmp_path: Path, logs: Path) -> Iterator[Store]:
    with Store(tmp_path / "store") as made:
        made.ingest([logs])
        yield made


@pytest.fixture
def shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little there is to do, two processes take turns at it."""
    monkeypatch.setattr(crew, "WORTH", 0)
    monkeypatch.setattr(crew, "SHARE", 1)
    monkeypatch.setattr(crew, "_processors", lambda: 2)


def alone(store: Store) -> list[Diagnosis]:
    return list(judge(store, (run.run for run in store.runs()), {"dropout": 0.5}))


def together(store: Store) -> list[Diagnosis]:
    return list(judge_runs(store, store.runs(), {"dropout": 0.5}))


def kept(store: Store) -> list[bool]:
    return [store.diagnosis(run.run) is not None for run in store.runs()]


@pytest.mark.usefixtures("shared_out")
def test_several_processes_judge_as_one_does_and_in_the_same_order(store: Store) -> None:
    assert together(store) == alone(store)
    assert len({one.findings for one in alone(store)}) == RUNS
    assert not any(kept(store))
    assert list(judge_runs(store, store.runs(), {})) == [store.diagnosis(run.run) for run in store.runs()]


@pytest.mark.parametrize("boot", ["import os; os._exit(3)", "import sys; sys.stdin.buffer.read(9)", "print('hello')"])
@pytest.mark.usefixtures("shared_out")
def test_what_a_process_that_dies_leaves_undone_is_done_by_us(
    store: Store, monkeypatch: pytest.MonkeyPatch, boot: str
) -> None:
    monkeypatch.setattr(crew, "BOOT", boot)
    assert together(store) == alone(store)


@pytest.mark.usefixtures("shared_out")
def test_where_no_process_can_start_one_does_it_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert together(store) == alone(store)


def test_a_few_runs_start_no_process(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_processors", lambda: 2)
    monkeypatch.setattr(crew, "_hired", lambda *_: pytest.fail("a process was started"))
    assert together(store) == alone(store)


@pytest.mark.usefixtures("shared_out")
def test_what_own_detectors_print_disturbs_nobody(logs: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "talkative.py").write_text(PRINTS)
    with Store(tmp_path / "ruled", rules=Rules(folder=tmp_path / "own")) as store:
        store.ingest([logs])
        Judge(store).judge_all()
        assert all(kept(store))


@pytest.mark.usefixtures("shared_out")
def test_an_error_is_the_one_that_a_single_process_would_show(logs: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "ruled", rules=Rules(folder=tmp_path / "nowhere")) as store:
        store.ingest([logs])
        with pytest.raises(ToolError, match="does not exist"):
            Judge(store).judge_all()


@needs_proc
def test_an_interrupt_ends_the_processes_and_keeps_what_was_judged(store: Store) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(store.root)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, start_new_session=True) as run:
        out, _ = run.communicate(timeout=60)
    *workers, last = out.split()
    assert last == "interrupted"
    assert kept(store)[:3] == [True] * 3
    assert workers
    assert not any(map(alive, workers))


@needs_proc
def test_the_workers_of_a_killed_process_end_by_themselves(store: Store) -> None:
    command = [sys.executable, "-c", INTERRUPTED.replace("SIGINT", "SIGKILL"), str(store.root)]
    workers = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True).stdout.split()
    assert workers
    for _ in range(400):
        if not any(map(alive, workers)):
            return
        time.sleep(0.05)
    pytest.fail("a worker is still there")


def alive(process: str) -> bool:
    stat = Path("/proc") / process / "stat"
    return stat.exists() and ") Z " not in stat.read_text()


def test_an_interrupt_of_one_process_keeps_what_was_judged(store: Store) -> None:
    def interrupt(done: int, _total: int, _name: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Judge(store).judge_all(interrupt)
    assert kept(store) == [True] * 3 + [False] * 3


def test_whatever_a_judgement_depends_on_makes_it_stale_when_it_changes() -> None:
    detectors()
    covered = {file for pattern in JUDGES for file in TOOLS.glob(pattern)}
    free = {TOOLS / "__init__.py", TOOLS / "errors.py", *(TOOLS / "store").glob("*.py")}
    script = "import sys, tools.diagnosis, tools.usual, tools.detectors as d; d.detectors()\n"
    script += "print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'tools'))"
    out = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert {Path(file) for file in out.stdout.split()} - free <= covered
