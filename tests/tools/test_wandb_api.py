"""Runs of W&B by their address: the real client against a local server, where wandb is installed."""

from __future__ import annotations

import importlib
import importlib.util
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.wandb_server import KEY, KeptRun, WandbServer
from tools.discovery import discover
from tools.store import Store

needs_wandb = pytest.mark.skipif(
    importlib.util.find_spec("wandb") is None, reason="wandb is not installed: make trackers"
)
ROWS: list[dict[str, object]] = [
    {"_step": step, "_timestamp": 1.7e9 + step, "loss": 1 / (step + 1)} for step in range(2500)
]
ROWS[7]["loss"] = "NaN"
OUTPUT = (
    'loading\nTraceback (most recent call last):\n  File "train.py", line 3, in <module>\n    step()\n'
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB.\n"
)
READINGS = [{"_runtime": 15, "_timestamp": 1.7e9 + 15, "system.cpu": 3.5, "system.proc.memory.rssMB": 900}]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WandbServer]:
    for name in ("WANDB_MODE", "WANDB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    runs = [
        KeptRun("aaaa1111", "calm-1", "finished", {"lr": 0.1, "model": {"depth": 2}, "api_key": "abc"}, ROWS, READINGS),
        KeptRun("bbbb2222", "calm-2", "failed", {"lr": 0.5, "_wandb": {}}, ROWS[:20], output=OUTPUT),
        KeptRun("cccc3333", "calm-3", "finished", {}, ROWS[:20], output=None),
    ]
    with WandbServer({"team/vision": runs, "team/speech": []}) as running:
        monkeypatch.setenv("WANDB_BASE_URL", running.address)
        forget()
        yield running
    forget()


def forget() -> None:
    """What the client has read from the environment."""
    importlib.import_module("wandb").teardown()


@needs_wandb
@pytest.mark.timeout(120)
def test_a_project_gives_its_runs_whole_and_only_changed_ones_are_fetched(server: WandbServer, tmp_path: Path) -> None:
    address = Path("wandb://team/vision")
    with Store(tmp_path / "store") as store:
        taken = store.ingest([address])
        assert not taken.unreadable
        assert {(run.name, run.project, run.status) for run in taken.runs} == {
            ("calm-1", "vision", "finished"),
            ("calm-2", "vision", "crashed"),
            ("calm-3", "vision", "finished"),
        }
        crash = next(run.crash for run in taken.runs if run.name == "calm-2")
        assert crash is not None
        assert crash.kind == "cuda_oom"
        assert "could not be had from W&B" in store.load("calm-3").log_lines[0].text
        data = store.load("calm-1")
        loss = data.series["loss"]
        assert list(loss.step) == list(range(2500))
        assert str(loss.value[7]) == "nan"
        assert loss.wall_time[3] == 1.7e9 + 3
        assert {name: one.role for name, one in data.series.items() if name.startswith("system/")} == {
            "system/cpu": "system",
            "system/proc.memory.rssMB": "memory",
        }
        assert dict(data.params) == {"lr": 0.1, "model.depth": 2, "api_key": "***"}
        asked = len(server.queries)
        assert store.ingest([address]).read == 0
        assert not [query for query in server.queries[asked:] if "history" in query and "historyKeys" not in query]
    only = discover([Path(f"{server.address}/team/vision/runs/bbbb2222")], tmp_path / "cache")
    assert [run.name for run in only.runs] == ["calm-2"]


@needs_wandb
@pytest.mark.timeout(120)
def test_what_is_wrong_with_an_address_of_wandb_is_told_in_a_sentence(
    server: WandbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reason(address: str) -> str:
        forget()
        (problem,) = discover([Path(address)]).unreadable
        assert KEY not in problem.reason
        return problem.reason

    assert "team has no project vison. There is vision" in reason("wandb://team/vison")
    assert "could not be had from W&B" in reason("wandb://team/vision/nothere")
    assert "names no project" in reason("wandb://team")
    assert "holds no runs" in reason("wandb://team/speech")
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    assert "does not let us in" in reason("wandb://team/vision")
    monkeypatch.delenv("WANDB_API_KEY")
    assert "there is no key for" in reason("wandb://team/vision")
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        assert "does not answer" in reason(f"http://127.0.0.1:{one.getsockname()[1]}/team/vision/runs/aaaa1111")


def test_without_wandb_an_address_is_answered_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    (problem,) = discover([Path("wandb://team/vision")]).unreadable
    assert problem.path == "wandb://team/vision"
    assert "runwhy[wandb]" in problem.reason
