"""MLflow's database (mlflow.db, also behind `mlflow server`): the runs of all experiments that are not deleted."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator

from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._numbers import scalar
from tools.formats._settings import param, typed
from tools.formats._sqlite import Collectors, columns, database, has_tables, journal, run_keys, until_damage
from tools.formats.mlflow_files import PARENT, PARENT_RUN
from tools.records import Param, Part, RunInfo, Status

TABLES = ("experiments", "runs", "metrics", "latest_metrics", "params")
INFINITE = 1.7976931348623157e308
"""The largest double is how MLflow stores infinity."""
_STATUS: dict[object, Status] = {"FINISHED": "finished", "FAILED": "crashed", "KILLED": "crashed", "RUNNING": "running"}


def sniff(probe: Probe) -> float:
    """The tables of MLflow."""
    return 0.99 if has_tables(probe, *TABLES) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Runs with their parameters, then all points in the order of logging."""
    yield from until_damage(source, _parts(source))


def _parts(source: Source) -> Iterator[Part]:
    with database(source, *TABLES) as connection:
        keys = run_keys(dict(_names(connection)))
        yield from _runs(connection, keys)
        yield from _params(connection, keys)
        yield from _parents(connection, keys)
        yield from _metrics(connection, keys)


def _names(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    rows = connection.execute("SELECT run_uuid, name FROM runs WHERE lifecycle_stage = 'active' ORDER BY start_time")
    yield from ((str(run), str(name or "")) for run, name in rows)


def _runs(connection: sqlite3.Connection, keys: dict[str, str]) -> Iterator[RunInfo]:
    rows = connection.execute(
        "SELECT run_uuid, status, runs.start_time, end_time, experiments.name "
        "FROM runs LEFT JOIN experiments USING (experiment_id)"
    )
    for run, status, started, ended, project in rows:
        if str(run) in keys:
            key = keys[str(run)]
            yield RunInfo(
                key,
                key,
                None if project is None else str(project),
                _STATUS.get(status),
                _seconds(started),
                _seconds(ended),
            )


def _seconds(milliseconds: object) -> float | None:
    number = scalar(milliseconds)
    return number / 1000 if number else None


def _params(connection: sqlite3.Connection, keys: dict[str, str]) -> Iterator[Param]:
    for run, key, value in connection.execute("SELECT run_uuid, key, value FROM params"):
        if str(run) in keys:
            one = param(str(key), typed(str(value)))
            yield Param(one.key, one.value, keys[str(run)])


def _parents(connection: sqlite3.Connection, keys: dict[str, str]) -> Iterator[Param]:
    """The run that another was started under: a sweep, a cross-validation."""
    if not columns(connection, "tags"):
        return
    for run, parent in connection.execute("SELECT run_uuid, value FROM tags WHERE key = ?", (PARENT,)):
        if str(run) in keys:
            yield Param(PARENT_RUN, keys.get(str(parent), str(parent)), keys[str(run)])


def _metrics(connection: sqlite3.Connection, keys: dict[str, str]) -> Iterator[Part]:
    collectors = Collectors(keys.values())
    rows = connection.execute(
        "SELECT run_uuid, key, value, timestamp, step, is_nan FROM metrics "
        "WHERE run_uuid IN (SELECT run_uuid FROM runs WHERE lifecycle_stage = 'active') "
        "ORDER BY run_uuid, timestamp, step"
    )
    for run, name, raw, timestamp, at, is_nan in rows:
        value = math.nan if is_nan else scalar(raw)
        if str(run) not in keys or value is None:
            continue
        if abs(value) >= INFINITE:
            value = math.copysign(math.inf, value)
        step = scalar(at)
        collector = collectors.of(keys[str(run)])
        collector.add(str(name), value, NAN if step is None else step, NAN, _seconds(timestamp) or NAN)
        yield from collector.full()
    yield from collectors.rest()


FORMAT = Format("mlflow_db", "MLflow database (mlflow.db)", "MLflow with SQLite", sniff, parse, journal)
