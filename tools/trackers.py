"""Tracking servers: an address in place of a path. The runs of an MLflow server are kept as its file store keeps them.

Goes through MLflow's own client library, which also knows about tokens and certificates. A run is fetched again only
when its status, its last values or its parameters have changed.
"""

from __future__ import annotations

import importlib
import json
import math
import re
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tools.archives import Opened
from tools.archives.limits import safe_name
from tools.errors import ToolError

MOST_RUNS = 20_000
PAGE = 500
ANSWER_SECONDS = 10
STATE = ".state"
_ADDRESS = re.compile(r"(https?):/+([^/]+)(.*)", re.I | re.S)
_STATUS = {"RUNNING": 1, "SCHEDULED": 2, "FINISHED": 3, "FAILED": 4, "KILLED": 5}


def is_address(path: Path) -> bool:
    """Whether a path is the address of a server."""
    return bool(_ADDRESS.match(str(path)))


def spoken(path: Path) -> str:
    """A path or an address as people write it, without a password."""
    found = _ADDRESS.match(str(path))
    return str(path) if found is None else f"{found[1].lower()}://{found[2].rpartition('@')[2]}{found[3]}".rstrip("/")


def fetch(path: Path, into: Path) -> Opened:
    """Bring the copy of a server's runs up to date. ToolError when it does not answer or is no tracking server."""
    called = spoken(path)
    found = _ADDRESS.match(str(path))
    if found is None:
        raise ToolError(f"{path} is no address.")
    server, _, page = found[3].partition("#")
    uri = f"{found[1].lower()}://{found[2]}{server}".rstrip("/")
    try:
        mlflow = importlib.import_module("mlflow")
    except ImportError as error:
        raise ToolError(f"{called}: reading a tracking server needs mlflow.", "pip install 'runwhy[mlflow]'") from error
    _knock(uri, called)
    copy = into / f"server-{blake2b(called.encode(), digest_size=8).hexdigest()}" / "mlruns"
    copy.mkdir(parents=True, exist_ok=True)
    client = mlflow.MlflowClient(tracking_uri=uri)
    try:
        kept = {_bring(client, run, project, copy) for run, project in _runs(client, page)}
    except (mlflow.exceptions.MlflowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ToolError(f"{called} does not answer as an MLflow tracking server: {reason}") from error
    for folder in copy.glob("*/*"):
        if folder not in kept:
            shutil.rmtree(folder)
    if not kept:
        raise ToolError(f"{called} holds no runs.")
    return Opened(copy, called)


def _knock(uri: str, called: str) -> None:
    """MLflow's client tries for minutes to reach a server that is not there."""
    try:
        with urllib.request.urlopen(uri, timeout=ANSWER_SECONDS):
            pass
    except urllib.error.HTTPError:
        # It answers; whether it lets us in is for the client to find out.
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise ToolError(
            f"{called} does not answer: {reason}.", "Is the server running, and the address right?"
        ) from error


def _runs(client: Any, page: str) -> Iterator[tuple[Any, str]]:
    """Runs with the names of their experiments; only those that the page of the address shows."""
    experiment, run = (re.search(pattern, page) for pattern in (r"experiments/(\d+)", r"runs/(\w+)"))
    names = {one.experiment_id: one.name for one in _pages(client.search_experiments)}
    if run is not None:
        found = client.get_run(run[1])
        yield found, names.get(found.info.experiment_id, "")
        return
    wanted = [experiment[1]] if experiment is not None else list(names)
    for count, found in enumerate(_pages(client.search_runs, wanted)):
        if count >= MOST_RUNS:
            raise ToolError(
                f"the server has more than {MOST_RUNS:,} runs.",
                "Give the address of one experiment (.../#/experiments/1).",
            )
        yield found, names.get(found.info.experiment_id, "")


def _pages(ask: Any, *arguments: object) -> Iterator[Any]:
    token: str | None = None
    while True:
        found = ask(*arguments, max_results=PAGE, page_token=token)
        yield from found
        token = found.token
        if not token:
            return


def _bring(client: Any, run: Any, project: str, copy: Path) -> Path:
    """Write a run as the file store does, unless the copy is as it is on the server."""
    folder = copy / (_file_name(project) or str(run.info.experiment_id)) / str(run.info.run_id)
    state = _state(run)
    if (folder / STATE).is_file() and (folder / STATE).read_text(encoding="utf-8") == state:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _write(folder / "tags", "mlflow.runName", str(run.info.run_name or ""))
    for key, value in run.data.params.items():
        _write(folder / "params", key, str(value))
    for key in run.data.metrics:
        _write(folder / "metrics", key, _history(client.get_metric_history(run.info.run_id, key)))
    times = {"start_time": run.info.start_time, "end_time": run.info.end_time}
    meta = {"run_id": run.info.run_id, "run_name": run.info.run_name, "status": _STATUS.get(run.info.status), **times}
    # JSON is YAML.
    (folder / "meta.yaml").write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in meta.items()))
    (folder / STATE).write_text(state, encoding="utf-8")
    return folder


def _state(run: Any) -> str:
    """Changes when anything is logged to the run."""
    info = (run.info.status, run.info.end_time, run.info.run_name)
    last = sorted((one.key, repr(one.value), one.step, one.timestamp) for one in run.data._metric_objs)
    return blake2b(repr((info, last, sorted(run.data.params.items()))).encode(), digest_size=16).hexdigest()


def _history(points: Sequence[Any]) -> str:
    ordered = sorted(points, key=lambda point: (point.timestamp, point.step))
    return "".join(f"{point.timestamp} {_value(point.value)!r} {point.step}\n" for point in ordered)


def _value(value: float) -> float:
    """Databases behind the server keep an infinity as the largest double."""
    return math.copysign(math.inf, value) if abs(value) >= sys.float_info.max else value


def _file_name(text: str) -> str:
    return re.sub(r"[^\w.,=+@ -]", "_", text).strip(". ")[:100]


def _write(base: Path, name: str, text: str) -> None:
    """Put a value under a name that the server chose; one that leads elsewhere or is taken is written flat."""
    safe = safe_name(name)
    path = base / (safe or _file_name(name) or "unnamed")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        (base / _file_name(name)).write_text(text, encoding="utf-8")
