"""The store as everyone else uses it: one folder, any number of processes and threads."""

from __future__ import annotations

import dataclasses
import errno
import os
import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from types import TracebackType

import duckdb

from tools.errors import ToolError
from tools.records import (
    Beside,
    Diagnosis,
    MetricSummary,
    Run,
    RunData,
    Scalar,
    Sibling,
    SkippedLine,
    Table,
)
from tools.roles import NOTHING_GIVEN, Given
from tools.rules import Rules, mark_of
from tools.stopping import go_on
from tools.store.catalogue import Catalogue
from tools.store.diagnoses import DiagnosisLog, Judged
from tools.store.entries import Entry, State
from tools.store.files import locked, share
from tools.store.intake import Intake, Progress, ingest
from tools.store.judgements import diagnosis_of
from tools.store.naming import find_run
from tools.store.reading import read_log_lines, read_params, read_series, read_skipped, read_summaries
from tools.store.sealed import SealedSql
from tools.store.snapshot import JUDGES, source_version

__all__ = ["Intake", "Progress", "Store"]

MAX_SIBLINGS = 200
MAX_SIBLING_METRICS = 50_000
BRIEFS_AT_ONCE = 100
MAX_BRIEFS = 1_000
POINTS_AT_ONCE = 1 << 19
MEMORY_LIMIT = "1GB"


class Store:
    """The runs of one workspace: taken in from logs, kept as Parquet, handed out as records or through SQL.

    given: what the user says about the names of metrics. It is laid over what was read, and kept nowhere.
    rules: what the user says about judging; judgements are kept for each set of rules.
    threads: of the database; as many as there are processors where nothing is said.
    """

    def __init__(
        self, root: Path, given: Given = NOTHING_GIVEN, rules: Rules | None = None, threads: int | None = None
    ) -> None:
        self.given = given
        self.rules = rules or Rules()
        self.root = root.expanduser().resolve()
        (self.root / "parts").mkdir(parents=True, exist_ok=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(self.root / "spill"),
        }
        if threads is not None:
            config["threads"] = threads
        self._con = duckdb.connect(config=config)
        self._lock = threading.RLock()
        self._catalogue = Catalogue(self.root, self._con)
        judge = source_version(JUDGES) + self.rules.mark()
        self._diagnoses = DiagnosisLog(self.root, judge)
        self._marks = self.rules.marks()
        self._sql = SealedSql(self.root, judge, given, self._marks)
        self._briefs: dict[int, Sibling] = {}
        self._briefs_of: State | None = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the SQL worker and the database."""
        self._sql.close()
        self._con.close()

    def ingest(
        self,
        paths: Sequence[Path],
        progress: Callable[[Progress], None] | None = None,
        followed: Collection[tuple[str, ...]] = (),
    ) -> Intake:
        """Make these paths part of the workspace. What has not changed since is not read again, nor are known runs of
        which these are the logs: somebody follows them. ToolError where the disk takes no more."""
        try:
            taken = ingest(self._catalogue, self._cursor(), self.root, paths, progress or (lambda _: None), followed)
        except (duckdb.IOException, OSError) as error:
            why = os.strerror(errno.ENOSPC) if os.strerror(errno.ENOSPC) in str(error) else str(error)
            raise ToolError(
                f"The cache folder {self.root} cannot be written: {why}.", "RUNWHY_STORE names another."
            ) from error
        if taken.read:
            self._diagnoses.compact(frozenset(entry.key for entry in self._state().entries))
        return taken

    @property
    def version(self) -> tuple[int, int, int]:
        """Changes whenever a run comes, grows or goes."""
        return self._catalogue.stamp()

    def copy(self, root: Path, only_judged: bool = False) -> Store:
        """Another store, in a folder that is not there yet, that begins with the runs of this one."""
        with locked(self.root):
            state = self._state()
            for batch in state.layout.batches:
                share(self.root / "parts" / batch, root / "parts" / batch)
            self._diagnoses.copy(root)
        other = Store(root, self.given, self.rules)
        entries = [entry for entry in state.entries if not only_judged or self.judged(entry.run)]
        other._catalogue.begin(dataclasses.replace(state, entries=tuple(entries)))
        return other

    def runs(self) -> tuple[Run, ...]:
        """All runs of the workspace."""
        return tuple(entry.as_run() for entry in self._state().entries)

    def run(self, reference: str) -> Run:
        """The run that is meant by an id, a name or a number ("7", "run 7", "#7"). ToolError names the nearest."""
        return find_run(reference, self.runs())

    def load(self, run_id: str) -> RunData:
        """Everything about a run."""
        return next(self.load_each([run_id]))

    def load_each(self, run_ids: Iterable[str]) -> Iterator[RunData]:
        """Everything about each of these runs in turn. Those that lie together are read together, in bounded memory."""
        found = (self._find(run_id) for run_id in run_ids)
        for state, entries in _groups(found):
            con = self._cursor()
            series = read_series(con, state.layout, entries, self.given)
            lines = read_log_lines(con, state.layout, entries)
            for entry in entries:
                go_on()
                outline = self._outline(state, entry)
                yield dataclasses.replace(outline, series=series.pop(entry.key), log_lines=lines[entry.key])

    def outline(self, run_id: str) -> RunData:
        """A run beside its siblings, without what it logged itself."""
        return self._outline(*self._find(run_id))

    def mark(self, run_id: str) -> str:
        """Changes when a sibling of the run does, or comes or goes."""
        return self._mark(*self._find(run_id))

    def summaries(self, run_id: str) -> tuple[MetricSummary, ...]:
        """Every metric of a run in one line, in the order in which they were first logged."""
        state, entry = self._find(run_id)
        return tuple(self._brief(state, entry).metrics.values())

    def params(self, run_id: str) -> Mapping[str, Scalar]:
        """The hyperparameters of a run."""
        state, entry = self._find(run_id)
        return self._brief(state, entry).params

    def logs(self, run_id: str) -> tuple[str, ...]:
        """The files that a run was read from, as people know them."""
        return self._find(run_id)[1].logs

    def skipped(self, run_id: str) -> tuple[SkippedLine, ...]:
        """The lines of a run's logs that could not be used."""
        state, entry = self._find(run_id)
        return read_skipped(self._cursor(), state.layout, entry)

    def save_diagnosis(self, *diagnoses: Diagnosis) -> None:
        """Keep diagnoses until the run or the detectors change. Many at once are much cheaper than one by one."""
        self._diagnoses.append((self._judged(*self._find(one.run)), dataclasses.asdict(one)) for one in diagnoses)

    def diagnosis(self, run_id: str) -> Diagnosis | None:
        """The kept diagnosis of a run as it is now, made by the detectors as they are now; None where there is none."""
        state, entry = self._find(run_id)
        judged = self._judged(state, entry)
        with self._lock:
            found = self._diagnoses.last(judged)
        return None if found is None else diagnosis_of(entry.run, found)

    def judged(self, run_id: str) -> bool:
        """Whether a run has been judged as it is now, whatever has become of its siblings."""
        with self._lock:
            return self._diagnoses.has(self._judged(*self._find(run_id)))

    def _judged(self, state: State, entry: Entry) -> Judged:
        """What a diagnosis of a run is kept under."""
        roles = self.given.mark(self._brief(state, entry).metrics) if self.given else ""
        return entry.key, roles + mark_of(self._marks, (entry.run, entry.name, str(entry.number)))

    def unlogged(self) -> tuple[ToolError, ...]:
        """A complaint about each name that the user speaks of and no run logs."""
        if not self.given:
            return ()
        layout = self._state().layout
        names = self._cursor().execute(f"select distinct metric from {layout.select('series')}").fetchall()
        return tuple(self.given.unlogged(name for (name,) in names))

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

    def _outline(self, state: State, entry: Entry) -> RunData:
        own = self._brief(state, entry)
        beside = Beside(own, self._mark(state, entry))
        return RunData(entry.as_run(), {}, own.params, (), self._siblings_of(state, entry), self.rules, beside)

    def _mark(self, state: State, entry: Entry) -> str:
        keys = array("q", (other.key for other in _near(state, entry)))
        return blake2b(keys.tobytes(), digest_size=12).hexdigest()

    def _siblings_of(self, state: State, entry: Entry) -> tuple[Sibling, ...]:
        """As many of the nearest runs as may be in memory together."""
        found: list[Sibling] = []
        metrics = 0
        for other in _near(state, entry):
            if other is entry:
                continue
            found.append(self._brief(state, other))
            metrics += len(found[-1].metrics)
            if metrics > MAX_SIBLING_METRICS:
                break
        return tuple(found)

    def _brief(self, state: State, entry: Entry) -> Sibling:
        """A run in brief. Neighbours are fetched with it, since whoever asks for one run usually asks for the next."""
        with self._lock:
            if self._briefs_of is not state or len(self._briefs) > MAX_BRIEFS:
                self._briefs, self._briefs_of = {}, state
            if entry.key not in self._briefs:
                start = entry.position // BRIEFS_AT_ONCE * BRIEFS_AT_ONCE
                self._fetch_briefs(state, state.entries[start : start + BRIEFS_AT_ONCE])
            return self._briefs[entry.key]

    def _fetch_briefs(self, state: State, entries: Sequence[Entry]) -> None:
        go_on()
        con = self._cursor()
        summaries = read_summaries(con, state.layout, entries, self.given)
        params = read_params(con, state.layout, entries)
        for entry in entries:
            metrics = {one.name: one for one in summaries[entry.key]}
            self._briefs[entry.key] = Sibling(entry.run, entry.name, params[entry.key], metrics)


def _near(state: State, entry: Entry) -> Sequence[Entry]:
    """The runs of the same project that stand nearest to this one, in their order, and it itself."""
    project = state.by_project[entry.project, entry.folder]
    place = bisect_left(project, entry.position, key=lambda other: other.position)
    start = max(0, min(place - MAX_SIBLINGS // 2, len(project) - MAX_SIBLINGS - 1))
    return project[start : start + MAX_SIBLINGS + 1]


def _groups(found: Iterable[tuple[State, Entry]]) -> Iterator[tuple[State, list[Entry]]]:
    """Neighbours in one batch, as many as may be in memory together."""
    group: list[Entry] = []
    of: State | None = None
    for state, entry in found:
        points = entry.points + sum(one.points for one in group)
        if of is not None and group and (state is not of or entry.batch != group[0].batch or points > POINTS_AT_ONCE):
            yield of, group
            group = []
        of = state
        group.append(entry)
    if of is not None and group:
        yield of, group
