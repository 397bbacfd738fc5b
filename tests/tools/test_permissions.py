"""Files and folders that may not be read: named, never passed over in silence. root reads all, so it gives that up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = os.geteuid() == 0
AS_ANYBODY = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all") if ROOT else ()
CSV = "step,loss\n" + "".join(f"{step},{1 / (step + 1)}\n" for step in range(30))
pytestmark = pytest.mark.skipif(ROOT and not shutil.which("setpriv"), reason="root without setpriv reads everything")


def write(path: Path, text: str = CSV, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def runwhy(command: str, *arguments: Path | str, store: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*AS_ANYBODY, sys.executable, "-m", "agent", command, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "RUNWHY_STORE": str(store)},
        timeout=60,
        check=False,
    )


def judged(path: Path, store: Path) -> tuple[dict[str, Any], str]:
    done = runwhy("debug", path, "--json", store=store)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document, done.stderr


def test_all_that_may_not_be_read_is_named_and_the_rest_is_judged(tmp_path: Path) -> None:
    logs, store = tmp_path / "logs", tmp_path / "store"
    write(logs / "good/metrics.csv")
    write(logs / "half/a.csv")
    write(logs / "half/b.csv", mode=0)
    write(logs / "set/metrics.csv")
    write(logs / "set/config.yaml", "lr: 0.1\n", mode=0)
    write(logs / "hydra/train.csv")
    write(logs / "hydra/.hydra/config.yaml", "lr: 0.1\n").parent.chmod(0)
    write(logs / "shut/metrics.csv").parent.chmod(0)
    write(logs / "listed/metrics.csv").parent.chmod(0o444)
    kept = logs / "tracked/mlruns/0/abc"
    write(kept / "meta.yaml", "run_id: abc\nrun_name: calm\nstatus: 3\n")
    write(kept / "metrics/loss", "".join(f"170000000000{step} {9 - step} {step}\n" for step in range(8)))
    write(kept / "metrics/inner/acc", "1700000000000 0.5 0\n").parent.chmod(0)
    write(kept / "params/lr", "0.1", mode=0)
    try:
        document, told = judged(logs, store)
        runs = {run["name"]: run for run in document["runs"]}
        assert set(runs) == {"good", "half", "set", "hydra", "tracked"}
        shut = ("half/b.csv", "hydra/.hydra/config.yaml", "shut", "listed", "tracked/mlruns/0/abc/metrics/inner")
        assert {one["path"] for one in document["unreadable"]} == {str(logs / name) for name in shut}
        assert all("Permission denied" in one["reason"] for one in document["unreadable"])
        assert all(f"{logs / name}: Permission denied." in told for name in shut)
        for run, name in (("set", "config.yaml"), ("tracked", "params/lr")):
            assert [one["reason"] for one in runs[run]["skipped_examples"]] == [
                f"{name}: Permission denied; its settings are not known."
            ]
        (logs / "shut").chmod(0o755)
        (logs / "half/b.csv").chmod(0o644)
        again, _ = judged(logs, store)
        assert {"a", "b", "shut"} <= {run["name"] for run in again["runs"]}
    finally:
        for folder in (logs / "shut", logs / "listed", logs / "hydra/.hydra", kept / "metrics/inner"):
            folder.chmod(0o755)


@pytest.mark.parametrize(("command", "more"), [("debug", ()), ("ask", ("why?",))])
def test_a_path_within_a_shut_folder_is_a_notice_and_no_fault_of_ours(
    command: str, more: tuple[str, ...], tmp_path: Path
) -> None:
    path = write(tmp_path / "shut/metrics.csv")
    path.parent.chmod(0)
    try:
        done = runwhy(command, path, *more, store=tmp_path / "store")
    finally:
        path.parent.chmod(0o755)
    assert done.returncode == 2
    assert f"{path}: Permission denied." in done.stderr
    assert "Traceback" not in done.stderr
