"""The store as everyone else uses it: one folder, any number of processes and threads."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from tools.records import (
    Diagnosis,
    Evidence,
    Finding,
    MetricSummary,
    NotChecked,
    Run,
    RunData,
    Scalar,
    Sibling,
    SkippedLine,
    Table,
)
from tools.store.catalogue import Catalogue, Entry, State
from tools.store.diagnoses import DiagnosisLog
from tools.store.intake import Intake, Progress, ingest
from tools.store.naming import find_run
from tools.store.reading import read_log_lines, read_params, read_series, read_skipped, read_summaries
from tools.store.sealed import SealedSql
from tools.store.snapshot import JUDGES, source_version

__all__ = ["Intake", "Progress", "Store"]

MAX_SIBLINGS = 200
MAX_KEPT_SIBLINGS = 5_000
MEMORY_LIMIT = "1GB"


class Store:
    """The runs of one workspace: taken in from logs, kept as Parquet, handed out as records or through SQL."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        (self.root / "parts").mkdir(parents=True, exist_ok=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(self.root / "spill"),
        }
        self._con = duckdb.connect(config=config)
        self._lock = threading.RLock()
        self._catalogue = Catalogue(self.root, self._con)
        self._diagnoses = DiagnosisLog(self.root, source_version(JUDGES))
        self._sql = SealedSql(self.root, source_version(JUDGES))
        self._siblings: dict[int, Sibling] = {}

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the SQL worker and the database."""
        self._sql.close()
        self._con.close()

    def ingest(self, paths: Sequence[Path], progress: Callable[[Progress], None] | None = None) -> Intake:
        """Make these paths part of the workspace. What has not changed since is not read again."""
        taken = ingest(self._catalogue, self._cursor(), self.root, paths, progress or (lambda _: None))
        if taken.read:
            self._diagnoses.compact(frozenset(entry.key for entry in self._state().entries))
        return taken

    def runs(self) -> tuple[Run, ...]:
        """All runs of the workspace."""
        return tuple(entry.as_run() for entry in self._state().entries)

    def run(self, reference: str) -> Run:
        """The run that is meant by an id, a name or a number ("7", "run 7", "#7"). ToolError names the nearest."""
        return find_run(reference, self.runs())

    def load(self, run_id: str) -> RunData:
        """Everything about a run."""
        state, entry = self._find(run_id)
        con = self._cursor()
        return RunData(
            run=entry.as_run(),
            series=read_series(con, state.layout, entry),
            params=read_params(con, state.layout, [entry])[entry.key],
            log_lines=read_log_lines(con, state.layout, entry),
            siblings=self._siblings_of(state, entry),
        )

    def summaries(self, run_id: str) -> tuple[MetricSummary, ...]:
        """Every metric of a run in one line, in the order in which they were first logged."""
        state, entry = self._find(run_id)
        return read_summaries(self._cursor(), state.layout, [entry])[entry.key]

    def params(self, run_id: str) -> Mapping[str, Scalar]:
        """The hyperparameters of a run."""
        state, entry = self._find(run_id)
        return read_params(self._cursor(), state.layout, [entry])[entry.key]

    def skipped(self, run_id: str) -> tuple[SkippedLine, ...]:
        """The lines of a run's logs that could not be used."""
        state, entry = self._find(run_id)
        return read_skipped(self._cursor(), state.layout, entry)

    def save_diagnosis(self, *diagnoses: Diagnosis) -> None:
        """Keep diagnoses until the run or the detectors change. Many at once are much cheaper than one by one."""
        keyed = [(self._find(one.run)[1].key, dataclasses.asdict(one)) for one in diagnoses]
        self._diagnoses.append(keyed)

    def diagnosis(self, run_id: str) -> Diagnosis | None:
        """The kept diagnosis of a run as it is now, made by the detectors as they are now; None where there is none."""
        _, entry = self._find(run_id)
        with self._lock:
            found = self._diagnoses.latest().get(entry.key)
        return None if found is None else _diagnosis(entry.run, found)

    def query(self, sql: str, limit: int = 200, timeout_seconds: float = 10) -> Table:
        """The first rows of one SELECT over the views, run in a sealed process. ToolError says what is wrong."""
        return self._sql.query(sql, limit, timeout_seconds)

    def _state(self) -> State:
        with self._lock:
            return self._catalogue.state()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            return self._con.cursor()

    def _find(self, run_id: str) -> tuple[State, Entry]:
        state = self._state()
        run = state.by_id.get(run_id)
        if run is None:
            run = state.by_id[find_run(run_id, [entry.as_run() for entry in state.entries]).run]
        return state, run

    def _siblings_of(self, state: State, entry: Entry) -> tuple[Sibling, ...]:
        """The runs of the same project that stand nearest to this one."""
        project = state.by_project[entry.project, entry.folder]
        near = sorted(project, key=lambda other: abs(other.position - entry.position))[1 : MAX_SIBLINGS + 1]
        near.sort(key=lambda other: other.position)
        with self._lock:
            self._fetch_siblings(state, [other for other in near if other.key not in self._siblings])
            found = [self._siblings[other.key] for other in near]
        return tuple(dataclasses.replace(one, run=other.run) for one, other in zip(found, near, strict=True))

    def _fetch_siblings(self, state: State, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        if len(self._siblings) > MAX_KEPT_SIBLINGS:
            self._siblings.clear()
        con = self._cursor()
        summaries = read_summaries(con, state.layout, entries)
        params = read_params(con, state.layout, entries)
        for entry in entries:
            metrics = {one.name: one for one in summaries[entry.key]}
            self._siblings[entry.key] = Sibling(entry.run, entry.name, params[entry.key], metrics)


def _diagnosis(run: str, fields: Mapping[str, Any]) -> Diagnosis:
    findings = (Finding(**{**one, "evidence": _evidence(one["evidence"])}) for one in fields["findings"])
    gaps = (NotChecked(**{**one, "missing": tuple(one["missing"])}) for one in fields["not_checked"])
    return Diagnosis(**{**fields, "run": run, "findings": tuple(findings), "not_checked": tuple(gaps)})


def _evidence(found: Iterable[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(**one) for one in found)
