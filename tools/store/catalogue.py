"""The catalogue: which runs the store holds, in which parts. Changed under a lock, replaced whole, read without one."""

from __future__ import annotations

import dataclasses
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import duckdb

from tools.store.compaction import merge, too_scattered
from tools.store.entries import Change, Entry, Failure, State, entry_of, stored, visit_of
from tools.store.files import locked, replace, stamp
from tools.store.naming import numbers, unique_ids
from tools.store.snapshot import LAYOUT
from tools.store.views import RUNS, Layout, quoted

FILE = "catalogue.json"
GRACE_SECONDS = 600.0
"""How long parts stay after nothing points to them: a query that began before may still read them."""
ABANDONED_SECONDS = 86_400.0
"""After this long without a new chunk an unfinished batch belongs to a process that is gone."""


class Catalogue:
    """The catalogue of the store in `root`."""

    def __init__(self, root: Path, con: duckdb.DuckDBPyConnection) -> None:
        self._root = root
        self._con = con
        self._seen: tuple[tuple[int, int, int], State] | None = None

    def stamp(self) -> tuple[int, int, int]:
        """Changes whenever the catalogue does."""
        return stamp(self._root / FILE)

    def state(self) -> State:
        """What the catalogue says now."""
        now = self.stamp()
        if self._seen is None or self._seen[0] != now:
            self._seen = now, self._read()
        return self._seen[1]

    def _read(self) -> State:
        try:
            found = json.loads((self._root / FILE).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return State(Layout(self._root))
        if found["layout"] != LAYOUT:
            return State(Layout(self._root))
        layout = Layout(self._root, found["runs"], tuple(found["batches"]))
        rows = self._con.cursor().execute(f"from {layout.select_runs()}").fetchall()
        return State(
            layout,
            tuple(entry_of(row) for row in rows),
            {path: visit_of(one) for path, one in found["visits"].items()},
            {source: Failure(**one) for source, one in found["failures"].items()},
            found["batches"],
            found["retired"],
        )

    def commit(self, change: Change) -> State:
        """Put a change on top of whatever other processes have committed since."""
        with locked(self._root):
            old = self.state()
            replaced = {entry.source for entry in change.added} | change.gone | set(change.failures)
            standing = {batch for batch in old.layout.batches if self._stands(batch)}
            kept = [entry for entry in old.entries if entry.source not in replaced and entry.batch in standing]
            entries = _named(_ordered([*kept, *change.added], change.order))
            failed = {
                **{source: one for source, one in old.failures.items() if source not in replaced},
                **change.failures,
            }
            written = dict(old.written) | Counter(self._sizes(change.added))
            new = State(old.layout, tuple(entries), {**old.visits, **change.visits}, failed, written, old.retired)
            return self._write(self._compacted(new))

    def begin(self, state: State) -> None:
        """Say what another catalogue said, whose batches are here too."""
        with locked(self._root):
            self._write(state)

    def _stands(self, batch: str) -> bool:
        return (self._root / "parts" / batch).is_dir()

    def _sizes(self, added: Iterable[Entry]) -> Counter[str]:
        sizes: Counter[str] = Counter()
        for entry in added:
            sizes[entry.batch] += entry.points
        return sizes

    def _compacted(self, state: State) -> State:
        live = self._sizes(state.entries)
        batches = too_scattered(live, state.written)
        if not batches:
            return state
        keys = [entry.key for entry in state.entries if entry.batch in batches]
        merged = merge(self._con.cursor(), state.layout, sorted(batches), keys)
        entries = tuple(
            dataclasses.replace(entry, batch=merged) if entry.batch in batches else entry for entry in state.entries
        )
        written = {**state.written, merged: sum(live[batch] for batch in batches)}
        return dataclasses.replace(state, entries=entries, written=written)

    def _write(self, state: State) -> State:
        runs = f"runs-{uuid4().hex}.parquet"
        batches = sorted({entry.batch for entry in state.entries})
        self._write_runs(runs, state.entries)
        retired = self._collect({runs, *batches}, state.retired)
        text = {
            "layout": LAYOUT,
            "runs": runs,
            "batches": {batch: state.written[batch] for batch in batches},
            "visits": {path: dataclasses.asdict(visit) for path, visit in state.visits.items()},
            "failures": {source: vars(one) for source, one in state.failures.items()},
            "retired": retired,
        }
        replace(self._root / FILE, json.dumps(text))
        return self.state()

    def _write_runs(self, name: str, entries: Sequence[Entry]) -> None:
        fields = [column.split(" ", 1) for column in RUNS.split(", ")]
        columns = [[stored(getattr(entry, column)) for entry in entries] for column, _ in fields]
        select = ", ".join(
            f"unnest(${n}::{kind}[], max_depth := 1) as {column}" for n, (column, kind) in enumerate(fields, 1)
        )
        path = quoted(str(self._root / "parts" / name))
        con = self._con.cursor()
        con.execute(f"create or replace temp table runs as select {select}", columns)
        con.execute(f"copy runs to {path} (format parquet, compression zstd)")
        con.execute("drop table runs")

    def _collect(self, needed: set[str], retired: Mapping[str, float]) -> dict[str, float]:
        """Delete what nothing has pointed to for a while. Returns the rest, with the time when that was noticed."""
        now = time.time()
        kept: dict[str, float] = {}
        for path in (self._root / "parts").iterdir():
            if path.name in needed:
                continue
            unfinished = path.suffix == ".tmp"
            try:
                since = path.stat().st_mtime if unfinished else retired.get(path.name, now)
            except FileNotFoundError:  # another process has just finished it
                continue
            if now - since > (ABANDONED_SECONDS if unfinished else GRACE_SECONDS):
                remove(path)
            elif not unfinished:
                kept[path.name] = since
        return kept


def remove(path: Path) -> None:
    """Delete a file or a batch."""
    if path.is_file():
        path.unlink()
        return
    for file in path.iterdir():
        file.unlink()
    path.rmdir()


def _ordered(entries: Sequence[Entry], order: Sequence[str]) -> list[Entry]:
    """What was seen now, in the order of discovery, where its first member stood before; the others stay."""
    rank = {source: n for n, source in enumerate(order)}
    seen = sorted((entry for entry in entries if entry.source in rank), key=lambda entry: rank[entry.source])
    others = [entry for entry in entries if entry.source not in rank]
    first = min((entry.position for entry in seen if entry.run), default=len(entries))
    before = [entry for entry in others if entry.position < first]
    return [*before, *seen, *others[len(before) :]]


def _named(entries: Sequence[Entry]) -> list[Entry]:
    names = [entry.name for entry in entries]
    folders = [entry.folder for entry in entries]
    ids = unique_ids(names, [entry.path for entry in entries])
    called = zip(range(len(entries)), ids, numbers(names, folders), strict=True)
    return [
        # Most of them have been called so before.
        entry
        if (entry.position, entry.run, entry.number) == (position, run, number)
        else dataclasses.replace(entry, position=position, run=run, number=number)
        for entry, (position, run, number) in zip(entries, called, strict=True)
    ]
