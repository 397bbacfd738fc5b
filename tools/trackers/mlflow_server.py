"""An MLflow tracking server, asked through MLflow's own client. Runs are kept as its file store keeps them."""

from __future__ import annotations

import difflib
import importlib
import json
import math
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote

from tools.errors import ToolError
from tools.formats.mlflow_files import NAME, PARENT
from tools.trackers.copies import (
    MOST_RUNS,
    file_name,
    folder_of,
    forget_others,
    is_current,
    keep,
    knock,
    without_password,
    write,
)

PAGE = 500
PAGE_PATTERN = re.compile(r"/?(?:experiments/(?P<experiment>[^/?]+))?(?:/?runs/(?P<run>\w+))?(?:[/?].*)?", re.S)
_STATUS = {"RUNNING": 1, "SCHEDULED": 2, "FINISHED": 3, "FAILED": 4, "KILLED": 5}


def fetch(address: SplitResult, called: str, into: Path) -> Path:
    """The copy of the runs that the address shows, brought up to date."""
    server = f"{address.scheme}://{address.netloc}{address.path}".rstrip("/")
    try:
        mlflow = importlib.import_module("mlflow")
    except ImportError as error:
        raise ToolError(f"{called}: reading a tracking server needs mlflow.", "pip install 'runwhy[mlflow]'") from error
    knock(server, called)
    copy = folder_of(called, into) / "mlruns"
    copy.mkdir(parents=True, exist_ok=True)
    client = mlflow.MlflowClient(tracking_uri=server)
    try:
        kept = {_bring(client, run, project, copy) for run, project in _runs(client, address.fragment, called)}
    except (mlflow.exceptions.MlflowException, OSError) as error:
        raise _refused(called, str(error)) from error
    forget_others(copy, kept)
    if not kept:
        raise ToolError(f"{called} holds no runs.")
    return copy


def _refused(called: str, reason: str) -> ToolError:
    """What MLflow's client says of a server that gave no runs, without the page that it got in their place."""
    reason = without_password(" ".join(reason.split())).partition(" Response body")[0][:200]
    if "DOES_NOT_EXIST" in reason:
        return ToolError(f"{called}: {reason.partition(': ')[2] or reason}.", "Is it the address of another server?")
    told_to_sign_in = re.search(r"\b40[13]\b|UNAUTHENTICATED|PERMISSION_DENIED", reason)
    hint = (
        "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."
        if told_to_sign_in
        else ""
    )
    return ToolError(f"{called} does not answer as an MLflow tracking server: {reason}.", hint)


def _runs(client: Any, page: str, called: str) -> Iterator[tuple[Any, str]]:
    """Runs with the names of their experiments; only those that the page of the address shows."""
    names = {str(one.experiment_id): str(one.name) for one in _pages(client.search_experiments)}
    shown = PAGE_PATTERN.fullmatch(page)
    if shown is not None and shown["run"]:
        found = client.get_run(shown["run"])
        yield found, names.get(found.info.experiment_id, "")
        return
    wanted = (
        [_experiment(unquote(shown["experiment"]), names, called)] if shown and shown["experiment"] else list(names)
    )
    for count, found in enumerate(_pages(client.search_runs, wanted)):
        if count >= MOST_RUNS:
            raise ToolError(
                f"the server has more than {MOST_RUNS:,} runs.",
                "Give the address of one experiment (.../#/experiments/1).",
            )
        yield found, names.get(found.info.experiment_id, "")


def _experiment(given: str, names: Mapping[str, str], called: str) -> str:
    """The id of an experiment that is given by its id or its name."""
    if given in names:
        return given
    by_name = {name: one for one, name in names.items()}
    if given not in by_name:
        near = difflib.get_close_matches(given, by_name, n=3, cutoff=0.4) or list(by_name)[:5]
        raise ToolError(f"{called}: there is no experiment {given}.", f"There is {', '.join(near)}.")
    return by_name[given]


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
    folder = copy / (file_name(project) or str(run.info.experiment_id)) / str(run.info.run_id)
    state = _state(run)
    if is_current(folder, state):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write(folder / "tags", NAME, str(run.info.run_name or ""))
    if parent := run.data.tags.get(PARENT):
        write(folder / "tags", PARENT, str(parent))
    for key, value in run.data.params.items():
        write(folder / "params", key, str(value))
    for key in run.data.metrics:
        write(folder / "metrics", key, _history(client.get_metric_history(run.info.run_id, key)))
    times = {"start_time": run.info.start_time, "end_time": run.info.end_time}
    meta = {"run_id": run.info.run_id, "run_name": run.info.run_name, "status": _STATUS.get(run.info.status), **times}
    # JSON is YAML.
    (folder / "meta.yaml").write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in meta.items()))
    keep(folder, state)
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
