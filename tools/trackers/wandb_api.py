"""Runs of W&B, in its cloud or on a server of one's own, asked through W&B's own client.

An address is `wandb://entity/project[/run]` or that of the page: `https://wandb.ai/entity/project/runs/id`. Runs are
kept as the folders that W&B's first clients wrote: history and readings of the machine as JSON lines.
"""

from __future__ import annotations

import difflib
import importlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote

from tools.errors import ToolError
from tools.formats.wandb_folder import EVENTS, HISTORY, METADATA
from tools.trackers.copies import MOST_RUNS, file_name, folder_of, forget_others, is_current, keep, knock

CLOUD = re.compile(r"(?:(?:www|api)\.)?wandb\.ai$", re.I)
PAGE = re.compile(r"/(?P<entity>[^/]+)/(?P<project>[^/]+)(?:/(?:runs/)?(?P<run>[^/?]+))?(?:/.*)?")
_PAGES = frozenset({"workspace", "table", "overview", "reports", "sweeps", "artifacts", "jobs", "runs"})
READINGS = 10_000
"""The server hands out no more readings of the machine than it is asked for."""
SECONDS = 60
CONSOLE = "output.log"


def is_meant(address: SplitResult) -> bool:
    """Whether an address is one of W&B: by its scheme, its host, or a page /entity/project/runs/id."""
    page = re.fullmatch(r"/[^/]+/[^/]+/(?:runs/\w+(?:/.*)?|workspace)", address.path)
    return address.scheme == "wandb" or bool(re.search(r"(?:^|\.)wandb\.", address.hostname or "")) or bool(page)


def fetch(address: SplitResult, called: str, into: Path) -> Path:
    """The copy of the runs that the address names, brought up to date."""
    found = PAGE.fullmatch(f"/{address.netloc}{address.path}" if address.scheme == "wandb" else address.path)
    if found is None:
        raise ToolError(f"{called} names no project.", "Give wandb://entity/project or wandb://entity/project/run.")
    wandb = _client(called)
    api = _api(wandb, address, called)
    entity, project, run = (unquote(part or "") for part in found.group("entity", "project", "run"))
    copy = folder_of(called, into) / "wandb"
    copy.mkdir(parents=True, exist_ok=True)
    try:
        kept = {
            _bring(one, copy, _failures(wandb))
            for one in _runs(api, f"{entity}/{project}", "" if run in _PAGES else run)
        }
    except ToolError:
        raise
    except _failures(wandb) as error:
        raise _explained(api, called, entity, project, error, _failures(wandb)) from error
    forget_others(copy, kept)
    if not kept:
        raise ToolError(f"{called} holds no runs.")
    return copy


def _client(called: str) -> Any:
    # Else the client reports its own crashes to its maker.
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    try:
        return importlib.import_module("wandb")
    except ImportError as error:
        raise ToolError(f"{called}: reading runs from W&B needs wandb.", "pip install 'runwhy[wandb]'") from error


def _api(wandb: Any, address: SplitResult, called: str) -> Any:
    """The client's door. It would ask for a missing key on the terminal, and wait minutes for a server that is down."""
    elsewhere = address.scheme != "wandb" and not CLOUD.match(address.hostname or "")
    settings = wandb.setup(settings=wandb.Settings(silent=True)).settings
    own = str(settings.base_url).rstrip("/")
    server = f"{address.scheme}://{address.netloc.rpartition('@')[2]}" if elsewhere else own
    stored = importlib.import_module("requests.utils").get_netrc_auth(server)
    if not (settings.api_key or settings.identity_token_file or stored):
        raise ToolError(f"{called}: there is no key for {server}.", "Set WANDB_API_KEY, or run `wandb login` once.")
    knock(server, called)
    try:
        return wandb.Api(overrides={"base_url": server}, timeout=SECONDS)
    except _failures(wandb) as error:
        reason = " ".join(str(error).split())[:200]
        raise ToolError(
            f"{called}: W&B does not let us in: {reason}", "Is WANDB_API_KEY the key of this server?"
        ) from error


def _failures(wandb: Any) -> tuple[type[Exception], ...]:
    transport = importlib.import_module("requests").RequestException
    return (wandb.errors.Error, transport, OSError, ValueError, TypeError, LookupError, RuntimeError)


def _explained(
    api: Any, called: str, entity: str, project: str, error: Exception, failures: tuple[type[Exception], ...]
) -> ToolError:
    """Why a project or a run could not be had, with the projects that there are."""
    try:
        names = [str(one.name) for one in api.projects(entity)]
    except failures:
        names = []
    if names and project not in names:
        near = difflib.get_close_matches(project, names, n=3, cutoff=0.4) or names[:5]
        return ToolError(f"{called}: {entity} has no project {project}.", f"There is {', '.join(near)}.")
    return ToolError(f"{called} could not be had from W&B: {' '.join(str(error).split())[:200]}")


def _runs(api: Any, project: str, run: str) -> Iterator[Any]:
    if run:
        yield api.run(f"{project}/{run}")
        return
    for count, one in enumerate(api.runs(project, per_page=50, lazy=False)):
        if count >= MOST_RUNS:
            raise ToolError(f"the project has more than {MOST_RUNS:,} runs.", "Give the address of one run.")
        yield one


def _bring(run: Any, copy: Path, failures: tuple[type[Exception], ...]) -> Path:
    """Write a run as a folder of W&B, unless the copy is as it is on the server."""
    name = file_name(str(run.name or "")) or str(run.id)
    folder = copy / str(run.id) / name
    about = {
        "project": run.project, "state": run.state, "startedAt": run.created_at,
        "heartbeatAt": getattr(run, "heartbeat_at", None), "rows": run.lastHistoryStep,
    }  # fmt: skip
    config = {key: value for key, value in run.config.items() if not key.startswith("_")}
    state = blake2b(json.dumps([about, config], default=str).encode(), digest_size=16).hexdigest()
    if is_current(folder, state):
        return folder
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    _lines(folder / HISTORY, run.scan_history(use_cache=False))
    _console(run, folder / CONSOLE, failures)
    _lines(folder / EVENTS, run.history(stream="system", pandas=False, samples=READINGS))
    (folder / METADATA).write_text(json.dumps(about, default=str), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(config, default=str), encoding="utf-8")
    keep(folder, state)
    return folder


def _lines(path: Path, rows: Iterator[Mapping[str, object]]) -> None:
    """One row a line, in the order of steps; nothing where there are none."""
    text = "".join(f"{json.dumps(row, default=str)}\n" for row in rows)
    if text:
        path.write_text(text, encoding="utf-8")


def _console(run: Any, path: Path, failures: tuple[type[Exception], ...]) -> None:
    """What the run printed, for crashes stand nowhere else. A run whose output is not to be had is kept without."""
    try:
        for file in run.files(names=[path.name]):
            if file.size:
                file.download(root=str(path.parent), replace=True).close()
    except failures as error:
        reason = " ".join(str(error).split())[:200]
        path.write_text(f"WARNING: {path.name} could not be had from W&B: {reason}\n", encoding="utf-8")
