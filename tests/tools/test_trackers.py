"""The address of an MLflow server is a path like any other, tested against a real server where mlflow is installed."""

from __future__ import annotations

import importlib.util
import math
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools import trackers
from tools.discovery import discover
from tools.store import Store
from tools.trackers import copies

needs_mlflow = pytest.mark.skipif(
    importlib.util.find_spec("mlflow") is None or importlib.util.find_spec("flask") is None,
    reason="mlflow with its server is not installed: make trackers",
)
POINTS = [(0, 1.0), (1, 0.5), (2, math.nan), (3, math.inf)]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    more = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--artifacts-destination", str(folder)]
    with (folder / "out").open("w") as out:
        running = subprocess.Popen([*command, *more], cwd=folder, stdout=out, stderr=out, start_new_session=True)
    try:
        while not is_up(address):
            assert running.poll() is None, (folder / "out").read_text()
            time.sleep(0.2)
        yield address
    finally:
        # Asked politely, its workers take their time or stay behind.
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def is_up(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/health", timeout=5).close()
    except OSError:
        return False
    return True


def log(client: Any, experiment: str, name: str, rate: float) -> str:
    run = client.create_run(experiment, run_name=name)
    client.log_param(run.info.run_id, "lr", rate)
    for step, value in POINTS:
        client.log_metric(run.info.run_id, "train/loss", value, step=step)
    client.set_terminated(run.info.run_id)
    return str(run.info.run_id)


@needs_mlflow
@pytest.mark.timeout(180)
def test_a_server_gives_its_runs_and_only_new_points_are_fetched(server: str, tmp_path: Path) -> None:
    import mlflow  # type: ignore[import-not-found,unused-ignore]

    client = mlflow.MlflowClient(tracking_uri=server)
    vision, other = client.create_experiment("vision"), client.create_experiment("other")
    first = log(client, vision, "amber-1", 0.1)
    log(client, vision, "amber-2", 0.2)
    log(client, other, "grey-3", 0.3)
    path = Path(server)
    with Store(tmp_path / "store") as store:
        taken = store.ingest([path])
        assert not taken.unreadable
        assert {(run.name, run.project, run.status) for run in taken.runs} == {
            ("amber-1", "vision", "finished"),
            ("amber-2", "vision", "finished"),
            ("grey-3", "other", "finished"),
        }
        assert all(run.path.startswith(f"{server}/") for run in taken.runs)
        series = store.load("amber-1").series["train/loss"]
        assert str(series.value.tolist()) == str([value for _, value in POINTS])
        assert list(series.step) == [0, 1, 2, 3]
        assert store.params("amber-2")["lr"] == 0.2
        assert (store.ingest([path]).read, len(store.runs())) == (0, 3)
        client.log_metric(first, "train/loss", 7.0, step=4)
        again = store.ingest([path])
        assert (again.read, again.reused) == (1, 2)
        assert store.load("amber-1").series["train/loss"].value[-1] == 7.0
        client.delete_run(first)
        store.ingest([path])
        assert {run.name for run in store.runs()} == {"amber-2", "grey-3"}
    for page in (other, "other"):
        only = discover([Path(f"{server}/#/experiments/{page}")], tmp_path / "cache")
        assert [run.name for run in only.runs] == ["grey-3"]


@needs_mlflow
@pytest.mark.timeout(180)
def test_long_histories_come_whole_and_a_nested_run_is_a_run(server: str, tmp_path: Path) -> None:
    import mlflow  # type: ignore[import-not-found,unused-ignore]

    client = mlflow.MlflowClient(tracking_uri=server)
    experiment = client.create_experiment("long runs")
    parent = log(client, experiment, "sweep", 0.1)
    child = client.create_run(experiment, run_name="child-8", tags={"mlflow.parentRunId": parent}).info.run_id
    for start in range(0, 2_500, 500):
        points = [
            mlflow.entities.Metric("loss", 1 / (step + 1), 1_700_000_000_000 + step, step)
            for step in range(start, start + 500)
        ]
        client.log_batch(child, metrics=points, params=[mlflow.entities.Param("api_key", "abc")] if not start else [])
    client.log_metric(child, "system/cpu_utilization_percentage", 12.0)
    client.set_terminated(child, "FAILED")
    with Store(tmp_path / "store") as store:
        taken = store.ingest([Path(f"{server}/#/experiments/{experiment}/runs/{child}")])
        assert [(run.name, run.status, run.project) for run in taken.runs] == [("child-8", "crashed", "long runs")]
        data = store.load("child-8")
        assert list(data.series["loss"].step) == list(range(2_500))
        assert data.series["loss"].wall_time[7] == 1_700_000_000.007
        assert data.series["system/cpu_utilization_percentage"].role == "system"
        assert data.params["api_key"] == "***"


@needs_mlflow
def test_what_is_wrong_with_an_address_of_mlflow_is_told_without_the_password(server: str) -> None:
    host = server.partition("//")[2]

    def reason(address: str) -> str:
        (problem,) = discover([Path(address)]).unreadable
        assert "topsecret" not in f"{problem}"
        return problem.reason

    assert "there is no experiment visoin. There is vision" in reason(f"{server}/#/experiments/visoin")
    assert "not found" in reason(f"{server}/#/experiments/1/runs/{'0' * 32}")
    assert "error code 404" in reason(f"http://me:topsecret@{host}/nothere")
    assert "does not answer: " in reason(f"http://me:topsecret@127.0.0.1:{free_port()}/")


@needs_mlflow
def test_a_server_that_is_down_is_told_at_once() -> None:
    (problem,) = discover([Path(f"http://127.0.0.1:{free_port()}")]).unreadable
    assert "does not answer" in problem.reason


@needs_mlflow
def test_a_server_of_something_else_is_told(tmp_path: Path) -> None:
    port = free_port()
    other = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(1)
        (problem,) = discover([Path(f"http://127.0.0.1:{port}")]).unreadable
        assert "MLflow tracking server" in problem.reason or "does not answer" in problem.reason
    finally:
        other.terminate()
        other.wait(10)


def test_without_a_password_an_address_stays_as_it_is() -> None:
    assert copies.without_password("see http://me:secret@host/a@b, ftp://host") == "see http://host/a@b, ftp://host"


def test_without_mlflow_an_address_is_answered_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    (problem,) = discover([Path("http://127.0.0.1:9")]).unreadable
    assert problem.path == "http://127.0.0.1:9"
    assert "runwhy[mlflow]" in problem.reason


def test_an_address_is_spoken_as_it_is_written_and_without_its_password() -> None:
    assert trackers.spoken(Path("https://me:secret@host:5000/mlflow/")) == "https://host:5000/mlflow"
    assert trackers.spoken(Path("logs/run-1")) == "logs/run-1"
    assert not trackers.is_address(Path("http.log"))
