"""Aim repositories: names and times in run_metadata.sqlite, metrics and parameters in RocksDB beside it.

RocksDB is read by Aim's own library, which repairs, migrates and locks what it opens: it is given a copy.
"""

from __future__ import annotations

import importlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._numbers import clock
from tools.formats._settings import params_of
from tools.formats._sqlite import database, has_tables, run_keys, until_damage
from tools.records import Param, Part, Points, RunInfo, SkippedLine

TABLES = ("experiment", "run", "run_tag", "run_info")
NAMED = 3
"""So many runs are named where their metrics cannot be read."""
INTERNAL = "__"
"""What Aim adds to the parameters, and the names of its readings of the machine, begin with it."""
SUBSET = "subset"


@dataclass(frozen=True)
class _Kept:
    """A run as the database names it."""

    hash: str
    name: str
    project: str


def sniff(probe: Probe) -> float:
    """The database of a repository."""
    return 0.99 if probe.path.name == "run_metadata.sqlite" and has_tables(probe, *TABLES) else 0.0


def chunks(path: Path) -> Sequence[Path]:
    """The files that the points of running runs are added to."""
    return sorted(path.parent.glob("seqs/chunks/*/*"))


def parse(source: Source) -> Iterator[Part]:
    """Run by run."""
    with database(source, *TABLES) as connection:
        runs = list(_runs(connection))
    if not runs:
        raise ToolError(f"{source.path.parent} holds no runs yet.")
    try:
        sdk = importlib.import_module("aim")
    except ImportError as error:
        named = ", ".join(run.name or run.hash for run in runs[:NAMED]) + (", ..." if len(runs) > NAMED else "")
        raise ToolError(
            f"{source.path.parent} holds {len(runs)} Aim run(s) ({named}); reading their metrics needs aim.",
            "pip install 'runwhy[aim]'",
        ) from error
    yield from until_damage(source, _parts(sdk, source.path.parent, runs))


def _runs(connection: sqlite3.Connection) -> Iterator[_Kept]:
    rows = connection.execute(
        "SELECT hash, run.name, experiment.name FROM run "
        "LEFT JOIN experiment ON experiment.id = run.experiment_id "
        "WHERE coalesce(run.is_archived, 0) = 0 ORDER BY run.created_at, run.id"
    )
    for run, name, project in rows:
        # Aim calls a run without a name "Run: <hash>".
        given = "" if str(name or "").startswith("Run: ") else str(name or "")
        yield _Kept(str(run), given, str(project or ""))


def _parts(sdk: Any, folder: Path, runs: Sequence[_Kept]) -> Iterator[Part]:
    keys = run_keys({run.hash: run.name for run in runs})
    with _opened(sdk, folder) as repository:
        for run in runs:
            key = keys[run.hash]
            yield RunInfo(key, key, run.project or None)
            try:
                yield from _content(sdk.Run(run.hash, repo=repository, read_only=True), key)
            except _damages() as error:
                yield SkippedLine(0, "", f"Aim cannot read this run: {' '.join(str(error).split())[:200]}", key)


@contextmanager
def _opened(sdk: Any, folder: Path) -> Iterator[Any]:
    """A copy of the repository without its index, which knows only runs that were closed."""
    with tempfile.TemporaryDirectory(prefix="runwhy-aim-", ignore_cleanup_errors=True) as place:
        shutil.copytree(folder, Path(place) / ".aim", ignore=shutil.ignore_patterns("index", "locks"))
        try:
            repository = sdk.Repo(place)
        except _damages() as error:
            raise ToolError(f"{folder} cannot be opened by aim: {' '.join(str(error).split())[:200]}") from error
        yield repository


def _damages() -> tuple[type[Exception], ...]:
    """What is raised over a repository that is damaged or of another version: each layer of Aim has its own kinds."""
    rocks = vars(importlib.import_module("aimrocks.errors")).values()
    kinds = [kind for kind in rocks if isinstance(kind, type) and issubclass(kind, Exception)]
    database_error = importlib.import_module("sqlalchemy.exc").SQLAlchemyError
    return (OSError, ValueError, TypeError, LookupError, RuntimeError, AttributeError, database_error, *kinds)


def _content(run: Any, key: str) -> Iterator[Part]:
    started, ended = (at if (at := clock(one)) == at else None for one in (run.creation_time, run.end_time))
    yield RunInfo(key, status="running" if ended is None else "finished", started_at=started, ended_at=ended)
    attributes = run.meta_run_tree.collect().get("attrs", {})
    yield from (Param(one.key, one.value, key) for one in params_of(_settings(attributes)))
    for metric in run.metrics():
        yield _points(metric, key)


def _settings(attributes: Mapping[str, object]) -> dict[str, object]:
    """The parameters; those that were set under the name that Aim's manual uses stand without it."""
    own = {str(name): value for name, value in attributes.items() if not str(name).startswith(INTERNAL)}
    inner = own.pop("hparams", {})
    return own | (dict(inner) if isinstance(inner, Mapping) else {"hparams": inner})


def _points(metric: Any, key: str) -> Points:
    step, (value, epoch, wall) = metric.data.view(("val", "epoch", "time")).numpy()
    count = min(len(step), len(value), len(epoch), len(wall))
    at, epochs, clocks, values = (np.asarray(one[:count], dtype=np.float64) for one in (step, epoch, wall, value))
    name = _name(str(metric.name), metric.context.to_dict())
    return Points((name,), np.zeros(count, dtype=np.int32), at, epochs, clocks, values, key)


def _name(name: str, context: Mapping[str, object]) -> str:
    """A metric and its context: {"subset": "train"} makes "train/loss"."""
    if name.startswith(INTERNAL):
        name = f"system/{name.removeprefix('__system__')}"
    around = [str(value) if one == SUBSET else f"{one}={value}" for one, value in context.items()]
    return "/".join([*around, name])


FORMAT = Format("aim", "Aim repositories (extra `aim`)", "Aim", sniff, parse, chunks)
