"""A table of runs beside the runs: each gets the settings of its row, and what lies nowhere else stays one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tools.discovery.files import LogFile, RunFiles
from tools.formats.mlflow_db import FORMAT as MLFLOW_DB
from tools.formats.mlflow_files import FORMAT as MLFLOW
from tools.formats.neptune import FORMAT as NEPTUNE
from tools.formats.runs_table import FORMAT as TABLE
from tools.formats.runs_table import parse, parse_row, row_names

Inner = list[tuple[Path, list[RunFiles]]]
_WHOLE = frozenset({MLFLOW.name, MLFLOW_DB.name})
"""Formats that hold all that a table of their runs was made from."""


def without_tables(folder: Path, own: Sequence[LogFile], inner: Inner) -> tuple[list[LogFile], Inner]:
    """The logs of a folder and the runs below it: a table of the same runs holds only the ends of their curves."""
    tables = [log for log in own if log.format.name == TABLE.name]
    logs = [log for log in own if log.format.name != TABLE.name]
    runs = [run for _entry, found in inner for run in found]
    near = [run for run in runs if run.root.parent == folder or run.root.is_relative_to(folder / "mlruns")]
    kept = {log.format.name for log in (*logs, *(log for run in near for log in run.logs))}
    if not tables or kept.isdisjoint({*_WHOLE, NEPTUNE.name}):
        return list(own), inner
    for table in tables if kept.isdisjoint(_WHOLE) else ():
        rows = row_names(table.path)
        known = {name for run in near for name in _names(run)}
        inner = [(entry, [_with_row(run, table, rows) for run in found]) for entry, found in inner]
        if logs == [] and any(row.isdisjoint(known) for row in rows):
            rest = dataclasses.replace(table.format, parse=partial(parse, besides=frozenset(known)))
            logs.append(dataclasses.replace(table, format=rest))
    return logs, inner


def _names(run: RunFiles) -> frozenset[str]:
    return frozenset({run.name, run.root.name})


def _with_row(run: RunFiles, table: LogFile, rows: Sequence[frozenset[str]]) -> RunFiles:
    if all(row.isdisjoint(_names(run)) for row in rows):
        return run
    one = dataclasses.replace(table.format, parse=partial(parse_row, called=_names(run)))
    return dataclasses.replace(run, logs=(*run.logs, dataclasses.replace(table, format=one)))
