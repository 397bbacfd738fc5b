"""The seven views that SQL sees: their columns, and how they stand on the Parquet parts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tools.roles import Given
from tools.rules import mark_of
from tools.store.diagnoses import Judged
from tools.store.told import lay_over

VIEWS: Mapping[str, tuple[str, ...]] = {
    "runs": (
        *("run", "number", "name", "project", "source", "format", "status"),
        *("started_at", "ended_at", "steps", "points", "skipped_lines", "crash", "crash_line", "format_confidence"),
    ),
    "metrics": ("run", "metric", "role", "step", "epoch", "wall_time", "value", "seq", "repeated"),
    "roles": ("run", "metric", "role", "confidence", "split", "goal", "family"),
    "params": ("run", "key", "value", "number"),
    "log_lines": ("run", "line", "level", "text", "file", "kind"),
    "findings": (
        *("run", "finding", "severity", "confidence", "onset_step", "onset_epoch", "metric", "detail"),
        *("role_in_cascade", "fix"),
    ),
    "suppressed": ("run", "finding", "severity", "metric", "detail", "reason"),
    "not_checked": ("run", "finding", "missing", "reason", "log_next"),
    "waste": ("run", "finding", "unit", "since", "amount", "share", "hours", "money", "currency"),
}

JUDGEMENTS = ("findings", "suppressed", "not_checked", "waste")
"""The views that hold what was judged: they are empty until somebody has judged."""

PARTS: Mapping[str, str] = {
    "points": (
        "series BIGINT, seq BIGINT, step DOUBLE, epoch DOUBLE, wall_time TIMESTAMP, value DOUBLE, repeated BOOLEAN"
    ),
    "series": (
        "series BIGINT, key BIGINT, metric VARCHAR, role VARCHAR, axis VARCHAR, count BIGINT, non_finite BIGINT, "
        "first_step DOUBLE, last_step DOUBLE, first DOUBLE, last DOUBLE, min DOUBLE, min_step DOUBLE, max DOUBLE, "
        "max_step DOUBLE, role_confidence DOUBLE, split VARCHAR, goal VARCHAR, family VARCHAR"
    ),
    "params": "key BIGINT, name VARCHAR, value VARCHAR, kind VARCHAR, number DOUBLE",
    "log_lines": "key BIGINT, line BIGINT, level VARCHAR, text VARCHAR, file VARCHAR, kind VARCHAR",
    "skipped": "key BIGINT, line BIGINT, text VARCHAR, reason VARCHAR",
}
"""The files of a batch and their columns. `series` and `key` are numbers that no other series or run ever gets."""

PART_FILE = "format parquet, compression zstd, compression_level 1"
POINTS_FILE = f"{PART_FILE}, parquet_version v2, row_group_size 65536, dictionary_size_limit 1"
"""How points are written. Values seldom repeat, so that dictionaries of them only cost time."""

RUNS = (
    "key BIGINT, source VARCHAR, fingerprint VARCHAR, batch VARCHAR, position BIGINT, logs VARCHAR[], "
    "run VARCHAR, number BIGINT, name VARCHAR, path VARCHAR, format VARCHAR, status VARCHAR, project VARCHAR, "
    "started_at DOUBLE, ended_at DOUBLE, steps BIGINT, points BIGINT, skipped_lines BIGINT, "
    "crash STRUCT(kind VARCHAR,text VARCHAR,line BIGINT,file VARCHAR), format_confidence DOUBLE, reading VARCHAR"
)
"""The columns of the runs file that the catalogue points to."""


@dataclass(frozen=True)
class Layout:
    """Where the parts of a store lie, as its catalogue tells it at one moment."""

    root: Path
    runs: str = ""
    batches: tuple[str, ...] = ()

    @property
    def parts(self) -> Path:
        """The one folder that SQL may read."""
        return self.root / "parts"

    def select(self, part: str, batches: Sequence[str] | None = None) -> str:
        """A FROM item over all files of one kind, or over an empty table of its shape."""
        chosen = self.batches if batches is None else batches
        if not chosen:
            return empty(PARTS[part])
        return parquet(self.parts / batch / f"{part}-*.parquet" for batch in chosen)

    def select_runs(self) -> str:
        """A FROM item over the runs file."""
        return parquet([self.parts / self.runs]) if self.runs else empty(RUNS)


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def parquet(paths: Iterable[Path]) -> str:
    """A FROM item that reads Parquet files, which may lack columns that hold nothing. Globs stay in the names that the
    store itself gave."""
    return f"read_parquet([{', '.join(quoted(str(path)) for path in paths)}], union_by_name = true)"


def empty(columns: str) -> str:
    """A FROM item without rows, for a store that holds nothing yet."""
    named = (column.split(" ", 1) for column in columns.split(", "))
    fields = ", ".join(f"null::{kind} as {name}" for name, kind in named)
    return f"(select {fields} where false)"


def read_layout(root: Path) -> Layout:
    """The layout that the catalogue in `root` describes; an empty one where there is none."""
    try:
        found = json.loads((root / "catalogue.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return Layout(root)
    return Layout(root, found["runs"], tuple(found["batches"]))


def create_views(
    con: duckdb.DuckDBPyConnection,
    layout: Layout,
    diagnoses: Mapping[Judged, Mapping[str, Any]],
    given: Given,
    suppressed: Sequence[tuple[str, str]] = (),
) -> None:
    """The views in schema main; what they stand on is in schema store, which user SQL cannot name.

    diagnoses: all that are kept; shown are those that were made with what the user says about names now, and with
    those of the marks in `suppressed` that concern the run.
    """
    con.execute("create schema store")
    con.execute(f"create table store.runs as select * from {layout.select_runs()}")
    con.execute(
        "create table store.series as select s.series, key, r.run, s.metric, s.role, s.role_confidence as confidence, "
        f"s.split, s.goal, s.family from {layout.select('series')} s join store.runs r using (key)"
    )
    marks = lay_over(con, given) if given else {}
    if suppressed:
        for key, run, name, number in con.execute("select key, run, name, number from store.runs").fetchall():
            marks[key] = marks.get(key, "") + mark_of(suppressed, (run, name, str(number)))
    shown = {key: one for (key, mark), one in diagnoses.items() if mark == marks.get(key, "")}
    con.execute(
        "create view runs as select run, number, name, project, path as source, format, status, "
        "make_timestamp((started_at * 1e6)::bigint) as started_at, "
        "make_timestamp((ended_at * 1e6)::bigint) as ended_at, "
        "steps, points, skipped_lines, crash.kind as crash, crash.line as crash_line, format_confidence "
        "from store.runs order by position"
    )
    con.execute(
        "create view metrics as select s.run, s.metric, s.role, try_cast(round(p.step) as bigint) as step, p.epoch, "
        "p.wall_time, p.value, p.seq, "
        f"p.repeated from {layout.select('points')} p join store.series s using (series)"
    )
    con.execute(
        "create view params as select r.run, p.name as key, p.value, p.number "
        f"from {layout.select('params')} p join store.runs r using (key)"
    )
    con.execute(
        "create view log_lines as select r.run, l.line, l.level, l.text, l.file, l.kind "
        f"from {layout.select('log_lines')} l join store.runs r using (key)"
    )
    con.execute(
        "create view roles as select run, metric, role, confidence, split, goal, family "
        "from store.series order by series"
    )
    _create_findings(con, shown)
    _create_suppressed(con, shown)
    _create_not_checked(con, shown)
    _create_waste(con, shown)


def _create_findings(con: duckdb.DuckDBPyConnection, diagnoses: Mapping[int, Mapping[str, Any]]) -> None:
    found = [(key, finding) for key, one in diagnoses.items() for finding in one["findings"]]
    fields = {
        "finding": ("id", "VARCHAR"),
        "severity": ("severity", "VARCHAR"),
        "confidence": ("confidence", "DOUBLE"),
        "onset_step": ("onset_step", "BIGINT"),
        "onset_epoch": ("onset_epoch", "DOUBLE"),
        "metric": ("metric", "VARCHAR"),
        "detail": ("summary", "VARCHAR"),
        "role_in_cascade": ("role_in_cascade", "VARCHAR"),
        "fix": ("fix", "VARCHAR"),
    }
    columns = [f"unnest(${n}::{kind}[]) as {name}" for n, (name, (_, kind)) in enumerate(fields.items(), 2)]
    values = [[finding[source] for _, finding in found] for source, _ in fields.values()]
    con.execute(
        f"create table store.findings as select unnest($1::bigint[]) as key, {', '.join(columns)}",
        [[key for key, _ in found], *values],
    )
    con.execute(
        f"create view findings as select r.run, {', '.join(f'f.{name}' for name in fields)} "
        "from store.findings f join store.runs r using (key)"
    )


def _create_suppressed(con: duckdb.DuckDBPyConnection, diagnoses: Mapping[int, Mapping[str, Any]]) -> None:
    found = [(key, one["finding"], one["reason"]) for key, d in diagnoses.items() for one in d["suppressed"]]
    columns = [[finding[name] for _, finding, _ in found] for name in ("id", "severity", "metric", "summary")]
    con.execute(
        "create table store.suppressed as select unnest($1::bigint[]) as key, unnest($2::varchar[]) as finding, "
        "unnest($3::varchar[]) as severity, unnest($4::varchar[]) as metric, unnest($5::varchar[]) as detail, "
        "unnest($6::varchar[]) as reason",
        [[key for key, _, _ in found], *columns, [reason for _, _, reason in found]],
    )
    con.execute(
        "create view suppressed as select r.run, s.finding, s.severity, s.metric, s.detail, s.reason "
        "from store.suppressed s join store.runs r using (key)"
    )


def _create_not_checked(con: duckdb.DuckDBPyConnection, diagnoses: Mapping[int, Mapping[str, Any]]) -> None:
    found = [(key, gap) for key, one in diagnoses.items() for gap in one["not_checked"]]
    con.execute(
        "create table store.not_checked as select unnest($1::bigint[]) as key, unnest($2::varchar[]) as finding, "
        "unnest($3::varchar[]) as missing, unnest($4::varchar[]) as reason, unnest($5::varchar[]) as log_next",
        [
            [key for key, _ in found],
            [gap["id"] for _, gap in found],
            [", ".join(gap["missing"]) for _, gap in found],
            [gap["reason"] for _, gap in found],
            [gap["log_next"] for _, gap in found],
        ],
    )
    con.execute(
        "create view not_checked as select r.run, n.finding, n.missing, n.reason, n.log_next "
        "from store.not_checked n join store.runs r using (key)"
    )


def _create_waste(con: duckdb.DuckDBPyConnection, diagnoses: Mapping[int, Mapping[str, Any]]) -> None:
    found = [(key, one["waste"]) for key, one in diagnoses.items() if one["waste"] is not None]
    fields = {
        "finding": ("finding", "VARCHAR"),
        "unit": ("axis", "VARCHAR"),
        **{name: (name, "DOUBLE") for name in ("since", "amount", "share", "hours", "money")},
        "currency": ("currency", "VARCHAR"),
    }
    columns = [f"unnest(${n}::{kind}[]) as {name}" for n, (name, (_, kind)) in enumerate(fields.items(), 2)]
    con.execute(
        f"create table store.waste as select unnest($1::bigint[]) as key, {', '.join(columns)}",
        [[key for key, _ in found], *([waste[source] for _, waste in found] for source, _ in fields.values())],
    )
    con.execute(
        f"create view waste as select r.run, {', '.join(f'w.{name}' for name in fields)} "
        "from store.waste w join store.runs r using (key)"
    )
